"""Methods side by side, from `bench methods`: which look as if they forgot, and which did."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from statistics import fmean, stdev
from typing import Any

from forgetdemo.audit.measures import SPECS, Spec, relearn_specs
from forgetdemo.files.checkpoint import CheckpointError, read_json
from forgetdemo.settings.constants import ROOT

METHODS = ROOT / "docs" / "methods.json"
COLUMNS = (  # of the table of methods
    "acc_forget acc_retain js_forget tv_forget redirect_rate area_50 t90_50 proto_half_forget "
    "seconds_ratio"
).split()
PANELS = {  # figure → title and what is good, for y
    "js_forget": ("How unlike a retrain it answers", "up: JS to the oracles on the class, nats"),
    "area_50": ("How fast the class comes back", "up: height of the relearning curve, 50 images"),
}
REFERENCES = {"original": "original", "held_out": "held-out oracle"}
BAND = "oracles"
ROLES = {
    "original": "before",
    BAND: "oracle",
    "held-out oracle": "oracle",
    "logit_mask": "masked",
}
RECOGNISABLE = 0.5  # of retained accuracy: methods below are in the table, not in the figure


def read_methods(path: Path = METHODS) -> dict[str, Any] | None:
    """What `forgetdemo bench methods` wrote, as web/maps.js takes it; None without the file.

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


def methods_view(found: Mapping[str, Any]) -> dict[str, Any]:
    """References and methods, mean ± sd over seeds, for a table and two scatters.

    Args:
        found: what `bench.bench_methods` returns.
    """
    specs = SPECS | relearn_specs(50, 64)
    by_method: dict[str, list[Mapping[str, Any]]] = {}
    for row in found["rows"]:
        by_method.setdefault(row["method"], []).append(row)
    known = found["references"]
    rows = [row_of(title, [known[key]]) for key, title in REFERENCES.items() if key in known]
    if "oracle_mean" in known:
        rows.insert(1, band_row(known["oracle_mean"], known.get("oracle_sd", {})))
    for method, runs in by_method.items():
        good = [run for run in runs if run["failed"] is None]
        note = "" if good else f"failed: {runs[0]['failed']}"
        rows.append(row_of(method, good, note, len(runs) - len(good) if good else 0))
    return {
        "columns": [column(name, specs[name]) for name in COLUMNS],
        "rows": rows,
        "panels": [panel(name, rows, known) for name in PANELS],
        "note": f"{found['dataset']}, class {found['forget']}: mean ± sd over {found['seeds']} "
        "seeds; ↑ ↓ good direction, ≈ closest to the oracles; shaded in the figures: the "
        "oracles' mean ± 2 sd",
    }


def column(name: str, spec: Spec) -> dict[str, str]:
    """A column's head."""
    return {key: getattr(spec, key) for key in ("title", "arrow", "unit", "explain")} | {
        "name": name
    }


def row_of(
    name: str, runs: Sequence[Mapping[str, Any]], note: str = "", failed: int = 0
) -> dict[str, Any]:
    """A line of the table; figures beyond the curve are counted, not averaged."""
    cells = {}
    for key in COLUMNS:
        values = [run.get(key) for run in runs]
        there = [value for value in values if value is not None]
        cells[key] = {
            "mean": fmean(there) if there else None,
            "sd": stdev(there) if len(there) > 1 else None,
            "beyond": len(values) - len(there),
        }
    title = f"{name} ({failed} failed)" if failed else name
    return {"name": title, "note": note, "cells": cells}


def band_row(mean: Mapping[str, Any], sd: Mapping[str, Any]) -> dict[str, Any]:
    """The line of the oracles: their own mean ± sd."""
    row = row_of(BAND, [mean])
    for key, cell in row["cells"].items():
        cell["sd"] = None if cell["mean"] is None else sd.get(key)
    return row


def panel(figure: str, rows: Sequence[Mapping[str, Any]], known: Mapping[str, Any]) -> Any:
    """One scatter: retained accuracy against a figure, and the oracles' band of that figure."""
    points = [
        {"name": row["name"], "role": ROLES.get(row["name"], "after"), "x": x, "y": y}
        for row in rows
        if (x := row["cells"]["acc_retain"]["mean"]) is not None
        and (y := row["cells"][figure]["mean"]) is not None
        and x >= RECOGNISABLE
    ]
    mean = known.get("oracle_mean", {}).get(figure)
    sd = known.get("oracle_sd", {}).get(figure) or 0.0
    title, y_label = PANELS[figure]
    return {
        "title": title,
        "yLabel": f"right: the other classes are kept; {y_label}",
        "points": points,
        "band": None if mean is None else [mean - 2 * sd, mean + 2 * sd],
    }
