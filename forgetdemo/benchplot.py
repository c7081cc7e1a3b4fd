"""Looks forgotten against is forgotten: one marker and one name per method."""

from collections.abc import Mapping, Sequence
from statistics import fmean
from typing import Any

import matplotlib
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from forgetdemo.plots import AFTER, BEFORE, GREY, STYLE

MARKERS = "osD^v<>PX*hdp8"
PANELS = (
    ("js_forget", "JS to the oracles on the class, nats (down is better)"),
    ("area_50", "height of the relearning curve, 50 images (at the band is better)"),
)


def points(rows: Sequence[Mapping[str, Any]], figure: str) -> dict[str, tuple[float, float]]:
    """Mean over seeds per method: (retained accuracy in percent, the figure); failed ones left out.

    Methods that never reached half the retained accuracy are left out, too: the table has them.
    """
    found: dict[str, list[tuple[float, float]]] = {}
    for row in rows:
        if row["failed"] is None and row.get(figure) is not None and row["acc_retain"] >= 0.5:
            found.setdefault(row["method"], []).append((100 * row["acc_retain"], row[figure]))
    return {
        method: (fmean(x for x, _ in pairs), fmean(y for _, y in pairs))
        for method, pairs in found.items()
    }


def looks_and_is(found: Mapping[str, Any]) -> Figure:
    """The benchmark's figure.

    Args:
        found: what `bench.bench_methods` returns.
    """
    style: Any = STYLE
    with matplotlib.rc_context(style):
        drawn = Figure(figsize=(10.5, 5.0), layout="constrained")
        for axes, (figure, title) in zip(drawn.subplots(1, 2), PANELS, strict=True):
            _panel(axes, found, figure, title)
    return drawn


def _panel(axes: Axes, found: Mapping[str, Any], figure: str, title: str) -> None:
    """One scatter with the oracles' band and a name beside each marker."""
    known = found["references"]
    if known and known["oracle_mean"].get(figure) is not None:
        mean, sd = known["oracle_mean"][figure], known["oracle_sd"][figure] or 0.0
        axes.axhspan(mean - 2 * sd, mean + 2 * sd, color=BEFORE, alpha=0.15, label="oracles ± 2 sd")
        axes.axvline(100 * known["original"]["acc_retain"], color=GREY, ls=":", label="original")
    for place, (method, (x, y)) in enumerate(sorted(points(found["rows"], figure).items())):
        marker = MARKERS[place % len(MARKERS)]
        axes.plot([x], [y], marker, color=AFTER, markerfacecolor="none", markersize=6)
        axes.annotate(method, (x, y), (4, 4 - 8 * (place % 3)), textcoords="offset points", size=7)
    axes.set_xlabel("retained accuracy, % (right is better)")
    axes.set_ylabel(title)
    if axes.get_legend_handles_labels()[0]:
        axes.legend(frameon=False, fontsize=8, loc="best")
