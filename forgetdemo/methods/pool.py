"""The training images that a run may see, by its settings: arrays alone, no torch."""

from collections.abc import Callable

import numpy as np

from forgetdemo.data import Images, per_class
from forgetdemo.metrics.pools import leads_of, thin
from forgetdemo.settings.unlearning import BORDER_OF, UnlearnConfig


def pool_of(
    images: Images, config: UnlearnConfig, logits_of: Callable[[Images], np.ndarray]
) -> Images:
    """Choose the pool that `config.pool` and `pool_per_class` stand for: see `metrics.pools`.

    Args:
        images: training images without the validation split.
        logits_of: what the original answers to images, (N, 10); asked for the pool "border" only.
    """
    if config.pool == "random":
        return per_class(images, config.pool_per_class)
    some = per_class(images, BORDER_OF)
    leads = leads_of(logits_of(some), some.labels)
    return some.take(thin(some.labels, leads, config.pool_per_class))
