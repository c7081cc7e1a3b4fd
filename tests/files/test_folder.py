"""A crash at any operation leaves the old folder whole, and nothing of the new one."""

import errno
import json
import os
import resource
import subprocess
import sys
from pathlib import Path

import pytest

from forgetdemo.files.checkpoint import MANIFEST, CheckpointError
from forgetdemo.files.folder import (
    check_target,
    read_folder,
    remove_all_stale,
    remove_stale,
    replace_folder,
    write_folder,
)
from forgetdemo.settings.constants import ROOT
from tests.helpers.faults import Faults, dead_process

KIND = "test/1"
OLD = {"a.bin": b"old", "plots/p.png": b"old plot"}
NEW = {"a.bin": b"new content", "plots/p.png": b"new plot", "b.txt": b"more"}


def content(out: Path) -> dict[str, bytes]:
    return read_folder(out, (KIND,))[1]


def operations(tmp_path: Path, first: bool) -> int:
    """How many operations one write takes."""
    with pytest.MonkeyPatch.context() as patch:
        out = tmp_path / "counting"
        if not first:
            write_folder(out, OLD, {}, KIND)
        faults = Faults(patch, -1, OSError())
        write_folder(out, NEW, {}, KIND)
    return faults.count


@pytest.mark.parametrize(
    "error",
    [OSError(errno.ENOSPC, "x"), OSError(errno.EIO, "x"), InterruptedError(), KeyboardInterrupt()],
    ids=["ENOSPC", "EIO", "EINTR", "Ctrl-C"],
)
def test_failing_at_every_operation_keeps_the_old_folder(
    tmp_path: Path, error: BaseException
) -> None:
    total = operations(tmp_path, first=False)
    assert total > 15
    for n in range(1, total + 1):
        out = tmp_path / f"at-{n}" / "run"
        write_folder(out, OLD, {}, KIND)
        with pytest.MonkeyPatch.context() as patch:
            Faults(patch, n, error)
            with pytest.raises(type(error) if isinstance(error, KeyboardInterrupt) else OSError):
                write_folder(out, NEW, {}, KIND)
        assert content(out) == OLD, f"operation {n}"
        assert [p.name for p in out.parent.iterdir()] == ["run"], f"operation {n} left something"
        write_folder(out, NEW, {}, KIND)
        assert content(out) == NEW


def test_failing_at_every_operation_of_a_first_write_leaves_nothing(tmp_path: Path) -> None:
    total = operations(tmp_path, first=True)
    for n in range(1, total + 1):
        out = tmp_path / f"new-{n}" / "deep" / "run"
        with pytest.MonkeyPatch.context() as patch:
            Faults(patch, n, OSError(errno.ENOSPC, "x"))
            with pytest.raises(OSError, match="the disk is full; free some space"):
                write_folder(out, NEW, {}, KIND)
        assert not (tmp_path / f"new-{n}").exists(), f"operation {n} left something"


def test_a_file_size_limit_of_the_system_is_one_sentence(tmp_path: Path) -> None:
    out = tmp_path / "run"
    write_folder(out, OLD, {}, KIND)
    script = (
        "import sys, pathlib; from forgetdemo.files.folder import write_folder\n"
        "try: write_folder(pathlib.Path(sys.argv[1]), {'a.bin': bytes(100_000)}, {}, 'test/1')\n"
        "except OSError as error: print(error)\n"
    )

    def limit() -> None:
        resource.setrlimit(resource.RLIMIT_FSIZE, (50_000, 50_000))

    done = subprocess.run(
        [sys.executable, "-c", script, str(out)],
        cwd=ROOT,
        preexec_fn=limit,
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout.startswith(f"cannot write {out}: the file would be larger")
    assert content(out) == OLD
    assert [p.name for p in tmp_path.iterdir()] == ["run"]


def test_a_folder_round_trips_and_lists_every_file(tmp_path: Path) -> None:
    manifest = write_folder(tmp_path / "run", NEW, {"seed": 3, "format": "no", "files": 0}, KIND)
    again, files = read_folder(tmp_path / "run", (KIND, "other"))
    assert again == manifest and files == NEW
    assert manifest["seed"] == 3 and manifest["format"] == KIND
    assert set(manifest["files"]) == set(NEW)


def test_writing_twice_gives_the_same_bytes(tmp_path: Path) -> None:
    for name in ("one", "two"):
        write_folder(tmp_path / name, NEW, {"seed": 3}, KIND)
    assert (tmp_path / "one/manifest.json").read_bytes() == (
        tmp_path / "two/manifest.json"
    ).read_bytes()


@pytest.mark.parametrize("name", ["../x", "/etc/x", "manifest.json", "a/../../x"])
def test_names_that_leave_the_folder_are_refused(tmp_path: Path, name: str) -> None:
    with pytest.raises(ValueError, match="cannot write files"):
        write_folder(tmp_path / "run", {name: b""}, {}, KIND)
    assert list(tmp_path.iterdir()) == []


def test_what_is_not_ours_is_never_replaced(tmp_path: Path) -> None:
    file, thesis, other, mixed = (tmp_path / name for name in ("file", "thesis", "other", "mixed"))
    file.write_text("x")
    thesis.mkdir()
    (thesis / "chapter1.tex").write_text("years of work")
    write_folder(other, OLD, {}, "other/1")
    write_folder(mixed, OLD, {}, KIND)
    (mixed / "notes.txt").write_text("mine")
    for out in (file, thesis, other, mixed):
        with pytest.raises(ValueError, match="choose another --out"):
            write_folder(out, NEW, {}, KIND)
    assert (thesis / "chapter1.tex").read_text() == "years of work"
    assert (mixed / "notes.txt").read_text() == "mine"
    with pytest.raises(ValueError, match="notes.txt"):
        check_target(mixed, KIND)


def test_an_audit_written_beside_the_files_goes_with_them(tmp_path: Path) -> None:
    out = tmp_path / "out"
    write_folder(out, OLD, {}, KIND)
    (out / "audit.json").write_text("{}")
    assert content(out) == OLD
    write_folder(out, NEW, {}, KIND)
    assert content(out) == NEW and not (out / "audit.json").exists()


def test_files_beside_may_be_edited_and_are_replaced(tmp_path: Path) -> None:
    beside = {"README.md": b"a card", "audit.json": b"{}"}
    manifest = write_folder(tmp_path / "run", OLD, {}, KIND, beside)
    assert manifest["beside"] == sorted(beside) and set(manifest["files"]) == set(OLD)
    (tmp_path / "run/README.md").write_bytes(b"edited")
    assert content(tmp_path / "run") == OLD
    assert write_folder(tmp_path / "run", OLD, {}, KIND, beside) == manifest
    assert (tmp_path / "run/README.md").read_bytes() == b"a card"
    assert "beside" not in write_folder(tmp_path / "run", NEW, {}, KIND)
    assert not (tmp_path / "run/README.md").exists()
    for wrong in ({"a.bin": b"twice"}, {"../b": b""}, {MANIFEST: b""}):
        with pytest.raises(ValueError, match="cannot write files named"):
            write_folder(tmp_path / "new", OLD, {}, KIND, wrong)


@pytest.mark.parametrize("beside", [None, 3, "notes.txt", {"notes.txt": 1}, [["notes.txt"]]])
def test_a_damaged_list_of_what_lies_beside_protects_nothing_less(
    tmp_path: Path, beside: object
) -> None:
    write_folder(tmp_path / "run", OLD, {"beside": beside}, KIND)
    (tmp_path / "run/notes.txt").write_text("mine")
    with pytest.raises(ValueError, match=r"also holds notes\.txt"):
        check_target(tmp_path / "run", KIND)


def test_an_empty_folder_and_one_with_a_damaged_manifest(tmp_path: Path) -> None:
    empty, damaged = tmp_path / "empty", tmp_path / "damaged"
    empty.mkdir()
    write_folder(empty, NEW, {}, KIND)
    assert content(empty) == NEW
    damaged.mkdir()
    (damaged / "manifest.json").write_text("{")
    with pytest.raises(ValueError, match="in use"):
        write_folder(damaged, NEW, {}, KIND)


def test_a_file_in_the_way_of_a_parent_is_one_sentence(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("x")
    with pytest.raises(OSError, match="cannot write .*a file is in the way"):
        write_folder(tmp_path / "file" / "run", NEW, {}, KIND)


def test_an_unwritable_parent_is_one_sentence(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    Faults(monkeypatch, 1, OSError(errno.EACCES, "x"))  # root may write anywhere, so it is faked
    with pytest.raises(OSError, match="permission denied; choose another --out"):
        write_folder(tmp_path / "run", NEW, {}, KIND)
    monkeypatch.setattr(os, "access", lambda *arguments: False)
    with pytest.raises(OSError, match="permission denied; choose another --out"):
        check_target(tmp_path / "not yet" / "run", KIND)


def test_damage_is_caught_before_parsing(tmp_path: Path) -> None:
    for what in ("flip", "truncate", "empty", "swap", "gone", "manifest"):
        out = tmp_path / what
        write_folder(out, NEW, {}, KIND)
        path = out / "a.bin"
        data = bytearray(path.read_bytes())
        if what == "flip":
            data[3] ^= 1
            path.write_bytes(data)
        elif what == "truncate":
            path.write_bytes(data[:-1])
        elif what == "empty":
            path.write_bytes(b"")
        elif what == "swap":
            path.write_bytes((out / "b.txt").read_bytes())
        else:
            (out / ("manifest.json" if what == "manifest" else "a.bin")).unlink()
        expected = {"gone": "is incomplete", "manifest": "unfinished"}.get(what, "is damaged")
        with pytest.raises((CheckpointError, FileNotFoundError), match=expected):
            content(out)


@pytest.mark.parametrize("name", ["", ".", "/etc/passwd"])
def test_a_manifest_that_names_no_file_of_the_folder_is_refused(tmp_path: Path, name: str) -> None:
    out = tmp_path / "run"
    write_folder(out, {"a": b"1"}, {}, KIND)
    manifest = json.loads((out / MANIFEST).read_text())
    manifest["files"][name] = manifest["files"]["a"]
    (out / MANIFEST).write_text(json.dumps(manifest))
    with pytest.raises(CheckpointError, match="damaged"):
        read_folder(out, (KIND,))


def test_another_kind_of_folder_is_refused(tmp_path: Path) -> None:
    write_folder(tmp_path / "run", NEW, {}, "other/1")
    with pytest.raises(CheckpointError, match="'other/1' folder, expected test/1"):
        content(tmp_path / "run")


def test_what_a_killed_writer_left_is_cleared(tmp_path: Path) -> None:
    out, pid = tmp_path / "run[1]", dead_process()
    (tmp_path / f"run[1].tmp-{pid}-abc" / "plots").mkdir(parents=True)
    alive = tmp_path / f"run[1].tmp-{os.getpid()}-abc"
    alive.mkdir()
    write_folder(out, NEW, {}, KIND)
    assert {p.name for p in tmp_path.iterdir()} == {"run[1]", alive.name}
    os.utime(alive, (0, 0))  # an hour old: nobody writes for an hour
    remove_stale(out)
    assert [p.name for p in tmp_path.iterdir()] == ["run[1]"]


def test_what_a_killed_writer_of_a_file_left_inside_is_no_foreign_file(tmp_path: Path) -> None:
    out = tmp_path / "run"
    write_folder(out, OLD, {}, KIND)
    (out / f".audit.json.tmp-{dead_process()}-abc").write_bytes(b"{")
    write_folder(out, NEW, {}, KIND)
    assert content(out) == NEW and len(list(out.iterdir())) == 4


def test_a_folder_is_replaced_only_where_nobody_refuses(tmp_path: Path) -> None:
    def refuse(place: Path) -> None:
        raise ValueError(f"{place.name} is somebody's")

    replace_folder(tmp_path / "a", {"x": b"1"}, lambda place: None)
    with pytest.raises(ValueError, match="a is somebody's"):
        replace_folder(tmp_path / "a", {"x": b"2"}, refuse)
    assert (tmp_path / "a/x").read_bytes() == b"1" and len(list(tmp_path.iterdir())) == 1
    replace_folder(tmp_path / "a", {"y": b"3"}, lambda place: None)
    assert [path.name for path in (tmp_path / "a").iterdir()] == ["y"]


def test_a_folder_moved_aside_by_a_killed_writer_comes_back(tmp_path: Path) -> None:
    out, pid = tmp_path / "run", dead_process()
    write_folder(out, OLD, {}, KIND)
    os.rename(out, tmp_path / f"run.old-{pid}-abc")
    remove_all_stale(tmp_path)
    assert content(out) == OLD
    remove_all_stale(tmp_path / "nothing here")
