"""How anything gets onto the disk: whole or not at all, whatever fails and whoever is killed."""

import errno
import glob
import os
import re
import time
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from forgetdemo.system import is_running, sync_folder

TEMPORARY = ".tmp-"  # <name>.tmp-<pid>-<id>: being written
STALE_SECONDS = 3600
WRITER = re.compile(r"-(\d+)-[0-9a-f]+$")
REASONS = {
    errno.ENOSPC: "the disk is full; free some space",
    errno.EDQUOT: "the disk quota is used up; free some space",
    errno.EFBIG: "the file would be larger than this system allows",
    errno.EIO: "the disk failed; look at the system's log, or choose another place",
    errno.EINTR: "it was interrupted; try again",
    errno.ENOENT: "there is no such folder",
    errno.EACCES: "permission denied; choose another --out",
    errno.EPERM: "permission denied; choose another --out",
    errno.EROFS: "the disk is read-only; choose another --out",
    errno.ENOTDIR: "a file is in the way; choose another --out",
    errno.EEXIST: "a file is in the way; choose another --out",
    errno.EISDIR: "a folder is in the way; choose another --out",
    errno.ENAMETOOLONG: "the name is too long; choose another --out",
}


@contextmanager
def plain_reason(out: Path) -> Iterator[None]:
    """Turn an OSError of the system into one sentence that says what to do; it keeps its number."""
    try:
        yield
    except OSError as error:
        code = error.errno or 0
        reason = REASONS.get(code, error.strerror or type(error).__name__)
        plain = OSError(f"cannot write {out}: {reason}")
        plain.errno = code
        raise plain from error


def token() -> str:
    """A name that nobody else has, and that tells whether its writer still runs: <pid>-<id>."""
    return f"{os.getpid()}-{uuid.uuid4().hex[:12]}"


def is_stale(path: Path) -> bool:
    """Whether the process named in `<name>-<pid>-<id>` is gone, or the thing an hour old."""
    pid = WRITER.search(path.name)
    try:
        old = time.time() - path.stat().st_mtime > STALE_SECONDS
    except OSError:
        return True
    return old or not (pid and is_running(int(pid[1])))


def is_leftover(path: Path) -> bool:
    """Whether a file is what a killed `write_atomic` left behind, by its name."""
    return path.name.startswith(".") and TEMPORARY in path.name and bool(WRITER.search(path.name))


def make_folder(path: Path) -> None:
    """Make a folder and its parents, if it is not there. Raises OSError, one sentence."""
    with plain_reason(path):
        path.mkdir(parents=True, exist_ok=True)


def write_synced(path: Path, data: bytes) -> None:
    """Write a new file down to the disk. Raises OSError, FileExistsError among them."""
    with open(path, "xb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())


def write_atomic(path: Path, data: bytes) -> None:
    """Write a file so that a reader sees the old bytes or the new ones, never a mixture.

    Temporary name in the same folder, fsync, rename, fsync of the folder. What killed writers of
    the same file left behind is removed first.

    Raises:
        OSError: the folder is missing, read-only or full; one sentence; no half file is left, and
            the old one is as it was, unless only the folder's own fsync failed.
    """
    with plain_reason(path):
        for left in path.parent.glob(f".{glob.escape(path.name)}{TEMPORARY}*"):
            if is_stale(left):
                _unlink(left)
        temporary = path.with_name(f".{path.name}{TEMPORARY}{token()}")
        try:
            write_synced(temporary, data)
            os.replace(temporary, path)
            sync_folder(path.parent)
        finally:
            _unlink(temporary)


def _unlink(path: Path) -> None:
    """Delete a file if it is there; what resists is left for the next writer."""
    try:
        path.unlink()
    except OSError:
        pass
