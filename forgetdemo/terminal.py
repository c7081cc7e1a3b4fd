"""What a terminal sees: progress bars on stderr, and how a command ends."""

import io
import json
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from forgetdemo.settings.constants import INSTALL

EVERY = 30.0  # seconds between plain lines, at least
OURS = ("forgetdemo", "export")  # a module of these that is not there is a fault


@contextmanager
def bar(
    title: str, counter: str, shown: Sequence[str], *, lines: bool = False
) -> Iterator[Callable[[dict[str, Any]], None]]:
    """Yield a progress function that shows what is done and how long the rest will take.

    Args:
        title: what stands before the bar.
        counter: the record's field that counts, from 1 to its field "of". A record with "found"
            counts what was there already, which says nothing about the time that is left.
        shown: fields written behind the bar.
        lines: where stderr is not a terminal, write a line now and then instead of nothing.
    """
    from tqdm import tqdm  # here, so that --help is instant

    plain = lines and not sys.stderr.isatty()
    hidden = {"file": io.StringIO(), "ncols": 80} if plain else {"disable": None}
    said = time.monotonic()
    with tqdm(desc=title, unit=counter, **hidden) as meter:

        def progress(record: dict[str, Any]) -> None:
            nonlocal said
            meter.total = record["of"]
            if record.get("found"):
                meter.initial = meter.n = record[counter]
            meter.set_postfix({name: f"{record[name]:.4f}" for name in shown}, refresh=False)
            meter.update(record[counter] - meter.n)
            if plain and time.monotonic() - said >= EVERY:
                said = time.monotonic()
                print(meter, file=sys.stderr, flush=True)

        yield progress


def ended(work: Callable[[], int | None], stopped: str = "stopped; nothing was written") -> int:
    """Do a command's work and return its exit code.

    Args:
        work: its own code, or None for 0.
        stopped: said after Ctrl-C.
    Returns:
        `work`'s code; 1 after a ValueError or OSError, whose message is printed as one line, or
        where a package is not installed; 130 after Ctrl-C. Anything else is a fault of ours and
        keeps its traceback.
    """
    try:
        return work() or 0
    except KeyboardInterrupt:
        print(stopped, file=sys.stderr)
        return 130
    except ModuleNotFoundError as error:
        if str(error.name).split(".")[0] in OURS:
            raise
        print(f"error: {error.name} is not installed; run {INSTALL['train']}", file=sys.stderr)
        return 1
    except (ValueError, OSError) as error:
        print(f"error: {' '.join(str(error).split())}", file=sys.stderr)
        return 1


def show(result: dict[str, Any], as_json: bool, text: str) -> None:
    """Print a result: JSON for machines, a table for people."""
    print(json.dumps(result, indent=1) if as_json else text)
