"""Looks forgotten against is forgotten: one marker and one name per method."""

from collections.abc import Mapping, Sequence
from statistics import fmean
from typing import Any

import matplotlib
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.text import Text
from matplotlib.transforms import Bbox

from forgetdemo.plots.report import AFTER, BEFORE, GREY, STYLE

MARKERS = "osD^v<>PX*hdp8"
OWN = "deep_natural"  # this project's own method: the filled marker
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
        panels = drawn.subplots(1, 2)
        for axes, (figure, title) in zip(panels, PANELS, strict=True):
            _panel(axes, found, figure, title)
        drawn.draw_without_rendering()  # the layout must be known before names can avoid anything
        for axes, (figure, _) in zip(panels, PANELS, strict=True):
            _label(axes, points(found["rows"], figure))
    return drawn


def _panel(axes: Axes, found: Mapping[str, Any], figure: str, title: str) -> None:
    """One scatter with the oracles' band; `label` adds the names."""
    known = found["references"]
    if known and known["oracle_mean"].get(figure) is not None:
        mean, sd = known["oracle_mean"][figure], known["oracle_sd"][figure] or 0.0
        axes.axhspan(mean - 2 * sd, mean + 2 * sd, color=BEFORE, alpha=0.15, label="oracles ± 2 sd")
        axes.axvline(100 * known["original"]["acc_retain"], color=GREY, ls=":", label="original")
    for place, (method, (x, y)) in enumerate(sorted(points(found["rows"], figure).items())):
        marker, inside = MARKERS[place % len(MARKERS)], AFTER if method == OWN else "none"
        axes.plot([x], [y], marker, color=AFTER, markerfacecolor=inside, markersize=6)
    axes.margins(0.12, 0.08)
    left, right = axes.get_xlim()
    axes.set_xlim(left, right + 0.15 * (right - left))  # room for the names of the best ones
    axes.set_xlabel("retained accuracy, % (right is better)")
    axes.set_ylabel(title)
    if axes.get_legend_handles_labels()[0]:
        axes.legend(frameon=False, fontsize=8, loc="upper left")


def _label(axes: Axes, named: Mapping[str, tuple[float, float]]) -> None:
    """Write each name where it covers no marker and no other name; a thin line where it is far."""
    at = {name: axes.transData.transform(point) for name, point in named.items()}
    taken = [Bbox.from_bounds(x - 6, y - 6, 12, 12) for x, y in at.values()]
    legend = axes.get_legend()
    if legend is not None:
        taken.append(legend.get_window_extent())
    for name, point in sorted(named.items(), key=lambda item: -item[1][1]):
        for far in range(1, 12):
            spots = [(s * 8, v * far * 7) for v in (0, 1, -1) for s in (1, -1)]
            boxes = []
            for dx, dy in spots:
                text = axes.annotate(
                    name,
                    point,
                    (dx, dy),
                    textcoords="offset points",
                    size=7,
                    ha="left" if dx > 0 else "right",
                    va="center",
                    arrowprops={"arrowstyle": "-", "lw": 0.4, "color": GREY} if far > 1 else None,
                )
                text.get_window_extent()  # puts the text in its place
                box = Text.get_window_extent(text).padded(1)  # without the line
                within = axes.bbox.x0 < box.x0 and box.x1 < axes.bbox.x1
                if within and not any(box.overlaps(other) for other in taken):
                    boxes = [box]
                    break
                text.remove()
            if boxes:
                taken += boxes
                break
        else:  # no room at all: on the marker, rather than not at all
            axes.annotate(name, point, (8, 0), textcoords="offset points", size=7, va="center")
