"""What differs from one operating system to another, and what a process asks of its own."""

import ctypes
from typing import Any

# glibc's names for what `mallopt` sets, from its malloc.h.
TRIM_THRESHOLD, MMAP_THRESHOLD, ARENA_MAX = -1, -3, -8
ARENAS = 2  # pools of memory; glibc's own choice is eight a core, and each keeps its holes
# Bytes: what is larger gets pages of its own, which go back when it is freed. A model's weights
# are; what answering a drawing takes is not: with 128 kB, that took a tenth longer.
LARGE = 2**20


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
