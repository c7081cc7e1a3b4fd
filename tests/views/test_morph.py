"""Between two digits: blends lie between their ends, and the boundary is where it moved."""

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from forgetdemo.data import Dataset
from forgetdemo.predict.entry import Entry, shipped_entries
from forgetdemo.predict.inference import load_models
from forgetdemo.predict.preprocess import canvas_of, preprocess
from forgetdemo.settings.constants import MODELS_DIR
from forgetdemo.views import morph


@pytest.fixture(scope="module")
def entries() -> dict[str, Entry]:
    return shipped_entries(load_models(MODELS_DIR))


@given(st.floats(0, 1))
def test_a_blend_lies_between_its_ends(share: float) -> None:
    start, end = np.full((28, 28), 40, np.uint8), np.full((28, 28), 200, np.uint8)
    mixed = morph.blend(start, end, share)
    assert 40 <= mixed.min() and mixed.max() <= 200
    assert np.array_equal(morph.blend(start, end, 0), start)
    assert np.array_equal(morph.blend(start, end, 1), end)


def test_a_morph_shows_where_the_boundary_moved(entries: dict[str, Entry], mnist: Dataset) -> None:
    def digit(label: int) -> Any:
        at = np.flatnonzero(mnist.test.labels == label)[0]
        return preprocess(canvas_of(mnist.test.pixels[at]))

    chosen = [entries["before"], entries["after"]]
    data = morph.strip(chosen, digit(6), digit(3))
    assert data is not None and len(data["steps"]) == morph.STEPS
    first, last = data["steps"][0]["answers"], data["steps"][-1]["answers"]
    assert [a["answer"] for a in first] == [6, 3] and [a["answer"] for a in last] == [3, 3]
    words = morph.boundary_words(chosen, data)
    assert words.startswith("Before: 6 until") and "After: 3" in words
    blank = preprocess(np.zeros((280, 280), np.uint8))
    assert morph.strip(chosen, blank, digit(3)) is None
    with pytest.raises(ValueError, match="share"):
        morph.blend(blank.pixels, blank.pixels, 1.5)
