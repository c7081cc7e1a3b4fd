"""Which weights may change: exact selection by rank, the hard freeze, and its certificate.

The only place that knows the polarity: True = may change (relevant to the forget class).
"""

from collections.abc import Sequence
from typing import Any

import torch
from torch import Tensor

from forgetdemo.methods.scores import SCORE_FUNCTIONS, Sample, Scores
from forgetdemo.network.model import MnistCNN
from forgetdemo.settings.architecture import layer_of
from forgetdemo.settings.unlearning import UnlearnConfig, rank_count

Mask = dict[str, Tensor]  # parameter name → bool, the parameter's shape


def select(scores: Scores, fraction: float, scope: str, layers: Sequence[str]) -> Mask:
    """Choose weights by rank, exactly as many as asked for.

    Highest score first, ties by position, so that many equal zeros never select more. `global`:
    floor(fraction · all weights + 0.5) among `layers`, at most all of them. `per_layer`: that
    share of each layer (weight and bias together).

    Args:
        scores: finite floats for every parameter, in model order.
        fraction: share in [0, 1]; of all weights (global) or of each layer.
    Returns:
        A bool tensor per parameter, True = may change.
    Raises:
        ValueError: a score is NaN or infinite, or the fraction is outside [0, 1].
    """
    if not 0 <= fraction <= 1:
        raise ValueError(f"the share of weights must be in [0, 1], got {fraction!r}")
    bad = [name for name, value in scores.items() if not torch.isfinite(value).all()]
    if bad:
        raise ValueError(f"scores of {', '.join(bad)} are not finite; the model is damaged")
    mask = {name: torch.zeros(value.shape, dtype=torch.bool) for name, value in scores.items()}
    groups = [list(layers)] if scope == "global" else [[layer] for layer in layers]
    everything = sum(value.numel() for value in scores.values())
    for group in groups:
        names = [name for name in scores if layer_of(name) in group]
        flat = torch.cat([scores[name].flatten() for name in names])
        count = rank_count(fraction, everything if scope == "global" else len(flat))
        chosen = torch.zeros(len(flat), dtype=torch.bool)
        chosen[torch.sort(flat, descending=True, stable=True).indices[:count]] = True
        parts = chosen.split([scores[name].numel() for name in names])
        for name, part in zip(names, parts, strict=True):
            mask[name] = part.view(scores[name].shape)
    return mask


def build_mask(model: MnistCNN, sample: Sample, config: UnlearnConfig) -> Mask:
    """Score every weight of `model` (unchanged) and select by the configuration.

    Raises:
        ValueError: the share is so small that it selects no weight at all.
    """
    generator = torch.Generator().manual_seed(config.seed)
    scores = SCORE_FUNCTIONS[config.score](model, sample, generator)
    mask = select(scores, config.mask_fraction, config.scope, config.layers)
    if not any(bool(part.any()) for part in mask.values()):
        raise ValueError(
            f"mask_fraction {config.mask_fraction:g} selects none of the weights; raise it"
        )
    return mask


@torch.no_grad()
def restore_frozen(model: MnistCNN, original: MnistCNN, mask: Mask) -> None:
    """Put every weight outside the mask back to the original's bits, in place.

    A select, not a product: 0 · NaN would be NaN.
    """
    before = dict(original.named_parameters())
    for name, weight in model.named_parameters():
        weight.copy_(torch.where(mask[name], weight, before[name]))


@torch.no_grad()
def certify(model: MnistCNN, original: MnistCNN, mask: Mask) -> dict[str, Any]:
    """Count what may and what did change, per layer, and prove that nothing else moved.

    Returns:
        The "mask" part of a report. `max_abs_change_outside` is exactly 0.0.
    Raises:
        ValueError: a weight outside the mask differs in any bit (0.0 and -0.0 differ).
    """
    before = dict(original.named_parameters())
    layers: dict[str, dict[str, float]] = {
        layer: {"editable": 0, "total": 0, "changed": 0, "max_abs_change": 0.0}
        for layer in model.architecture.names
    }
    squares = {layer: [0.0, 0.0] for layer in layers}
    for name, weight in model.named_parameters():
        old = before[name]
        differs = weight.view(torch.int32) != old.view(torch.int32)
        if bool((differs & ~mask[name]).any()):
            raise ValueError(f"{name}: weights outside the mask moved; this run is not valid")
        delta = (weight - old).abs()
        row = layers[layer_of(name)]
        row["editable"] += int(mask[name].sum())
        row["total"] += weight.numel()
        row["changed"] += int(differs.sum())
        row["max_abs_change"] = max(row["max_abs_change"], float(delta.max()))
        squares[layer_of(name)][0] += float(delta.square().sum())
        squares[layer_of(name)][1] += float(old.square().sum())
    for layer, (moved, size) in squares.items():
        layers[layer]["relative_change"] = (moved / size) ** 0.5 if size else 0.0
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
