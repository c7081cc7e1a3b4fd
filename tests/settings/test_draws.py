"""Draws are the published generator's, the same on every machine, and as even as they claim."""

import json
from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from forgetdemo.settings.constants import ROOT
from forgetdemo.settings.draws import FORGET, RETAIN, chosen, places, threefry, words

VECTORS = json.loads((ROOT / "tests" / "fixtures" / "draws.json").read_text(encoding="utf-8"))


@pytest.mark.parametrize("vector", VECTORS["threefry"])
def test_the_generator_is_the_published_one(vector: dict[str, list[int]]) -> None:
    first, second = vector["key"]
    found = threefry((first, second), np.array([vector["counter"]], np.uint32))
    assert found[0].tolist() == vector["answer"]


@pytest.mark.parametrize("function", [words, places, chosen])
def test_tables_are_those_that_javascript_is_held_against(
    function: Callable[..., np.ndarray],
) -> None:
    for case in VECTORS[function.__name__]:
        assert function(*case["of"]).tolist() == case["is"]


@given(seed=st.integers(0, 2**31 - 1), count=st.integers(0, 300), more=st.integers(0, 50))
def test_more_draws_shift_nothing(seed: int, count: int, more: int) -> None:
    assert words(seed, FORGET, count).tolist() == words(seed, FORGET, count + more)[:count].tolist()


@given(seed=st.integers(0, 2**31 - 1), below=st.integers(1, 2**21))
def test_places_are_in_range(seed: int, below: int) -> None:
    drawn = places(seed, RETAIN, 4, 8, below)
    assert drawn.shape == (4, 8) and drawn.dtype == np.int32
    assert 0 <= drawn.min() and drawn.max() < below


@given(seed=st.integers(0, 1000), count=st.integers(0, 60), below=st.integers(0, 50))
def test_chosen_places_are_different_and_ascending(seed: int, count: int, below: int) -> None:
    found = chosen(seed, FORGET, count, below)
    assert len(found) == min(count, below)
    assert np.all(np.diff(found) > 0) and np.all((0 <= found) & (found < below))


def test_places_are_even_and_streams_differ() -> None:
    drawn = places(0, FORGET, 1000, 100, 10)
    expected = drawn.size / 10
    chi_squared = float(np.sum((np.bincount(drawn.ravel()) - expected) ** 2) / expected)
    assert chi_squared < 27.9  # 9 degrees of freedom, p = 0.001; the draws are fixed
    same = np.mean(drawn == places(0, RETAIN, 1000, 100, 10))
    assert abs(float(same) - 0.1) < 0.005
    assert np.mean(drawn == places(1, FORGET, 1000, 100, 10)) < 0.105


def test_a_batch_may_leave_a_group_out() -> None:
    assert places(0, FORGET, 300, 0, 0).shape == (300, 0)


@pytest.mark.parametrize(
    ("call", "why"),
    [
        (lambda: words(-1, FORGET, 1), "seed must be"),
        (lambda: words(0, 2**31, 1), "stream must be"),
        (lambda: words(0, FORGET, 1.5), "number of draws must be"),  # type: ignore[arg-type]
        (lambda: places(0, FORGET, 1, 1, 0), "places to draw from must be"),
        (lambda: places(0, FORGET, 1, 1, 2**21 + 1), "places to draw from must be"),
        (lambda: chosen(0, FORGET, -1, 5), "number of places must be"),
    ],
)
def test_what_cannot_be_drawn_is_refused(call: Callable[[], object], why: str) -> None:
    with pytest.raises(ValueError, match=why):
        call()
