"""Every method runs through the one loop, repeats, and leaves its input alone."""

import numpy as np
import pytest
import torch

from forgetdemo.data import Images, per_class, split_by_class
from forgetdemo.methods.loop import Result, Task
from forgetdemo.methods.registry import METHODS
from forgetdemo.methods.unlearn import unlearn
from forgetdemo.network.batches import logits_of
from forgetdemo.network.features import conv_features
from forgetdemo.network.model import MnistCNN, arrays_of, clone, new_model
from forgetdemo.network.train import DivergedError
from forgetdemo.settings.architecture import Architecture, Conv, Dense
from forgetdemo.settings.methods import METHOD_NAMES
from forgetdemo.settings.unlearning import unlearn_config

SHORT = dict(steps=40, pool_per_class=150)
BRIEF = {"as_coded": dict(epochs=1, pool_per_class=60), "retrain": dict(epochs=1)}


def accuracy(model: MnistCNN, images: Images) -> tuple[float, float, float]:
    """Right on sixes, right on the rest, sixes answered 3."""
    predicted = logits_of(model, images).argmax(1).numpy()
    sixes = images.labels == 6
    right = predicted == images.labels
    return (
        float(right[sixes].mean()),
        float(right[~sixes].mean()),
        float((predicted[sixes] == 3).mean()),
    )


def test_the_registry_and_the_torch_free_names_agree() -> None:
    assert tuple(METHODS) == METHOD_NAMES


@pytest.mark.parametrize("method", METHOD_NAMES)
def test_every_method_runs_and_leaves_the_original_alone(
    small_model: MnistCNN, small_images: Images, method: str
) -> None:
    before = arrays_of(small_model)
    changes = BRIEF.get(method, SHORT)
    result = unlearn(small_model, small_images, unlearn_config(method, **changes))
    assert all(np.array_equal(v, before[n]) for n, v in arrays_of(small_model).items())
    assert result.certificate["max_abs_change_outside"] == 0.0
    assert result.seconds["method"] > 0
    assert all(weight.requires_grad for weight in result.model.parameters())


OTHER = Architecture(  # three convolutions and two dense layers
    image=(1, 28, 28),
    convolutions=(Conv("conv1", 1, 4), Conv("conv2", 4, 8, kernel=5), Conv("conv3", 8, 8)),
    dense=(Dense("fc1", 8 * 3 * 3, 16), Dense("fc2", 16, 10)),
)


# All but `retrain`, whose mask is every layer: settings know the layers of NETWORK alone.
@pytest.mark.parametrize("method", sorted({*METHOD_NAMES} - {"retrain"}))
@pytest.mark.parametrize("score", ["relevance", "output"])
def test_another_network_is_forgotten_from_its_description_alone(
    small_images: Images, method: str, score: str
) -> None:
    images, original = small_images.take(np.arange(600)), new_model(3, OTHER)
    layers = OTHER.dense_names if method in ("fisher", "ewc_redirect") else ("conv2", "fc2")
    changes = dict(layers=layers, score=score, mask_fraction=0.5, scope="per_layer")
    config = unlearn_config(method, **changes, steps=3, pool_per_class=5, epochs=0)
    result = unlearn(original, images, config)
    assert set(result.certificate["layers"]) == set(OTHER.names)
    assert result.certificate["total"] == OTHER.weights
    assert result.model(torch.rand(2, 1, 28, 28)).shape == (2, 10)


def test_described_forgets_keeps_and_redirects(small_model: MnistCNN, small_images: Images) -> None:
    config = unlearn_config("described", steps=120, pool_per_class=250)
    result = unlearn(small_model, small_images, config)
    before, after = accuracy(small_model, small_images), accuracy(result.model, small_images)
    assert before[0] > 0.9
    assert after[0] < 0.02 and after[2] > 0.9
    assert after[1] > before[1] - 0.02
    assert result.certificate["editable"] == 4293


def test_natural_target_sends_sixes_to_their_runner_up(
    small_model: MnistCNN, small_images: Images
) -> None:
    config = unlearn_config("natural_target", steps=120, pool_per_class=250)
    after = accuracy(unlearn(small_model, small_images, config).model, small_images)
    assert after[0] < 0.02 and after[2] < 0.5


def test_the_same_seed_gives_the_same_weights(small_model: MnistCNN, small_images: Images) -> None:
    def weights(seed: int) -> bytes:
        config = unlearn_config("described", seed=seed, **SHORT)
        return arrays_of(unlearn(small_model, small_images, config).model)["fc1.weight"].tobytes()

    assert weights(1) == weights(1)
    assert weights(1) != weights(2)


def test_a_mask_of_no_weight_is_refused(small_model: MnistCNN, small_images: Images) -> None:
    config = unlearn_config("described", mask_fraction=1e-9, **SHORT)
    with pytest.raises(ValueError, match="selects none of the weights"):
        unlearn(small_model, small_images, config)


def test_convolutions_may_take_part(small_model: MnistCNN, small_images: Images) -> None:
    config = unlearn_config(
        "described", layers=("conv1", "conv2", "fc3"), mask_fraction=1.0, steps=5, pool_per_class=40
    )
    result = unlearn(small_model, small_images, config)
    assert result.certificate["layers"]["conv1"]["changed"] > 0
    assert result.certificate["layers"]["fc1"]["changed"] == 0


def test_remembered_features_give_the_same_weights(
    small_model: MnistCNN, small_images: Images
) -> None:
    kept: dict[int, torch.Tensor] = {}

    def remember(model: MnistCNN, images: Images) -> torch.Tensor:
        return kept.setdefault(len(images), conv_features(model, images))

    config = unlearn_config("described", **SHORT)
    first = unlearn(small_model, small_images, config, featurise=remember)
    second = unlearn(small_model, small_images, config, featurise=remember)
    assert len(kept) == 2
    assert torch.equal(first.model.dense[0].weight, second.model.dense[0].weight)


def test_poisoned_validation_labels_change_no_weight(
    small_model: MnistCNN, small_images: Images
) -> None:
    """The curves' images are watched, not learned from."""
    from forgetdemo.data import split_validation

    _, held = split_validation(small_images)
    keys = {image.tobytes() for image in held.pixels}
    labels = small_images.labels.copy()
    config = unlearn_config("described", **SHORT)
    clean = unlearn(small_model, small_images, config)
    marked = np.array([image.tobytes() in keys for image in small_images.pixels])
    poisoned = small_images.pixels.copy()
    poisoned[marked] = 0
    dirty = unlearn(small_model, Images(poisoned, labels), config)
    assert torch.equal(clean.model.dense[0].weight, dirty.model.dense[0].weight)
    assert clean.history[-1]["acc_retain"] != dirty.history[-1]["acc_retain"]


def test_curves_start_before_the_first_step_and_end_after_the_last(
    small_model: MnistCNN, small_images: Images
) -> None:
    seen: list[dict[str, float]] = []
    unlearn(small_model, small_images, unlearn_config("described", **SHORT), seen.append)
    assert seen[0]["step"] == 0 and seen[-1]["step"] == seen[-1]["of"] == 40
    assert {"loss_retain", "loss_penalty", "loss_redirect", "confusion"} <= set(seen[0])


def test_a_damaged_original_diverges_and_is_refused(
    small_model: MnistCNN, small_images: Images
) -> None:
    broken = clone(small_model)
    with torch.no_grad():
        broken.last.bias[0] = torch.inf
    with pytest.raises(ValueError, match="not finite"):
        unlearn(broken, small_images, unlearn_config("described", **SHORT))
    with pytest.raises(DivergedError, match="diverged at step"):
        unlearn(broken, small_images, unlearn_config("described", score="random", **SHORT))


def test_a_method_that_changes_its_input_is_caught(
    small_model: MnistCNN, small_images: Images, monkeypatch: pytest.MonkeyPatch
) -> None:
    def vandal(task: Task) -> Result:
        with torch.no_grad():
            task.original.last.bias.add_(1)
        return METHODS["natural_target"](task)

    monkeypatch.setitem(METHODS, "described", vandal)
    with pytest.raises(AssertionError, match="changed its input"):
        unlearn(clone(small_model), small_images, unlearn_config("described", **SHORT))


def test_the_pool_is_the_same_for_every_pair(small_images: Images) -> None:
    pool = per_class(small_images, 20)
    assert np.bincount(pool.labels).tolist() == [20] * 10
    assert np.array_equal(pool.pixels, per_class(small_images, 20).pixels)
    assert len(split_by_class(pool.labels, 6).forget) == 20
