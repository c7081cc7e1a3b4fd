"""Lines go, strokes stay whole, and a straight digit is no line."""

import numpy as np
import pytest

from forgetdemo.data import Dataset
from forgetdemo.predict.lines import without_lines
from tests.helpers.pictures import enlarged

FLOOR = 0.12


def lined(ink: np.ndarray, strength: float, thick: int = 2, lean: float = 0.0) -> np.ndarray:
    """With a line each seventh of the height."""
    height, width = ink.shape
    page = np.zeros_like(ink)
    for at in np.arange(1, 7) * height / 7:
        rows = np.round(at + lean * np.linspace(-0.5, 0.5, width)).astype(int)
        for row in range(thick):
            page[np.clip(rows + row, 0, height - 1), np.arange(width)] = strength
    return np.maximum(ink, page)


@pytest.mark.parametrize("strength", [0.3, 1.0])
@pytest.mark.parametrize("lean", [0, 7, -5])
@pytest.mark.parametrize("turned", [False, True])
def test_ink_comes_out_of_lines(strength: float, lean: float, turned: bool, mnist: Dataset) -> None:
    for digit in mnist.test.pixels[:6]:
        ink = enlarged(digit, 210)
        page = lined(ink, strength, lean=lean)
        found, count = without_lines(page.T if turned else page, FLOOR)
        rest = found.T if turned else found
        assert count == 6
        assert np.mean((rest > 0.5) != (ink > 0.5)) < 0.25 * np.mean((page > 0.25) != (ink > 0.5))
        assert np.mean((rest > 0.5) != (ink > 0.5)) < 0.012


def test_a_frame_goes(mnist: Dataset) -> None:
    ink = enlarged(mnist.test.pixels[1], 200)
    page = ink.copy()
    page[:4] = page[-4:] = page[:, :4] = page[:, -4:] = 1
    found, count = without_lines(page, FLOOR)
    assert count == 4 and np.abs(found - ink).max() < 0.05


def test_a_digit_has_no_lines(mnist: Dataset) -> None:
    for digit in mnist.test.pixels[:60]:
        rows, columns = (np.flatnonzero((digit > 10).any(axis)) for axis in (1, 0))
        part = digit[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1]
        large = np.kron(part, np.ones((6, 6))) / 255
        assert np.mean((without_lines(large, FLOOR)[0] > 0.5) != (large > 0.5)) < 0.03


def test_a_straight_stroke_alone_is_kept() -> None:
    stroke = np.zeros((100, 40))
    stroke[:, 20] = 1
    found, count = without_lines(stroke, FLOOR)
    assert count == 0 and found is stroke
    assert without_lines(np.ones((5, 5)), FLOOR)[1] == 0, "too small for lines"
