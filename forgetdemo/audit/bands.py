"""Where a value lies among oracles: Student's t prediction interval."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True)
class OracleBand:
    """Where a value lies among oracles: `z` in their standard deviations (None where sd is 0)."""

    mean: float
    sd: float  # n - 1 in the denominator
    z: float | None  # small is good
    low: float  # 95 % prediction interval of one more oracle
    high: float
    inside: bool


def oracle_band(
    value: float, oracles: Sequence[float], level: float = 0.95, tolerance: float = 1e-6
) -> OracleBand:
    """Judge one value against k oracles by Student's t prediction interval.

    A held-out oracle must land inside, or the metric itself is unreliable.

    Args:
        value: the metric of the model under audit.
        oracles: the same metric of k ≥ 2 oracles (5 or more for a claim).
        level: of the two-sided interval mean ± t · sd · √(1 + 1/k).
        tolerance: half width of the band where all oracles agree (sd = 0).
    Raises:
        ValueError: fewer than 2 oracles, or a value is not finite.
    """
    from scipy.stats import t as student

    values = np.asarray(oracles, dtype=np.float64)
    if values.ndim != 1 or len(values) < 2 or not np.isfinite([*values, value]).all():
        raise ValueError(f"expected finite values of at least 2 oracles, got {list(oracles)!r}")
    k, mean = len(values), float(values.mean())
    sd = float(values.std(ddof=1))
    if np.all(values == values[0]):
        mean, sd = float(values[0]), 0.0  # rounding of the mean must not make a spread
    half = float(student.ppf((1 + level) / 2, k - 1)) * sd * math.sqrt(1 + 1 / k)
    half = max(half, tolerance)
    z = (value - mean) / sd if sd > 0 else None
    return OracleBand(mean, sd, z, mean - half, mean + half, abs(value - mean) <= half)
