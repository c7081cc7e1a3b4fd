"""Shared fixtures: small real images, and a small trained model."""

from collections.abc import Iterator

import numpy as np
import pytest
import torch

from forgetdemo.data import Dataset, Images, load_dataset
from forgetdemo.network.model import MnistCNN
from forgetdemo.network.train import train_original
from forgetdemo.settings.training import train_config


@pytest.fixture(scope="session")
def mnist() -> Dataset:
    """The whole bundled data set."""
    return load_dataset()


@pytest.fixture(scope="session")
def small_images(mnist: Dataset) -> Images:
    """The first 3,000 training images."""
    return mnist.train.take(np.arange(3000))


@pytest.fixture(scope="session")
def small_model(small_images: Images) -> MnistCNN:
    """An original that learned from `small_images` (about 93 % right); do not change it."""
    config = train_config("paper", epochs=3, batch_size=64)
    return train_original(small_images, config).model


@pytest.fixture(autouse=True)
def one_thread() -> Iterator[None]:
    """Results depend on the number of torch threads in the last bits: fix it."""
    torch.set_num_threads(1)
    yield
