"""The oracle owes the original nothing; fresh layers are fresh, and only they."""

from dataclasses import replace

import numpy as np
import pytest
import torch

from forgetdemo.data import Images
from forgetdemo.methods.retained import OTHER_SEEDS, fresh_layers, retrain
from forgetdemo.methods.unlearn import unlearn
from forgetdemo.network.model import MnistCNN, new_model
from forgetdemo.network.train import train_original
from forgetdemo.settings.training import TrainConfig, train_config
from forgetdemo.settings.unlearning import unlearn_config
from tests.helpers.task import task_of


def test_the_oracle_shares_no_tensor_with_the_original(
    small_model: MnistCNN, small_images: Images
) -> None:
    config = unlearn_config("retrain", epochs=1, seed=3)
    result = unlearn(small_model, small_images, config, training=train_config("paper"))
    for old, new in zip(small_model.parameters(), result.model.parameters(), strict=True):
        assert not torch.equal(old, new)
        assert not bool((old == new).any()) or old.numel() < 20_000
    assert result.certificate["editable"] == 429_258
    plain = train_config("paper", epochs=1, seed=3 + OTHER_SEEDS, exclude_class=6)
    same = train_original(small_images, plain).model
    assert torch.equal(same.dense[0].weight, result.model.dense[0].weight)


def test_the_oracle_keeps_the_recipe_but_not_its_oversampling(
    small_model: MnistCNN, small_images: Images, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen: list[TrainConfig] = []

    def spy(model: MnistCNN, images: Images, config: TrainConfig, progress: object) -> None:
        seen.append(config)
        raise KeyboardInterrupt

    monkeypatch.setattr("forgetdemo.methods.retained.fit", spy)
    task = task_of(small_model, small_images, unlearn_config("retrain", forget_class=2))
    with pytest.raises(KeyboardInterrupt):
        retrain(replace(task, training=train_config("as_coded")))
    assert seen[0].exclude_class == 2 and seen[0].oversample_class is None
    assert seen[0].epochs == 3 and seen[0].recipe == "as_coded"


@pytest.mark.parametrize("layers", [("fc3",), ("fc2", "fc3"), ("fc1", "fc2", "fc3")])
def test_exactly_the_named_layers_are_new(
    small_model: MnistCNN, small_images: Images, layers: tuple[str, ...]
) -> None:
    config = unlearn_config("eu_k", layers=layers, pool_per_class=10)
    model, fresh = fresh_layers(task_of(small_model, small_images, config)), new_model(OTHER_SEEDS)
    old = dict(small_model.named_parameters())
    new = dict(fresh.named_parameters())
    for name, weight in model.named_parameters():
        wanted = new if name.split(".")[0] in layers else old
        assert torch.equal(weight, wanted[name])


@pytest.mark.parametrize("method", ["finetune", "cf_k", "eu_k", "deep_natural"])
def test_images_of_the_class_play_no_part(
    small_model: MnistCNN, small_images: Images, method: str
) -> None:
    """Blank out every six of the training images: the same weights come out."""
    config = unlearn_config(method, steps=4, pool_per_class=40)
    sixes = small_images.labels == 6
    pixels = small_images.pixels.copy()
    pixels[sixes] = 0
    clean = unlearn(small_model, small_images, config).model
    blind = unlearn(small_model, Images(pixels, small_images.labels), config).model
    assert torch.equal(clean.dense[0].weight, blind.dense[0].weight)


def test_our_own_method_forgets_and_keeps(small_model: MnistCNN, small_images: Images) -> None:
    config = unlearn_config("deep_natural", steps=200, pool_per_class=250)
    result = unlearn(small_model, small_images, config)
    first, last = result.history[0], result.history[-1]
    assert first["acc_retain"] < 0.5  # the head is new
    assert last["acc_forget"] == 0.0
    assert last["acc_retain"] > 0.88
    assert result.certificate["layers"]["conv2"]["changed"] == 0
    assert np.isclose(result.certificate["fraction"], 0.956, atol=1e-3)
