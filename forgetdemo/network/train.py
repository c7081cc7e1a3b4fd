"""The plain training loop: originals, and oracles that never see one class."""

import math
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional as F

from forgetdemo.data import Images, split_validation
from forgetdemo.network.augment import distort
from forgetdemo.network.batches import as_pixels, batches, logits_of, training_index
from forgetdemo.network.model import MnistCNN, clone, new_model
from forgetdemo.settings.training import TrainConfig

Record = dict[str, Any]
Progress = Callable[[Record], None]
Moments = dict[str, Tensor]  # Adam's state by "<weight>.<exp_avg|exp_avg_sq|step>"


class DivergedError(ValueError):
    """The loss became NaN or infinite; nothing of such a run is kept."""


@dataclass(frozen=True)
class Trained:
    """A trained model (eval mode), its history per epoch, and Adam's moments at the end."""

    model: MnistCNN
    history: list[Record]
    moments: Moments
    seconds: float
    image_visits: int


@contextmanager
def torch_threads(count: int) -> Iterator[None]:
    """Run with this many threads, which the last bits of a result depend on; then restore."""
    before = torch.get_num_threads()
    torch.set_num_threads(count)
    try:
        yield
    finally:
        torch.set_num_threads(before)


def has_bfloat16() -> bool:
    """Whether this CPU multiplies bfloat16 in hardware (AVX512_BF16 or AMX)."""
    caps = torch.cpu.get_capabilities()
    return bool(caps.get("avx512_bf16") or caps.get("amx_bf16"))


def fit(model: MnistCNN, images: Images, config: TrainConfig, progress: Progress) -> Trained:
    """Train `model` in place on `images`, less a validation split; return it in eval mode.

    Args:
        model: changed in place; its weights at entry are the starting point.
        images: training images; `split_validation` takes its share out first.
        config: see `TrainConfig`. The same seed, threads and versions give the same weights.
        progress: called with a record after each epoch.
    Raises:
        ValueError: no image is left to learn from.
        DivergedError: the loss is not finite.
    """
    started = time.perf_counter()
    fit_images, validation = split_validation(images)
    if config.exclude_class is not None:
        validation = validation.take(np.flatnonzero(validation.labels != config.exclude_class))
    index = torch.from_numpy(training_index(fit_images.labels, config))
    labels = torch.from_numpy(fit_images.labels)
    order = torch.Generator().manual_seed(config.seed)
    noise = torch.Generator().manual_seed(config.seed + 1_000_003)
    steps = config.epochs * math.ceil(len(index) / config.batch_size)
    if not steps:
        raise ValueError(
            f"{len(images)} training images leave none to learn from, as every class keeps one for "
            "validation; give at least two of each"
        )
    weights = list(model.parameters())
    optimizer = torch.optim.Adam(weights, lr=config.peak_lr, fused=True)
    schedule = (
        torch.optim.lr_scheduler.OneCycleLR(
            optimizer,
            config.peak_lr,
            total_steps=steps,
            pct_start=0.2 if steps != 5 else 0.25,  # a fifth of 5 is one step: division by zero
            cycle_momentum=False,
        )
        if config.one_cycle
        else None
    )
    averaged = [weight.detach().clone() for weight in weights]
    autocast = config.bfloat16 and has_bfloat16()
    history: list[Record] = []
    step = 0
    with torch_threads(config.threads):
        model.train().to(memory_format=torch.channels_last)
        for epoch in range(1, config.epochs + 1):
            total = torch.zeros(())
            for chosen in batches(len(index), config.batch_size, order):
                position = index[chosen]
                pixels = as_pixels(fit_images, position)
                if config.augment:
                    pixels = distort(pixels, noise)
                with torch.autocast("cpu", torch.bfloat16, enabled=autocast):
                    logits = model(pixels)
                loss = F.cross_entropy(logits.float(), labels[position])
                optimizer.zero_grad()
                loss.backward()
                optimizer.step()
                if schedule is not None:
                    schedule.step()
                total += loss.detach() * len(chosen)
                step += 1
                if config.ema_decay:
                    decay = min(config.ema_decay, (1 + step) / (10 + step))
                    torch._foreach_lerp_(averaged, [w.detach() for w in weights], 1 - decay)
            if not torch.isfinite(total):
                raise DivergedError(f"training diverged in epoch {epoch} (the loss is not finite)")
            shown = _with_weights(model, averaged) if config.ema_decay else model
            record = {
                "epoch": epoch,
                "of": config.epochs,
                "loss": float(total) / len(index),
                "seconds": time.perf_counter() - started,
                **_validate(shown, validation),
            }
            history.append(record)
            progress(record)
    if config.ema_decay:
        with torch.no_grad():
            for weight, mean in zip(weights, averaged, strict=True):
                weight.copy_(mean)
    model.eval().to(memory_format=torch.contiguous_format)
    moments = {
        f"{name}.{key}": value.detach().float().contiguous().clone()
        for name, weight in model.named_parameters()
        for key, value in optimizer.state[weight].items()
    }
    seconds = time.perf_counter() - started
    return Trained(model, history, moments, seconds, config.epochs * len(index))


def _with_weights(model: MnistCNN, values: list[Tensor]) -> MnistCNN:
    """A copy in eval mode that holds these weights, in the order of `parameters()`."""
    copy = clone(model)
    with torch.no_grad():
        for weight, value in zip(copy.parameters(), values, strict=True):
            weight.copy_(value)
    return copy


def _validate(model: MnistCNN, validation: Images) -> Record:
    """Accuracy and loss on the validation split."""
    training = model.training
    model.eval()
    logits, labels = logits_of(model, validation), torch.from_numpy(validation.labels)
    model.train(training)
    return {
        "acc_val": float((logits.argmax(1) == labels).float().mean()),
        "loss_val": float(F.cross_entropy(logits, labels)),
    }


def silent(record: Record) -> None:
    """A progress function that says nothing."""


def train_original(images: Images, config: TrainConfig, progress: Progress = silent) -> Trained:
    """Train a new model by `config` (see `fit`); `exclude_class` makes it an oracle."""
    return fit(new_model(config.seed), images, config, progress)
