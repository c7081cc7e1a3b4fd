"""Distances: identity, bound, direction, hand-worked value, refusal; for each."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from scipy.stats import entropy

from forgetdemo.audit import bands
from forgetdemo.metrics import distances

rows = arrays(np.float64, (4, 10), elements=st.floats(0, 1)).map(
    lambda a: (a + 1e-6) / (a + 1e-6).sum(axis=1, keepdims=True)
)
P = np.eye(10)[[3, 3]]
Q = np.eye(10)[[5, 5]]


def test_js_divergence_by_hand() -> None:
    assert distances.js_divergence(P, P) == 0
    assert distances.js_divergence(P, Q) == pytest.approx(math.log(2))
    half = distances.js_divergence([[1, 0]], [[0.5, 0.5]])
    assert half == pytest.approx(0.2158, abs=5e-5)


@given(rows, rows)
def test_js_divergence_is_bounded_symmetric_and_a_difference_of_entropies(
    p: np.ndarray, q: np.ndarray
) -> None:
    ours = distances.js_divergence(p, q)
    assert 0 <= ours <= math.log(2)
    assert ours == pytest.approx(distances.js_divergence(q, p), abs=1e-12)
    mixed = entropy((p + q) / 2, axis=1)
    assert ours == pytest.approx(
        np.mean(mixed - (entropy(p, axis=1) + entropy(q, axis=1)) / 2), abs=1e-9
    )


def test_tv_distance_by_hand() -> None:
    assert distances.tv_distance(P, P) == 0
    assert distances.tv_distance(P, Q) == 1
    crossed = np.eye(10)[[3, 5]], np.eye(10)[[5, 3]]
    assert distances.tv_distance(*crossed) == 0  # means hide what single images disagree on
    assert distances.js_divergence(*crossed) == pytest.approx(math.log(2))


@given(rows, rows)
def test_tv_distance_is_bounded_and_symmetric(p: np.ndarray, q: np.ndarray) -> None:
    assert 0 <= distances.tv_distance(p, q) <= 1
    assert distances.tv_distance(p, q) == distances.tv_distance(q, p)


@pytest.mark.parametrize(
    ("p", "q"),
    [
        (P, P[:1]),
        (P[:0], P[:0]),
        (P * 2, P),
        (P * np.nan, P),
        (np.array([[1.5, -0.5]]), np.array([[0.5, 0.5]])),
    ],
)
def test_what_is_no_probability_is_refused(p: np.ndarray, q: np.ndarray) -> None:
    for function in (distances.js_divergence, distances.tv_distance):
        with pytest.raises(ValueError):
            function(p, q)


def test_oracle_band_by_hand() -> None:
    band = bands.oracle_band(3, [1, 2, 3, 4, 5])
    assert (band.mean, band.z, band.inside) == (3, 0, True)
    assert band.sd == pytest.approx(1.5811, abs=5e-5)
    half = 2.7764 * 1.5811 * math.sqrt(1.2)  # Student's t, 4 degrees of freedom
    assert band.high - 3 == pytest.approx(half, abs=1e-3)
    assert bands.oracle_band(3 + half + 0.01, [1, 2, 3, 4, 5]).inside is False
    assert bands.oracle_band(3 - half + 0.01, [1, 2, 3, 4, 5]).inside is True


def test_oracles_that_agree_give_a_tolerance_and_no_z() -> None:
    same = bands.oracle_band(0.0, [0.0] * 5)
    assert (same.z, same.sd, same.inside) == (None, 0, True)
    assert bands.oracle_band(0.01, [0.1] * 3).inside is False
    assert bands.oracle_band(0.01, [0.0] * 5, tolerance=0.02).inside is True


def test_a_held_out_oracle_lands_inside_nineteen_times_in_twenty() -> None:
    rng = np.random.default_rng(0)
    inside = [bands.oracle_band(x[0], x[1:]).inside for x in rng.normal(size=(2000, 6))]
    assert np.mean(inside) == pytest.approx(0.95, abs=0.015)


@pytest.mark.parametrize(("value", "oracles"), [(1, [1]), (math.nan, [1, 2]), (1, [1, math.inf])])
def test_oracle_band_refuses(value: float, oracles: list[float]) -> None:
    with pytest.raises(ValueError):
        bands.oracle_band(value, oracles)


def test_mia_auc_by_hand() -> None:
    losses = np.random.default_rng(0).random(50)
    assert distances.mia_auc(losses, losses) == pytest.approx(0.5)
    assert distances.mia_auc([0.1, 0.2], [0.3, 0.4]) == 1  # members have the lower loss
    assert distances.mia_auc([0.3, 0.4], [0.1, 0.2]) == 0
    assert distances.mia_auc([0, 0], [0, 1]) == pytest.approx(0.75)  # ties count half
    assert distances.mia_auc([0.1], [math.inf]) == 1


@given(st.lists(st.floats(0, 10), min_size=1), st.lists(st.floats(0, 10), min_size=1))
def test_mia_auc_is_the_share_of_pairs(a: list[float], b: list[float]) -> None:
    pairs = [(x < y) + 0.5 * (x == y) for x in a for y in b]
    assert distances.mia_auc(a, b) == pytest.approx(np.mean(pairs))


@pytest.mark.parametrize(("a", "b"), [([], [1]), ([1], []), ([math.nan], [1])])
def test_mia_auc_refuses(a: list[float], b: list[float]) -> None:
    with pytest.raises(ValueError):
        distances.mia_auc(a, b)


def test_cka_is_blind_to_rotation_and_scale_only() -> None:
    rng = np.random.default_rng(0)
    x = rng.normal(size=(200, 6))
    rotation = np.linalg.qr(rng.normal(size=(6, 6)))[0]
    assert distances.linear_cka(x, x) == pytest.approx(1)
    assert distances.linear_cka(x, -3.5 * x @ rotation + 7) == pytest.approx(1)
    other = distances.linear_cka(x, rng.normal(size=(200, 6)))
    assert other is not None and other < 0.2
    assert distances.linear_cka(x, np.ones((200, 3))) is None
    for bad in (x[:100], x[0], x * np.nan):
        with pytest.raises(ValueError):
            distances.linear_cka(x, bad)


cells = st.floats(-10, 10).map(lambda v: round(v, 3))


@given(arrays(np.float64, (7, 3), elements=cells), arrays(np.float64, (7, 2), elements=cells))
def test_cka_is_bounded_and_symmetric(x: np.ndarray, y: np.ndarray) -> None:
    one, two = distances.linear_cka(x, y), distances.linear_cka(y, x)
    assert (one is None) == (two is None)
    if one is not None and two is not None:
        assert 0 <= one <= 1
        assert one == pytest.approx(two, abs=1e-9)


Weights = dict[str, np.ndarray]
BEFORE: Weights = {"a": np.array([[3.0, 4.0]], np.float32), "b": np.zeros(2, np.float32)}


def test_edit_size_by_hand() -> None:
    untouched = distances.edit_size(BEFORE, BEFORE)
    assert untouched["a"] == {"relative_change": 0, "changed": 0}
    assert untouched["b"] == {"relative_change": 0, "changed": 0}
    after = {"a": BEFORE["a"] + [[0.0, 1.0]], "b": np.ones(2)}
    sizes = distances.edit_size(BEFORE, after)
    assert sizes["a"] == {"relative_change": pytest.approx(0.2), "changed": 0.5}
    assert sizes["b"] == {"relative_change": None, "changed": 1}
    for bad in ({}, {"a": BEFORE["a"]}, {"a": np.ones(3), "b": np.ones(2)}):
        with pytest.raises(ValueError):
            distances.edit_size(BEFORE, bad)


def test_mask_integrity_sees_only_frozen_weights() -> None:
    mask = {"a": np.array([[0, 1]], np.uint8), "b": np.array([1, 1], np.uint8)}
    assert distances.mask_integrity(BEFORE, BEFORE, mask) == 0
    allowed: Weights = {"a": BEFORE["a"] + [[0.0, 9.0]], "b": BEFORE["b"] + 5}
    assert distances.mask_integrity(BEFORE, allowed, mask) == 0
    moved: Weights = {"a": BEFORE["a"] + [[0.25, 9.0]], "b": BEFORE["b"]}
    assert distances.mask_integrity(BEFORE, moved, mask) == 0.25
    with pytest.raises(ValueError):
        distances.mask_integrity(BEFORE, moved, {"a": mask["a"]})
