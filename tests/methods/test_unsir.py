"""UNSIR's noise is hard for the original, a picture, and all it knows of the class."""

import numpy as np
import pytest
import torch
from torch.nn import functional as F

from forgetdemo.data import Images
from forgetdemo.methods.unlearn import unlearn
from forgetdemo.methods.unsir import hardest_noise
from forgetdemo.network.model import MnistCNN
from forgetdemo.settings.unlearning import unlearn_config


def test_the_noise_is_harder_than_noise(small_model: MnistCNN) -> None:
    def hardness(noise: np.ndarray) -> float:
        pixels = torch.from_numpy(noise[:, None].astype(np.float32)) / 255
        labels = torch.full((len(noise),), 6)
        return float(F.cross_entropy(small_model(pixels).detach(), labels))

    start, end = (hardest_noise(small_model, 6, steps, seed=0) for steps in (0, 25))
    assert end.shape == (64, 28, 28) and end.dtype == np.uint8
    assert hardness(end) > hardness(start) + 1


def test_no_image_of_the_class_is_seen_and_both_phases_are_on_the_curve(
    small_model: MnistCNN, small_images: Images
) -> None:
    pixels = small_images.pixels.copy()
    pixels[small_images.labels == 6] = 0
    config = unlearn_config("unsir", steps=20, pool_per_class=30)
    clean = unlearn(small_model, small_images, config)
    blind = unlearn(small_model, Images(pixels, small_images.labels), config)
    assert torch.equal(clean.model.dense[0].weight, blind.model.dense[0].weight)
    steps = [record["step"] for record in clean.history]
    assert steps == sorted(set(steps)) and steps[-1] == clean.history[0]["of"] == 30


def test_there_is_no_noise_without_steps() -> None:
    with pytest.raises(ValueError, match="strength of unsir"):
        unlearn_config("unsir", strength=0)
