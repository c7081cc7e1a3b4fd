"""`python -m benchmarks.torture`: try everything, print one table; code 1 if anything failed.

About half an hour, a few minutes with --short; `--only soak --minutes 30` soaks for longer. Run `make
browser` first: one row drives a browser.
"""

import argparse
import sys
import time
import traceback
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path

from benchmarks.torture import soak
from benchmarks.torture.rows import LANES, TRIALS
from benchmarks.torture.table import HEAD, Row, Trial, everything, keep

MAX_MINUTES = 24 * 60


def main(words: Sequence[str] | None = None) -> int:
    """Try what is asked for, and print a row as soon as it is known.

    Args:
        words: default: those of the command line.
    Returns:
        1 if anything failed.
    """
    parser = argparse.ArgumentParser(description="What can be done to the app, as a table.")
    parser.add_argument("--short", action="store_true", help="a tenth of everything")
    parser.add_argument("--only", nargs="+", choices=TRIALS, metavar="NAME", help="these rows")
    parser.add_argument(
        "--minutes", type=float, metavar="N", default=soak.MINUTES, help="of the soak (%(default)g)"
    )
    parser.add_argument("--json", type=Path, metavar="FILE", help="keep the table, also as .md")
    flags = parser.parse_args(words)
    if not 0 < flags.minutes <= MAX_MINUTES:
        parser.error(f"--minutes must be above 0 and at most {MAX_MINUTES}, got {flags.minutes:g}")
    trials = TRIALS | {"soak": partial(soak.soak, minutes=flags.minutes)}
    rows: list[Row] = []
    begun = time.time()
    print(HEAD, flush=True)

    def lane(names: Sequence[str]) -> None:
        """One trial after the other."""
        for name in names:
            for row in tried(name, trials[name], flags.short):
                rows.append(row)
                print(row.line(), flush=True)

    chosen = flags.only or list(TRIALS)
    lane([name for name in chosen if not any(name in some for some in LANES)])
    with ThreadPoolExecutor(len(LANES)) as lanes:
        list(lanes.map(lane, [[name for name in chosen if name in some] for some in LANES]))
    if flags.json is not None:
        keep(everything(rows, begun, flags.short), flags.json)
    return 1 if any(row.failures for row in rows) else 0


def tried(name: str, trial: Trial, short: bool) -> Iterator[Row]:
    """The rows of a trial; one that breaks off is a failure, and the others are tried all the same.

    The traceback goes to stderr.
    """
    try:
        yield from trial(short)
    except Exception as error:
        traceback.print_exc()
        yield Row(name, 1, 1, f"broke off: {type(error).__name__}", "to the end")


if __name__ == "__main__":
    sys.exit(main())
