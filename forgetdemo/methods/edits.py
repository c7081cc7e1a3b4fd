"""Methods without a loop: two controls that edit one output, and SSD, which scales weights once."""

import time
from collections.abc import Callable
from functools import partial

import torch
from torch import Tensor
from torch.nn import functional as F

from forgetdemo.methods.loop import Result, Task, monitor
from forgetdemo.methods.mask import restore_frozen
from forgetdemo.network.batches import batches
from forgetdemo.network.model import MnistCNN, clone
from forgetdemo.network.outputs import mask_output, set_output
from forgetdemo.network.train import Record


def edited(task: Task, change: Callable[[MnistCNN], int | None]) -> Result:
    """Apply `change` once to a copy of the original, under the hard freeze.

    Args:
        change: edits the model in place, returns how many images it visited, if any.
    """
    model = clone(task.original)
    history: list[Record] = [{"step": 0, "of": 1, **monitor(task, model)}]
    task.progress(history[0])
    started = time.perf_counter()
    visits = change(model) or 0
    restore_frozen(model, task.original, task.mask)
    seconds = time.perf_counter() - started
    history.append({"step": 1, "of": 1, **monitor(task, model)})
    task.progress(history[1])
    return Result(model, history, visits, seconds)


def logit_mask(task: Task) -> Result:
    """Control: the original with that one logit at -1e4, so p(forget) is exactly 0.

    No learning: one row of weights and its bias. 0 % on the class, the rest never worse than the
    original, all features as they were. Whoever claims more must be told apart from this.
    """
    return edited(task, partial(mask_output, digit=task.config.forget_class))


def zeroed_row(task: Task) -> Result:
    """Control: that output's weights and bias set to 0, so its logit is 0 for every image.

    Not a mask: where all nine other logits are below 0, the class still wins.
    """
    return edited(task, partial(set_output, digit=task.config.forget_class, bias=0.0))


def importances(task: Task, index: Tensor, size: int) -> tuple[dict[str, Tensor], int]:
    """Mean over batches of the squared gradient of a batch's mean cross-entropy, per weight.

    Squared *batch* gradients, as SSD's code has it, not a per-sample Fisher: `size` matters.

    Args:
        index: (N,) pool positions; shuffled by the run's seed and cut, the last may be shorter.
    Returns:
        A tensor per editable parameter, and the number of images visited.
    """
    model, labels = clone(task.original), torch.from_numpy(task.pool.labels)
    names = [name for name, part in task.mask.items() if part.any()]
    weights = dict(model.named_parameters())
    total = {name: torch.zeros_like(weights[name]) for name in names}
    parts = list(batches(len(index), size, torch.Generator().manual_seed(task.config.seed)))
    for part in parts:
        chosen = index[part]
        loss = F.cross_entropy(task.outputs(model, task.inputs(chosen)), labels[chosen])
        grads = torch.autograd.grad(loss, [weights[name] for name in names])
        for name, grad in zip(names, grads, strict=True):
            total[name].addcmul_(grad, grad, value=1 / len(parts))
    return total, len(index)


def ssd(task: Task) -> Result:
    """Selective Synaptic Dampening (Foster et al., 2308.07707): shrink what the class uses most.

    Where I_forget > α · I_all: θ ← θ · min(λ · I_all / I_forget, 1), with importances of squared
    batch gradients over all images and over the class. `strength` is α, `damping` λ,
    `batch_retain` the batch size. Published: batch 64, α = 10, λ = 1 (ResNet18); α = 50, λ = 0.1
    (faces). I_all contains the class: with class-pure or per-sample batches nothing at all can be
    selected once α ≥ N / N_forget, 10 for balanced classes; so α is smaller here. The pool, not
    all images, is visited; the convolutions take part where `layers` names them.
    """

    def dampen(model: MnistCNN) -> int:
        """θ ← θ · min(λ · I_all / I_forget, 1) where selected; returns the visits."""
        everything = torch.arange(len(task.pool))
        forget = torch.from_numpy(task.split.forget)
        whole, seen = importances(task, everything, max(task.config.batch_retain, 1))
        own, more = importances(task, forget, max(task.config.batch_retain, 1))
        weights = dict(model.named_parameters())
        with torch.no_grad():
            for name, value in own.items():
                selected = value > (task.config.strength or 0.0) * whole[name]
                factor = (task.config.damping * whole[name] / value).clamp_max(1)
                weights[name].copy_(torch.where(selected, weights[name] * factor, weights[name]))
        return seen + more

    return edited(task, dampen)
