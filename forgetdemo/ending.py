"""How a command ends: a user's mistake is one line on stderr and a code, never a traceback."""

import sys
from collections.abc import Callable


def ended(work: Callable[[], int | None], stopped: str = "stopped; nothing was written") -> int:
    """Do a command's work and return its exit code.

    Args:
        work: its own code, or None for 0.
        stopped: said after Ctrl-C.
    Returns:
        `work`'s code; 1 after a ValueError or OSError, whose message is printed as one line; 130
        after Ctrl-C. Anything else is a fault of ours and keeps its traceback.
    """
    try:
        return work() or 0
    except KeyboardInterrupt:
        print(stopped, file=sys.stderr)
        return 130
    except (ValueError, OSError) as error:
        print(f"error: {' '.join(str(error).split())}", file=sys.stderr)
        return 1
