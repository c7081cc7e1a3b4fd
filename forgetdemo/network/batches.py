"""Images to tensors, a batch at a time."""

from collections.abc import Iterator

import numpy as np
import torch
from torch import Tensor

from forgetdemo.data import Images
from forgetdemo.network.model import MnistCNN
from forgetdemo.settings.training import TrainConfig

EVAL_BATCH = 500


def as_pixels(images: Images, index: np.ndarray | Tensor | None = None) -> Tensor:
    """Cut a batch: (B, 1, 28, 28) float32 in [0, 1]."""
    chosen = images.pixels if index is None else images.pixels[np.asarray(index)]
    return torch.from_numpy(chosen[:, None].astype(np.float32)).div_(255)


@torch.no_grad()
def logits_of(model: MnistCNN, images: Images) -> Tensor:
    """Logits (N, 10) of all images, float32, in batches."""
    parts = [
        model(as_pixels(images, np.arange(start, min(start + EVAL_BATCH, len(images)))))
        for start in range(0, len(images), EVAL_BATCH)
    ]
    return torch.cat(parts) if parts else torch.empty(0, 10)


def batches(count: int, size: int, generator: torch.Generator) -> Iterator[Tensor]:
    """Positions 0..count-1 in a seeded random order, `size` at a time; the last may be shorter."""
    yield from torch.randperm(count, generator=generator).split(size)


def training_index(labels: np.ndarray, config: TrainConfig) -> np.ndarray:
    """Positions to visit in an epoch: without the excluded class, the oversampled one repeated."""
    index = np.arange(len(labels))
    if config.exclude_class is not None:
        index = index[labels != config.exclude_class]
    if config.oversample_class is not None:
        again = index[labels[index] == config.oversample_class]
        index = np.concatenate([index, np.repeat(again, config.oversample_factor - 1)])
    return index
