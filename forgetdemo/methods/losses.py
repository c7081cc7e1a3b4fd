"""Losses of the unlearning loop: logits and labels in, named weighted terms out."""

from collections.abc import Callable
from dataclasses import dataclass

import torch
from torch import Tensor
from torch.nn import functional as F

from forgetdemo.settings.unlearning import UnlearnConfig


@dataclass(frozen=True)
class Batch:
    """One step's images as a loss sees them.

    `logits` (B, 10) of the model being changed; `teacher` (B, 10) logits of the original, no
    gradient; `labels` (B,) int64; `is_forget` (B,) bool; `done` 0 at the first step, 1 at the last.
    """

    logits: Tensor
    teacher: Tensor
    labels: Tensor
    is_forget: Tensor
    done: float = 0.0


SCRUB_ALPHA = 0.5  # weight of the distance to the teacher beside the cross-entropy, as published
Terms = dict[str, Tensor]  # weighted scalars; their sum is the loss
Loss = Callable[[Batch, UnlearnConfig], Terms]


def mean(values: Tensor) -> Tensor:
    """Mean, and 0 (with gradient) of an empty group instead of NaN."""
    return values.sum() / max(len(values), 1)


def penalty(logits: Tensor, forget_class: int) -> Tensor:
    """-log(1 - p(forget)) per image, (B,), ≥ 0.

    Computed as -logsumexp of the other log-probabilities: 1 - p would round to 0 exactly where
    the gradient is needed most, and a clamp would remove that gradient.
    """
    log_p = F.log_softmax(logits, 1)
    others = [c for c in range(logits.shape[1]) if c != forget_class]
    return -torch.logsumexp(log_p[:, others], 1)


def natural_targets(teacher: Tensor, forget_class: int) -> Tensor:
    """The original's probabilities without the forgotten class, (B, 10); that class has 0.

    A softmax over the nine other logits: dividing by 1 - p(forget) would be 0/0 on confident
    images.
    """
    masked = teacher.clone()
    masked[:, forget_class] = -torch.inf
    return F.softmax(masked, 1)


def divergence(logits: Tensor, targets: Tensor) -> Tensor:
    """KL(targets ‖ softmax(logits)) per image in nats, (B,), ≥ 0; 0 · log 0 = 0."""
    return (torch.xlogy(targets, targets) - targets * F.log_softmax(logits, 1)).sum(1)


def described(batch: Batch, config: UnlearnConfig) -> Terms:
    """Cross-entropy on retained classes + penalty on p(forget) + pull towards the substitute.

    Fabbri 2024, as the paper describes it; each term is a mean over its own images. Without a
    substitute (`redirect_to` None) the pull goes to the original's natural runner-up instead.
    """
    forget, retain = batch.is_forget, ~batch.is_forget
    if config.redirect_to is None:
        targets = natural_targets(batch.teacher[forget], config.forget_class)
        pull = divergence(batch.logits[forget], targets)
    else:
        wanted = torch.full_like(batch.labels[forget], config.redirect_to)
        pull = F.cross_entropy(batch.logits[forget], wanted, reduction="none")
    kept = F.cross_entropy(batch.logits[retain], batch.labels[retain], reduction="none")
    return {
        "retain": config.weight_retain * mean(kept),
        "penalty": config.weight_penalty * mean(penalty(batch.logits[forget], config.forget_class)),
        "redirect": config.weight_redirect * mean(pull),
    }


def as_coded(batch: Batch, config: UnlearnConfig) -> Terms:
    """What the seed paper's code does: relabel, then a plain sum of cross-entropies.

    -log p(substitute) for an image of the forget class, cross-entropy otherwise, summed over the
    batch. There is no penalty on p(forget). Needs a substitute.
    """
    if config.redirect_to is None:
        raise ValueError("as_coded needs a substitute class; use described or natural_target")
    target = torch.where(batch.is_forget, config.redirect_to, batch.labels)
    each = F.cross_entropy(batch.logits, target, reduction="none")
    return {"retain": each[~batch.is_forget].sum(), "redirect": each[batch.is_forget].sum()}


def distil(batch: Batch, targets: Tensor, config: UnlearnConfig) -> Terms:
    """T² · KL(targets ‖ softmax(logits / T)), a weighted mean per group; T = `temperature`."""
    each = divergence(batch.logits / config.temperature, targets) * config.temperature**2
    return {
        "retain": config.weight_retain * mean(each[~batch.is_forget]),
        "redirect": config.weight_redirect * mean(each[batch.is_forget]),
    }


def natural(batch: Batch, config: UnlearnConfig) -> Terms:
    """Distil the original with the forgotten logit masked, on all images.

    KL to the original's probabilities without the class, forget and retain images alike. Fixed
    point: the logit mask's behaviour, held by the weights. Compare TREW (2506.20893), which tilts
    the target; we do not.
    """
    softened = batch.teacher / config.temperature
    return distil(batch, natural_targets(softened, config.forget_class), config)


def follow(batch: Batch, config: UnlearnConfig) -> Terms:
    """Answer like the teacher, on all images; a teacher of 0 and -inf is a label."""
    return distil(batch, F.softmax(batch.teacher / config.temperature, 1), config)


def labelled(batch: Batch, config: UnlearnConfig) -> Terms:
    """Cross-entropy with the labels as they are, a weighted mean per group."""
    each = F.cross_entropy(batch.logits, batch.labels, reduction="none")
    return {
        "retain": config.weight_retain * mean(each[~batch.is_forget]),
        "redirect": config.weight_redirect * mean(each[batch.is_forget]),
    }


def retained(batch: Batch, config: UnlearnConfig) -> Terms:
    """Cross-entropy on retained images; images of the forget class play no part."""
    kept = F.cross_entropy(batch.logits[~batch.is_forget], batch.labels[~batch.is_forget])
    return {"retain": config.weight_retain * kept}


def ascent(batch: Batch, config: UnlearnConfig) -> Terms:
    """Descend on retained images while ascending on the forget class, `strength` times as hard."""
    each = F.cross_entropy(batch.logits, batch.labels, reduction="none")
    return {
        "retain": config.weight_retain * mean(each[~batch.is_forget]),
        "penalty": -(config.strength or 0.0) * mean(each[batch.is_forget]),
    }


def scrub(batch: Batch, config: UnlearnConfig) -> Terms:
    """One step of SCRUB: away from the teacher on the class, or near it on the rest.

    Ten rounds; while `done` < `strength`, the first quarter of each round moves away. The last
    step always moves near.
    """
    place = 10 * batch.done % 1
    is_away = batch.done < (config.strength or 0.0) and place < 0.25
    targets = F.softmax(batch.teacher / config.temperature, 1)
    far = divergence(batch.logits / config.temperature, targets) * config.temperature**2
    known = F.cross_entropy(batch.logits, batch.labels, reduction="none")
    near = known + SCRUB_ALPHA * far
    return {
        "retain": (not is_away) * config.weight_retain * mean(near[~batch.is_forget]),
        "penalty": -float(is_away) * mean(far[batch.is_forget]),
    }
