"""Bring a forgotten class back, step by step: how fast it returns says how deep it was gone.

One step is one batch of SGD; the curve is accuracy on the class after 0, 1, 2, 4, … steps. The
number to compare with is a retrained model's under the same seed and settings, never 0.
"""

import time
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional as F

from forgetdemo.data import Images
from forgetdemo.metrics.counts import t90
from forgetdemo.network.batches import EVAL_BATCH, as_pixels
from forgetdemo.network.model import MnistCNN, clone
from forgetdemo.network.outputs import lift_mask
from forgetdemo.network.train import DivergedError, Progress, Record, silent, torch_threads
from forgetdemo.settings.constants import NUM_CLASSES
from forgetdemo.settings.relearning import RelearnConfig, measured_steps

WATCHED_FORGET = 300  # test images of the class that a curve is measured on
WATCHED_RETAIN = 20  # of each other class, where a curve of those is wanted
WATCH_SEED = 20241


@dataclass(frozen=True)
class Relearned:
    """A taught copy and its curve: records of step, of, loss, acc_forget, acc_retain."""

    model: MnistCNN
    curve: list[Record]
    seconds: float  # of the steps, measuring excluded
    image_visits: int

    @property
    def t90(self) -> int | None:
        """First step from which `acc_forget` stays ≥ 0.9; None = not within the curve."""
        steps = [record["step"] for record in self.curve]
        return t90(steps, [record["acc_forget"] for record in self.curve])


def watched_images(images: Images, forget_class: int, others: int = 0) -> Images:
    """The images that curves are measured on: a fixed choice, the same for every model."""
    rng = np.random.default_rng(WATCH_SEED)
    counts = {c: WATCHED_FORGET if c == forget_class else others for c in range(NUM_CLASSES)}
    chosen = [
        rng.permutation(np.flatnonzero(images.labels == c))[:count] for c, count in counts.items()
    ]
    return images.take(np.sort(np.concatenate(chosen)))


def some_of(pool: Images, count: int, seed: int) -> Images:
    """`count` images of a pool, chosen by a seed; a smaller count is a part of a larger one.

    Raises:
        ValueError: the pool has fewer.
    """
    if count > len(pool):
        raise ValueError(f"images must be at most {len(pool)}, as many as there are; got {count}")
    return pool.take(np.random.default_rng(seed).permutation(len(pool))[:count])


@torch.no_grad()
def accuracies(model: MnistCNN, watched: Images, forget_class: int) -> dict[str, float | None]:
    """acc_forget and acc_retain on some images; None for a group that has none."""
    parts = np.array_split(np.arange(len(watched)), max(1, -(-len(watched) // EVAL_BATCH)))
    answers = torch.cat([model(as_pixels(watched, part)).argmax(1) for part in parts]).numpy()
    right, forget = answers == watched.labels, watched.labels == forget_class
    groups = {"acc_forget": right[forget], "acc_retain": right[~forget]}
    return {name: float(np.mean(part)) if len(part) else None for name, part in groups.items()}


def relearn(
    model: MnistCNN,
    lesson: Images,
    retained: Images,
    watched: Images,
    config: RelearnConfig,
    progress: Progress = silent,
) -> Relearned:
    """Fine-tune a copy of `model` on a few images of one class among retained ones.

    Args:
        model: left alone.
        lesson: images of `forget_class` to teach with; `config.images` of them are chosen.
        retained: images of other classes.
        watched: images that the curve is measured on; must hold some of `forget_class`.
            Step 0 is the model as it is; a masked output is lifted after it (`lift_mask`).
        config: the same seed gives every model the same batches in the same order.
        progress: called with each point of the curve, step 0 included.
    Raises:
        ValueError: too few images, or nothing to watch.
        DivergedError: the loss is not finite.
    """
    if not np.any(watched.labels == config.forget_class) or len(retained) == 0:
        raise ValueError("relearning needs retained images, and images of the class to watch")
    taught = some_of(lesson, config.images, config.seed)
    generator = torch.Generator().manual_seed(config.seed)
    copy = clone(model).train().to(memory_format=torch.channels_last)
    optimizer = torch.optim.SGD(copy.parameters(), lr=config.lr, momentum=config.momentum)
    points, curve = set(measured_steps(config.steps)), list[Record]()
    started, watching, visits = time.perf_counter(), 0.0, 0

    def draw(pool: Images, count: int) -> Images:
        count = count if len(pool) else 0
        return pool.take(torch.randint(max(len(pool), 1), (count,), generator=generator).numpy())

    def report(step: int, loss: Tensor | None) -> None:
        """Measure one point of the curve; its time is not the lesson's."""
        nonlocal watching
        begin = time.perf_counter()
        record: Record = {"step": step, "of": config.steps}
        record["loss"] = None if loss is None else float(loss.detach())
        curve.append(record | accuracies(copy, watched, config.forget_class))
        progress(curve[-1])
        watching += time.perf_counter() - begin

    with torch_threads(config.threads):
        report(0, None)
        lift_mask(copy, config.forget_class)
        for step in range(1, config.steps + 1):
            others, some = draw(retained, config.batch_retain), draw(taught, config.batch_forget)
            pixels = torch.cat([as_pixels(others), as_pixels(some)])
            labels = torch.from_numpy(np.concatenate([others.labels, some.labels]))
            loss = F.cross_entropy(copy(pixels), labels)
            if not torch.isfinite(loss):
                raise DivergedError(f"relearning diverged at step {step} (the loss is not finite)")
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            visits += len(labels)
            if step in points:
                report(step, loss)
    seconds = time.perf_counter() - started - watching
    return Relearned(clone(copy), curve, seconds, visits)
