"""Each system is asked for what it has, and nothing happens where it has it not."""

import platform
import subprocess
import sys
from types import SimpleNamespace
from typing import Any

import pytest

from forgetdemo.system import (
    ARENA_MAX,
    MMAP_THRESHOLD,
    TRIM_THRESHOLD,
    give_memory_back,
    hold_little_memory,
)

GNU = platform.libc_ver()[0] == "glibc"


def test_glibc_is_told_to_keep_little() -> None:
    """In a process of its own: this one goes on as it is."""
    code = (
        "from forgetdemo.system import give_memory_back, hold_little_memory; "
        "print(hold_little_memory(), give_memory_back())"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.split() == [str(GNU), str(GNU)]


@pytest.mark.parametrize("taken", [1, 0])
def test_every_setting_is_made_and_a_refusal_told(taken: int) -> None:
    made: list[tuple[int, int]] = []

    def mallopt(name: int, value: int) -> int:
        made.append((name, value))
        return taken

    assert hold_little_memory(SimpleNamespace(mallopt=mallopt)) == bool(taken)
    assert {name for name, _ in made} == {ARENA_MAX, MMAP_THRESHOLD, TRIM_THRESHOLD}


def test_holes_are_given_back() -> None:
    asked: list[int] = []
    assert give_memory_back(SimpleNamespace(malloc_trim=asked.append)) and asked == [0]


@pytest.mark.parametrize("work", [hold_little_memory, give_memory_back])
def test_another_system_has_neither(work: Any) -> None:
    assert not work(SimpleNamespace(malloc=None))
