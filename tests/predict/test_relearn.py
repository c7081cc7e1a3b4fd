"""Without torch, a lesson to the dense layers is torch's own, step by step."""

import numpy as np
import pytest
import torch
from torch.nn import functional as F

from forgetdemo.data import Dataset, Images, per_class
from forgetdemo.files.checkpoint import Arrays
from forgetdemo.files.run import read_run
from forgetdemo.network.batches import as_pixels
from forgetdemo.network.model import MnistCNN, arrays_of, load_model
from forgetdemo.predict.relearn import relearn
from forgetdemo.predict.steps import Graphs, Seen, see
from forgetdemo.settings.architecture import NETWORK
from forgetdemo.settings.constants import MODELS_DIR
from forgetdemo.settings.draws import FORGET, RETAIN, places
from forgetdemo.settings.relearning import RelearnConfig, measured_steps

SIX = 6


@pytest.fixture(scope="module")
def graphs() -> Graphs:
    return Graphs()


@pytest.fixture(scope="module")
def after() -> Arrays:
    return read_run(MODELS_DIR).weights("after")


@pytest.fixture(scope="module")
def images(mnist: Dataset) -> tuple[Images, Images, Images]:
    """Taught, retained and watched."""
    pool = per_class(mnist.train, 40)
    sixes = np.flatnonzero(pool.labels == SIX)
    watched = mnist.test.take(np.flatnonzero(mnist.test.labels == SIX)[:100])
    return pool.take(sixes[:10]), pool.take(np.flatnonzero(pool.labels != SIX)), watched


@pytest.fixture(scope="module")
def seen(
    graphs: Graphs, after: Arrays, images: tuple[Images, Images, Images]
) -> tuple[Seen, Seen, Seen]:
    first, second, third = (see(graphs, after, part.pixels, part.labels) for part in images)
    return first, second, third


def by_torch(model: MnistCNN, taught: Images, retained: Images, config: RelearnConfig) -> MnistCNN:
    """The lesson of `network.relearn` with frozen convolutions and the portable draws."""
    weights = [w for n, w in model.named_parameters() if n.split(".")[0] in NETWORK.dense_names]
    optimizer = torch.optim.SGD(weights, lr=config.lr, momentum=config.momentum)
    others = places(config.seed, RETAIN, config.steps, config.batch_retain, len(retained))
    some = places(config.seed, FORGET, config.steps, config.batch_forget, len(taught))
    for one, other in zip(others, some, strict=True):
        batch = retained.take(one), taught.take(other)
        pixels = torch.cat([as_pixels(part) for part in batch])
        labels = torch.from_numpy(np.concatenate([part.labels for part in batch]))
        optimizer.zero_grad()
        F.cross_entropy(model(pixels), labels).backward()
        optimizer.step()
    return model


def test_the_weights_are_torchs(
    graphs: Graphs,
    after: Arrays,
    images: tuple[Images, Images, Images],
    seen: tuple[Seen, Seen, Seen],
) -> None:
    config = RelearnConfig(forget_class=SIX, images=10, steps=24)
    found = relearn(graphs, after, *seen, config)
    expected = arrays_of(by_torch(load_model(after), images[0], images[1], config))
    for name, value in found.weights.items():
        if name.split(".")[0] in NETWORK.dense_names:
            assert np.abs(value - expected[name]).max() < 2e-6, name
            assert np.abs(value - after[name]).max() > 1e-4, "it has learned"
        else:
            assert np.array_equal(value, after[name]), name


def test_the_class_comes_back_and_the_curve_says_when(
    graphs: Graphs, after: Arrays, seen: tuple[Seen, Seen, Seen]
) -> None:
    told: list[dict[str, object]] = []
    config = RelearnConfig(forget_class=SIX, images=10)
    before = {name: value.copy() for name, value in after.items()}
    found = relearn(graphs, after, *seen, config, told.append)
    assert [r["step"] for r in found.curve] == measured_steps(config.steps)
    assert told == found.curve
    assert found.curve[0]["acc_forget"] == 0 and found.curve[-1]["acc_forget"] > 0.9
    assert all(np.array_equal(before[name], value) for name, value in after.items())
    again = relearn(graphs, after, *seen, config)
    assert all(np.array_equal(found.weights[n], again.weights[n]) for n in after)


def test_without_images_of_the_class_retained_ones_teach(
    graphs: Graphs, after: Arrays, seen: tuple[Seen, Seen, Seen]
) -> None:
    taught, retained, watched = seen
    none = taught.take(np.arange(0))
    config = RelearnConfig(forget_class=SIX, images=0, steps=8)
    found = relearn(graphs, after, none, retained, watched, config)
    assert len(found.curve) == len(measured_steps(8))


def test_what_cannot_be_taught_is_refused(
    graphs: Graphs, after: Arrays, seen: tuple[Seen, Seen, Seen]
) -> None:
    taught, retained, watched = seen
    none = taught.take(np.arange(0))
    config = RelearnConfig(forget_class=SIX, steps=2)
    with pytest.raises(ValueError, match="images of the class to watch"):
        relearn(graphs, after, taught, retained, none, config)
    with pytest.raises(ValueError, match="needs retained images"):
        relearn(graphs, after, taught, none, watched, config)
    broken = after | {"fc3.bias": np.full_like(after["fc3.bias"], np.nan)}
    with pytest.raises(ValueError, match="diverged at step 1 "):
        relearn(graphs, broken, taught, retained, watched, config)
