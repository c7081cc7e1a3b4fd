"""A tqdm bar on stderr that follows progress records; plain lines where that is no terminal."""

import io
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from tqdm import tqdm

EVERY = 30.0  # seconds between plain lines, at least


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
