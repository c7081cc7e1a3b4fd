"""Figures as people read them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from forgetdemo.settings.text import percent


@pytest.mark.parametrize(
    ("share", "digits", "text"),
    [
        (0.01, None, "1 %"),
        (0.0025, None, "0.25 %"),
        (0.99574, 2, "99.57 %"),
        (0.99574, 1, "99.6 %"),
        (None, 2, "–"),
        (None, None, "–"),
    ],
)
def test_percent(share: float | None, digits: int | None, text: str) -> None:
    assert percent(share, digits) == text


@given(st.floats(0, 1), st.integers(0, 6))
def test_digits_are_decimals(share: float, digits: int) -> None:
    shown = percent(share, digits)
    assert abs(float(shown.removesuffix(" %")) - 100 * share) <= 0.5001 * 10**-digits
