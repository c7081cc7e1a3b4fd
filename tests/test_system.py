"""Each system is asked for what it has, and nothing happens where it has it not."""

import errno
import json
import os
import platform
import signal
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from forgetdemo.settings.constants import ROOT
from forgetdemo.system import (
    ARENA_MAX,
    MMAP_THRESHOLD,
    TRIM_THRESHOLD,
    can_guard_runs,
    give_memory_back,
    hold_little_memory,
    is_running,
    machine_memory,
    no_proxy,
    open_files,
    resident_memory,
    sync_folder,
)
from tests.helpers.faults import dead_process

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


def test_a_folder_that_cannot_be_synced_is_no_error(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    sync_folder(tmp_path)

    def refused(code: int) -> Any:
        def fsync(handle: int) -> None:
            raise OSError(code, os.strerror(code))

        return fsync

    for code in (errno.EINVAL, errno.ENOTSUP):
        monkeypatch.setattr(os, "fsync", refused(code))
        sync_folder(tmp_path)
    monkeypatch.setattr(os, "fsync", refused(errno.EIO))
    with pytest.raises(OSError, match=os.strerror(errno.EIO)):
        sync_folder(tmp_path)
    with pytest.raises(OSError):
        sync_folder(tmp_path / "nothing")


def test_processes_are_asked_for() -> None:
    assert is_running(os.getpid()) and not is_running(dead_process()) and not is_running(2**40)


def test_a_system_without_them_tells_nothing_and_sends_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Windows has no sysconf, no killpg, opens no folder, and reads signal 0 as Ctrl-C."""
    sent: list[int] = []
    monkeypatch.delattr(os, "sysconf")
    monkeypatch.delattr(os, "killpg")
    monkeypatch.delattr(signal, "SIGUSR1")
    monkeypatch.setattr(os, "kill", lambda *words: sent.append(1))
    assert (machine_memory(), resident_memory(), can_guard_runs()) == (0, 0, False)
    folder = tmp_path / "nothing"
    monkeypatch.setattr(os, "name", "nt")
    try:
        sync_folder(folder)
        assert is_running(1) and not sent
    finally:
        monkeypatch.undo()
    assert can_guard_runs() == hasattr(os, "killpg")


def test_what_linux_tells() -> None:
    if sys.platform == "linux":
        assert open_files() > 2 and resident_memory() > 2**20 and machine_memory() > 2**28
    assert resident_memory(2**30) == 0


@pytest.mark.parametrize("crlf", ["true", "input", "false"])
def test_a_clone_has_equal_bytes_whatever_git_does_with_line_ends(
    tmp_path: Path, crlf: str
) -> None:
    command = ["git", "-c", f"core.autocrlf={crlf}", "clone", "--quiet", "--depth=1"]
    subprocess.run([*command, f"file://{ROOT}", str(tmp_path / "clone")], check=True)
    for manifest in (tmp_path / "clone/assets").rglob("manifest.json"):
        for name, record in json.loads(manifest.read_bytes())["files"].items():
            assert (manifest.parent / name).stat().st_size == record["bytes"], name
    assert b"\r" not in (tmp_path / "clone/web/page/sw.js").read_bytes()


def test_the_environment_is_as_before_once_it_has_started(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("no_proxy", "example.org")
    monkeypatch.delenv("NO_PROXY", raising=False)
    with no_proxy():
        assert os.environ["no_proxy"] == os.environ["NO_PROXY"] == "*"
    assert os.environ["no_proxy"] == "example.org" and "NO_PROXY" not in os.environ
