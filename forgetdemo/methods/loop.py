"""The one masked loop: what a method sees (`Task`), and `descend`, which follows any loss."""

import math
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field

import numpy as np
import torch
from torch import Tensor

from forgetdemo.data import ForgetSplit, Images
from forgetdemo.methods import losses
from forgetdemo.methods.mask import Mask, restore_frozen
from forgetdemo.metrics.counts import confusion_matrix
from forgetdemo.network.batches import as_pixels, batches
from forgetdemo.network.model import MnistCNN, clone
from forgetdemo.network.train import DivergedError, Moments, Progress, Record
from forgetdemo.settings.training import TrainConfig
from forgetdemo.settings.unlearning import UnlearnConfig

REPORT_EVERY = 10  # steps between progress records, at least; at most REPORTS of them
REPORTS = 60


@dataclass(frozen=True, eq=False)
class Task:
    """Everything a method may look at. Methods never change `original`.

    `pool`: the training images of the run; `split` and `teacher` (N, 10), the original's logits,
    follow its order. `features` (N, 3136): the original's convolution features of the pool, given
    where `mask` freezes the convolutions, so that nobody computes them again. `monitor`: images
    for the curves only, never trained on, with `monitor_features` likewise. `images` and
    `training`: the whole training set and the original's recipe, for a retrain.
    """

    original: MnistCNN
    pool: Images
    split: ForgetSplit
    teacher: Tensor
    features: Tensor | None
    monitor: Images
    monitor_features: Tensor | None
    mask: Mask
    config: UnlearnConfig
    progress: Progress
    images: Images
    training: TrainConfig = field(default_factory=TrainConfig)
    moments: Moments = field(default_factory=dict)

    def inputs(self, index: Tensor) -> Tensor:
        """What `outputs` takes for these pool positions: features if there are any, or pixels."""
        return as_pixels(self.pool, index) if self.features is None else self.features[index]

    def outputs(self, model: MnistCNN, inputs: Tensor) -> Tensor:
        """Logits (B, 10) of `inputs`."""
        return model(inputs) if self.features is None else model.head(inputs)


@dataclass(frozen=True)
class Result:
    """What a method returns: a new model, its history, how many images it visited, seconds."""

    model: MnistCNN
    history: list[Record]
    image_visits: int
    seconds: float  # of the method alone: no mask, no features, no monitoring


Method = Callable[[Task], Result]
Hold = Callable[[MnistCNN], Tensor]  # what keeps the weights, a scalar term of the loss


@torch.no_grad()
def monitor(task: Task, model: MnistCNN) -> Record:
    """Accuracy on held-out images of both groups, and their confusion matrix (10 × 10 counts)."""
    if task.monitor_features is None:
        predicted = model(as_pixels(task.monitor)).argmax(1).numpy()
    else:
        predicted = model.head(task.monitor_features).argmax(1).numpy()
    labels = task.monitor.labels
    forget = labels == task.config.forget_class
    right = predicted == labels
    return {
        "acc_forget": float(np.mean(right[forget])),
        "acc_retain": float(np.mean(right[~forget])),
        "confusion": confusion_matrix(labels, predicted).tolist(),
    }


def schedule_of(task: Task, generator: torch.Generator) -> tuple[int, Iterator[Tensor]]:
    """How many steps a run has, and the pool positions of each.

    With `epochs`: seeded passes over everything, forget images repeated `oversample_factor`
    times. Else `steps` balanced draws of `batch_forget` + `batch_retain` images.
    """
    config = task.config
    forget, retain = torch.from_numpy(task.split.forget), torch.from_numpy(task.split.retain)
    size = max(config.batch_forget + config.batch_retain, 1)
    if config.epochs:
        everything = torch.cat([retain, forget.repeat(config.oversample_factor)])
        steps = config.epochs * math.ceil(len(everything) / size)
        return steps, (
            everything[chosen]
            for _ in range(config.epochs)
            for chosen in batches(len(everything), size, generator)
        )

    def draw(index: Tensor, count: int) -> Tensor:
        return index[torch.randint(len(index), (count if len(index) else 0,), generator=generator)]

    return config.steps, (
        torch.cat([draw(forget, config.batch_forget), draw(retain, config.batch_retain)])
        for _ in range(config.steps)
    )


def descend(loss: losses.Loss) -> Method:
    """Bind the loop to a loss: the method that follows its gradient under the task's mask."""

    def method(task: Task) -> Result:
        return run_loop(task, loss, clone(task.original))

    return method


def run_loop(task: Task, loss: losses.Loss, model: MnistCNN, hold: Hold | None = None) -> Result:
    """Train `model` in place under the hard freeze of `task.mask`.

    A fresh Adam, so that no old moment can move a frozen weight; gradients are masked before the
    step and frozen weights are put back bit by bit after it, so neither momentum nor weight decay
    reaches them. Tensors that are frozen whole take no part at all. Where `task.moments` holds
    Adam's state of the original's training (as_coded), it is carried over. `hold` adds
    to the term that keeps the retained classes.

    Raises:
        DivergedError: the loss is not finite.
    """
    config = task.config
    labels = torch.from_numpy(task.pool.labels)
    weights = {name: weight for name, weight in model.named_parameters() if task.mask[name].any()}
    for name, weight in model.named_parameters():
        weight.requires_grad_(name in weights)
    optimizer = torch.optim.Adam(
        list(weights.values()), lr=config.peak_lr, weight_decay=config.weight_decay, fused=True
    )
    carry_moments(optimizer, weights, task.moments)
    generator = torch.Generator().manual_seed(config.seed)
    steps, draws = schedule_of(task, generator)
    schedule = (
        torch.optim.lr_scheduler.OneCycleLR(
            optimizer, config.peak_lr, total_steps=steps, cycle_momentum=False
        )
        if config.one_cycle and steps > 1
        else None
    )
    every = max(REPORT_EVERY, steps // REPORTS)
    history: list[Record] = []
    started, watching, visits = time.perf_counter(), 0.0, 0

    def report(step: int, terms: dict[str, float]) -> None:
        """Append one point of the curves and hand it on; its time is not the method's."""
        nonlocal watching
        begin = time.perf_counter()
        record = {
            "step": step,
            "of": steps,
            "loss": sum(terms.values()),
            **{f"loss_{name}": value for name, value in terms.items()},
            **monitor(task, model),
        }
        history.append(record)
        task.progress(record)
        watching += time.perf_counter() - begin

    for step, index in enumerate(draws, start=1):
        chosen = labels[index]
        logits = task.outputs(model, task.inputs(index))
        is_forget = chosen == config.forget_class
        done = (step - 1) / (steps - 1) if steps > 1 else 1.0
        batch = losses.Batch(logits, task.teacher[index], chosen, is_forget, done)
        terms = loss(batch, config)
        if hold is not None:
            terms["retain"] = terms["retain"] + hold(model)
        total = torch.stack(list(terms.values())).sum()
        if not torch.isfinite(total):
            raise DivergedError(f"unlearning diverged at step {step} (the loss is not finite)")
        if step == 1:
            report(0, {name: float(value.detach()) for name, value in terms.items()})
        optimizer.zero_grad()
        total.backward()
        for name, weight in weights.items():
            if weight.grad is not None:
                weight.grad.mul_(task.mask[name])
        optimizer.step()
        restore_frozen(model, task.original, task.mask)
        if schedule is not None:
            schedule.step()
        visits += len(index)
        if step % every == 0 or step == steps:
            report(step, {name: float(value.detach()) for name, value in terms.items()})
    model.requires_grad_(True)
    return Result(model, history, visits, time.perf_counter() - started - watching)


def carry_moments(
    optimizer: torch.optim.Optimizer, weights: Mapping[str, Tensor], moments: Moments
) -> None:
    """Give Adam the state it had for these weights, where `moments` knows it."""
    for name, weight in weights.items():
        state = {
            key: moments[f"{name}.{key}"].clone()
            for key in ("step", "exp_avg", "exp_avg_sq")
            if f"{name}.{key}" in moments
        }
        if state:
            optimizer.state[weight] = state
