"""The map of all pairs: a figure each, and the ceilings."""

import json
from typing import Any

import pytest

from forgetdemo.predict.pairs import PairShelf
from forgetdemo.settings.constants import MODELS_DIR
from forgetdemo.views.pairs import ceilings, map_of
from tests.helpers.fake_pairs import PAIRS, Swapped


@pytest.fixture(scope="module")
def report() -> dict[str, Any]:
    return dict(json.loads((MODELS_DIR / "report.json").read_text(encoding="utf-8")))


def test_the_map_has_a_figure_for_every_pair(report: dict[str, Any]) -> None:
    shown = map_of(PairShelf(Swapped()), report)
    assert [(row["forget"], row["redirect"]) for row in shown["rows"]] == PAIRS
    assert set(shown["rows"][0]) == {"forget", "redirect", "drop", "redirect_rate", "seconds"}
    assert "described" in shown["notes"][2]


def test_the_ceilings_are_the_shares_of_other_images(report: dict[str, Any]) -> None:
    assert "from 88.65 % without 1 to 91.08 % without 5" in ceilings(report)
    with pytest.raises(KeyError):
        ceilings({})
