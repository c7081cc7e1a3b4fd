"""The network is the paper's, deterministic, and loads strictly."""

import math

import numpy as np
import pytest
import torch
from torch.nn import functional as F

from forgetdemo.files.checkpoint import CheckpointError
from forgetdemo.network.model import arrays_of, clone, load_model, new_model


def test_the_paper_s_network_has_429258_weights() -> None:
    model = new_model(0)
    assert sum(weight.numel() for weight in model.parameters()) == 429_258
    assert list(model.buffers()) == []
    assert model(torch.rand(2, 1, 28, 28)).shape == (2, 10)


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
    assert torch.equal(first.fc1.weight, second.fc1.weight)
    assert not torch.equal(first.fc1.weight, other.fc1.weight)


def test_weights_survive_arrays_and_clones_are_independent() -> None:
    model = new_model(0)
    pixels = torch.rand(3, 1, 28, 28)
    twin = load_model(arrays_of(model))
    assert torch.equal(model(pixels), twin(pixels))
    copy = clone(model)
    with torch.no_grad():
        copy.fc3.bias.add_(1)
    assert not torch.equal(copy.fc3.bias, model.fc3.bias)


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


def test_pooling_before_relu_is_the_paper_s_order_to_the_bit() -> None:
    model = new_model(0)
    x = torch.randn(4, 1, 28, 28, generator=torch.Generator().manual_seed(0))
    with torch.no_grad():
        assert torch.equal(model.block1(x), F.max_pool2d(F.relu(model.conv1(x)), 2))
