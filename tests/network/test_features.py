"""What a warm worker keeps has the bits of what it would compute, and is bounded."""

import numpy as np
import pytest
import torch

from forgetdemo.data import Dataset, Images
from forgetdemo.files.run import read_run
from forgetdemo.network import features as f
from forgetdemo.network.batches import EVAL_BATCH, as_pixels
from forgetdemo.network.model import MnistCNN, clone, load_model
from forgetdemo.settings.constants import MODELS_DIR
from forgetdemo.stages.evaluate import measure


@pytest.fixture
def images(small_images: Images) -> Images:
    return small_images.take(np.arange(700))  # more than one batch


def test_remembered_features_are_the_computed_ones(small_model: MnistCNN, images: Images) -> None:
    kept = f.Remembered()
    first = kept.features(small_model, images)
    assert torch.equal(first, f.conv_features(small_model, images))
    assert kept.features(clone(small_model), images) is first, "by content, not by object"


def plain(model: MnistCNN, images: Images) -> torch.Tensor:
    """The same features by the network's own forward pass, and nothing else."""
    starts = range(0, len(images), EVAL_BATCH)
    with torch.no_grad():
        return torch.cat(
            [
                model.features(
                    as_pixels(images.take(np.arange(i, min(i + EVAL_BATCH, len(images)))))
                )
                for i in starts
            ]
        )


def test_features_have_the_network_s_bits(mnist: Dataset, small_model: MnistCNN) -> None:
    """4,200 real images, of the shipped original and of another one."""
    images = mnist.train.take(np.arange(4200))
    for model in (load_model(read_run(MODELS_DIR).weights("before")), small_model):
        assert torch.equal(f.conv_features(model, images), plain(model, images))


def test_a_short_cut_that_gives_other_bits_is_not_taken(
    small_model: MnistCNN, small_images: Images, monkeypatch: pytest.MonkeyPatch
) -> None:
    images = small_images.take(np.arange(1700))
    tried: list[int] = []

    def same(model: MnistCNN, pixels: torch.Tensor) -> torch.Tensor:
        tried.append(len(pixels))
        return model.features(pixels)

    def off(model: MnistCNN, pixels: torch.Tensor) -> torch.Tensor:
        """In the last bit."""
        return torch.nextafter(same(model, pixels), torch.tensor(torch.inf))

    monkeypatch.setattr(torch.backends.mkldnn, "is_available", lambda: True)
    monkeypatch.setattr(f, "blocked_features", off)
    assert torch.equal(f.conv_features(small_model, images), plain(small_model, images))
    assert tried == [500]
    tried.clear()
    monkeypatch.setattr(f, "blocked_features", same)
    assert torch.equal(f.conv_features(small_model, images), plain(small_model, images))
    assert tried == [500, 500, 500], "the short last batch goes the plain way"


def test_what_decides_features_names_them(small_model: MnistCNN, images: Images) -> None:
    dense, convolved = clone(small_model), clone(small_model)
    with torch.no_grad():
        dense.last.bias[0] += 1
        convolved.get_parameter("conv2.bias")[0] += 1
    name = f.of_convolutions(small_model)
    assert f.of_convolutions(dense) == name != f.of_convolutions(convolved)
    assert f.of_pixels(images) != f.of_pixels(images.take(np.arange(700)[::-1]))


def test_the_oldest_go_first_and_the_newest_always_stays(
    small_model: MnistCNN, images: Images, monkeypatch: pytest.MonkeyPatch
) -> None:
    one, two, three = (images.take(np.arange(start, start + 10)) for start in (0, 10, 20))
    size = f.conv_features(small_model, one).nbytes
    kept = f.Remembered(budget=2 * size)
    for part in (one, two, one, three):  # `two` was used longest ago
        kept.features(small_model, part)
    monkeypatch.setattr(f, "conv_features", None)  # computing again would fail
    kept.features(small_model, one)
    kept.features(small_model, three)
    with pytest.raises(TypeError):
        kept.features(small_model, two)


def test_measuring_with_kept_features_finds_the_same(
    small_model: MnistCNN, small_images: Images, mnist: Dataset
) -> None:
    data = Dataset("mnist", mnist.classes, small_images, small_images.take(np.arange(600)), "0")
    kept = f.Remembered()
    fresh = kept.measure(small_model, data, 6, 3)
    kept.features(small_model, data.test)
    assert fresh == kept.measure(small_model, data, 6, 3) == measure(small_model, data, 6, 3)
