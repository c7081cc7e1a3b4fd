"""Jobs in parts that keep their order; a cluster that is not there is one sentence at once."""

import socket
import sys

import pytest
from hypothesis import given
from hypothesis import strategies as st

from forgetdemo.stages.engine import run_jobs, waves


@pytest.mark.parametrize(
    ("address", "words"),
    [("127.0.0.1:1", "no Ray cluster answers"), ("nonsense", "HOST:PORT"), ("a:0", "HOST:PORT")],
)
def test_a_cluster_that_is_not_there_is_said_at_once(address: str, words: str) -> None:
    with pytest.raises(ValueError, match=words):
        list(run_jobs(abs, [1], 1, "ray", address))


def test_a_cluster_that_wants_a_token_is_one_sentence(monkeypatch: pytest.MonkeyPatch) -> None:
    import ray

    def refuses(**_: object) -> None:
        raise ConnectionError("Failed to connect")

    monkeypatch.setattr(ray, "init", refuses)
    with socket.create_server(("127.0.0.1", 0)) as server:
        address = f"127.0.0.1:{server.getsockname()[1]}"
        with pytest.raises(ValueError, match=f"{address} cannot be joined .*RAY_AUTH_MODE=token"):
            list(run_jobs(abs, [1], 1, "ray", address))


def test_ray_that_is_not_installed_is_one_sentence(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "ray", None)
    with pytest.raises(ValueError, match="needs Ray; .*install"):
        list(run_jobs(abs, [1], 1, "ray"))


@given(st.lists(st.integers(), max_size=20), st.integers(1, 7))
def test_waves_cut_and_keep_order(jobs: list[int], size: int) -> None:
    parts = list(waves(jobs, size))
    assert [x for part in parts for x in part] == jobs and all(len(p) <= size for p in parts)


def test_bad_engines_are_refused() -> None:
    with pytest.raises(ValueError, match="engine must be"):
        list(run_jobs(abs, [1], 1, "spark"))
    with pytest.raises(ValueError, match="jobs must be"):
        list(run_jobs(abs, [1], 0))
