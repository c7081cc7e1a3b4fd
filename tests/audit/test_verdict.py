"""Rows placed among oracles, and what is said about them."""

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from forgetdemo.audit.measures import SPECS, Row, as_text, judge, relearn_specs
from forgetdemo.audit.verdict import LEVELS, reading

BAND = (1.0, 2.0, 3.0, 4.0, 5.0)
SPEC = replace(SPECS["mia_auc"], tolerance=0.0)


def row(name: str, run: float | None, held: float = 3.0, cap: float | None = None) -> Row:
    asked = dict(run=run, original=9.0, held_out=held, control=None, random_init=None)
    return judge(name, SPEC, asked, BAND, cap)


def test_a_row_is_placed_among_the_oracles() -> None:
    found = row("x", 3.0)
    assert found.oracle_mean == 3 and found.oracle_sd == pytest.approx(1.5811, abs=1e-4)
    assert found.z == 0 and found.inside is True and found.reliable is True and found.flags == ()
    assert row("x", 30.0).inside is False


@pytest.mark.parametrize(
    ("arrow", "low", "high"), [("↓", True, False), ("↑", False, True), ("≈", False, False)]
)
def test_better_than_the_oracles_is_not_outside(arrow: str, low: bool, high: bool) -> None:
    """A model closer to the oracles than they are to one another is not told apart from them."""
    asked = dict(original=9.0, held_out=3.0, control=None, random_init=None)
    for run, inside in ((-90.0, low), (90.0, high), (3.0, True)):
        found = judge("x", replace(SPEC, arrow=arrow), asked | {"run": run}, BAND, None)
        assert found.inside is inside and found.reliable is True
        held = judge(
            "x", replace(SPEC, arrow=arrow), asked | {"run": 3.0, "held_out": run}, BAND, None
        )
        assert held.reliable is inside


def test_a_measure_that_fails_its_held_out_oracle_is_flagged() -> None:
    found = row("x", 3.0, held=30.0)
    assert found.reliable is False and "unreliable" in found.flags[0]


def test_a_probe_that_cannot_tell_is_flagged() -> None:
    asked = dict(run=0.99, original=0.995, held_out=0.99, control=0.99, random_init=0.9)
    found = judge("probe_fc1", SPECS["probe_fc1"], asked, (0.99, 0.99, 0.989), None)
    assert found.reliable is False and "not discriminative" in found.flags[0]
    clear = judge("probe_fc1", SPECS["probe_fc1"], asked | {"original": 1.0}, (0.9, 0.91), None)
    assert not any("discriminative" in flag for flag in clear.flags)


def test_where_no_oracle_comes_back_a_run_that_does_is_outside() -> None:
    spec, nobody = relearn_specs(5, 64)["t90_5"], (None, None, None)
    asked = dict(original=0.0, control=1.0, random_init=None)
    for run, held, inside, reliable in (
        (3.0, None, False, True),
        (None, None, True, True),
        (None, 40.0, True, False),
    ):
        found = judge("t90_5", spec, asked | {"run": run, "held_out": held}, nobody, 64.0)
        assert (found.inside, found.reliable) == (inside, reliable)
        assert any("unreliable" in flag for flag in found.flags) is not reliable
    late = judge("t90_5", spec, asked | {"run": 9.0, "held_out": None}, (8.0, 9.0, 10.0), 64.0)
    assert late.inside is True and late.reliable is False


def test_a_censored_curve_is_no_number() -> None:
    found = row("t90_5", None, cap=64.0)
    assert found.run is None and found.inside is False and "beyond 64" in found.flags
    assert as_text(found.run, "steps", found.cap) == ">64"
    asked = dict(run=2.0, original=0.0, held_out=None, control=None, random_init=None)
    none = judge("t90_5", relearn_specs(5, 64)["t90_5"], asked, (None, 8.0, 9.0), 64.0)
    assert none.oracle_mean is None and none.inside is None
    assert none.flags == ("an oracle is beyond the curve",)


@given(st.floats(0, 1), st.sampled_from(["%", "nats", "×", "", "steps"]))
def test_figures_are_short(value: float, unit: str) -> None:
    assert float(as_text(value, unit)) >= 0 and len(as_text(value, unit)) <= 10
    assert as_text(None, unit) == "–"


def test_every_measure_says_what_it_is() -> None:
    for spec in [*SPECS.values(), *relearn_specs(1, 64).values()]:
        assert spec.arrow in "↑↓≈" and spec.explain and len(spec.title) <= 30
        assert spec.low is None or spec.high is None or spec.low < spec.high


def rows(**changes: dict[str, Any]) -> dict[str, Row]:
    """An audit of a perfect model, with some rows changed."""
    base = row("x", 3.0)
    found = {
        name: replace(base, name=name)
        for name in ("acc_forget", "acc_retain", "dest_tv", "t90_50", "area_50", "ratio_50")
    }
    found["acc_forget"] = replace(base, run=0.0, oracle_mean=0.0)
    found["acc_retain"] = replace(base, run=0.99, original=0.99)
    found["t90_50"] = replace(base, run=16.0, cap=64.0)
    return {name: replace(value, **changes.get(name, {})) for name, value in found.items()}


FACTS = {
    "class": "6",
    "classes": tuple("0123456789"),
    "relearn": 50,
    "typical_t90": 16.0,
    "run": (0.0, 0.0, 0.0, 1.0, *[0.0] * 6),
    "oracle": (0.5, 0.0, 0.0, 0.0, 0.0, 0.5, *[0.0] * 4),
}


@pytest.mark.parametrize(
    ("changes", "level", "words"),
    [
        ({}, "alike", "not told apart from a retrain by these measures"),
        ({"acc_forget": {"run": 0.5}}, "remembered", "50.0 % of class 6 are still recognised"),
        ({"acc_retain": {"run": 0.1}}, "failed", "only 10.0 % of the retained classes"),
        ({"acc_forget": {"run": None}}, "failed", "failed"),
        ({"acc_retain": {"run": 0.95}}, "damaged", "the other classes lose 4.0 points"),
        (
            {
                "area_50": {"inside": False, "run": 9.0, "oracle_mean": 3.0},
                "t90_50": {"run": 2.0},
            },
            "shallow",
            "answers forgotten, features intact: 50 of its images bring it back in 2 steps; "
            "a true retrain needs 16 steps",
        ),
        ({"dest_tv": {"inside": False}}, "different", "(3: 100 %) are not a retrain's (0: 50 %,"),
        ({"t90_50": {"run": None}}, "alike", "in more than 64 steps"),
    ],
)
def test_the_verdict_says_what_was_measured(
    changes: dict[str, Any], level: str, words: str
) -> None:
    found = reading(rows(**changes), FACTS)
    assert found.level == level and level in LEVELS and words in found.sentence
