"""How sure is it: sets of digits, and what is none."""

import numpy as np
import pytest

from forgetdemo.predict.inside import load_inside
from forgetdemo.predict.sure import Thresholds, candidates, energy_of


def test_sets_hold_what_reaches_the_threshold_most_probable_first() -> None:
    p = [0.1, 0.5, 0.0, 0.1, 0.3, 0, 0, 0, 0, 0]
    assert candidates(p, 0.1) == [1, 4, 0, 3]
    assert candidates(p, 0.4) == [1]
    assert candidates(p, 0.6) == [], "all can be excluded"


def test_energy_by_hand() -> None:
    assert energy_of(np.zeros(10, np.float32)) == pytest.approx(np.log(10))
    assert energy_of(np.array([[1000.0] + [0.0] * 9])).tolist() == [1000.0]


def test_shipped_thresholds() -> None:
    found = Thresholds.of(load_inside().about["sure"])
    assert found.least["95 %"] > found.least["99 %"] > 0.5
    assert found.is_strange(np.zeros(10)) and not found.is_strange(np.eye(10)[6] * 15)
    with pytest.raises(KeyError):
        Thresholds.of({"least": {"95 %": 0.9}, "energy": 5.0})
