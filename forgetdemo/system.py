"""What differs from one operating system to another, and what a process asks of its own."""

import ctypes
import errno
import os
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

# glibc's names for what `mallopt` sets, from its malloc.h.
TRIM_THRESHOLD, MMAP_THRESHOLD, ARENA_MAX = -1, -3, -8
ARENAS = 2  # pools of memory; glibc's own choice is eight a core, and each keeps its holes
# Bytes: what is larger gets pages of its own, which go back when it is freed. A model's weights
# are; what answering a drawing takes is not: with 128 kB, that took a tenth longer.
LARGE = 2**20
# What file systems say that cannot sync a folder; the files in it are synced all the same.
UNSYNCED = {errno.EINVAL, errno.ENOTSUP, errno.EOPNOTSUPP, errno.EBADF, errno.ENOSYS}


def sync_folder(path: Path) -> None:
    """Make a rename inside the folder survive a power cut, where the system can.

    Raises:
        OSError: the disk failed.
    """
    if os.name == "nt":  # folders cannot be opened there
        return
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    except OSError as error:
        if error.errno not in UNSYNCED:
            raise
    finally:
        os.close(handle)


@contextmanager
def no_proxy() -> Iterator[None]:
    """Let no proxy of the environment be used meanwhile.

    Gradio asks its own address when it starts, and fails at once where the proxy is of a kind that
    it has no package for.
    """
    before = {name: os.environ.get(name) for name in ("no_proxy", "NO_PROXY")}
    os.environ.update(dict.fromkeys(before, "*"))
    try:
        yield
    finally:
        for name, value in before.items():
            if value is None:
                del os.environ[name]
            else:
                os.environ[name] = value


def is_running(process: int) -> bool:
    """Whether there is a process of that number; True where that cannot be asked.

    Signal 0 only asks, but for Windows, where it is Ctrl-C.
    """
    if os.name == "nt":
        return True
    try:
        os.kill(process, 0)
    except PermissionError:
        return True  # somebody else's
    except (OSError, OverflowError):
        return False
    return True


def can_guard_runs() -> bool:
    """Whether a worker can be interrupted, and ended with all that it started."""
    wanted = ((os, "killpg"), (signal, "SIGUSR1"), (signal, "pthread_kill"), (signal, "SIGKILL"))
    return all(hasattr(module, name) for module, name in wanted)


def resident_memory(process: int | str = "self") -> int:
    """Resident bytes of a process; 0 where the system does not tell, or it is gone."""
    try:
        pages = int(Path(f"/proc/{process}/statm").read_text("ascii").split()[1])
        return pages * int(os.sysconf("SC_PAGE_SIZE"))
    except (OSError, ValueError, IndexError, AttributeError):
        return 0


def open_files() -> int:
    """Open files of this process; 0 where the system does not tell."""
    try:
        return len(os.listdir("/proc/self/fd"))
    except OSError:
        return 0


def machine_memory() -> int:
    """Bytes of memory that this machine has; 0 where the system does not tell."""
    try:
        return int(os.sysconf("SC_PAGE_SIZE")) * int(os.sysconf("SC_PHYS_PAGES"))
    except (OSError, ValueError, AttributeError):
        return 0


def allocator() -> Any:
    """The C library that this process runs on; None where there is none to ask."""
    try:
        return ctypes.CDLL(None)
    except (OSError, TypeError):  # Windows
        return None


def hold_little_memory(library: Any = None) -> bool:
    """Make freed memory go back to the system; call it before any thread has started.

    glibc gives threads pools of their own and, as larger pieces are freed, learns to keep larger
    ones: right for speed, wrong for a server that loads and drops models for days.

    Args:
        library: default: this process's.
    Returns:
        Whether the system took it; elsewhere nothing happens.
    """
    setting = getattr(library or allocator(), "mallopt", None)
    if setting is None:
        return False
    wanted = ((ARENA_MAX, ARENAS), (MMAP_THRESHOLD, LARGE), (TRIM_THRESHOLD, LARGE))
    return all([setting(name, value) == 1 for name, value in wanted])


def give_memory_back(library: Any = None) -> bool:
    """Return the holes that freed pieces left; takes milliseconds, from any thread.

    Args:
        library: default: this process's.
    Returns:
        Whether the system has such a function; others give memory back by themselves.
    """
    trim = getattr(library or allocator(), "malloc_trim", None)
    if trim is None:
        return False
    trim(0)
    return True
