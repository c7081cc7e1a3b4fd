"""Folders that are whole or absent: written beside, synced, swapped in; the manifest comes last."""

import errno
import glob
import os
import shutil
from collections.abc import Callable, Mapping
from pathlib import Path, PurePosixPath
from typing import Any

from forgetdemo.files.checkpoint import (
    MANIFEST,
    CheckpointError,
    file_record,
    json_bytes,
    read_manifest,
    verify_file,
)
from forgetdemo.files.writing import (
    TEMPORARY,
    is_leftover,
    is_stale,
    plain_reason,
    token,
    write_synced,
)
from forgetdemo.system import sync_folder

RUN_FORMAT = "forgetdemo-run/1"
MODELS_FORMAT = "forgetdemo-models/1"
WEB_FORMAT = "forgetdemo-web/1"  # the page without a server
COMPANIONS = {"audit.json"}  # about a folder, written beside its files later; goes with it
BESIDE = "beside"  # in a manifest: names of files that came with the folder and may be edited
OLD = ".old-"  # <name>.old-<pid>-<id>: being replaced


def check_target(out: Path, kind: str) -> None:
    """Refuse to replace anything but a finished folder of the same kind, or an empty one.

    Long work calls it before it starts, too.

    Args:
        out: the folder to be written; its parents need not exist.
        kind: the "format" that a manifest in it must name.
    Raises:
        ValueError: `out` holds something else, or files that its manifest does not list.
        OSError: the folder that it would be made in is no folder, or not writable.
    """
    with plain_reason(out):
        parent = next(place for place in Path(os.path.abspath(out)).parents if place.exists())
        if not parent.is_dir():
            raise NotADirectoryError(errno.ENOTDIR, "not a folder")
        if not os.access(parent, os.W_OK | os.X_OK):
            raise PermissionError(errno.EACCES, "not writable")
    if not out.exists() and not out.is_symlink():
        return
    if out.is_symlink() or not out.is_dir():
        raise ValueError(f"{out} is not a folder; choose another --out")
    present = {
        path.relative_to(out).as_posix()
        for path in out.rglob("*")
        if not path.is_dir() and not is_leftover(path)
    }
    if not present:
        return
    try:
        manifest = read_manifest(out)
    except (CheckpointError, FileNotFoundError):
        manifest = {"format": None, "files": {}}
    if manifest.get("format") != kind:
        raise ValueError(f"{out} is in use and no {kind} folder; choose another --out")
    ours = set(manifest["files"]) | beside_of(manifest) | COMPANIONS | {MANIFEST}
    foreign = sorted(present - ours)
    if foreign:
        raise ValueError(f"{out} also holds {foreign[0]}, which is not ours; choose another --out")


def beside_of(manifest: Mapping[str, Any]) -> set[str]:
    """Names of the files that came with a folder and may be edited; empty where none did."""
    named = manifest.get(BESIDE)
    return {name for name in named if isinstance(name, str)} if isinstance(named, list) else set()


def write_folder(
    out: Path,
    files: Mapping[str, bytes],
    about: Mapping[str, Any],
    kind: str,
    beside: Mapping[str, bytes] | None = None,
) -> dict[str, Any]:
    """Write a folder so that a reader sees the old one or the new one, never a mixture.

    The manifest is written last; the rest is `replace_folder`'s.

    Args:
        out: parents are made; an older folder of the same kind is replaced.
        files: names such as "plots/confusion.png" and their content.
        about: what else the manifest says.
        kind: the manifest's "format".
        beside: files that people may edit later, such as a README: the manifest knows their names
            as "beside", no reader asks for their bytes, and the next writing replaces them.
    Returns:
        The manifest.
    Raises:
        ValueError: a name leaves the folder, or `out` is in use by something else.
        OSError: unwritable, full; nothing of the new folder is left then, the old one is whole.
    """
    beside = beside or {}
    names = [PurePosixPath(name) for name in (*files, *beside)]
    if (
        not files
        or set(files) & set(beside)
        or any(n.is_absolute() or ".." in n.parts or n == PurePosixPath(MANIFEST) for n in names)
    ):
        raise ValueError(f"cannot write files named {sorted({*files, *beside})} into {out}")
    records = {name: file_record(files[name]) for name in sorted(files)}
    manifest = {**about, "format": kind, "files": records}
    if beside:
        manifest[BESIDE] = sorted(beside)
    content = {**files, **beside, MANIFEST: json_bytes(manifest)}
    replace_folder(out, content, lambda place: check_target(place, kind))
    return manifest


def replace_folder(out: Path, files: Mapping[str, bytes], refuse: Callable[[Path], None]) -> None:
    """Put a folder of exactly these files in the place of the old one, or leave that as it is.

    Everything goes into `<out>.tmp-<pid>-<id>` beside it, synced; then one rename. An old folder
    is moved aside for that rename and back if it fails, then removed.

    Args:
        out: parents are made.
        files: names such as "plots/confusion.png" and their content, in the order of writing.
        refuse: raises ValueError where `out` is not to be replaced.
    Raises:
        ValueError: as `refuse` does.
        OSError: unwritable, full; nothing of the new folder is left then, the old one is whole.
    """
    out = Path(os.path.abspath(out))  # no link is followed: `out` itself is what gets replaced
    own = token()
    temporary = out.with_name(out.name + TEMPORARY + own)
    old = out.with_name(out.name + OLD + own)
    with plain_reason(out):
        remove_stale(out)
        refuse(out)
        made = [folder for folder in (out.parent, *out.parent.parents) if not folder.exists()]
        swapping = False
        try:
            temporary.mkdir(parents=True)
            for name, data in files.items():
                path = temporary / name
                if not path.parent.is_dir():
                    path.parent.mkdir(parents=True)
                write_synced(path, data)
            for folder in [*(p for p in temporary.rglob("*") if p.is_dir()), temporary]:
                sync_folder(folder)
            swapping = True
            if out.exists():
                os.rename(out, old)
            os.rename(temporary, out)
            sync_folder(out.parent)
        except BaseException:
            if swapping and out.exists() and not temporary.exists():
                os.rename(out, temporary)
            if old.exists() and not out.exists():
                os.rename(old, out)
            _remove(temporary)
            for folder in made:  # as it was: no empty parents are left behind
                _remove_empty(folder)
            raise
        finally:
            if out.exists():
                _remove(old)


def remove_stale(out: Path) -> None:
    """Clear what a killed writer of `out` left behind, and bring back a folder moved aside.

    Folders of a writer that still runs are left alone, for an hour at most.
    """
    for old in sorted(out.parent.glob(f"{glob.escape(out.name)}{OLD}*")):
        if not out.exists() and (old / MANIFEST).is_file() and is_stale(old):
            os.rename(old, out)
        elif is_stale(old):
            _remove(old)
    for temporary in out.parent.glob(f"{glob.escape(out.name)}{TEMPORARY}*"):
        if is_stale(temporary):
            _remove(temporary)


def remove_all_stale(parent: Path) -> None:
    """The same for every folder under `parent`, as an app does when it starts."""
    for mark in (OLD, TEMPORARY):
        for path in sorted(parent.glob(f"*{mark}*")) if parent.is_dir() else ():
            remove_stale(path.with_name(path.name.rpartition(mark)[0]))


def read_folder(directory: Path, kinds: tuple[str, ...]) -> tuple[dict[str, Any], dict[str, bytes]]:
    """Read a whole folder and compare every byte with its manifest before anyone parses it.

    Returns:
        (manifest, content of the files it lists).
    Raises:
        FileNotFoundError: no such folder, or one that was never finished.
        CheckpointError: incomplete, damaged or tampered with, or another kind of folder.
    """
    manifest = read_manifest(directory)
    if manifest.get("format") not in kinds:
        raise CheckpointError(
            f"{directory} is a {manifest.get('format')!r} folder, expected {' or '.join(kinds)}"
        )
    files = {}
    for name in manifest["files"]:
        try:
            files[name] = verify_file(directory, manifest, name)
        except FileNotFoundError as error:
            raise CheckpointError(
                f"{directory} is incomplete ({name} is gone); make it again"
            ) from error
    return manifest, files


def _remove(path: Path) -> None:
    """Delete a folder if it is there; what resists is left for `remove_stale`."""
    shutil.rmtree(path, ignore_errors=True)


def _remove_empty(path: Path) -> None:
    """Delete a folder if it is there and empty."""
    try:
        path.rmdir()
    except OSError:
        pass
