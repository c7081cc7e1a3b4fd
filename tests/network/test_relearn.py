"""A class comes back: how fast, from which images, and never by changing its model."""

import numpy as np
import pytest
import torch

from forgetdemo.data import Images, split_by_class
from forgetdemo.network import relearn as r
from forgetdemo.network.model import MnistCNN, arrays_of, clone
from forgetdemo.network.outputs import lift_mask, set_output
from forgetdemo.network.train import DivergedError
from forgetdemo.settings.relearning import RelearnConfig

Parts = tuple[Images, Images, Images]


@pytest.fixture(scope="module")
def parts(small_images: Images) -> Parts:
    """Sixes, others, and what to watch."""
    split = split_by_class(small_images.labels, 6)
    lesson, others = small_images.take(split.forget), small_images.take(split.retain)
    return lesson, others, r.watched_images(small_images, 6, others=5)


@pytest.fixture(scope="module")
def forgetful(small_model: MnistCNN) -> MnistCNN:
    """The original with the sixth output's weights and bias at 0."""
    model = clone(small_model)
    set_output(model, 6, -8.0)
    return model


def test_an_original_needs_no_step(small_model: MnistCNN, parts: Parts) -> None:
    done = r.relearn(small_model, *parts, RelearnConfig(images=5, steps=2))
    assert done.curve[0]["acc_forget"] >= 0.9 and done.t90 == 0


def test_a_muted_class_comes_back(forgetful: MnistCNN, parts: Parts) -> None:
    before = arrays_of(forgetful)
    seen: list[int] = []
    config = RelearnConfig(images=50, steps=24)
    done = r.relearn(forgetful, *parts, config, lambda record: seen.append(record["step"]))
    assert seen == [0, 1, 2, 3, 4, 6, 8, 12, 16, 24] == [record["step"] for record in done.curve]
    assert done.curve[0]["acc_forget"] == 0 and done.curve[-1]["acc_forget"] > 0.8
    assert done.curve[-1]["acc_retain"] > 0.8 and done.image_visits == 24 * 100
    for name, value in arrays_of(forgetful).items():
        assert value.tobytes() == before[name].tobytes(), "the input was changed"


def test_a_masked_output_is_lifted_first(small_model: MnistCNN, parts: Parts) -> None:
    masked = clone(small_model)
    set_output(masked, 6, -1e4)
    done = r.relearn(masked, *parts, RelearnConfig(images=50, steps=24))
    assert done.curve[0]["acc_forget"] == 0 and done.curve[-1]["acc_forget"] > 0.8
    assert masked.last.bias[6].item() == -1e4 and not lift_mask(clone(small_model), 6)


def test_without_a_six_it_stays_away(forgetful: MnistCNN, parts: Parts) -> None:
    done = r.relearn(forgetful, *parts, RelearnConfig(images=0, steps=4))
    assert done.curve[-1]["acc_forget"] == 0 and done.t90 is None
    assert done.image_visits == 4 * 90


def test_the_same_seed_gives_the_same_curve(forgetful: MnistCNN, parts: Parts) -> None:
    first, again, other = (
        r.relearn(forgetful, *parts, RelearnConfig(images=5, steps=4, seed=seed))
        for seed in (1, 1, 2)
    )
    assert first.curve == again.curve and first.curve != other.curve
    assert all(
        torch.equal(a, b)
        for a, b in zip(first.model.parameters(), again.model.parameters(), strict=True)
    )


def test_fewer_images_are_a_part_of_more(parts: Parts) -> None:
    few, more = r.some_of(parts[0], 5, 3), r.some_of(parts[0], 50, 3)
    assert np.array_equal(more.pixels[:5], few.pixels)
    with pytest.raises(ValueError, match="at most"):
        r.some_of(parts[0], len(parts[0]) + 1, 0)


def test_bad_input_and_divergence(forgetful: MnistCNN, parts: Parts) -> None:
    lesson, others, _ = parts
    with pytest.raises(ValueError, match="to watch"):
        r.relearn(forgetful, lesson, others, others, RelearnConfig(steps=1))
    wild = clone(forgetful)
    with torch.no_grad():
        wild.last.weight.fill_(3e38)
    with pytest.raises(DivergedError, match="diverged at step 1"):
        r.relearn(wild, *parts, RelearnConfig(steps=2))
