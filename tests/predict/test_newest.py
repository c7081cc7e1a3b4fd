"""What was asked for last stays, is made once, and a failure is not kept."""

import threading
from concurrent.futures import ThreadPoolExecutor

import pytest
from hypothesis import given
from hypothesis import strategies as st

from forgetdemo.predict.newest import Newest


@given(st.lists(st.integers(0, 5), max_size=30), st.integers(1, 4))
def test_the_newest_are_kept(keys: list[int], kept: int) -> None:
    memory, made, known = Newest[int](kept), list[int](), list[int]()
    for key in keys:

        def make(key: int = key) -> int:
            made.append(key)
            return 10 * key

        before = len(made)
        assert memory.get(key, make) == 10 * key
        assert (len(made) > before) == (key not in known)
        known = [*(k for k in known if k != key), key][-kept:]
        assert len(memory) == len(known)


def test_who_asks_at_once_shares_one_making_and_other_keys_do_not_wait() -> None:
    memory, gate, made = Newest[str](3), threading.Event(), list[int]()

    def slow() -> str:
        made.append(1)
        assert gate.wait(30)
        return "slow"

    with ThreadPoolExecutor(4) as threads:
        waiting = [threads.submit(memory.get, "a", slow) for _ in range(3)]
        assert memory.get("b", lambda: "quick") == "quick"
        gate.set()
        assert [one.result(30) for one in waiting] == ["slow"] * 3
    assert len(made) == 1


def test_a_failure_is_told_and_tried_again() -> None:
    memory = Newest[int](2)

    def fail() -> int:
        raise ValueError("damaged")

    with pytest.raises(ValueError, match="damaged"):
        memory.get("a", fail)
    assert len(memory) == 0 and memory.get("a", lambda: 7) == 7
