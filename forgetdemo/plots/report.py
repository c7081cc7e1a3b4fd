"""A report as pictures: matplotlib figures without pyplot, the same bytes for the same numbers."""

import io
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

import matplotlib
import numpy as np
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.colors import LinearSegmentedColormap
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle

from forgetdemo.metrics.report import ModelReport, Report

BEFORE, AFTER = "#0072B2", "#D55E00"  # as on the page; distinguishable with any colour vision
GREY = "#595959"
HATCH = "///"  # After wears it too, so that no label depends on colour alone
TERMS = ((AFTER, "--"), (BEFORE, "-."), (GREY, ":"), ("#009E73", "--"))  # of a loss
STYLE: dict[str, Any] = {
    "font.family": "DejaVu Sans",
    "font.size": 9.0,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "svg.hashsalt": "forgetdemo",
    "svg.fonttype": "path",
    "hatch.linewidth": 0.6,
    "hatch.color": "white",
    "figure.constrained_layout.h_pad": 0.08,  # inches
    "figure.constrained_layout.w_pad": 0.08,
}


def figures(report: Report, history: Mapping[str, Any]) -> dict[str, Figure]:
    """All figures that these numbers have something for, by file name without ending.

    Args:
        report: of one run; without `after`, figures show the original alone.
        history: {"train": [...], "unlearn": [...]}; an empty list has no figure.
    """
    drawn = {"confusion": confusion(report), "per_class": per_class(report)}
    if history.get("train"):
        drawn["training"] = training(history["train"])
    if history.get("unlearn"):
        drawn["unlearning"] = unlearning(history["unlearn"], _plain(report)[report.forget_class])
    if report.mask is not None:
        drawn["editable"] = editable(report.mask)
    return drawn


def plot_files(report: Report, history: Mapping[str, Any]) -> dict[str, bytes]:
    """`figures` as files: {"confusion.png": ..., "confusion.svg": ..., ...}."""
    return {
        f"{name}.{ending}": encode(figure, ending)
        for name, figure in figures(report, history).items()
        for ending in ("png", "svg")
    }


def encode(figure: Figure, ending: str) -> bytes:
    """A figure as PNG or SVG without date, version or random ids: equal figures, equal bytes.

    Raises:
        ValueError: `ending` is neither "png" nor "svg".
    """
    if ending not in ("png", "svg"):
        raise ValueError(f"plots are png or svg, got {ending!r}")
    nothing: dict[str, Any] = {"Software": None}
    if ending == "svg":
        nothing = {"Date": None, "Creator": None}
    with io.BytesIO() as buffer, _style():
        figure.savefig(buffer, format=ending, dpi=150, metadata=nothing)
        return buffer.getvalue()


def confusion(report: Report) -> Figure:
    """Confusion matrices side by side, shaded by the share of each true class.

    The forgotten class's row wears a frame: it is the row that should change.
    """
    models = [("Before", BEFORE, report.before)]
    if report.after is not None:
        models.append(("After", AFTER, report.after))
    names = _plain(report)
    with _style():
        figure, panels = _canvas(4.6 * len(models), 4.6, len(models))
        for axes, (title, colour, model) in zip(panels, models, strict=True):
            _matrix(axes, model, colour, names)
            axes.add_patch(
                Rectangle((-0.5, report.forget_class - 0.5), 10, 1, fill=False, lw=2, clip_on=False)
            )
            right, best = 100 * model.acc_overall, 100 * model.ceiling
            limit = f", ceiling {best:.2f} %" if title == "After" else ""
            axes.set_title(f"{title}: {right:.2f} % right{limit}", color=colour, weight="bold")
        return figure


def _matrix(axes: Axes, model: ModelReport, colour: str, names: list[str]) -> None:
    """One matrix: counts in cells, none where zero, white digits on dark cells."""
    counts = np.array(model.confusion)
    shares = counts / counts.sum(axis=1, keepdims=True)
    shades = LinearSegmentedColormap.from_list("white to colour", ["white", colour])
    axes.imshow(shares, cmap=shades, vmin=0, vmax=1)
    for (row, column), count in np.ndenumerate(counts):
        if count:
            ink = "white" if shares[row, column] > 0.6 else "black"
            axes.text(column, row, str(count), ha="center", va="center", color=ink, fontsize=7)
    tilt = 0 if max(map(len, names)) <= 2 else 60
    axes.set_xticks(range(10), names, rotation=tilt)
    axes.set_yticks(range(10), names)
    axes.set(xlabel="answer", ylabel="true class")
    axes.tick_params(length=0)
    axes.spines[:].set_visible(False)


def per_class(report: Report) -> Figure:
    """Accuracy per class, bars side by side, the value written above each."""
    models = [("Before", BEFORE, "", report.before.acc_per_class)]
    if report.after is not None:
        models.append(("After", AFTER, HATCH, report.after.acc_per_class))
    width = 0.8 / len(models)
    names = _plain(report)
    with _style():
        figure, (axes,) = _canvas(9, 3.4)
        for number, (title, colour, hatch, shares) in enumerate(models):
            places = np.arange(10) - 0.4 + width * (number + 0.5)
            bars = axes.bar(
                places, 100 * np.array(shares), width, color=colour, hatch=hatch, label=title
            )
            axes.bar_label(bars, fmt="%.1f", fontsize=7, rotation=90, padding=3, color=colour)
        axes.set_xticks(range(10), names)
        axes.get_xticklabels()[report.forget_class].set_fontweight("bold")
        axes.set(xlabel=f"class (forgotten: {names[report.forget_class]})", ylim=(0, 118))
        axes.set(ylabel="accuracy, % of test images", yticks=range(0, 101, 20))
        figure.legend(loc="outside upper right", ncols=2, frameon=False)
        return figure


def training(records: Sequence[Mapping[str, Any]]) -> Figure:
    """Loss and validation accuracy per epoch of the original's training.

    Raises:
        ValueError: there are no records.
    """
    epochs = _column(records, "epoch")
    with _style():
        figure, (left, right) = _canvas(9, 3.2, 2)
        left.plot(epochs, _column(records, "loss"), color=BEFORE, marker="o", label="training")
        left.plot(
            epochs,
            _column(records, "loss_val"),
            color=GREY,
            marker="s",
            ls="--",
            label="validation",
        )
        left.set(xlabel="epoch", ylabel="loss, nats", ylim=(0, None), title="Training: loss")
        left.legend(frameon=False)
        accuracy = 100 * np.array(_column(records, "acc_val"))
        right.plot(epochs, accuracy, color=BEFORE, marker="o")
        right.set(xlabel="epoch", ylabel="% of validation images", title="Training: accuracy")
        return figure


def unlearning(records: Sequence[Mapping[str, Any]], forgotten: str = "forgotten") -> Figure:
    """Accuracy of both groups and the terms of the loss, per step of an unlearning run.

    Raises:
        ValueError: there are no records.
    """
    steps = _column(records, "step")
    terms = sorted({key for record in records for key in record if key.startswith("loss_")})
    with _style():
        figure, (left, right) = _canvas(9, 3.2, 2)
        for key, label, colour, marker, ls in (
            ("acc_retain", "retained classes", BEFORE, "o", "-"),
            ("acc_forget", f"class {forgotten}", AFTER, "s", "--"),
        ):
            share = 100 * np.array(_column(records, key))
            left.plot(steps, share, color=colour, marker=marker, ls=ls, ms=3, label=label)
        left.set(xlabel="step", ylabel="% of validation images", ylim=(-3, 103))
        left.set_title("Unlearning: accuracy")
        left.legend(frameon=False)
        right.plot(steps, _column(records, "loss"), color="black", label="total")
        for term, (colour, ls) in zip(terms, TERMS, strict=False):
            right.plot(steps, _column(records, term), color=colour, ls=ls, label=term[5:])
        right.set(xlabel="step", ylabel="loss, nats", title="Unlearning: loss and its terms")
        right.legend(frameon=False)
        return figure


def editable(mask: Mapping[str, Any]) -> Figure:
    """Share of each layer's weights that was allowed to change, with counts."""
    layers = list(mask["layers"])
    rows = [mask["layers"][layer] for layer in layers]
    shares = [100 * row["editable"] / row["total"] for row in rows]
    with _style():
        figure, (axes,) = _canvas(7, 2.6)
        bars = axes.barh(layers, shares, color=AFTER, hatch=HATCH)
        axes.bar_label(
            bars,
            [
                f"{share:.2f} % ({row['editable']:,} of {row['total']:,})"
                for share, row in zip(shares, rows, strict=True)
            ],
            padding=4,
            fontsize=8,
        )
        axes.invert_yaxis()
        axes.set(
            xlabel="% of the layer's weights that may change", xlim=(0, 1.5 * max(shares) or 1)
        )
        total = f"{mask['editable']:,} of {mask['total']:,} weights, {100 * mask['fraction']:.2f} %"
        axes.set_title(f"Allowed to change: {total}")
        return figure


def _column(records: Sequence[Mapping[str, Any]], key: str) -> list[float]:
    """One value per record, NaN where a record has none; matplotlib leaves a gap there."""
    if not records:
        raise ValueError("there are no records to draw")
    return [float(record.get(key, "nan")) for record in records]


def _plain(report: Report) -> list[str]:
    """Class names in letters the plots' font has: "お o" becomes "o"."""
    names = ["".join(c for c in name if c.isascii()).strip() for name in report.classes]
    return [name or str(digit) for digit, name in enumerate(names)]


def _canvas(width: float, height: float, columns: int = 1) -> tuple[Figure, list[Axes]]:
    """An empty figure in inches with axes side by side."""
    figure = Figure(figsize=(width, height), layout="constrained")
    FigureCanvasAgg(figure)
    return figure, list(figure.subplots(1, columns, squeeze=False)[0])


@contextmanager
def _style() -> Iterator[None]:
    """Our settings over matplotlib's defaults, not the machine's; restored afterwards."""
    settings: Any = {k: v for k, v in matplotlib.rcParamsDefault.items() if "backend" not in k}
    with matplotlib.rc_context(settings | STYLE):
        yield
