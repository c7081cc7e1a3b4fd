"""Looks forgotten against is forgotten: one marker and one name per method."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import matplotlib
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.text import Text
from matplotlib.transforms import Bbox

from forgetdemo.plots.report import AFTER, BEFORE, GREY, STYLE

MARKERS = "osD^v<>PX*hdp8"
OWN = "deep_natural"  # this project's own method: the filled marker


@dataclass(frozen=True)
class Panel:
    """One scatter: how much a method keeps, against a figure of the class."""

    title: str  # of the figure's axis
    points: Mapping[str, tuple[float, float]]  # method → retained accuracy in [0, 1], the figure
    band: tuple[float, float] | None  # of the figure, among the oracles
    original: float | None  # retained accuracy of the original; drawn with a band only


def looks_and_is(panels: Sequence[Panel]) -> Figure:
    """Scatters side by side, every method named.

    Raises:
        ValueError: there is nothing to draw.
    """
    if not panels:
        raise ValueError("there are no panels to draw")
    style: Any = STYLE
    with matplotlib.rc_context(style):
        drawn = Figure(figsize=(5.25 * len(panels), 5.0), layout="constrained")
        places = drawn.subplots(1, len(panels), squeeze=False)[0]
        for axes, panel in zip(places, panels, strict=True):
            _panel(axes, panel)
        drawn.draw_without_rendering()  # the layout must be known before names can avoid anything
        for axes, panel in zip(places, panels, strict=True):
            _label(axes, {name: (100 * x, y) for name, (x, y) in panel.points.items()})
    return drawn


def _panel(axes: Axes, panel: Panel) -> None:
    """One scatter with the oracles' band; `_label` adds the names."""
    if panel.band is not None:
        axes.axhspan(*panel.band, color=BEFORE, alpha=0.15, label="oracles ± 2 sd")
        if panel.original is not None:
            axes.axvline(100 * panel.original, color=GREY, ls=":", label="original")
    for place, (method, (x, y)) in enumerate(sorted(panel.points.items())):
        marker, inside = MARKERS[place % len(MARKERS)], AFTER if method == OWN else "none"
        axes.plot([100 * x], [y], marker, color=AFTER, markerfacecolor=inside, markersize=6)
    axes.margins(0.12, 0.08)
    left, right = axes.get_xlim()
    axes.set_xlim(left, right + 0.15 * (right - left))  # room for the names of the best ones
    axes.set_xlabel("retained accuracy, % (right is better)")
    axes.set_ylabel(panel.title)
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
