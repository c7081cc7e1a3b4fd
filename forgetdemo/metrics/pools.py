"""Which images a small pool is made of: arrays alone, no torch."""

import numpy as np

from forgetdemo.settings.constants import NUM_CLASSES

SEED = 20241


def leads_of(logits: np.ndarray, labels: np.ndarray) -> np.ndarray:
    """How far the right answer leads: its logit less the next one, (N,); below 0: it is not given.

    Args:
        logits: (N, 10) floats.
        labels: (N,) integers, 0..9.
    """
    right = np.arange(NUM_CLASSES) == labels[:, None]
    others = np.where(right, -np.inf, logits).max(axis=1)
    return np.where(right, logits, -np.inf).max(axis=1) - others


def thin(labels: np.ndarray, leads: np.ndarray, count: int) -> np.ndarray:
    """Choose `count` images of each class, or all if there are fewer: half by chance, half by lead.

    Those of the second half lie next to the border between classes: the right answer is given, and
    leads by least. They hold the border in place where a few random images leave it loose.

    Args:
        labels: (N,) integers, 0..9.
        leads: (N,) of the model that is to forget, as `leads_of` gives them.
        count: images of each class, ≥ 1.
    Returns:
        Positions (≤ 10 * count,): first all that chance chose, then the others, each ascending. The
        first k of a class are so a random choice.
    Raises:
        ValueError: the arrays differ in length, or `count` is below 1.
    """
    if len(labels) != len(leads) or count < 1:
        raise ValueError(
            f"expected as many leads as labels and a count from 1 on, got {len(leads)} leads, "
            f"{len(labels)} labels and {count}"
        )
    rng = np.random.default_rng(SEED)
    chance: list[np.ndarray] = []
    border: list[np.ndarray] = []
    for digit in range(NUM_CLASSES):
        own = np.flatnonzero(labels == digit)
        right = own[leads[own] > 0]
        near = right[np.argsort(leads[right], kind="stable")][: count // 2]
        rest = rng.permutation(np.setdiff1d(own, near))
        chance.append(rest[: count - len(near)])
        border.append(near)
    return np.concatenate([np.sort(np.concatenate(part)) for part in (chance, border)])
