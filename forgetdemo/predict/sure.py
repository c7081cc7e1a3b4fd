"""How sure is it: the digits that cannot be excluded, and whether it looks like a digit at all.

Sets by split conformal prediction, thresholds calibrated on validation images by
`python -m export.inside` for the shipped original, and used for every model beside it: so one sees
whether a digit is still a candidate by the original's own measure. A set may be empty: then the
drawing is stranger than all but 5 % or 1 % of digits.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

LEVELS = {"95 %": 0.95, "99 %": 0.99}


@dataclass(frozen=True)
class Thresholds:
    """`least`: by level, the least probability of a digit in a set. `energy`: of a digit."""

    least: Mapping[str, float]
    energy: float

    @classmethod
    def of(cls, about: Mapping[str, Any]) -> "Thresholds":
        """As assets/inside holds them."""
        return cls({level: float(about["least"][level]) for level in LEVELS}, about["energy"])

    def is_strange(self, logits: np.ndarray) -> bool:
        """Whether the original's logits (10,) of a drawing are those of no digit."""
        return bool(energy_of(logits) < self.energy)


def candidates(probabilities: Sequence[float], least: float) -> list[int]:
    """The digits that cannot be excluded, most probable first; none where all can be."""
    order = sorted(range(len(probabilities)), key=lambda digit: (-probabilities[digit], digit))
    return [digit for digit in order if probabilities[digit] >= least]


def energy_of(logits: np.ndarray) -> np.ndarray:
    """ln Σ e^logit of (…, 10): low where no output is strong. Source: Liu et al. 2020."""
    return np.asarray(np.logaddexp.reduce(logits.astype(np.float64), axis=-1))
