"""Both engines take the same images, and they are those that the settings say."""

from dataclasses import replace

import numpy as np

from forgetdemo.data import Images, per_class
from forgetdemo.files.run import read_run
from forgetdemo.methods.pool import pool_of as chosen
from forgetdemo.methods.unlearn import answers
from forgetdemo.network.features import conv_features
from forgetdemo.network.model import MnistCNN, load_model
from forgetdemo.predict.steps import Graphs
from forgetdemo.settings.constants import MODELS_DIR
from forgetdemo.settings.unlearning import UnlearnConfig
from forgetdemo.stages.pool import pool_of


def with_torch(model: MnistCNN, images: Images, config: UnlearnConfig) -> Images:
    """As `methods.unlearn` chooses."""
    return chosen(
        images, config, lambda some: answers(model, some, conv_features(model, some)).numpy()
    )


def test_both_engines_take_the_same_images(small_images: Images) -> None:
    """On 3,000 images: what is chosen from is smaller, the choice is the same function."""
    graphs, weights = Graphs(), read_run(MODELS_DIR).weights("before")
    border = UnlearnConfig(pool="border", pool_per_class=30)
    ours = pool_of(graphs, weights, small_images, border)
    theirs = with_torch(load_model(weights), small_images, border)
    assert np.array_equal(ours.pixels, theirs.pixels) and len(ours) == 300
    chance = replace(border, pool="random")
    plain = per_class(small_images, 30)
    for found in (
        pool_of(graphs, weights, small_images, chance),
        with_torch(load_model(weights), small_images, chance),
    ):
        assert np.array_equal(found.pixels, plain.pixels)
    assert not np.array_equal(np.sort(ours.pixels.sum((1, 2))), np.sort(plain.pixels.sum((1, 2))))
