"""A tiny data set and an original trained on it, for every stage."""

from pathlib import Path

import pytest

from forgetdemo.settings.training import train_config
from forgetdemo.stages.train import train_run
from tests.helpers.idx import write_idx


@pytest.fixture(scope="session")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A data folder with 120 training images in KMNIST's place."""
    folder = tmp_path_factory.mktemp("data")
    write_idx(folder / "KMNIST" / "raw", train=120)
    return folder


@pytest.fixture(scope="session")
def original(data: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A trained run on it; leave it as it is."""
    config = train_config("paper", epochs=1, dataset="kmnist")
    return train_run(config, tmp_path_factory.mktemp("runs") / "original", data).directory
