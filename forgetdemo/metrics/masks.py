"""Which weights may change, by rank, and the proof that no other did: arrays alone, no torch."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from forgetdemo.settings.architecture import layer_of
from forgetdemo.settings.unlearning import rank_count

Named = Mapping[str, np.ndarray]


def select(
    scores: Named, fraction: float, scope: str, layers: Sequence[str]
) -> dict[str, np.ndarray]:
    """Choose weights by rank, exactly as many as asked for: highest first, ties by position.

    Args:
        scores: finite floats for every parameter, in model order.
        fraction: share in [0, 1]; of all weights (`scope` "global", chosen among `layers`, at most
            all of them) or of each layer, weight and bias together ("per_layer").
    Returns:
        A bool array per parameter, True = may change.
    Raises:
        ValueError: a score is NaN or infinite, or the fraction is outside [0, 1].
    """
    if not 0 <= fraction <= 1:
        raise ValueError(f"the share of weights must be in [0, 1], got {fraction!r}")
    bad = [name for name, value in scores.items() if not np.isfinite(value).all()]
    if bad:
        raise ValueError(f"scores of {', '.join(bad)} are not finite; the model is damaged")
    mask = {name: np.zeros(value.shape, bool) for name, value in scores.items()}
    everything = sum(value.size for value in scores.values())
    for group in [list(layers)] if scope == "global" else [[layer] for layer in layers]:
        names = [name for name in scores if layer_of(name) in group]
        flat = np.concatenate([scores[name].ravel() for name in names])
        count = rank_count(fraction, everything if scope == "global" else len(flat))
        chosen = highest(flat, min(count, len(flat)))
        ends = np.cumsum([scores[name].size for name in names])[:-1]
        for name, part in zip(names, np.split(chosen, ends), strict=True):
            mask[name] = part.reshape(scores[name].shape)
    return mask


def highest(values: np.ndarray, count: int) -> np.ndarray:
    """Mark the `count` highest of (N,) values, ties by position: (N,) bool.

    Raises:
        ValueError: there are fewer values.
    """
    if not 0 <= count <= len(values):
        raise ValueError(f"cannot choose {count} of {len(values)} values")
    chosen = np.zeros(len(values), bool)
    if count:
        lowest = np.partition(values, len(values) - count)[len(values) - count]
        chosen[values > lowest] = True
        ties = np.flatnonzero(values == lowest)
        chosen[ties[: count - np.count_nonzero(chosen)]] = True
    return chosen


def certify(after: Named, before: Named, mask: Named) -> dict[str, Any]:
    """Count what may and what did change, per layer, and prove that nothing else moved.

    Args:
        after, before: all weights by name, float32.
        mask: bool arrays of the same shapes, True = may change.
    Returns:
        The "mask" part of a report. `max_abs_change_outside` is exactly 0.0.
    Raises:
        ValueError: a weight outside the mask differs in any bit (0.0 and -0.0 differ).
    """
    layers: dict[str, dict[str, float]] = {}
    squares: dict[str, list[float]] = {}
    for name, old in before.items():
        new, free = after[name], mask[name]
        differs = np.ascontiguousarray(new).view(np.int32) != np.ascontiguousarray(old).view(
            np.int32
        )
        if bool((differs & ~free).any()):
            raise ValueError(f"{name}: weights outside the mask moved; this run is not valid")
        delta = np.abs(new - old)
        start: dict[str, float] = {"editable": 0, "total": 0, "changed": 0, "max_abs_change": 0.0}
        row = layers.setdefault(layer_of(name), start)
        row["editable"] += int(free.sum())
        row["total"] += old.size
        row["changed"] += int(differs.sum())
        row["max_abs_change"] = max(row["max_abs_change"], float(delta.max()))
        moved = squares.setdefault(layer_of(name), [0.0, 0.0])
        moved[0] += float(np.square(delta).sum())
        moved[1] += float(np.square(old).sum())
    for layer, (change, size) in squares.items():
        layers[layer]["relative_change"] = (change / size) ** 0.5 if size else 0.0
    editable = sum(int(row["editable"]) for row in layers.values())
    total = sum(int(row["total"]) for row in layers.values())
    return {
        "editable": editable,
        "total": total,
        "fraction": editable / total,
        "changed": sum(int(row["changed"]) for row in layers.values()),
        "max_abs_change_outside": 0.0,
        "layers": layers,
    }
