"""How much each weight matters to the forget class: one number per weight, no mask yet."""

from collections.abc import Callable
from dataclasses import dataclass

import torch
from torch import Tensor
from torch.nn import functional as F

from forgetdemo.network.model import MnistCNN
from forgetdemo.settings.architecture import layer_of

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


def mean_gradients(model: MnistCNN, inputs: Tensor, labels: Tensor, from_features: bool) -> Scores:
    """Gradient of the mean cross-entropy over all inputs: signed sum first, divided by the count.

    Accumulating before taking absolute values is what makes the result independent of the batch
    size. The model is not changed. A weight that takes no part (convolutions, `from_features`)
    has gradient 0.
    """
    weights = dict(model.named_parameters())
    total = {name: torch.zeros_like(weight) for name, weight in weights.items()}
    unused = model.architecture.conv_names if from_features else ()
    used = [name for name in weights if layer_of(name) not in unused]
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

    Normalised pixels are signed, so absolute values are averaged; all other inputs follow a ReLU,
    which this leaves as they are. A bias has input 1.
    """
    network = model.architecture
    means = {layer: torch.zeros(()) for layer in network.names}
    for part in inputs.split(SCORE_BATCH):
        share = len(part) / len(inputs)
        features = part
        if not from_features:
            *maps, left = model.maps(part)
            features = left.flatten(1)
            for layer, value in zip(network.conv_names, maps, strict=True):
                mean = value.abs().mean((0, 2, 3)).view(1, -1, 1, 1)
                means[layer] = means[layer] + share * mean
        for layer, value in zip(network.dense_names, model.hidden(features), strict=True):
            means[layer] = means[layer] + share * value.mean(0)
    return {
        name: torch.ones(()) if name.endswith("bias") else means[layer_of(name)]
        for name, _ in model.named_parameters()
    }


def relevance(grads: Scores, acts: Scores) -> Scores:
    """|mean gradient| · mean activation, per weight; a bias has activation 1."""
    return {name: grads[name].abs() * acts[name] for name in grads}


def excess(forget: Scores, retain: Scores) -> Scores:
    """What the forget class's scores have above the others', ≥ 0."""
    return {name: (forget[name] - retain[name]).clamp_min(0) for name in forget}


def _relevance(model: MnistCNN, inputs: Tensor, labels: Tensor, from_features: bool) -> Scores:
    """`relevance` of a group of images."""
    grads = mean_gradients(model, inputs, labels, from_features)
    return relevance(grads, mean_activations(model, inputs, from_features))


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
    return excess(forget, retain)


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


def score_output(model: MnistCNN, sample: Sample, generator: torch.Generator) -> Scores:
    """1 for the forget class's own output, its row and bias of the last layer; 0 elsewhere."""
    scores = {name: torch.zeros_like(weight) for name, weight in model.named_parameters()}
    digit = int(sample.forget_labels[0])
    for part in ("weight", "bias"):
        scores[f"{model.architecture.last.name}.{part}"][digit] = 1
    return scores


SCORE_FUNCTIONS: dict[str, Callable[[MnistCNN, Sample, torch.Generator], Scores]] = {
    "relevance": score_relevance,
    "gradient": score_gradient,
    "ratio": score_ratio,
    "grad_weight": score_grad_weight,
    "random": score_random,
    "all": score_all,
    "output": score_output,
}
