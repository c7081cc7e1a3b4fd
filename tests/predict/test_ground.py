"""Ink is found on any ground, whichever is darker, and none where there is none."""

import numpy as np
import pytest

from forgetdemo.data import Dataset
from forgetdemo.predict.ground import is_dark, separate, surface
from tests.helpers.pictures import enlarged, noisy, painted, ramp, vignette

RNG = np.random.default_rng


@pytest.mark.parametrize("ground", [200, 230, 255])
@pytest.mark.parametrize("side", [28, 112, 280])
@pytest.mark.parametrize("light", [False, True])
def test_ink_is_found(ground: float, side: int, light: bool, mnist: Dataset) -> None:
    for digit in mnist.test.pixels[:5]:
        ink = enlarged(digit, side)
        values = noisy(painted(ink, ground, ground - 150), RNG(0), 2)
        found = separate(255 - values if light else values)
        assert found is not None and found.dark is not light
        assert np.mean((found.strength > 0.5) != (ink > 0.5)) < 0.03
        assert found.contrast == pytest.approx(150, rel=0.25) and found.spread < 6
        assert (found.mask[ink > 0.7]).all() and not found.mask[:3].any()


@pytest.mark.parametrize("sigma", [0, 3, 12])
@pytest.mark.parametrize("least", [1.0, 0.6])
@pytest.mark.parametrize("side", [28, 140])
def test_a_ground_alone_is_no_ink(sigma: float, least: float, side: int) -> None:
    for ground in (0, 60, 235, 255):
        light = ramp((side, side), RNG(ground), least)
        assert separate(noisy(np.full((side, side), float(ground)) * light, RNG(1), sigma)) is None


def test_the_light_is_fitted_past_strokes(mnist: Dataset) -> None:
    shape = (140, 140)
    light = 240 * vignette(shape, 0.6) * ramp(shape, RNG(3), 0.8)
    values = painted(enlarged(mnist.test.pixels[2], 140), light, 30)
    assert np.abs(surface(values) - light).max() < 14
    flat = painted(enlarged(mnist.test.pixels[2], 140), 240.0, 30)
    assert np.ptp(surface(flat)) == 0, "no light is made up where there is none"


def test_a_picture_cut_to_its_ink_tells_which_is_ink(mnist: Dataset) -> None:
    for digit in mnist.test.pixels[:40]:
        rows, columns = (np.flatnonzero((digit > 10).any(axis)) for axis in (1, 0))
        part = digit[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1].astype(float)
        assert not is_dark(part) and is_dark(255 - part)
