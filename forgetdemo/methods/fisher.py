"""Two methods that weigh what retained images need, by the diagonal of the Fisher information.

Dense layers only: their per-sample gradients are outer products, so all ten answers of an image
cost one backward pass and no per-sample loop. The convolutions stay as they are.
"""

import torch
from torch import Tensor
from torch.nn import functional as F

from forgetdemo.methods import losses
from forgetdemo.methods.edits import edited
from forgetdemo.methods.loop import Result, Task, run_loop
from forgetdemo.methods.retained import OTHER_SEEDS
from forgetdemo.network.batches import EVAL_BATCH
from forgetdemo.network.model import MnistCNN, clone
from forgetdemo.settings.architecture import layer_of
from forgetdemo.settings.constants import NUM_CLASSES

FISHER_IMAGES = 6000  # retained images that the diagonal is averaged over, at most
NOISE_CAP, NOISE_CAP_LAST = 1e3, 1e2  # of 1 / F, as published
ROW_NOISE = 1e-4  # variance of the forgotten output's row, as published
MORE_NOISE = 10  # on biases and on the last layer, as published
PULL_FLOOR = 1e-3  # of the mean F: so that λ → ∞ holds weights without information, too


@torch.no_grad()
def fisher_diagonal(model: MnistCNN, features: Tensor) -> dict[str, Tensor]:
    """F_i = mean over images of Σ_y p(y|x) · (∂ -log p(y|x) / ∂θ_i)², exact over the ten answers.

    Not the "empirical Fisher": answers are weighed by the model's own probabilities, labels play
    no part.

    Args:
        features: (N, 3136) convolution features.
    Returns:
        A tensor per weight and bias of the dense layers, ≥ 0.
    """
    names, dense = model.architecture.dense_names, model.dense
    total = {n: torch.zeros_like(w) for n, w in model.named_parameters() if layer_of(n) in names}
    for part in features.split(EVAL_BATCH):
        inputs = model.hidden(part)
        p = F.softmax(model.last(inputs[-1]), 1)
        for digit in range(NUM_CLASSES):
            wanted = torch.zeros_like(p)
            wanted[:, digit] = 1
            deltas = [
                p - wanted
            ]  # gradients at each layer's outputs, the last layer's (B, 10) first
            for layer, taken in zip(reversed(dense[1:]), reversed(inputs[1:]), strict=True):
                deltas.append((deltas[-1] @ layer.weight) * (taken > 0))  # -> (B, 64), (B, 128)
            share = p[:, [digit]] / len(features)
            for name, delta, taken in zip(names, reversed(deltas), inputs, strict=True):
                weighed = share * delta.square()
                total[f"{name}.weight"] += weighed.T @ taken.square()
                total[f"{name}.bias"] += weighed.sum(0)
    return total


def retained_fisher(task: Task) -> tuple[dict[str, Tensor], int]:
    """The original's diagonal on at most `FISHER_IMAGES` retained images, and their number.

    Raises:
        ValueError: `layers` names a convolution.
    """
    if task.features is None:
        raise ValueError(
            f"{task.config.method} changes dense layers only; "
            f"leave {' and '.join(task.original.architecture.conv_names)} out of layers"
        )
    retain = torch.from_numpy(task.split.retain)
    generator = torch.Generator().manual_seed(task.config.seed)
    index = retain[torch.randperm(len(retain), generator=generator)[:FISHER_IMAGES]]
    return fisher_diagonal(task.original, task.features[index]), len(index)


def fisher(task: Task) -> Result:
    """Fisher forgetting (Golatkar et al., 1911.04933): noise where the rest does not care.

    θ ~ N(θ0, v), v = a · min(1 / (F + 1e-8), 1e3), cap 1e2 in the last layer, v of a matrix
    averaged over its inputs, ten times as much in the last layer and in biases; the forgotten
    output's row gets mean 0 and variance 1e-4, which alone is a logit edit. `strength` is a.
    Published: a = 1e-6 (3e-6, 1e-9); F over all retained images one by one, here over 6,000, and
    dense layers only. "Ten times" was meant for BatchNorm; here it reaches every bias. One draw of
    noise is one sample: average over seeds.
    """

    def add_noise(model: MnistCNN) -> int:
        """Draw the weights in place; returns the visits."""
        diagonal, visits = retained_fisher(task)
        generator = torch.Generator().manual_seed(task.config.seed + OTHER_SEEDS)
        weights = dict(model.named_parameters())
        with torch.no_grad():
            for name, value in diagonal.items():
                last = layer_of(name) == model.architecture.last.name
                variance = (1 / (value + 1e-8)).clamp_max(NOISE_CAP_LAST if last else NOISE_CAP)
                variance *= task.config.strength or 0.0
                if variance.ndim == 2:
                    variance = variance.mean(1, keepdim=True).expand_as(value).clone()
                if last:
                    weights[name][task.config.forget_class] = 0
                    variance[task.config.forget_class] = ROW_NOISE
                if last or variance.ndim == 1:
                    variance *= MORE_NOISE
                noise = torch.randn(value.shape, generator=generator)
                weights[name].add_(noise * variance.sqrt())
        return visits

    return edited(task, add_noise)


def ewc_redirect(task: Task) -> Result:
    """Redirect the class while EWC holds what the rest needs (Kirkpatrick et al. 2017).

    L = α · CE(forget → substitute) + β · mean[-log(1 - p_f)] + (λ / 2) · Σ F_i (θ_i - θ0_i)², F
    on retained images only; none of them is in the loop. `strength` is λ; α, β are
    `weight_redirect`, `weight_penalty`, both 0.05: with α = 1 it is 20 λ that holds. No published
    λ fits: F is tiny on a sure model. Ours: the penalty, and 0.001 of a tensor's mean F added to
    its F, as a weight without information would never be held. λ = 0 is a plain redirect, λ → ∞
    gives θ0 (as near as the last rates).
    """
    diagonal, visits = retained_fisher(task)
    before = {name: weight.detach() for name, weight in task.original.named_parameters()}
    pull = {name: value + PULL_FLOOR * value.mean() for name, value in diagonal.items()}

    def hold(model: MnistCNN) -> Tensor:
        """(λ / 2) · Σ F_i (θ_i - θ0_i)²."""
        moved = [
            (pull[name] * (weight - before[name]).square()).sum()
            for name, weight in model.named_parameters()
            if name in pull
        ]
        return (task.config.strength or 0.0) / 2 * torch.stack(moved).sum()

    result = run_loop(task, losses.described, clone(task.original), hold)
    return Result(result.model, result.history, result.image_visits + visits, result.seconds)
