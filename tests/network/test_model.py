"""The network is the paper's, deterministic, and loads strictly."""

import math

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import nn
from torch.nn import functional as F

from forgetdemo.files.checkpoint import CheckpointError
from forgetdemo.network.model import arrays_of, clone, load_model, new_model
from forgetdemo.settings.architecture import NETWORK, Architecture, Conv, Dense


class Paper(nn.Module):
    """Fabbri 2024's network, layer by layer, as one would type it."""

    def __init__(self) -> None:
        super().__init__()
        self.conv1 = nn.Conv2d(1, 32, 3, padding=1)
        self.conv2 = nn.Conv2d(32, 64, 3, padding=1)
        self.fc1 = nn.Linear(64 * 7 * 7, 128)
        self.fc2 = nn.Linear(128, 64)
        self.fc3 = nn.Linear(64, 10)

    def forward(self, pixels: torch.Tensor) -> torch.Tensor:
        x = (pixels - 0.1307) / 0.3081
        x = F.max_pool2d(F.relu(self.conv1(x)), 2)
        x = F.max_pool2d(F.relu(self.conv2(x)), 2).flatten(1)
        return self.fc3(F.relu(self.fc2(F.relu(self.fc1(x)))))


@pytest.mark.parametrize("seed", [0, 1, 7])
def test_the_description_builds_the_paper_s_network_to_the_bit(seed: int) -> None:
    torch.manual_seed(seed)
    paper, model = Paper().eval(), new_model(seed)
    assert list(paper.state_dict()) == list(model.state_dict())
    for name, weight in paper.state_dict().items():
        assert torch.equal(weight, model.state_dict()[name]), name
    pixels = torch.rand(7, 1, 28, 28)
    assert torch.equal(paper(pixels), model(pixels))
    assert list(model.buffers()) == []


def test_the_description_says_the_shape_of_everything() -> None:
    model = new_model(0)
    assert {n: tuple(w.shape) for n, w in model.named_parameters()} == NETWORK.shapes
    assert sum(weight.numel() for weight in model.parameters()) == NETWORK.weights == 429_258
    maps = model.maps(torch.rand(2, *NETWORK.image))
    assert maps[-1].shape == (2, *NETWORK.maps) and len(maps) == 1 + len(NETWORK.convolutions)
    features = model.features(torch.rand(2, *NETWORK.image))
    taken = [part.shape[1] for part in model.hidden(features)]
    assert taken == [layer.inputs for layer in NETWORK.dense]
    assert model.head(features).shape == (2, NETWORK.last.outputs)


widths = st.integers(1, 5)


@st.composite
def architectures(draw: st.DrawFn) -> Architecture:
    """Any small network: up to three convolutions, up to three dense layers."""
    image = draw(st.tuples(widths, st.integers(8, 20), st.integers(8, 20)))
    channels, convolutions = image[0], []
    for number in range(draw(st.integers(0, 3))):
        outputs = draw(widths)
        kernel, pool = draw(st.sampled_from([1, 3, 5])), draw(st.integers(1, 2))
        convolutions.append(Conv(f"c{number}", channels, outputs, kernel, pool))
        channels = outputs
    height, width = image[1:]
    for conv in convolutions:
        height, width = height // conv.pool, width // conv.pool
    taken, dense = channels * height * width, []
    for number in range(draw(st.integers(1, 3))):
        outputs = draw(widths)
        dense.append(Dense(f"d{number}", taken, outputs))
        taken = outputs
    return Architecture(image, tuple(convolutions), tuple(dense))


@given(architectures())
def test_any_description_builds_what_it_describes(described: Architecture) -> None:
    model = new_model(0, described)
    assert {n: tuple(w.shape) for n, w in model.named_parameters()} == described.shapes
    assert sum(weight.numel() for weight in model.parameters()) == described.weights
    assert model.features(torch.rand(2, *described.image)).shape == (2, described.features)
    assert clone(model)(torch.rand(2, *described.image)).shape == (2, described.last.outputs)


@pytest.mark.parametrize("seed", range(5))
def test_the_loss_at_the_start_is_that_of_guessing(seed: int) -> None:
    pixels = torch.rand(200, 1, 28, 28, generator=torch.Generator().manual_seed(seed))
    with torch.no_grad():
        loss = F.cross_entropy(new_model(seed)(pixels), torch.arange(200) % 10)
    assert abs(float(loss) - math.log(10)) < 0.15


def test_a_seed_decides_the_weights_and_leaves_torch_s_state() -> None:
    torch.manual_seed(5)
    before = torch.get_rng_state()
    first, second, other = new_model(1), new_model(1), new_model(2)
    assert torch.equal(before, torch.get_rng_state())
    assert torch.equal(first.dense[0].weight, second.dense[0].weight)
    assert not torch.equal(first.dense[0].weight, other.dense[0].weight)


def test_weights_survive_arrays_and_clones_are_independent() -> None:
    model = new_model(0)
    pixels = torch.rand(3, 1, 28, 28)
    twin = load_model(arrays_of(model))
    assert torch.equal(model(pixels), twin(pixels))
    copy = clone(model)
    with torch.no_grad():
        copy.last.bias.add_(1)
    assert not torch.equal(copy.last.bias, model.last.bias)


@pytest.mark.parametrize("damage", ["missing", "extra", "shape", "dtype"])
def test_foreign_weights_are_refused(damage: str) -> None:
    arrays = arrays_of(new_model(0))
    if damage == "missing":
        del arrays["fc2.bias"]
    elif damage == "extra":
        arrays["fc4.bias"] = np.zeros(3, np.float32)
    elif damage == "shape":
        arrays["fc2.bias"] = np.zeros(65, np.float32)
    else:
        arrays["fc2.bias"] = arrays["fc2.bias"].astype(np.float64)
    with pytest.raises(CheckpointError, match="not the weights of this network"):
        load_model(arrays)
