"""One line of the table per trial; the same as a file for machines, and as one for people."""

import os
import platform
import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from forgetdemo.files.checkpoint import write_json
from forgetdemo.files.keys import versions
from forgetdemo.files.writing import write_atomic

HEAD = "| test | tries | failures | figure | limit |\n|---|---|---|---|---|"


@dataclass(frozen=True)
class Row:
    """What was tried, how often, how often it went wrong, the figure that matters, its limit."""

    test: str
    tries: int
    failures: int
    figure: str
    limit: str

    def line(self) -> str:
        """As a line of the table."""
        cells = (self.test, self.tries, self.failures, self.figure, self.limit)
        return f"| {' | '.join(str(cell).replace('|', '/') for cell in cells)} |"


Trial = Callable[[bool], Iterable[Row]]  # short? → one row or more, each when it is known


def everything(rows: Sequence[Row], begun: float, short: bool) -> dict[str, Any]:
    """The table with what it was measured on, as JSON takes it.

    Args:
        rows: in the order in which they were tried.
        begun: `time.time()` of the first one.
        short: whether it was the short form.
    """
    return {
        "short": short,
        "minutes": round((time.time() - begun) / 60, 1),
        "date": time.strftime("%Y-%m-%d", time.gmtime(begun)),
        "machine": f"{os.cpu_count()} cores, {platform.machine()}",
        "load": round(os.getloadavg()[0], 1),
        "versions": versions(),
        "failures": sum(row.failures for row in rows),
        "rows": [asdict(row) for row in rows],
    }


def as_page(found: dict[str, Any]) -> str:
    """What `everything` gives, as Markdown."""
    rows = [Row(**row) for row in found["rows"]]
    kinds = ", ".join(f"{name} {version}" for name, version in found["versions"].items())
    return "\n".join(
        [
            "# Torture",
            "",
            f"`python -m benchmarks.torture{' --short' if found['short'] else ''}`, "
            f"{found['date']}, {found['minutes']:g} minutes on {found['machine']} ({kinds}), "
            f"{found['failures']} failures. Everything on loopback: clients and app share the "
            "cores.",
            "",
            HEAD,
            *(row.line() for row in rows),
            "",
        ]
    )


def keep(found: dict[str, Any], path: Path) -> None:
    """Write what `everything` gives to `path`, and as a page beside it, with the ending .md.

    Raises:
        OSError: unwritable.
    """
    write_json(path, found)
    write_atomic(path.with_suffix(".md"), as_page(found).encode())
