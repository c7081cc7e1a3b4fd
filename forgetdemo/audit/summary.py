"""A benchmark in figures: mean and spread by method, in lines, a table, scatters. Torch-free."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from statistics import fmean, stdev
from typing import Any

from forgetdemo.audit.figures import Column, Measure, Value
from forgetdemo.audit.measures import MEASURES
from forgetdemo.audit.verdict import COLLAPSED

COLUMNS = (  # of the table, in this order
    *("acc_forget", "acc_retain", "acc_overall", "js_forget", "tv_forget", "redirect_rate"),
    *("area_50", "t90_50", "ratio_50", "proto_half_forget", "seconds_ratio"),
)
SCATTERS = ("js_forget", "area_50")  # against retained accuracy: looks forgotten, is forgotten
ORIGINAL, ORACLES, HELD_OUT = "original", "oracles", "held-out oracle"  # names of lines
REFERENCES = {"original": ORIGINAL, "oracle_mean": ORACLES, "held_out": HELD_OUT}
WORDS = {"↑": "up", "↓": "down", "≈": "at the band"}  # where a figure is better


@dataclass(frozen=True)
class Cell:
    """One measure over the runs of a method, or of a reference."""

    mean: Value  # of the runs that have a value
    sd: Value  # between them; of the oracles' line, between oracles
    beyond: int  # runs that have none: it does not apply, or the curve ended before

    def text(self, unit: str, column: Column) -> str:
        """Of a method: '99.58 ± 0.02', '(1 beyond)' where some runs have none."""
        if self.mean is None:
            return column.none
        sd = "" if self.sd is None else f" ± {_number(self.sd, unit, column)}"
        beyond = f" ({self.beyond} beyond)" if self.beyond else ""
        return f"{_number(self.mean, unit, column)}{sd}{beyond}"

    def plain(self, unit: str, column: Column) -> str:
        """Of a reference: '99.58', whose spread would be another one than the methods'."""
        return "–" if self.mean is None else _number(self.mean, unit, column)


def _number(value: float, unit: str, column: Column) -> str:
    """As the column prints it."""
    return f"{100 * value if unit == '%' else value:.{column.digits}f}"


@dataclass(frozen=True)
class Line:
    """A reference, or a method over seeds."""

    name: str
    cells: Mapping[str, Cell]
    failed: int = 0  # runs that are in no cell
    error: str | None = None  # why, where all failed
    reference: bool = False


@dataclass(frozen=True)
class Scatter:
    """Retained accuracy against one measure: a point per line that has both."""

    measure: Measure
    points: Sequence[tuple[Line, float, float]]  # line, retained accuracy, measure
    band: tuple[float, float] | None  # of the measure: the oracles' mean ± 2 sd


def cell_of(values: Sequence[Value]) -> Cell:
    """A measure over some runs."""
    known = [value for value in values if value is not None]
    return Cell(
        fmean(known) if known else None,
        stdev(known) if len(known) > 1 else None,
        len(values) - len(known),
    )


def lines_of(found: Mapping[str, Any], names: Sequence[str] = COLUMNS) -> list[Line]:
    """References first, then methods, in the order in which they were run.

    Args:
        found: what `bench.bench_methods` returns.
        names: the measures wanted.
    Raises:
        KeyError, TypeError: it is not that.
    """
    known, lines = found["references"], []
    for key, title in REFERENCES.items():
        if key in known:
            between = known.get("oracle_sd", {}) if title == ORACLES else {}
            cells = {
                name: Cell(mean, None if mean is None else between.get(name), int(mean is None))
                for name in names
                for mean in [known[key].get(name)]
            }
            lines.append(Line(title, cells, reference=True))
    by_method: dict[str, list[Mapping[str, Any]]] = {}
    for row in found["rows"]:
        by_method.setdefault(row["method"], []).append(row)
    for method, runs in by_method.items():
        good = [run for run in runs if run["failed"] is None]
        cells = {name: cell_of([run.get(name) for run in good]) for name in names}
        error = None if good else str(runs[0]["failed"])
        lines.append(Line(method, cells, len(runs) - len(good), error))
    return lines


def scatters(found: Mapping[str, Any]) -> Iterator[Scatter]:
    """The figures of a benchmark.

    Methods that keep less than half of the retained accuracy know nothing: the table has them.
    """
    lines = lines_of(found, (*SCATTERS, "acc_retain"))
    for name in SCATTERS:
        points = [
            (line, x, y)
            for line in lines
            if (x := line.cells["acc_retain"].mean) is not None
            and (y := line.cells[name].mean) is not None
            and x >= COLLAPSED
        ]
        mean = found["references"].get("oracle_mean", {}).get(name)
        sd = found["references"].get("oracle_sd", {}).get(name) or 0.0
        band = None if mean is None else (mean - 2 * sd, mean + 2 * sd)
        yield Scatter(MEASURES[name], points, band)


def heading(name: str, found: Mapping[str, Any]) -> str:
    """A column's head: its short title, the good direction and the unit."""
    measure, column = shown(name)
    return f"{column.title.format(**found)} {measure.direction} {measure.unit}".rstrip()


def shown(name: str) -> tuple[Measure, Column]:
    """A measure of the table, and how it is shown.

    Raises:
        KeyError: there is no such measure.
        ValueError: its entry has no column.
    """
    measure = MEASURES[name]
    if measure.column is None:
        raise ValueError(f"{name} is in the benchmark's table, but its entry has no column")
    return measure, measure.column


def table(found: Mapping[str, Any]) -> str:
    """The benchmark as a Markdown table: references first, then methods, mean ± sd over seeds."""
    heads = [heading(name, found) for name in COLUMNS]
    rows = ["| | " + " | ".join(heads) + " |", "|---" * (len(heads) + 1) + "|"]
    for line in lines_of(found):
        cells = [
            (Cell.plain if line.reference else Cell.text)(line.cells[name], measure.unit, column)
            for name in COLUMNS
            for measure, column in [shown(name)]
        ]
        title = f"*{line.name}*" if line.reference else line.name
        if line.failed:
            title += f" ({line.failed} failed)"
        if line.error is not None:
            cells = [f"failed: {line.error}"] + [""] * (len(COLUMNS) - 1)
        rows.append(f"| {title} | " + " | ".join(cells) + " |")
    return "\n".join(rows)
