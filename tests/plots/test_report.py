"""Figures show the report's numbers, in the same bytes every time, and never through pyplot."""

import io
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import matplotlib
import numpy as np
import pytest
from matplotlib.lines import Line2D
from matplotlib.patches import Rectangle
from PIL import Image

from forgetdemo.plots import report as plots
from forgetdemo.settings.constants import CLASS_NAMES, DATASETS, ROOT
from tests.helpers.reports import report

HISTORY: dict[str, list[dict[str, Any]]] = {
    "train": [{"epoch": 1, "loss": 0.5, "loss_val": 0.4, "acc_val": 0.9, "confusion": []}],
    "unlearn": [
        {"step": 0, "loss": 2.0, "loss_retain": 0.5, "acc_forget": 1.0, "acc_retain": 0.99},
        {"step": 9, "loss": 1.0, "loss_penalty": 0.5, "acc_forget": 0.0, "acc_retain": 0.98},
    ],
}
ALL = {"confusion", "per_class", "training", "unlearning", "editable"}


def values(line: Line2D) -> np.ndarray:
    return np.asarray(line.get_ydata(), float)


def texts(figure: matplotlib.figure.Figure) -> list[str]:
    found = figure.findobj(matplotlib.text.Text)
    return [item.get_text() for item in found if item.get_text()]


def test_figures_are_what_there_is_something_for() -> None:
    assert set(plots.figures(report(), HISTORY)) == ALL
    alone = report(after=None, mask=None)
    assert set(plots.figures(alone, {"train": []})) == {"confusion", "per_class"}
    assert len(plots.confusion(alone).axes) == 1


def test_confusion_shows_both_models_ceiling_and_the_forgotten_row() -> None:
    figure = plots.confusion(report())
    shown = texts(figure)
    assert "Before: 100.00 % right" in shown
    assert "After: 90.00 % right, ceiling 90.00 %" in shown
    frames = [patch for axes in figure.axes for patch in axes.patches]
    assert [frame.get_y() for frame in frames if isinstance(frame, Rectangle)] == [5.5, 5.5]
    before, after = ([t.get_text() for t in axes.texts] for axes in figure.axes)
    assert before == ["4"] * 10 and after == ["4"] * 10  # ten cells each: no zeros are written


def test_colours_are_the_pages_and_not_alone() -> None:
    (axes,) = plots.per_class(report()).axes
    before, after = axes.containers
    colours = [
        matplotlib.colors.to_hex(bars[0].get_facecolor()).upper() for bars in (before, after)
    ]
    assert colours == [plots.BEFORE, plots.AFTER] == ["#0072B2", "#D55E00"]
    assert not before[0].get_hatch() and after[0].get_hatch()
    assert [bar.get_height() for bar in after] == [100] * 6 + [0] + [100] * 3


def test_curves_hold_the_records() -> None:
    left, right = plots.unlearning(HISTORY["unlearn"], "6").axes
    assert [line.get_label() for line in left.lines] == ["retained classes", "class 6"]
    assert [values(line).tolist() for line in left.lines] == [[99, 98], [100, 0]]
    penalty = next(values(line) for line in right.lines if line.get_label() == "penalty")
    assert np.isnan(penalty[0]) and penalty[1] == 0.5
    assert len({line.get_linestyle() for line in left.lines}) == 2
    for function in (plots.training, plots.unlearning):
        with pytest.raises(ValueError, match="no records"):
            function([])


def test_editable_names_the_counts() -> None:
    shown = texts(plots.editable(report().mask or {}))
    assert "25.00 % (1 of 4)" in shown
    assert "Allowed to change: 1 of 4 weights, 25.00 %" in shown


@pytest.mark.parametrize("dataset", DATASETS)
def test_every_data_sets_names_can_be_drawn(dataset: str) -> None:
    files = plots.plot_files(report(dataset=dataset, classes=CLASS_NAMES[dataset]), HISTORY)
    assert set(files) == {f"{name}.{ending}" for name in ALL for ending in ("png", "svg")}
    with Image.open(io.BytesIO(files["confusion.png"])) as image:
        assert image.format == "PNG" and image.width > 1000


def test_same_numbers_same_bytes_without_date_or_version() -> None:
    first, second = (plots.plot_files(report(), HISTORY) for _ in range(2))
    assert first == second
    for name, data in first.items():
        assert b"<dc:date>" not in data and b"Matplotlib" not in data, name


def test_the_machines_own_style_does_not_matter(tmp_path: Path) -> None:
    (tmp_path / "matplotlibrc").write_text(
        "savefig.facecolor: red\nfont.size: 30\naxes.grid: True\n"
    )
    script = (
        "import hashlib, sys; import forgetdemo.plots.report as plots; "
        "from tests.helpers.reports import report;"
        "data = plots.encode(plots.per_class(report()), 'svg');"
        "print(hashlib.sha256(data).hexdigest());"
        "assert 'matplotlib.pyplot' not in sys.modules and 'torch' not in sys.modules"
    )
    sums = {
        subprocess.run(
            [sys.executable, "-c", script],
            cwd=ROOT,
            env=os.environ | {"MATPLOTLIBRC": where},
            capture_output=True,
            text=True,
            check=True,
        ).stdout
        for where in ("", str(tmp_path))
    }
    assert len(sums) == 1


def test_settings_are_left_as_they_were() -> None:
    before = dict(matplotlib.rcParams)
    plots.plot_files(report(), HISTORY)
    assert dict(matplotlib.rcParams) == before


def test_other_formats_are_refused() -> None:
    with pytest.raises(ValueError, match="png or svg"):
        plots.encode(plots.per_class(report()), "pdf")
