"""A file is the old one or the new one, whatever fails and whoever is killed."""

import errno
import os
from pathlib import Path

import pytest

from forgetdemo.files.writing import is_leftover, is_stale, make_folder, plain_reason, write_atomic
from tests.helpers.faults import Faults, dead_process

OPERATIONS = 5  # open, write, fsync, replace, fsync of the folder


def test_failing_at_every_operation_keeps_the_old_file(tmp_path: Path) -> None:
    path = tmp_path / "a.json"
    for n in range(1, OPERATIONS + 1):
        write_atomic(path, b"old")
        with pytest.MonkeyPatch.context() as patch:
            faults = Faults(patch, n, OSError(errno.ENOSPC, "x"))
            with pytest.raises(OSError, match="cannot write .*a.json: the disk is full") as caught:
                write_atomic(path, b"new content")
        assert faults.count == n and caught.value.errno == errno.ENOSPC
        kept = b"old" if n < OPERATIONS else b"new content"  # only the folder's fsync failed
        assert path.read_bytes() == kept and os.listdir(tmp_path) == ["a.json"], n
    with pytest.MonkeyPatch.context() as patch:
        faults = Faults(patch, -1, OSError())
        write_atomic(path, b"new")
    assert faults.count == OPERATIONS and path.read_bytes() == b"new"


def test_what_killed_writers_left_goes_with_the_next_write(tmp_path: Path) -> None:
    left = tmp_path / f".a[1].json.tmp-{dead_process()}-abc"
    alive = tmp_path / f".a[1].json.tmp-{os.getpid()}-abc"
    other = tmp_path / f".b.json.tmp-{dead_process()}-abc"
    for path in (left, alive, other):
        path.write_bytes(b"half")
        assert is_leftover(path)
    assert is_stale(left) and not is_stale(alive)
    write_atomic(tmp_path / "a[1].json", b"new")
    assert {p.name for p in tmp_path.iterdir()} == {"a[1].json", alive.name, other.name}
    assert not any(map(is_leftover, (tmp_path / "a[1].json", tmp_path / ".tmp-notes.txt")))


def test_a_folder_that_is_not_there_is_one_sentence(tmp_path: Path) -> None:
    with pytest.raises(OSError, match="cannot write .*x.json: there is no such folder"):
        write_atomic(tmp_path / "nowhere" / "x.json", b"")
    (tmp_path / "file").write_bytes(b"")
    with pytest.raises(OSError, match="cannot write .*: a file is in the way"):
        make_folder(tmp_path / "file" / "below")
    make_folder(tmp_path / "a" / "b")
    make_folder(tmp_path / "a" / "b")
    with pytest.raises(OSError, match="a folder is in the way"):
        write_atomic(tmp_path / "a", b"")


def test_an_error_that_nobody_knows_keeps_its_own_words() -> None:
    with pytest.raises(OSError, match="cannot write place: Protocol error") as caught:
        with plain_reason(Path("place")):
            raise OSError(errno.EPROTO, os.strerror(errno.EPROTO))
    assert caught.value.errno == errno.EPROTO
