"""The benchmark's scatters: every method named, nothing left to the machine's own style."""

import numpy as np
import pytest

from forgetdemo.plots.bench import OWN, Panel, looks_and_is
from forgetdemo.plots.report import encode

POINTS = {"described": (0.99, 0.6), OWN: (0.995, 0.1), "scrub": (0.9, 0.3)}
PANEL = Panel("height", POINTS, (0.2, 0.4), 0.996)


def test_every_method_is_named_beside_the_band() -> None:
    figure = looks_and_is([PANEL, Panel("distance", POINTS, None, 0.996)])
    with_band, without = figure.axes
    for axes in (with_band, without):
        assert {text.get_text() for text in axes.texts} >= set(POINTS)
    assert with_band.get_ylabel() == "height" and "%" in with_band.get_xlabel()
    labels = with_band.get_legend_handles_labels()[1]
    assert labels == ["oracles ± 2 sd", "original"]
    assert without.get_legend_handles_labels()[1] == [], "no oracles, no band"
    drawn = {float(np.asarray(line.get_xdata())[0]) for line in without.lines}
    assert drawn == {99.0, 99.5, 90.0}
    assert encode(figure, "png") == encode(
        looks_and_is([PANEL, Panel("distance", POINTS, None, 0.996)]), "png"
    )


def test_nothing_to_draw_is_refused() -> None:
    with pytest.raises(ValueError, match="no panels"):
        looks_and_is([])
