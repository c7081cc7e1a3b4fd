"""What an attacker gets out of a model's losses, features and last layer. Pure, arrays → numbers.

Each is worth reading only beside a retrained model's value: none of them is 0 there.
"""

import numpy as np
from numpy.typing import ArrayLike

from forgetdemo.settings.checks import require_digit, require_range
from forgetdemo.settings.constants import NUM_CLASSES

PROBE_ITERATIONS = 300  # of L-BFGS; on wide features it is stopped there
FOLDS = 5


def membership_attack(
    loss_members: ArrayLike, loss_others: ArrayLike, folds: int = FOLDS, seed: int = 0
) -> float:
    """Cross-validated AUC of a logistic regression that tells members by their loss.

    Args:
        loss_members, loss_others: (N,) each, equal sizes: loss per image on `forget_train`, and on
            test images of the same class.
    Returns:
        In [0, 1], mean over stratified folds. Closest to 0.5, a retrain's value, is best.
    Raises:
        ValueError: unequal sizes, fewer images than folds, or a loss that is not finite.

    The classifier may use the losses either way round; `distances.mia_auc` may not.
    """
    from sklearn.linear_model import LogisticRegression
    from sklearn.model_selection import StratifiedKFold, cross_val_score
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler

    members, others = np.ravel(loss_members), np.ravel(loss_others)
    values = np.concatenate([members, others]).astype(np.float64)
    if len(members) != len(others) or len(members) < folds or not np.isfinite(values).all():
        raise ValueError(
            f"expected two equal lists of at least {folds} finite losses, "
            f"got {len(members)} and {len(others)}"
        )
    labels = np.repeat([1, 0], len(members))
    attack = make_pipeline(StandardScaler(), LogisticRegression())
    splits = StratifiedKFold(folds, shuffle=True, random_state=seed)
    scores = cross_val_score(attack, values[:, None], labels, cv=splits, scoring="roc_auc")
    return float(scores.mean())


def probe_accuracy(
    train: ArrayLike, is_forget: np.ndarray, test: ArrayLike, is_forget_test: np.ndarray
) -> float:
    """Balanced accuracy of a linear probe that finds the forgotten class in frozen features.

    Args:
        train, test: (N, D), (M, D) features of one layer.
        is_forget, is_forget_test: (N,), (M,) booleans; both groups must occur.
    Returns:
        In [0, 1]; 0.5 = nothing found. See `metrics.probe_leakage` for what it means.
    Raises:
        ValueError: shapes differ, a group is empty, or a feature is not finite.
    """
    import warnings

    from sklearn.exceptions import ConvergenceWarning
    from sklearn.linear_model import LogisticRegression
    from sklearn.metrics import balanced_accuracy_score
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler

    fitted, asked = np.asarray(train, np.float64), np.asarray(test, np.float64)
    for values, labels in ((fitted, is_forget), (asked, is_forget_test)):
        if values.ndim != 2 or values.shape[:1] != labels.shape or len(set(labels.tolist())) != 2:
            raise ValueError("a probe needs features (N, D) with N labels, and both groups")
        if not np.isfinite(values).all():
            raise ValueError("features must be finite")
    probe = make_pipeline(
        StandardScaler(),
        LogisticRegression(max_iter=PROBE_ITERATIONS, tol=1e-3, class_weight="balanced"),
    )
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)
        probe.fit(fitted, is_forget)
    return float(balanced_accuracy_score(is_forget_test, probe.predict(asked)))


def prototype_row(
    weight: np.ndarray,
    bias: np.ndarray,
    prototypes: np.ndarray,
    digit: int,
    scale: float | None = None,
    blend: float = 1.0,
) -> tuple[np.ndarray, np.ndarray]:
    """Rebuild one output of the last layer from a few images' features.

    Args:
        weight, bias: (10, D), (10,) of the last layer; not changed.
        prototypes: (K, D) penultimate features of K images of the class.
        digit: the output to rebuild.
        scale: length of the prototype; None: the mean length of the other nine rows.
        blend: share a of the prototype; the bias becomes (1 - a) · its own.
    Returns:
        New (weight, bias).
    Raises:
        ValueError: shapes do not fit, or the mean feature is 0 (no direction).

    Source: Spotter's attack (2506.01318), which has scale 1 and edits the model in place.
    """
    require_digit("class", digit)
    require_range("blend", blend, 0.0, 1.0)
    weight, bias = np.array(weight, np.float64), np.array(bias, np.float64)
    mean = np.asarray(prototypes, np.float64)
    if mean.ndim != 2 or len(mean) == 0 or weight.shape != (NUM_CLASSES, mean.shape[1]):
        raise ValueError(f"features {mean.shape} do not fit a last layer {weight.shape}")
    mean = mean.mean(axis=0)
    length = float(np.linalg.norm(mean))
    if length == 0:
        raise ValueError("the mean feature is 0: it has no direction")
    if scale is None:
        scale = float(np.linalg.norm(np.delete(weight, digit, axis=0), axis=1).mean())
    weight[digit] = blend * scale * mean / length + (1 - blend) * weight[digit]
    bias[digit] = (1 - blend) * bias[digit]
    return weight, bias


def accuracy_of_head(
    features: np.ndarray, labels: np.ndarray, weight: np.ndarray, bias: np.ndarray, digit: int
) -> tuple[float, float]:
    """acc_forget and acc_retain of a last layer on penultimate features (N, D), in [0, 1].

    Raises:
        ValueError: one of the two groups has no image.
    """
    answers = (np.asarray(features, np.float64) @ weight.T + bias).argmax(axis=1)
    forget = labels == digit
    if forget.all() or not forget.any():
        raise ValueError("expected images of the class and of others")
    right = answers == labels
    return float(right[forget].mean()), float(right[~forget].mean())
