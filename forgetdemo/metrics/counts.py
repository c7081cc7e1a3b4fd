"""What predictions say about one model: counts, shares, ranks and curves. Pure, arrays → numbers.

Every function of a confusion matrix takes counts with rows = true class, columns = prediction,
and answers in fractions 0..1. How far a model is from an oracle: see `distances`.
"""

from collections.abc import Sequence

import numpy as np
from numpy.typing import ArrayLike

from forgetdemo.settings.checks import require_digit
from forgetdemo.settings.constants import NUM_CLASSES

NOT_DISCRIMINATIVE = 0.01  # a probe must tell original and oracle apart by this much


def confusion_matrix(labels: np.ndarray, predicted: np.ndarray) -> np.ndarray:
    """Count predictions per true class: (10, 10) int64, rows true, columns predicted.

    Args:
        labels, predicted: (N,) whole numbers 0..9, same images in the same order.
    Raises:
        ValueError: the shapes differ, or a value is not a class.
    """
    labels, predicted = np.asarray(labels), np.asarray(predicted)
    if labels.ndim != 1 or labels.shape != predicted.shape:
        raise ValueError(f"expected two equal lists, got shapes {labels.shape}, {predicted.shape}")
    for name, values in (("labels", labels), ("predicted", predicted)):
        whole = len(values) == 0 or np.issubdtype(values.dtype, np.integer)
        if not whole or np.any((values < 0) | (values >= NUM_CLASSES)):
            raise ValueError(f"{name} must be whole numbers 0..{NUM_CLASSES - 1}")
    cells = labels.astype(np.int64) * NUM_CLASSES + predicted.astype(np.int64)
    return np.bincount(cells, minlength=NUM_CLASSES**2).reshape(NUM_CLASSES, NUM_CLASSES)


def _counts(confusion: ArrayLike, *digits: int) -> np.ndarray:
    """Check a confusion matrix and the classes asked for; an empty matrix has no shares."""
    matrix = np.asarray(confusion)
    if matrix.shape != (NUM_CLASSES, NUM_CLASSES) or np.any(matrix < 0) or matrix.sum() == 0:
        raise ValueError(f"expected a non-empty 10×10 matrix of counts, got shape {matrix.shape}")
    for digit in digits:
        require_digit("class", digit)
    return matrix


def _row(confusion: ArrayLike, digit: int) -> np.ndarray:
    """The counts of one true class, which must occur."""
    row = _counts(confusion, digit)[digit]
    if row.sum() == 0:
        raise ValueError(f"class {digit} has no images, so it has no accuracy")
    return row


def per_class_accuracy(confusion: ArrayLike) -> np.ndarray:
    """Share of each class that is recognised (recall): (10,) in [0, 1]; higher is better.

    Raises:
        ValueError: a class has no images.
    """
    return np.array([_row(confusion, c)[c] / _row(confusion, c).sum() for c in range(NUM_CLASSES)])


def acc_overall(confusion: ArrayLike) -> float:
    """Share of all images recognised, in [0, 1]; read it beside its `ceiling`."""
    matrix = _counts(confusion)
    return float(np.trace(matrix) / matrix.sum())


def ceiling(confusion: ArrayLike, forget_class: int) -> float:
    """Best overall accuracy of a model that is always wrong on one class: (N - N_f) / N."""
    matrix = _counts(confusion, forget_class)
    return float(1 - matrix[forget_class].sum() / matrix.sum())


def acc_forget(confusion: ArrayLike, forget_class: int) -> float:
    """Share of the forgotten class still recognised, in [0, 1]. 0 is also the trivial answer."""
    return float(_row(confusion, forget_class)[forget_class] / _row(confusion, forget_class).sum())


def acc_retain(confusion: ArrayLike, forget_class: int) -> float:
    """Share of all other images recognised (micro average), in [0, 1]; higher is better."""
    matrix = _counts(confusion, forget_class)
    rest = np.delete(matrix, forget_class, axis=0)
    if rest.sum() == 0:
        raise ValueError("there are no images of retained classes")
    return float((np.trace(matrix) - matrix[forget_class, forget_class]) / rest.sum())


def acc_retain_macro(confusion: ArrayLike, forget_class: int) -> float:
    """Mean accuracy of the nine other classes, each counting the same, in [0, 1]."""
    _counts(confusion, forget_class)
    return float(np.delete(per_class_accuracy(confusion), forget_class).mean())


def destinations(confusion: ArrayLike, forget_class: int) -> np.ndarray:
    """Where images of one class go: (10,) shares that sum to 1."""
    row = _row(confusion, forget_class)
    return row / row.sum()


def redirect_rate(confusion: ArrayLike, forget_class: int, redirect_to: int) -> float:
    """Share of one class predicted as another, in [0, 1].

    1 is what a redirecting recipe aims at. As evidence of forgetting the oracle's value is best.
    """
    require_digit("redirect_to", redirect_to)
    return float(destinations(confusion, forget_class)[redirect_to])


def destination_entropy(shares: ArrayLike) -> float:
    """Spread of a destination histogram, -Σ d ln d.

    Args:
        shares: (10,), ≥ 0, sum 1.
    Returns:
        Nats in [0, ln 10]: 0 = one destination; exp(H) = effective number of destinations.
        Closest to the oracle's is best.
    """
    d = np.asarray(shares, dtype=np.float64)
    if d.shape != (NUM_CLASSES,) or np.any(d < 0) or not np.isclose(d.sum(), 1, atol=1e-6):
        raise ValueError("expected 10 shares ≥ 0 that sum to 1")
    some = d[d > 0]
    return float(max(0.0, -np.sum(some * np.log(some))))


def precision_of_class(confusion: ArrayLike, digit: int) -> float | None:
    """Share of answers `digit` that are right, in [0, 1]; None where it is never answered.

    After a perfect redirect the substitute's precision is about one half however good its recall.
    """
    column = _counts(confusion, digit)[:, digit]
    return float(column[digit] / column.sum()) if column.sum() else None


def cross_entropy(logits: ArrayLike, labels: np.ndarray) -> np.ndarray:
    """Loss per image, -log softmax(logits)[label]: (N,) nats ≥ 0; lower is better.

    Raises:
        ValueError: the shapes do not fit, or a logit is NaN.
    """
    z = np.asarray(logits, dtype=np.float64)
    if z.ndim != 2 or z.shape[1] != NUM_CLASSES or z.shape[:1] != np.shape(labels):
        raise ValueError(f"expected logits (N, 10) and N labels, got {z.shape}, {np.shape(labels)}")
    if np.isnan(z).any():
        raise ValueError("a logit is NaN; the model is damaged")
    shifted = z - z.max(axis=1, keepdims=True)
    return np.log(np.exp(shifted).sum(axis=1)) - shifted[np.arange(len(z)), labels]


def rank_of_class(logits: ArrayLike, digit: int) -> np.ndarray:
    """Rank of one class among the ten logits of each image: 1 = top, 10 = last, ties averaged.

    On images of the forgotten class, 2 everywhere means merely suppressed. A logit mask gives 10
    by construction, so a low rank alone proves nothing; closest to the oracle is best.

    Args:
        logits: (N, 10), no NaN; -inf is allowed.
    Returns:
        (N,) floats in [1, 10].
    """
    values = np.asarray(logits, dtype=np.float64)
    require_digit("class", digit)
    if values.ndim != 2 or values.shape[1] != NUM_CLASSES or np.isnan(values).any():
        raise ValueError(f"expected logits (N, 10) without NaN, got shape {values.shape}")
    own = values[:, [digit]]
    above, equal = (values > own).sum(axis=1), (values == own).sum(axis=1)
    return above + (equal + 1) / 2


def tug_of_war(model: Sequence[float], oracle: Sequence[float]) -> float:
    """Product of 1 - |Δ| over accuracies on `forget_train`, `retain_train` and the test set.

    Args:
        model, oracle: three accuracies in [0, 1] each, in that order.
    Returns:
        In [0, 1]; higher is better, the oracle has 1. Blind to where the class is sent.

    Source: Zhao et al. 2024 (ToW).
    """
    a, b = np.asarray(model, dtype=np.float64), np.asarray(oracle, dtype=np.float64)
    inside = np.all((a >= 0) & (a <= 1)) and np.all((b >= 0) & (b <= 1))
    if a.shape != (3,) or b.shape != (3,) or not inside:
        raise ValueError(f"expected three accuracies in [0, 1] each, got {model!r} and {oracle!r}")
    return float(np.prod(1 - np.abs(a - b)))


def t90(steps: Sequence[int], accuracy: Sequence[float], level: float = 0.9) -> int | None:
    """First step from which the accuracy stays ≥ `level` to the end of the curve.

    A single peak does not count: recovery is noisy. None = censored, not reached within the
    curve; print it as "> last step", never as a number. Closest to the oracle's is best.

    Raises:
        ValueError: the steps do not ascend, there are none, or not one accuracy for each.
    """
    ascending = all(a < b for a, b in zip(steps, steps[1:], strict=False))
    if len(steps) == 0 or len(steps) != len(accuracy) or not ascending:
        raise ValueError("expected ascending steps and one accuracy for each")
    reached = None
    for step, value in zip(reversed(steps), reversed(accuracy), strict=True):
        if not value >= level:
            break
        reached = int(step)
    return reached


def curve_height(accuracy: Sequence[float]) -> float:
    """Mean height of a recovery curve over the steps at which it was measured, each alike.

    Those lie ever further apart, so that the first steps weigh most: it is there that models which
    know a class differ from models that never saw it. In [0, 1]; closest to the oracle's is best.

    Raises:
        ValueError: the curve is empty.
    """
    if len(accuracy) == 0:
        raise ValueError("an empty curve has no height")
    return float(np.mean(accuracy))


def relearn_ratio(unlearned: float | None, oracle: float | None) -> float | None:
    """(t90 + 1) / (t90 of the oracle + 1): 1 = like never seen, far below = knowledge left.

    None where either is censored; an oracle's may be the median of several. AIN (Chundawat et
    al.) with our + 1, as a t90 may be 0.
    """
    if unlearned is None or oracle is None:
        return None
    if unlearned < 0 or oracle < 0:
        raise ValueError(f"steps cannot be negative, got {unlearned}, {oracle}")
    return (unlearned + 1) / (oracle + 1)


def probe_leakage(unlearned: float, oracle: float, original: float) -> float | None:
    """How much more a probe finds than in an oracle: (P_u - P_r) / (P_0 - P_r).

    Args:
        unlearned, oracle, original: balanced accuracies of the same probe, in [0, 1].
    Returns:
        0 like the oracle, 1 like the original; lower is better. None if original and oracle
        differ by less than a point: such a probe does not discriminate.
    """
    values = (unlearned, oracle, original)
    if not all(0 <= value <= 1 for value in values):
        raise ValueError(f"expected balanced accuracies in [0, 1], got {values!r}")
    if original - oracle < NOT_DISCRIMINATIVE:
        return None
    return (unlearned - oracle) / (original - oracle)
