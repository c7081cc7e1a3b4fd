"""Counting metrics: hand-worked values, bounds, directions, refusals."""

import math
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from sklearn import metrics as reference

from forgetdemo.metrics import counts

TEST_COUNTS = [980, 1135, 1032, 1010, 982, 892, 958, 1028, 974, 1009]  # of MNIST's test set
LABELS = np.repeat(np.arange(10), TEST_COUNTS)
PERFECT = counts.confusion_matrix(LABELS, LABELS)
REDIRECTED = counts.confusion_matrix(LABELS, np.where(LABELS == 6, 3, LABELS))
ALWAYS_3 = counts.confusion_matrix(LABELS, np.full_like(LABELS, 3))

digits = st.integers(0, 9)
pairs = st.lists(st.tuples(digits, digits), min_size=1, max_size=200)
full = arrays(np.int64, (10, 10), elements=st.integers(0, 50)).map(
    lambda m: m + np.eye(10, dtype=int)
)


@given(pairs)
def test_confusion_matrix_equals_sklearns(both: list[tuple[int, int]]) -> None:
    labels, predicted = np.array(both).T
    ours = counts.confusion_matrix(labels, predicted)
    assert (ours == reference.confusion_matrix(labels, predicted, labels=range(10))).all()


@pytest.mark.parametrize(
    ("labels", "predicted"),
    [([1, 2], [1]), ([10], [1]), ([1], [-1]), ([1.5], [1.0]), ([[1]], [[1]])],
)
def test_confusion_matrix_refuses(labels: list[Any], predicted: list[Any]) -> None:
    with pytest.raises(ValueError):
        counts.confusion_matrix(np.array(labels), np.array(predicted))


def test_ceiling_of_every_mnist_class() -> None:
    table = [90.20, 88.65, 89.68, 89.90, 90.18, 91.08, 90.42, 89.72, 90.26, 89.91]
    assert [round(100 * counts.ceiling(PERFECT, c), 2) for c in range(10)] == table


def test_perfect_model() -> None:
    assert counts.acc_overall(PERFECT) == 1
    assert counts.per_class_accuracy(PERFECT).tolist() == [1.0] * 10
    assert counts.redirect_rate(PERFECT, 6, 3) == 0
    assert counts.precision_of_class(PERFECT, 3) == 1


def test_always_three() -> None:
    assert counts.acc_forget(ALWAYS_3, 6) == 0
    assert counts.acc_retain(ALWAYS_3, 6) == pytest.approx(1010 / 9042)
    assert counts.acc_retain_macro(ALWAYS_3, 6) == pytest.approx(1 / 9)
    assert counts.precision_of_class(ALWAYS_3, 3) == pytest.approx(0.101)
    assert counts.precision_of_class(ALWAYS_3, 4) is None  # never answered


def test_perfect_redirect() -> None:
    assert counts.acc_forget(REDIRECTED, 6) == 0
    assert counts.acc_retain(REDIRECTED, 6) == 1
    assert counts.acc_overall(REDIRECTED) == pytest.approx(counts.ceiling(REDIRECTED, 6))
    assert counts.redirect_rate(REDIRECTED, 6, 3) == 1
    assert counts.precision_of_class(REDIRECTED, 3) == pytest.approx(1010 / 1968)
    assert counts.destinations(REDIRECTED, 6).tolist() == [0, 0, 0, 1, 0, 0, 0, 0, 0, 0]


@given(full, digits, digits)
def test_shares_are_shares_and_add_up(matrix: np.ndarray, forget: int, target: int) -> None:
    total, own = matrix.sum(), matrix[forget].sum()
    overall = counts.acc_overall(matrix)
    parts = (total - own) * counts.acc_retain(matrix, forget)
    parts += own * counts.acc_forget(matrix, forget)
    assert overall * total == pytest.approx(parts)
    assert counts.destinations(matrix, forget).sum() == pytest.approx(1)
    shares = [
        overall,
        counts.ceiling(matrix, forget),
        counts.acc_retain_macro(matrix, forget),
        counts.redirect_rate(matrix, forget, target),
        counts.precision_of_class(matrix, target),
        *counts.per_class_accuracy(matrix),
    ]
    assert all(0 <= share <= 1 for share in shares if share is not None)


@pytest.mark.parametrize("bad", [np.zeros((10, 10), int), np.ones((9, 9)), -np.ones((10, 10))])
def test_matrices_without_meaning_are_refused(bad: np.ndarray) -> None:
    for function in (counts.acc_overall, counts.per_class_accuracy):
        with pytest.raises(ValueError):
            function(bad)
    with pytest.raises(ValueError):
        counts.precision_of_class(bad, 3)


@pytest.mark.parametrize("digit", [10, -1, True, 6.0, "6"])
def test_classes_that_are_no_digits_are_refused(digit: Any) -> None:
    for function in (
        counts.ceiling,
        counts.acc_forget,
        counts.acc_retain,
        counts.acc_retain_macro,
        counts.destinations,
        counts.precision_of_class,
    ):
        with pytest.raises(ValueError, match="digit"):
            function(PERFECT, digit)
    with pytest.raises(ValueError, match="digit"):
        counts.redirect_rate(PERFECT, 6, digit)


def test_a_class_without_images_has_no_accuracy() -> None:
    without = PERFECT.copy()
    without[6] = 0
    with pytest.raises(ValueError, match="class 6 has no images"):
        counts.acc_forget(without, 6)
    only = np.zeros((10, 10), int)
    only[6, 6] = 5
    with pytest.raises(ValueError, match="retained"):
        counts.acc_retain(only, 6)


def test_destination_entropy() -> None:
    one, nine = np.eye(10)[3], np.ones(10) / 9
    nine[6] = 0
    assert counts.destination_entropy(one) == 0
    assert counts.destination_entropy(nine) == pytest.approx(math.log(9))
    assert counts.destination_entropy(np.ones(10) / 10) == pytest.approx(math.log(10))
    for bad in (np.ones(10), np.full(10, np.nan), np.ones(9) / 9, [-0.1, 1.1] + [0] * 8):
        with pytest.raises(ValueError):
            counts.destination_entropy(bad)


@given(full, digits)
def test_destination_entropy_is_bounded(matrix: np.ndarray, digit: int) -> None:
    entropy = counts.destination_entropy(counts.destinations(matrix, digit))
    assert 0 <= entropy <= math.log(10) + 1e-12


def test_rank_of_class() -> None:
    logits = np.arange(10.0)[None]
    assert counts.rank_of_class(logits, 9).tolist() == [1]
    assert counts.rank_of_class(logits, 0).tolist() == [10]
    masked = logits.copy()
    masked[0, 9] = -np.inf
    assert counts.rank_of_class(masked, 9).tolist() == [10]
    assert counts.rank_of_class(np.zeros((2, 10)), 4).tolist() == [5.5, 5.5]  # ties: average
    for bad in (np.zeros(10), np.zeros((1, 9)), np.full((1, 10), np.nan)):
        with pytest.raises(ValueError):
            counts.rank_of_class(bad, 6)


@given(arrays(np.float64, (5, 10), elements=st.integers(-3, 3).map(float)))
def test_ranks_equal_scipys(logits: np.ndarray) -> None:
    from scipy.stats import rankdata

    ours = np.stack([counts.rank_of_class(logits, c) for c in range(10)], axis=1)
    assert (ours == rankdata(-logits, axis=1)).all()


def test_cross_entropy() -> None:
    logits = np.zeros((2, 10))
    assert counts.cross_entropy(logits, np.array([0, 9])) == pytest.approx([math.log(10)] * 2)
    assert counts.cross_entropy(1e4 * np.eye(10), np.arange(10)).tolist() == [0.0] * 10
    assert counts.cross_entropy(1e4 * np.eye(10)[:1], np.array([1]))[0] == pytest.approx(1e4)
    with pytest.raises(ValueError, match="N labels"):
        counts.cross_entropy(logits, np.array([1]))
    with pytest.raises(ValueError, match="NaN"):
        counts.cross_entropy(logits * np.nan, np.array([1, 2]))


def test_tug_of_war() -> None:
    oracle = (0.5, 0.9, 0.8)
    assert counts.tug_of_war(oracle, oracle) == 1
    assert counts.tug_of_war((1.0, 0.9, 0.8), oracle) == pytest.approx(0.5)
    assert counts.tug_of_war((0.6, 0.8, 0.7), oracle) == pytest.approx(0.729)
    for bad in ((0.5, 0.5), (0.5, 0.5, 1.5), (math.nan, 0.5, 0.5)):
        with pytest.raises(ValueError):
            counts.tug_of_war(bad, oracle)


unit = st.floats(0, 1)
Three = tuple[float, float, float]


@given(st.tuples(unit, unit, unit), st.tuples(unit, unit, unit))
def test_tug_of_war_is_bounded_and_symmetric(a: Three, b: Three) -> None:
    assert 0 <= counts.tug_of_war(a, b) <= 1
    assert counts.tug_of_war(a, b) == counts.tug_of_war(b, a)


@pytest.mark.parametrize(
    ("accuracy", "expected"),
    [
        ([0.98, 1, 1, 1, 1], 0),  # a good model needs no step
        ([0, 0.5, 0.9, 0.95, 1], 2),
        ([0, 0, 1, 0.48, 0.94], 8),  # the peak at 2 does not stay
        ([0, 0, 0, 0, 0.89], None),  # censored
        ([1, 1, 1, 1, math.nan], None),
    ],
)
def test_t90(accuracy: list[float], expected: int | None) -> None:
    assert counts.t90([0, 1, 2, 4, 8], accuracy) == expected


def test_curves_are_checked() -> None:
    for steps, accuracy in (([], []), ([0, 1], [0.5]), ([1, 1], [0.5, 0.5])):
        with pytest.raises(ValueError, match="ascending"):
            counts.t90(steps, accuracy)


def test_a_curve_s_height_weighs_every_measured_step_alike() -> None:
    assert counts.curve_height([1, 1, 1]) == 1
    assert counts.curve_height([0, 0, 0, 0.5]) == 0.125, "wherever its steps lie"
    with pytest.raises(ValueError, match="empty"):
        counts.curve_height([])


def test_relearn_ratio() -> None:
    assert counts.relearn_ratio(16, 16) == 1
    assert counts.relearn_ratio(0, 15) == 1 / 16
    assert counts.relearn_ratio(None, 4) is None
    with pytest.raises(ValueError):
        counts.relearn_ratio(-1, 4)


def test_probe_leakage() -> None:
    assert counts.probe_leakage(0.6, 0.6, 0.9) == 0
    assert counts.probe_leakage(0.9, 0.6, 0.9) == 1
    assert counts.probe_leakage(0.99, 0.987, 0.99) is None  # 0.3 points: not discriminative
    with pytest.raises(ValueError):
        counts.probe_leakage(99.0, 98.5, 99.4)
