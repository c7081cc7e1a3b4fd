"""Measures placed among oracles: inside, better, unreliable, beyond the curve."""

from collections.abc import Sequence
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from forgetdemo.audit.figures import Direction, Measure, Value
from forgetdemo.audit.measures import MEASURES
from forgetdemo.audit.rows import Row, as_text, held_out, judge

BAND = (1.0, 2.0, 3.0, 4.0, 5.0)
PLAIN = replace(MEASURES["mia_auc"], tolerance=0.0)


def placed(
    run: Value,
    held: Value = 3.0,
    measure: Measure = PLAIN,
    band: Sequence[Value] = BAND,
    original: float = 9.0,
) -> Row:
    """A run's row beside a band of oracles."""
    asked = dict(run=run, original=original, held_out=held, control=1.0, random_init=7.0)
    return judge("x", measure, asked | {f"oracle {n}": v for n, v in enumerate(band, start=1)})


def test_a_row_is_placed_among_the_oracles() -> None:
    found = placed(3.0)
    assert found.oracle_mean == 3 and found.oracle_sd == pytest.approx(1.5811, abs=1e-4)
    assert found.z == 0 and found.inside is True and found.reliable is True and found.flags == ()
    assert found.oracles == BAND and placed(30.0).inside is False


@pytest.mark.parametrize(
    ("direction", "low", "high"), [("↓", True, False), ("↑", False, True), ("≈", False, False)]
)
def test_better_than_the_oracles_is_not_outside(
    direction: Direction, low: bool, high: bool
) -> None:
    """A model closer to the oracles than they are to one another is not told apart from them."""
    measure = replace(PLAIN, direction=direction)
    for value, inside in ((-90.0, low), (90.0, high), (3.0, True)):
        found = placed(value, measure=measure)
        assert found.inside is inside and found.reliable is True and found.arrow == direction
        assert placed(3.0, value, measure).reliable is inside


def test_a_measure_that_fails_its_held_out_oracle_is_flagged() -> None:
    found = placed(3.0, held=30.0)
    assert found.reliable is False and "unreliable" in found.flags[0]
    assert held_out([found, placed(3.0)]) == {"inside": 1, "judged": 2}


def test_a_measure_that_is_not_judged_has_no_place() -> None:
    found = placed(30.0, 30.0, replace(PLAIN, judged=False))
    assert found.inside is None and found.reliable is None and found.z == pytest.approx(17.08, 1e-3)


def test_a_probe_that_cannot_tell_is_flagged() -> None:
    probe = MEASURES["probe_fc1"]
    found = placed(0.99, 0.99, probe, (0.99, 0.99, 0.989), original=0.995)
    assert found.reliable is False and "not discriminative" in found.flags[0]
    clear = placed(0.99, 0.9, probe, (0.9, 0.91), original=1.0)
    assert not any("discriminative" in flag for flag in clear.flags)


def test_an_untrained_model_speaks_where_it_has_a_say() -> None:
    assert placed(3.0).random_init is None
    assert placed(3.0, measure=replace(PLAIN, untrained=True)).random_init == 7.0


def test_where_no_oracle_comes_back_a_run_that_does_is_outside() -> None:
    back, nobody = MEASURES["t90_5"], (None, None, None)
    for run, held, inside, reliable in (
        (3.0, None, False, True),
        (None, None, True, True),
        (None, 40.0, True, False),
    ):
        found = placed(run, held, back, nobody)
        assert (found.inside, found.reliable) == (inside, reliable)
        assert any("unreliable" in flag for flag in found.flags) is not reliable
    late = placed(9.0, None, back, (8.0, 9.0, 10.0))
    assert late.inside is True and late.reliable is False


def test_a_censored_curve_is_no_number() -> None:
    found = placed(None, measure=replace(PLAIN, cap=64.0))
    assert found.run is None and found.inside is False and "beyond 64" in found.flags
    assert as_text(found.run, "steps", found.cap) == ">64"
    none = placed(2.0, None, MEASURES["t90_5"], (None, 8.0, 9.0))
    assert none.oracle_mean is None and none.inside is None
    assert none.flags == ("an oracle is beyond the curve",)


@given(st.floats(0, 1), st.sampled_from(["%", "nats", "×", "", "steps"]))
def test_figures_are_short(value: float, unit: str) -> None:
    assert float(as_text(value, unit)) >= 0 and len(as_text(value, unit)) <= 10
    assert as_text(None, unit) == "–"
