"""A small task for testing one method at a time, without the whole of `unlearn`."""

import numpy as np
import torch

from forgetdemo.data import Images, per_class, split_by_class
from forgetdemo.methods.loop import Task
from forgetdemo.methods.mask import build_mask
from forgetdemo.methods.scores import Sample
from forgetdemo.network.batches import as_pixels, logits_of
from forgetdemo.network.features import conv_features
from forgetdemo.network.model import MnistCNN
from forgetdemo.network.train import silent
from forgetdemo.settings.unlearning import UnlearnConfig


def task_of(model: MnistCNN, images: Images, config: UnlearnConfig) -> Task:
    """What `unlearn` would hand to a method; the curves watch the pool itself."""
    pool = per_class(images, config.pool_per_class)
    split = split_by_class(pool.labels, config.forget_class)
    dense = not set(config.layers) & set(model.architecture.conv_names)
    features = conv_features(model, pool) if dense else None
    labels = torch.from_numpy(pool.labels)
    inputs = as_pixels(pool, np.arange(len(pool))) if features is None else features
    sample = Sample(
        inputs[split.forget],
        labels[split.forget],
        inputs[split.retain],
        labels[split.retain],
        from_features=dense,
    )
    return Task(
        original=model,
        pool=pool,
        split=split,
        teacher=logits_of(model, pool),
        features=features,
        monitor=pool,
        monitor_features=features,
        mask=build_mask(model, sample, config),
        config=config,
        progress=silent,
        images=images,
    )
