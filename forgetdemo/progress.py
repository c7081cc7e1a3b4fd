"""A tqdm bar on stderr that follows progress records."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from tqdm import tqdm


@contextmanager
def bar(
    title: str, counter: str, shown: Sequence[str]
) -> Iterator[Callable[[dict[str, Any]], None]]:
    """Yield a progress function; silent where stderr is not a terminal.

    Args:
        title: what stands before the bar.
        counter: the record's field that counts, from 1 to its field "of". A record with "found"
            counts what was there already, which says nothing about the time that is left.
        shown: fields written behind the bar.
    """
    with tqdm(desc=title, unit=counter, disable=None) as meter:

        def progress(record: dict[str, Any]) -> None:
            meter.total = record["of"]
            if record.get("found"):
                meter.initial = meter.n = record[counter]
            meter.set_postfix({name: f"{record[name]:.4f}" for name in shown}, refresh=False)
            meter.update(record[counter] - meter.n)

        yield progress
