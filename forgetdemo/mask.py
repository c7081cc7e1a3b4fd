"""Which weights may change: scores, exact selection by rank, and the hard freeze.

The only place that knows the polarity: True = may change (relevant to the forget class).
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor
from torch.nn import functional as F

from forgetdemo.config import CONV_LAYERS, LAYERS, MNIST_MEAN, MNIST_STD, UnlearnConfig, rank_count
from forgetdemo.model import MnistCNN

Mask = dict[str, Tensor]  # parameter name → bool, the parameter's shape
Scores = dict[str, Tensor]  # parameter name → float, the parameter's shape
RATIO_FLOOR = 1e-3  # ε of `ratio`, as a share of the layer's mean retain score
SCORE_BATCH = 500


@dataclass(frozen=True)
class Sample:
    """What a score may look at: inputs of both groups, as the run's model takes them.

    `forget`, `retain`: (N, 1, 28, 28) pixels, or (N, 3136) features if `from_features`.
    """

    forget: Tensor
    forget_labels: Tensor
    retain: Tensor
    retain_labels: Tensor
    from_features: bool


def layer_of(name: str) -> str:
    """'fc1.weight' → 'fc1'."""
    return name.split(".")[0]


def mean_gradients(model: MnistCNN, inputs: Tensor, labels: Tensor, from_features: bool) -> Scores:
    """Gradient of the mean cross-entropy over all inputs: signed sum first, divided by the count.

    Accumulating before taking absolute values is what makes the result independent of the batch
    size. The model is not changed. A weight that takes no part (convolutions, `from_features`)
    has gradient 0.
    """
    weights = dict(model.named_parameters())
    total = {name: torch.zeros_like(weight) for name, weight in weights.items()}
    used = [n for n in weights if not (from_features and layer_of(n) in CONV_LAYERS)]
    for part, target in zip(inputs.split(SCORE_BATCH), labels.split(SCORE_BATCH), strict=True):
        logits = model.head(part) if from_features else model(part)
        loss = F.cross_entropy(logits, target, reduction="sum")
        grads = torch.autograd.grad(loss, [weights[n] for n in used])
        for name, grad in zip(used, grads, strict=True):
            total[name] += grad
    return {name: value / len(inputs) for name, value in total.items()}


@torch.no_grad()
def mean_activations(model: MnistCNN, inputs: Tensor, from_features: bool) -> Scores:
    """Mean input of every weight, shaped to multiply it: per unit, or per input channel.

    conv1's inputs are signed (normalised pixels), so their absolute value is averaged; all other
    inputs follow a ReLU. A bias has input 1.
    """
    means = {layer: torch.zeros(()) for layer in LAYERS}
    for part in inputs.split(SCORE_BATCH):
        share = len(part) / len(inputs)
        features = part
        if not from_features:
            pixels = (part - MNIST_MEAN) / MNIST_STD
            hidden = model.block1(pixels)  # -> (B, 32, 14, 14)
            features = model.block2(hidden).flatten(1)
            means["conv1"] = means["conv1"] + share * pixels.abs().mean((0, 2, 3)).view(1, 1, 1, 1)
            means["conv2"] = means["conv2"] + share * hidden.mean((0, 2, 3)).view(1, -1, 1, 1)
        first = F.relu(model.fc1(features))
        second = F.relu(model.fc2(first))
        for layer, value in (("fc1", features), ("fc2", first), ("fc3", second)):
            means[layer] = means[layer] + share * value.mean(0)
    return {
        name: torch.ones(()) if name.endswith("bias") else means[layer_of(name)]
        for name, _ in model.named_parameters()
    }


def _relevance(model: MnistCNN, inputs: Tensor, labels: Tensor, from_features: bool) -> Scores:
    """|mean gradient| · mean activation, per weight."""
    grads = mean_gradients(model, inputs, labels, from_features)
    acts = mean_activations(model, inputs, from_features)
    return {name: grads[name].abs() * acts[name] for name in grads}


def score_gradient(model: MnistCNN, sample: Sample, generator: torch.Generator) -> Scores:
    """|Σ ∂CE/∂θ| over the forget class (SalUn, 2310.12508): sign kept until the last step."""
    grads = mean_gradients(model, sample.forget, sample.forget_labels, sample.from_features)
    return {name: grad.abs() for name, grad in grads.items()}


def score_relevance(model: MnistCNN, sample: Sample, generator: torch.Generator) -> Scores:
    """Gradient × activation of the forget class, less what the retained classes show.

    s = max(0, r_forget - r_retain) with r = |mean ∂CE/∂θ| · mean activation, each group divided
    by its own count. Our reading of "find the weights that matter from gradients and
    activations"; a linear weight's gradient holds its activation already, so it counts twice.
    """
    forget = _relevance(model, sample.forget, sample.forget_labels, sample.from_features)
    retain = _relevance(model, sample.retain, sample.retain_labels, sample.from_features)
    return {name: (forget[name] - retain[name]).clamp_min(0) for name in forget}


def score_ratio(model: MnistCNN, sample: Sample, generator: torch.Generator) -> Scores:
    """r_forget / (r_retain + ε), r as in `score_relevance`, ε = 1e-3 of the layer's mean r_retain.

    A weight that the forget class does not use at all scores 0, whatever the ratio says.
    """
    forget = _relevance(model, sample.forget, sample.forget_labels, sample.from_features)
    retain = _relevance(model, sample.retain, sample.retain_labels, sample.from_features)
    scores: Scores = {}
    for name, value in forget.items():
        floor = RATIO_FLOOR * retain[name].mean() + torch.finfo(torch.float32).tiny
        scores[name] = torch.where(value > 0, value / (retain[name] + floor), 0.0)
    return scores


def score_grad_weight(model: MnistCNN, sample: Sample, generator: torch.Generator) -> Scores:
    """|mean ∂CE/∂θ · θ| over the forget class: first-order effect of removing a weight."""
    grads = mean_gradients(model, sample.forget, sample.forget_labels, sample.from_features)
    return {name: (grads[name] * w.detach()).abs() for name, w in model.named_parameters()}


def score_random(model: MnistCNN, sample: Sample, generator: torch.Generator) -> Scores:
    """Uniform noise: the ablation that every claim about a mask needs beside it."""
    return {n: torch.rand(w.shape, generator=generator) for n, w in model.named_parameters()}


def score_all(model: MnistCNN, sample: Sample, generator: torch.Generator) -> Scores:
    """Equal scores: with fraction 1, whole layers."""
    return {name: torch.ones_like(weight) for name, weight in model.named_parameters()}


SCORE_FUNCTIONS: dict[str, Callable[[MnistCNN, Sample, torch.Generator], Scores]] = {
    "relevance": score_relevance,
    "gradient": score_gradient,
    "ratio": score_ratio,
    "grad_weight": score_grad_weight,
    "random": score_random,
    "all": score_all,
}


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
        layer: {"editable": 0, "total": 0, "changed": 0, "max_abs_change": 0.0} for layer in LAYERS
    }
    squares = {layer: [0.0, 0.0] for layer in LAYERS}
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
