"""Filters against scipy's, or against values that are plain."""

import numpy as np
import pytest
from scipy import ndimage

from forgetdemo.predict.filters import (
    blur,
    closing,
    highest,
    noise_of,
    spread_of,
    two_classes,
    widest,
)

RNG = np.random.default_rng(4)
VALUES = RNG.uniform(0, 255, (37, 51))


@pytest.mark.parametrize("size", [3, 5, 9, 13])
def test_highest_and_closing_are_scipys(size: int) -> None:
    wanted = ndimage.maximum_filter(VALUES, size, mode="nearest")
    assert np.array_equal(highest(VALUES, size), wanted)
    closed = ndimage.minimum_filter(wanted, size, mode="nearest")
    assert np.array_equal(closing(VALUES, size), closed)


@pytest.mark.parametrize("sigma", [0.5, 1.0, 2.5])
def test_blur_is_scipys(sigma: float) -> None:
    radius = max(1, int(3 * sigma + 0.5))
    wanted = ndimage.gaussian_filter(VALUES, sigma, mode="nearest", radius=radius)
    assert np.abs(blur(VALUES, sigma) - wanted).max() < 1e-9


def test_blur_by_nothing_changes_nothing() -> None:
    assert blur(VALUES, 0) is VALUES


@pytest.mark.parametrize("sigma", [2.0, 10.0, 30.0])
def test_noise_is_measured_beside_strokes(sigma: float) -> None:
    paper = np.full((200, 200), 200.0)
    paper[60:140, 90:110] = 20
    found = noise_of(paper + RNG.normal(0, sigma, paper.shape))
    assert found == pytest.approx(sigma, rel=0.1)
    assert noise_of(paper) == 0 and noise_of(paper[:2]) == 0


def test_spread_is_a_standard_deviation() -> None:
    values = RNG.normal(5, 3, 20_000)
    values[:500] = 1000  # outliers
    assert spread_of(values) == pytest.approx(3, rel=0.1)
    assert spread_of(np.array([])) == 0


def test_two_classes_part_between_them() -> None:
    values = np.concatenate([RNG.normal(50, 8, 900), RNG.normal(200, 8, 100)])
    assert 80 < two_classes(values) < 170
    assert two_classes(np.full(9, 7.0)) == 7


def test_the_widest_place() -> None:
    mask = np.zeros((30, 30), bool)
    assert widest(mask) == 0
    mask[5:14, 3:28] = True  # 9 high: five rounds leave nothing
    assert widest(mask) == 5
