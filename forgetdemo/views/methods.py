"""Methods side by side, from `bench methods`: which look as if they forgot, and which did."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from forgetdemo.audit.measures import MEASURES
from forgetdemo.audit.summary import HELD_OUT, ORACLES, ORIGINAL, Line, Scatter, lines_of, scatters
from forgetdemo.files.checkpoint import CheckpointError, read_json
from forgetdemo.settings.constants import ROOT
from forgetdemo.views import records
from forgetdemo.views.records import MethodRow, Methods

METHODS = ROOT / "docs" / "methods.json"
COLUMNS = {  # of the table of methods
    name: MEASURES[name]
    for name in (
        *("acc_forget", "acc_retain", "js_forget", "tv_forget", "redirect_rate"),
        *("area_50", "t90_50", "proto_half_forget", "seconds_ratio"),
    )
}
QUESTIONS = ("How unlike a retrain it answers", "How fast the class comes back")  # of the scatters
ROLES = {ORIGINAL: "before", ORACLES: "oracle", HELD_OUT: "oracle", "logit_mask": "masked"}


def read_methods(path: Path = METHODS) -> Methods | None:
    """What `forgetdemo bench methods` wrote; None without the file.

    Raises:
        CheckpointError: it is damaged.
    """
    if not path.is_file():
        return None
    found = read_json(path)
    try:
        return methods_view(found)
    except (TypeError, KeyError, AttributeError, ValueError) as error:
        raise CheckpointError(f"{path.name} is damaged; run `bench methods` again") from error


def methods_view(found: Mapping[str, Any]) -> Methods:
    """References and methods, mean ± sd over seeds, for a table and two scatters.

    Args:
        found: what `bench.bench_methods` returns.
    """
    return {
        "columns": [
            {
                "name": name,
                "title": measure.title,
                "arrow": measure.direction,
                "unit": measure.unit,
                "explain": measure.explain,
            }
            for name, measure in COLUMNS.items()
        ],
        "rows": [row(line) for line in lines_of(found, tuple(COLUMNS))],
        "panels": [
            panel(question, scatter)
            for question, scatter in zip(QUESTIONS, scatters(found), strict=True)
        ],
        "note": f"{found['dataset']}, class {found['forget']}: mean ± sd over {found['seeds']} "
        "seeds; ↑ ↓ good direction, ≈ closest to the oracles; shaded in the figures: the "
        "oracles' mean ± 2 sd",
    }


def name_of(line: Line) -> str:
    """A line's name, and how many of its runs failed where some did not."""
    some = line.failed and line.error is None
    return f"{line.name} ({line.failed} failed)" if some else line.name


def row(line: Line) -> MethodRow:
    """A line of the table; a note stands in place of the cells where every run failed."""
    return {
        "name": name_of(line),
        "note": "" if line.error is None else f"failed: {line.error}",
        "cells": {
            name: {"mean": cell.mean, "sd": cell.sd, "beyond": cell.beyond}
            for name, cell in line.cells.items()
        },
    }


def panel(question: str, scatter: Scatter) -> records.Scatter:
    """One scatter: retained accuracy against a figure, and the oracles' band of that figure."""
    return {
        "title": question,
        "yLabel": f"right: the other classes are kept; up: {scatter.measure.axis}",
        "points": [
            {"name": name_of(line), "role": ROLES.get(line.name, "after"), "x": x, "y": y}
            for line, x, y in scatter.points
        ],
        "band": None if scatter.band is None else list(scatter.band),
    }
