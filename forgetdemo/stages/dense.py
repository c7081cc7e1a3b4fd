"""The lesson that the page without a server gives: dense layers alone, with the page's images.

The app's Lesson tab and the reference curves of `benchmarks.relearning` give it by the same code.
"""

from collections.abc import Iterable
from typing import Any

import numpy as np

from forgetdemo.data import Dataset, split_validation
from forgetdemo.files.checkpoint import Arrays
from forgetdemo.predict.relearn import Taught, relearn
from forgetdemo.predict.steps import Graphs, see
from forgetdemo.settings.relearning import RelearnConfig
from forgetdemo.settings.unlearning import unlearn_config
from forgetdemo.stages.pool import pool_of

POOL_PER_CLASS = 250  # training images; by chance alone, 2,000 would be needed for the same figures
BROWSER: dict[str, Any] = {"pool": "border", "pool_per_class": POOL_PER_CLASS}  # what a page has
WATCHED = 300  # the first test images of a class, which its curve is measured on


class DenseLesson:
    """The images of one lesson, for as many networks as are to be taught."""

    def __init__(self, data: Dataset, original: Arrays, config: RelearnConfig) -> None:
        """Choose the images.

        Args:
            data: the whole data set.
            original: weights of the shipped original, by which the pool is chosen.
            config: the class to bring back, steps, rates, seed; `images` is not read.
        """
        self._graphs, self._config = Graphs(), config
        fit, _ = split_validation(data.train)
        self._pool = pool_of(self._graphs, original, fit, unlearn_config("described", **BROWSER))
        test = np.flatnonzero(data.test.labels == config.forget_class)[:WATCHED]
        self._watched = data.test.take(test)

    def give(self, weights: Arrays, counts: Iterable[int]) -> dict[int, Taught]:
        """Teach copies of a network the first `count` images of the class, for each count.

        Args:
            weights: of the network, all by name; left alone.
        Raises: as `relearn`.
        """
        graphs, pool, watched = self._graphs, self._pool, self._watched
        seen = see(graphs, weights, pool.pixels, pool.labels)
        shown = see(graphs, weights, watched.pixels, watched.labels)
        own = pool.labels == self._config.forget_class
        retained, taught = seen.take(np.flatnonzero(~own)), np.flatnonzero(own)
        return {
            count: relearn(
                graphs, weights, seen.take(taught[:count]), retained, shown, self._config
            )
            for count in counts
        }
