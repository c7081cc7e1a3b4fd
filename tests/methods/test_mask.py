"""The mask: exact counts, the right polarity, and a freeze that holds bit for bit."""

from collections.abc import Callable, Iterator

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import Tensor
from torch.nn import Parameter
from torch.nn import functional as F
from torch.optim import Optimizer

from forgetdemo.data import Images, split_by_class
from forgetdemo.methods.mask import Mask, build_mask, certify, restore_frozen, select
from forgetdemo.methods.scores import SCORE_FUNCTIONS, Sample, mean_gradients
from forgetdemo.network.batches import as_pixels
from forgetdemo.network.model import MnistCNN, clone, new_model
from forgetdemo.settings.architecture import NETWORK
from forgetdemo.settings.constants import SCORES
from forgetdemo.settings.unlearning import rank_count, unlearn_config

OPTIMIZERS: dict[str, Callable[[Iterator[Parameter], float], Optimizer]] = {
    "momentum": lambda w, decay: torch.optim.SGD(w, lr=0.05, momentum=0.9, weight_decay=decay),
    "adam": lambda w, decay: torch.optim.Adam(w, lr=0.01, weight_decay=decay),
    "adamw": lambda w, decay: torch.optim.AdamW(w, lr=0.01, weight_decay=decay),
}


def sample_of(images: Images, model: MnistCNN | None = None) -> Sample:
    """Sixes and the rest, as pixels, or as `model`'s convolution features."""
    split = split_by_class(images.labels, 6)
    labels = torch.from_numpy(images.labels)
    inputs = as_pixels(images)
    if model is not None:
        with torch.no_grad():
            inputs = model.features(inputs)
    return Sample(
        inputs[split.forget],
        labels[split.forget],
        inputs[split.retain],
        labels[split.retain],
        from_features=model is not None,
    )


def random_mask(density: float, seed: int) -> Mask:
    generator = torch.Generator().manual_seed(seed)
    return {
        name: torch.rand(weight.shape, generator=generator) < density
        for name, weight in new_model(0).named_parameters()
    }


def bits(value: Tensor) -> Tensor:
    return value.detach().view(torch.int32)


def train_steps(
    model: MnistCNN, original: MnistCNN, mask: Mask, optimizer: Optimizer, steps: int
) -> dict[str, Tensor]:
    """Some masked steps as the loop takes them; returns which weights ever had a clear gradient."""
    pixels = torch.rand(8, 1, 28, 28, generator=torch.Generator().manual_seed(1))
    moved = {name: torch.zeros_like(m) for name, m in mask.items()}
    for _ in range(steps):
        optimizer.zero_grad()
        F.cross_entropy(model(pixels), torch.arange(8)).backward()
        for name, weight in model.named_parameters():
            assert weight.grad is not None
            moved[name] |= weight.grad.abs() > 1e-4  # less may round to no change at all
            weight.grad.mul_(mask[name])
        optimizer.step()
        restore_frozen(model, original, mask)
    return moved


@settings(max_examples=25, deadline=None)
@given(
    density=st.floats(0, 1),
    kind=st.sampled_from(sorted(OPTIMIZERS)),
    decay=st.sampled_from([0.0, 0.01]),
    steps=st.integers(1, 5),
    seed=st.integers(0, 100),
)
def test_frozen_weights_keep_their_bits(
    density: float, kind: str, decay: float, steps: int, seed: int
) -> None:
    original, model, mask = new_model(0), new_model(0), random_mask(density, seed)
    optimizer = OPTIMIZERS[kind](model.parameters(), decay)
    had_gradient = train_steps(model, original, mask, optimizer, steps)
    before = dict(original.named_parameters())
    for name, weight in model.named_parameters():
        same = bits(weight) == bits(before[name])
        assert bool(same[~mask[name]].all())
        if steps == 1 and decay == 0:  # decay may cancel a gradient exactly
            assert bool((~same)[mask[name] & had_gradient[name]].all())


def test_masking_gradients_alone_does_not_freeze() -> None:
    """The field's bug: with momentum from before, zeroed gradients still move weights."""
    original, model = new_model(0), new_model(0)
    everything = random_mask(2.0, 0)
    nothing = random_mask(-1.0, 0)
    optimizer = OPTIMIZERS["momentum"](model.parameters(), 5e-4)
    train_steps(model, original, everything, optimizer, 2)
    warm = clone(model)
    pixels = torch.rand(4, 1, 28, 28, generator=torch.Generator().manual_seed(1))
    optimizer.zero_grad()
    F.cross_entropy(model(pixels), torch.arange(4)).backward()
    for weight in model.parameters():
        assert weight.grad is not None
        weight.grad.zero_()
    optimizer.step()
    assert not torch.equal(bits(model.dense[0].weight), bits(warm.dense[0].weight))
    restore_frozen(model, warm, nothing)
    assert torch.equal(bits(model.dense[0].weight), bits(warm.dense[0].weight))


def test_restoring_survives_nan_and_signed_zero() -> None:
    original, model = new_model(0), new_model(0)
    with torch.no_grad():
        original.last.bias[0], model.last.bias[0] = 0.0, -0.0
        model.last.bias[1] = torch.nan
    restore_frozen(model, original, random_mask(-1.0, 0))
    assert torch.equal(bits(model.last.bias), bits(original.last.bias))


@given(
    st.lists(st.floats(0, 5, width=32), min_size=1, max_size=60),
    st.floats(0, 1),
)
def test_selection_by_rank_equals_brute_force(values: list[float], fraction: float) -> None:
    scores = {"fc1.weight": torch.tensor(values)}
    mask = select(scores, fraction, "global", ["fc1"])
    order = sorted(range(len(values)), key=lambda i: (-scores["fc1.weight"][i].item(), i))
    expected = set(order[: rank_count(fraction, len(values))])
    assert set(np.flatnonzero(mask["fc1.weight"].numpy()).tolist()) == expected


@pytest.mark.parametrize(
    ("fraction", "scope", "counts"),
    [
        (0.01, "per_layer", [3, 185, 4015, 83, 7]),
        (0.05, "per_layer", [16, 925, 20077, 413, 33]),
        (1.0, "per_layer", [320, 18496, 401536, 8256, 650]),
        (0.0, "per_layer", [0, 0, 0, 0, 0]),
    ],
)
def test_counts_per_layer(fraction: float, scope: str, counts: list[int]) -> None:
    scores = {n: torch.zeros(w.shape) for n, w in new_model(0).named_parameters()}
    mask = select(scores, fraction, scope, NETWORK.names)
    found = [int(mask[f"{n}.weight"].sum() + mask[f"{n}.bias"].sum()) for n in NETWORK.names]
    assert found == counts


def test_a_global_share_is_of_all_weights_even_among_some_layers() -> None:
    scores = {n: torch.zeros(w.shape) for n, w in new_model(0).named_parameters()}
    mask = select(scores, 0.01, "global", NETWORK.dense_names)
    assert sum(int(m.sum()) for m in mask.values()) == 4293
    assert not mask["conv1.weight"].any()
    everything = select(scores, 1.0, "global", NETWORK.dense_names)
    assert sum(int(m.sum()) for m in everything.values()) == 401536 + 8256 + 650


def test_selection_refuses_nan_and_impossible_shares() -> None:
    scores = {"fc1.weight": torch.tensor([1.0, torch.nan])}
    with pytest.raises(ValueError, match="not finite"):
        select(scores, 0.5, "global", ["fc1"])
    with pytest.raises(ValueError, match="share of weights"):
        select({"fc1.weight": torch.ones(2)}, 1.5, "global", ["fc1"])


def test_gradients_do_not_depend_on_the_batch_size(
    small_model: MnistCNN, small_images: Images, monkeypatch: pytest.MonkeyPatch
) -> None:
    pixels, labels = as_pixels(small_images)[:300], torch.from_numpy(small_images.labels)[:300]
    whole = mean_gradients(small_model, pixels, labels, False)
    monkeypatch.setattr("forgetdemo.methods.scores.SCORE_BATCH", 70)
    parts = mean_gradients(small_model, pixels, labels, False)
    for name, value in whole.items():
        assert torch.allclose(value, parts[name], atol=1e-6)


def test_scores_from_features_equal_scores_from_pixels(
    small_model: MnistCNN, small_images: Images
) -> None:
    images = small_images.take(np.arange(400))
    generator = torch.Generator()
    for name in ("gradient", "relevance", "ratio", "grad_weight"):
        plain = SCORE_FUNCTIONS[name](small_model, sample_of(images), generator)
        cached = SCORE_FUNCTIONS[name](small_model, sample_of(images, small_model), generator)
        assert torch.allclose(plain["fc2.weight"], cached["fc2.weight"], rtol=1e-3, atol=1e-7)
        assert not cached["conv1.weight"].any()


def test_relevance_finds_the_weight_that_feeds_the_forgotten_logit(
    small_images: Images,
) -> None:
    """Polarity: True is what matters for the class. One hidden unit feeds logit 6 alone."""
    model = new_model(0)
    with torch.no_grad():
        model.last.weight.zero_()
        model.last.weight[6, 5] = 1.0
        model.dense[1].bias[5] = 1.0
    sample = sample_of(small_images.take(np.arange(300)))
    scores = SCORE_FUNCTIONS["relevance"](model, sample, torch.Generator())
    row = scores["fc3.weight"].sum(1)
    assert int(row.argmax()) == 6
    config = unlearn_config("described", mask_fraction=1e-4)
    mask = build_mask(model, sample, config)
    assert sum(int(m.sum()) for m in mask.values()) == rank_count(1e-4, NETWORK.weights)
    inverse = {name: ~m for name, m in mask.items()}
    assert any(not torch.equal(mask[n], inverse[n]) for n in mask)


@pytest.mark.parametrize("score", SCORES)
def test_every_score_is_finite_and_repeats(
    small_model: MnistCNN, small_images: Images, score: str
) -> None:
    sample = sample_of(small_images.take(np.arange(200)))
    first = SCORE_FUNCTIONS[score](small_model, sample, torch.Generator().manual_seed(0))
    again = SCORE_FUNCTIONS[score](small_model, sample, torch.Generator().manual_seed(0))
    for name, value in first.items():
        assert torch.isfinite(value).all() and (value >= 0).all()
        assert torch.equal(value, again[name])


def test_a_certificate_counts_and_refuses() -> None:
    original, model = new_model(0), new_model(0)
    mask = random_mask(-1.0, 0)
    mask["fc3.bias"][2:5] = True
    with torch.no_grad():
        model.last.bias[2] += 0.5
    report = certify(model, original, mask)
    assert (report["editable"], report["changed"], report["max_abs_change_outside"]) == (3, 1, 0.0)
    assert report["layers"]["fc3"]["max_abs_change"] == pytest.approx(0.5)
    first = model.get_parameter("conv1.bias")
    with torch.no_grad():
        first[0] = torch.nextafter(first[0], torch.tensor(9.0))
    with pytest.raises(ValueError, match="conv1.bias: weights outside the mask moved"):
        certify(model, original, mask)
