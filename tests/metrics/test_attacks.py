"""Attacks on cases worked by hand."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from forgetdemo.metrics import attacks as a

EYE, ZERO = np.eye(10), np.zeros(10)


def test_membership_is_found_when_it_shows_and_not_when_it_does_not() -> None:
    rng = np.random.default_rng(0)
    low, high = rng.random(50), 2 + rng.random(50)
    assert a.membership_attack(low, high) == 1 == a.membership_attack(high, low)
    same = [a.membership_attack(rng.random(500), rng.random(500), seed=s) for s in range(3)]
    assert abs(np.mean(same) - 0.5) < 0.05
    assert a.membership_attack(np.ones(20), np.ones(20)) == 0.5


@pytest.mark.parametrize(
    "pair", [([1.0] * 6, [1.0] * 7), ([1.0], [2.0]), ([np.nan] * 9, [1.0] * 9)]
)
def test_a_bad_membership_attack_is_refused(pair: tuple[list[float], list[float]]) -> None:
    with pytest.raises(ValueError, match="expected two equal lists"):
        a.membership_attack(*pair)


def test_a_probe_finds_what_is_there_and_nothing_else() -> None:
    rng = np.random.default_rng(0)
    is_six = rng.random(400) < 0.3
    noise = rng.normal(size=(400, 4))
    clear = np.column_stack([noise, is_six + 0.01 * noise[:, 0]])
    half = slice(0, 200), slice(200, 400)
    for values, low, high in ((clear, 0.999, 1.0), (noise, 0.35, 0.65)):
        found = a.probe_accuracy(*(x[h] for h in half for x in (values, is_six)))
        assert low <= found <= high
    with pytest.raises(ValueError, match="both groups"):
        a.probe_accuracy(noise, is_six & False, noise, is_six)
    with pytest.raises(ValueError, match="finite"):
        a.probe_accuracy(noise * np.inf, is_six, noise, is_six)


def test_a_prototype_of_one_hot_features_is_perfect() -> None:
    labels = np.arange(40) % 10
    weight = EYE.copy()
    weight[6] = 0  # the class was cut out
    assert a.accuracy_of_head(EYE[labels], labels, weight, ZERO - 0.1 * EYE[6], 6) == (0, 1)
    rebuilt = a.prototype_row(weight, ZERO, EYE[[6] * 5], 6)
    assert a.accuracy_of_head(EYE[labels], labels, *rebuilt, 6) == (1, 1)
    assert np.array_equal(rebuilt[0], EYE)


@given(st.floats(0, 1), st.floats(0.1, 10), st.integers(0, 9))
def test_a_prototype_touches_one_row_and_blends(blend: float, scale: float, digit: int) -> None:
    rng = np.random.default_rng(1)
    weight, bias, seen = rng.normal(size=(10, 4)), rng.normal(size=10), rng.random((5, 4))
    kept = weight.copy(), bias.copy()
    new, offset = a.prototype_row(weight, bias, seen, digit, scale, blend)
    others = np.arange(10) != digit
    assert np.array_equal(new[others], weight[others])
    assert np.array_equal(offset[others], bias[others])
    assert np.isclose(offset[digit], (1 - blend) * bias[digit])
    if blend == 0:
        assert np.array_equal(new, weight)
    if blend == 1:
        assert np.isclose(np.linalg.norm(new[digit]), scale)
    assert np.array_equal(weight, kept[0]) and np.array_equal(bias, kept[1])


def test_prototypes_without_direction_or_shape_are_refused() -> None:
    with pytest.raises(ValueError, match="no direction"):
        a.prototype_row(EYE, ZERO, np.zeros((5, 10)), 6)
    with pytest.raises(ValueError, match="do not fit"):
        a.prototype_row(EYE, ZERO, np.ones((5, 9)), 6)
    with pytest.raises(ValueError, match="of the class and of others"):
        a.accuracy_of_head(EYE, np.full(10, 6), EYE, ZERO, 6)
