"""How far a model is from an oracle, or from where it started. Pure, arrays → numbers."""

import math
from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import ArrayLike


def _same_probabilities(model: ArrayLike, oracle: ArrayLike) -> tuple[np.ndarray, np.ndarray]:
    """Two (N, C) float64 arrays whose rows sum to 1 exactly; float32 rounding is divided out."""
    a, b = np.asarray(model, dtype=np.float64), np.asarray(oracle, dtype=np.float64)
    if a.shape != b.shape or a.ndim != 2 or len(a) == 0:
        raise ValueError(f"expected equal, non-empty (N, C) shapes, got {a.shape}, {b.shape}")
    for values in (a, b):
        sums = values.sum(axis=1)
        if not np.all(values >= 0) or not np.allclose(sums, 1, atol=1e-4):
            raise ValueError("expected probabilities: ≥ 0, rows that sum to 1")
    return a / a.sum(axis=1, keepdims=True), b / b.sum(axis=1, keepdims=True)


def js_divergence(model: ArrayLike, oracle: ArrayLike) -> float:
    """Measure how differently two models answer the same images.

    Mean over images of the Jensen-Shannon divergence, natural logarithm, symmetric.
    0: identical answers. ln 2 = 0.693: no image on which they share any probability.

    Args:
        model: (N, 10) floats, rows sum to 1; the model under audit.
        oracle: (N, 10), same images in the same order.
    Returns:
        Nats in [0, ln 2]; lower is closer. Report it beside the value between two oracles.
    Raises:
        ValueError: the shapes differ, N is 0, or the rows are not probabilities.

    Source: Lin 1991. Not the field's ZRF, whose reference is a random teacher.
    """
    from scipy.special import rel_entr

    p, r = _same_probabilities(model, oracle)
    mixed = (p + r) / 2
    each = (rel_entr(p, mixed) + rel_entr(r, mixed)).sum(axis=1) / 2  # -> (N,)
    return float(np.clip(each.mean(), 0.0, math.log(2)))


def tv_distance(model: ArrayLike, oracle: ArrayLike) -> float:
    """Total variation between two models' mean answers: ½ Σ_c |mean p(c) - mean r(c)|.

    Args:
        model, oracle: (N, 10), rows sum to 1.
    Returns:
        In [0, 1]; lower is closer. Means hide disagreement on single images (`js_divergence`
        does not).
    Raises:
        ValueError: as for `js_divergence`.
    """
    p, r = _same_probabilities(model, oracle)
    return float(min(1.0, np.abs(p.mean(axis=0) - r.mean(axis=0)).sum() / 2))


def mia_auc(loss_members: ArrayLike, loss_others: ArrayLike) -> float:
    """AUC of an attacker who calls images with a low loss "member of the training set".

    Args:
        loss_members: (N,) loss per image on `forget_train`.
        loss_others: (M,) on test images of the same class; any other class would make the attack
            look better than it is.
    Returns:
        In [0, 1]: 0.5 cannot tell (best), 1 always right; ties count half.
    Raises:
        ValueError: either is empty or holds NaN.
    """
    from sklearn.metrics import roc_auc_score

    members, others = np.ravel(loss_members), np.ravel(loss_others)
    losses = np.concatenate([members, others]).astype(np.float64)
    if len(members) == 0 or len(others) == 0 or np.isnan(losses).any():
        raise ValueError("expected at least one loss of either group, and no NaN")
    order = np.unique(losses, return_inverse=True)[1]  # ranks: infinity is a loss, too
    return float(roc_auc_score([1] * len(members) + [0] * len(others), -order))


def linear_cka(first: ArrayLike, second: ArrayLike) -> float | None:
    """Similarity of two representations of the same images, blind to rotation and scale.

    ‖YᵀX‖²_F / (‖XᵀX‖_F · ‖YᵀY‖_F) on features centred over images. Needs N much larger than the
    number of features; read it beside the value between two oracles.

    Args:
        first, second: (N, D1), (N, D2).
    Returns:
        In [0, 1], 1 = same up to rotation and scale; None where a representation is constant.
    Raises:
        ValueError: the numbers of images differ or are below 2, or a feature is not finite.

    Source: Kornblith et al. 2019.
    """
    x, y = np.asarray(first, dtype=np.float64), np.asarray(second, dtype=np.float64)
    if x.ndim != 2 or y.ndim != 2 or len(x) != len(y) or len(x) < 2:
        raise ValueError(f"expected features (N, D) of equal N ≥ 2, got {x.shape}, {y.shape}")
    if not (np.isfinite(x).all() and np.isfinite(y).all()):
        raise ValueError("features must be finite")
    x, y = x - x.mean(axis=0), y - y.mean(axis=0)
    size_x, size_y = float(np.abs(x).max(initial=0)), float(np.abs(y).max(initial=0))
    if size_x == 0 or size_y == 0:
        return None
    x, y = x / size_x, y / size_y  # the measure is scale-free; squares of tiny features are not
    own = np.linalg.norm(x.T @ x) * np.linalg.norm(y.T @ y)
    return float(np.clip(np.linalg.norm(y.T @ x) ** 2 / own, 0.0, 1.0))


def edit_size(before: Mapping[str, ArrayLike], after: Mapping[str, ArrayLike]) -> dict[str, Any]:
    """How much each tensor moved.

    Args:
        before, after: arrays with the same names and shapes.
    Returns:
        Per name {"relative_change": ‖Δ‖₂ / ‖before‖₂ (None if before is all 0 and moved),
        "changed": share of entries that differ}, 0 = untouched.
    Raises:
        ValueError: names or shapes differ.
    """
    sizes: dict[str, Any] = {}
    for name, old, new in _pairs(before, after):
        moved, norm = float(np.linalg.norm(new - old)), float(np.linalg.norm(old))
        relative = moved / norm if norm else (0.0 if moved == 0 else None)
        sizes[name] = {"relative_change": relative, "changed": float(np.mean(new != old))}
    return sizes


def mask_integrity(
    before: Mapping[str, ArrayLike], after: Mapping[str, ArrayLike], mask: Mapping[str, ArrayLike]
) -> float:
    """Largest |change| of any weight outside the mask (mask 0); must be exactly 0.

    Raises:
        ValueError: names or shapes differ.
    """
    worst = 0.0
    frozen = {name: keep == 0 for name, _, keep in _pairs(before, mask)}
    for name, old, new in _pairs(before, after):
        worst = max(worst, float(np.abs(new - old)[frozen[name]].max(initial=0.0)))
    return worst


def _pairs(
    before: Mapping[str, ArrayLike], after: Mapping[str, ArrayLike]
) -> list[tuple[str, np.ndarray, np.ndarray]]:
    """Same-named arrays as float64, flat; refuses other names, shapes and nothing at all."""
    if before.keys() != after.keys() or not before:
        raise ValueError("expected the same tensor names on both sides")
    rows = [(name, np.asarray(before[name]), np.asarray(after[name])) for name in before]
    for name, old, new in rows:
        if old.shape != new.shape or old.size == 0:
            raise ValueError(f"{name}: shapes {old.shape} and {new.shape} differ or are empty")
    return [(n, np.ravel(a).astype(np.float64), np.ravel(b).astype(np.float64)) for n, a, b in rows]
