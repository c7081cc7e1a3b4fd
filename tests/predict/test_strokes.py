"""Digits pass; scribbles, hatching and blots are named."""

import numpy as np
import pytest

from forgetdemo.data import Dataset
from forgetdemo.predict.strokes import fault_of
from tests.helpers.pictures import blot, enlarged, hatching, scribble


@pytest.mark.parametrize("side", [28, 112, 560])
def test_digits_pass(side: int, mnist: Dataset) -> None:
    for digit in mnist.test.pixels[: 6000 // side]:
        assert fault_of(enlarged(digit, side) > 0.5) == ""


@pytest.mark.parametrize(
    ("make", "words"), [(scribble, "strokes"), (hatching, "strokes"), (blot, "a blot")]
)
def test_what_is_none_is_named(make: object, words: str) -> None:
    assert callable(make)
    found = [
        fault_of(np.asarray(make(np.random.default_rng(seed)).image) < 128) for seed in range(20)
    ]
    assert sum(words in fault for fault in found) >= 19


def test_nothing_is_no_digit() -> None:
    assert fault_of(np.zeros((9, 9), bool)) == "no ink"
