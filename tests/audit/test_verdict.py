"""An audit in words: the level, and no more than was measured."""

from dataclasses import replace
from typing import Any

import pytest

from forgetdemo.audit.measures import MEASURES
from forgetdemo.audit.rows import Row, judge
from forgetdemo.audit.verdict import LEVELS, reading


def rows(**changes: dict[str, Any]) -> dict[str, Row]:
    """An audit of a perfect model, with some rows changed."""
    names = ("run", "original", "held_out", "control", "random_init", "oracle 1", "oracle 2")
    base = judge("x", MEASURES["mia_auc"], dict.fromkeys(names, 3.0))
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
