"""The images that a run without torch learns from, by its settings."""

import numpy as np

from forgetdemo.data import Images, per_class
from forgetdemo.files.checkpoint import Arrays
from forgetdemo.metrics.pools import leads_of, thin
from forgetdemo.predict.steps import Graphs, features_of, logits_of
from forgetdemo.settings.unlearning import BORDER_OF, UnlearnConfig

AT_A_TIME = 2000  # images whose features are held at once, 25 MB


def pool_of(graphs: Graphs, original: Arrays, images: Images, config: UnlearnConfig) -> Images:
    """Choose the pool that `config.pool` and `pool_per_class` stand for.

    Args:
        original: all weights by name, of the model that is to forget.
        images: training images without the validation split.
    """
    if config.pool == "random":
        return per_class(images, config.pool_per_class)
    some = per_class(images, BORDER_OF)
    logits = [
        logits_of(graphs, original, features_of(graphs, original, part))
        for part in np.split(some.pixels, range(AT_A_TIME, len(some), AT_A_TIME))
    ]
    leads = leads_of(np.concatenate(logits), some.labels)
    return some.take(thin(some.labels, leads, config.pool_per_class))
