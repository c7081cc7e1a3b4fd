"""The images that a run without torch learns from, by its settings."""

import numpy as np

from forgetdemo.data import Images
from forgetdemo.files.checkpoint import Arrays
from forgetdemo.methods import pool
from forgetdemo.predict.steps import Graphs, features_of, logits_of
from forgetdemo.settings.unlearning import UnlearnConfig

AT_A_TIME = 2000  # images whose features are held at once, 25 MB


def pool_of(graphs: Graphs, original: Arrays, images: Images, config: UnlearnConfig) -> Images:
    """Choose the pool of `methods.pool` with an original that onnxruntime asks.

    Args:
        original: all weights by name, of the model that is to forget.
        images: training images without the validation split.
    """

    def answers(some: Images) -> np.ndarray:
        cuts = range(AT_A_TIME, len(some), AT_A_TIME)
        return np.concatenate(
            [
                logits_of(graphs, original, features_of(graphs, original, part))
                for part in np.split(some.pixels, cuts)
            ]
        )

    return pool.pool_of(images, config, answers)
