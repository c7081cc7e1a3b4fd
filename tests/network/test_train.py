"""Training learns, repeats exactly from its seed, and never sees what it must not."""

import hashlib
import subprocess
import sys
from dataclasses import replace

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from forgetdemo.data import Images, split_validation
from forgetdemo.files.checkpoint import pack_weights
from forgetdemo.network.augment import distort
from forgetdemo.network.batches import as_pixels, batches, training_index
from forgetdemo.network.model import arrays_of, new_model
from forgetdemo.network.train import DivergedError, fit, silent, train_original
from forgetdemo.settings.constants import ROOT
from forgetdemo.settings.training import train_config

DIGEST = """
import hashlib, numpy as np
from forgetdemo.data import load_dataset
from forgetdemo.settings.training import train_config
from forgetdemo.network.train import train_original
from forgetdemo.network.model import arrays_of
from forgetdemo.files.checkpoint import pack_weights
images = load_dataset().train.take(np.arange(600))
model = train_original(images, train_config("robust", epochs=1, batch_size=64)).model
print(hashlib.sha256(pack_weights(arrays_of(model))).hexdigest())
"""


def test_one_batch_overfits(mnist: object, small_images: Images) -> None:
    batch = small_images.take(np.arange(70))
    trained = train_original(batch, train_config("paper", epochs=120, batch_size=64))
    assert trained.history[-1]["loss"] < 1e-3


def test_the_same_seed_gives_the_same_weights_in_a_fresh_process(small_images: Images) -> None:
    run = [sys.executable, "-W", "ignore", "-c", DIGEST]
    other = subprocess.run(run, cwd=ROOT, capture_output=True, text=True, check=True)
    config = train_config("robust", epochs=1, batch_size=64)
    images = small_images.take(np.arange(600))
    here = pack_weights(arrays_of(train_original(images, config).model))
    assert other.stdout.strip() == hashlib.sha256(here).hexdigest()
    changed = train_config("robust", epochs=1, batch_size=64, seed=1)
    assert pack_weights(arrays_of(train_original(images, changed).model)) != here


def test_any_number_of_steps_has_a_schedule(small_images: Images) -> None:
    config = train_config("robust", epochs=1, batch_size=16)
    fit_images, _ = split_validation(small_images.take(np.arange(100)))
    for steps in range(1, 8):
        images = small_images.take(np.arange(100))
        size = -(-len(fit_images) // steps)
        trained = train_original(images, replace(config, batch_size=size))
        assert np.isfinite(trained.history[0]["loss"]), steps


def test_images_that_leave_none_to_learn_from_are_refused(small_images: Images) -> None:
    first = [int(np.flatnonzero(small_images.labels == digit)[0]) for digit in range(10)]
    with pytest.raises(ValueError, match="10 training images leave none to learn from"):
        train_original(small_images.take(np.array(first)), train_config("robust", epochs=1))


def test_an_oracle_never_sees_the_class_and_shares_no_tensor(small_images: Images) -> None:
    config = train_config("paper", epochs=1, exclude_class=6, seed=7)
    oracle = train_original(small_images, config)
    poisoned = small_images.pixels.copy()
    poisoned[small_images.labels == 6] = 255
    blind = train_original(Images(poisoned, small_images.labels), config)
    original = train_original(small_images, train_config("paper", epochs=1, seed=0))
    for name, weight in oracle.model.state_dict().items():
        assert torch.equal(weight, blind.model.state_dict()[name])
        assert not torch.equal(weight, original.model.state_dict()[name])


def test_oversampling_repeats_exactly_the_class() -> None:
    labels = np.array([6, 1, 6, 2])
    index = training_index(labels, train_config("as_coded"))
    assert np.bincount(labels[index])[[1, 2, 6]].tolist() == [1, 1, 20]


def test_adam_s_moments_are_kept_for_as_coded(small_images: Images) -> None:
    trained = train_original(small_images, train_config("paper", epochs=1))
    assert trained.moments["fc3.bias.exp_avg"].shape == (10,)
    assert float(trained.moments["fc3.bias.step"]) == 43


def test_a_diverging_run_is_an_error(small_images: Images) -> None:
    model = new_model(0)
    with torch.no_grad():
        model.last.bias[0] = torch.inf
    with pytest.raises(DivergedError, match="diverged in epoch 1"):
        fit(model, small_images.take(np.arange(200)), train_config("paper"), silent)


@given(st.integers(0, 200), st.integers(1, 64))
def test_batches_visit_everything_once(count: int, size: int) -> None:
    parts = list(batches(count, size, torch.Generator().manual_seed(0)))
    assert sorted(torch.cat(parts).tolist()) == list(range(count))
    assert all(len(part) <= size for part in parts)


@settings(max_examples=20, deadline=None)
@given(st.integers(0, 1000))
def test_distortions_keep_shape_range_and_the_digit(small_images: Images, seed: int) -> None:
    pixels = as_pixels(small_images, np.arange(20))
    before = pixels.clone()
    result = distort(pixels, torch.Generator().manual_seed(seed))
    assert result.shape == pixels.shape and torch.equal(pixels, before)
    assert 0 <= float(result.min()) and float(result.max()) <= 1
    assert (result.sum((1, 2, 3)) > 0.3 * pixels.sum((1, 2, 3))).all()
    assert torch.equal(result, distort(pixels, torch.Generator().manual_seed(seed)))


def test_progress_is_called_after_each_epoch(small_images: Images) -> None:
    seen: list[int] = []
    train_original(
        small_images.take(np.arange(300)),
        train_config("paper", epochs=2),
        lambda record: seen.append(record["epoch"]),
    )
    assert seen == [1, 2]
    silent({})
