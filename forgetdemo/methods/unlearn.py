"""Make a model forget one class: mask, method, certificate. Leaves its input alone."""

import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from torch import Tensor

from forgetdemo.data import Images, per_class, split_by_class, split_validation
from forgetdemo.methods.loop import Result, Task
from forgetdemo.methods.mask import Mask, build_mask, certify
from forgetdemo.methods.pool import pool_of
from forgetdemo.methods.registry import METHODS
from forgetdemo.methods.scores import Sample
from forgetdemo.network.batches import EVAL_BATCH, as_pixels
from forgetdemo.network.features import Featurise, conv_features
from forgetdemo.network.model import MnistCNN
from forgetdemo.network.train import DivergedError, Moments, Progress, Record, silent, torch_threads
from forgetdemo.settings.training import TrainConfig
from forgetdemo.settings.unlearning import MONITOR_PER_CLASS, UnlearnConfig


@dataclass(frozen=True)
class Unlearned:
    """A finished run: the new model, its mask and certificate, curves, and what it cost."""

    model: MnistCNN
    mask: Mask
    certificate: dict[str, Any]
    history: list[Record]
    seconds: Mapping[str, float]  # "features", "mask", "method"
    image_visits: int


def unlearn(
    original: MnistCNN,
    images: Images,
    config: UnlearnConfig,
    progress: Progress = silent,
    *,
    moments: Moments | None = None,
    training: TrainConfig | None = None,
    featurise: Featurise = conv_features,
) -> Unlearned:
    """Run one method on a copy of `original`.

    Args:
        original: left bit-identical, asserted at the end.
        images: the training images; the validation split serves the curves, a fixed pool of
            `pool_per_class` images of each class serves the method, see `pool_of`. The test set is
            not seen.
        config: the method and its settings; same settings, same weights.
        progress: called with a record of the curves every few steps.
        moments: Adam's state at the end of the original's training, for `as_coded`.
        training: the original's recipe, for `retrain`; default: `TrainConfig()`.
        featurise: computes convolution features; a caller that runs often passes a function that
            remembers them.
    Raises:
        DivergedError: the loss or a weight is not finite.
        ValueError: the method moved a weight outside its mask.
    """
    fit_images, validation = split_validation(images)

    def logits_of(some: Images) -> np.ndarray:
        return answers(original, some, featurise(original, some)).numpy()

    with torch_threads(config.threads):
        pool = pool_of(fit_images, config, logits_of)
    watched = per_class(validation, MONITOR_PER_CLASS)
    split = split_by_class(pool.labels, config.forget_class)
    frozen_convolutions = not set(config.layers) & set(original.architecture.conv_names)
    before = {name: weight.detach().clone() for name, weight in original.named_parameters()}
    with torch_threads(config.threads):
        clock = time.perf_counter()
        features = featurise(original, pool) if frozen_convolutions else None
        watched_features = featurise(original, watched) if frozen_convolutions else None
        teacher = answers(original, pool, features)
        seconds = {"features": time.perf_counter() - clock}
        clock = time.perf_counter()
        labels = torch.from_numpy(pool.labels)

        def inputs(index: np.ndarray) -> Tensor:
            return as_pixels(pool, index) if features is None else features[index]

        sample = Sample(
            inputs(split.forget),
            labels[split.forget],
            inputs(split.retain),
            labels[split.retain],
            from_features=features is not None,
        )
        mask = build_mask(original, sample, config)
        del sample
        seconds["mask"] = time.perf_counter() - clock
        task = Task(
            original=original,
            pool=pool,
            split=split,
            teacher=teacher,
            features=features,
            monitor=watched,
            monitor_features=watched_features,
            mask=mask,
            config=config,
            progress=progress,
            images=images,
            training=training or TrainConfig(),
            moments=moments or {},
        )
        result: Result = METHODS[config.method](task)
        seconds["method"] = result.seconds
        bad = [n for n, w in result.model.named_parameters() if not torch.isfinite(w).all()]
        if bad:
            raise DivergedError(f"{config.method} diverged ({', '.join(bad)} not finite)")
        certificate = certify(result.model, original, mask)
    for name, weight in original.named_parameters():
        assert torch.equal(weight, before[name]), f"{config.method} changed its input ({name})"
    return Unlearned(result.model, mask, certificate, result.history, seconds, result.image_visits)


@torch.no_grad()
def answers(model: MnistCNN, images: Images, features: Tensor | None) -> Tensor:
    """Logits (N, 10) of images, from their convolution features where these are known."""
    return torch.cat(
        [
            model(as_pixels(images, part)) if features is None else model.head(features[part])
            for part in torch.arange(len(images)).split(EVAL_BATCH)
        ]
    )
