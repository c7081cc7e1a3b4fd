"""The Fisher diagonal against per-sample autograd; EWC between a plain redirect and no change."""

from dataclasses import replace

import numpy as np
import pytest
import torch
from torch.func import functional_call, grad, vmap

from forgetdemo.data import Images
from forgetdemo.methods import losses
from forgetdemo.methods.fisher import ewc_redirect, fisher, fisher_diagonal
from forgetdemo.methods.loop import run_loop
from forgetdemo.methods.unlearn import unlearn
from forgetdemo.network.features import conv_features
from forgetdemo.network.model import MnistCNN, arrays_of, clone
from forgetdemo.settings.unlearning import unlearn_config
from tests.helpers.task import task_of


def test_the_diagonal_is_that_of_per_sample_gradients(
    small_model: MnistCNN, small_images: Images
) -> None:
    features = conv_features(small_model, small_images.take(np.arange(12)))
    weights = {n: w.detach() for n, w in small_model.named_parameters()}
    head = clone(small_model)
    head.forward = head.head  # type: ignore[method-assign, assignment]

    def loss(values: dict[str, torch.Tensor], x: torch.Tensor, y: torch.Tensor) -> torch.Tensor:
        z = functional_call(head, values, (x[None],))
        return torch.nn.functional.cross_entropy(z, y[None])

    p = torch.softmax(small_model.head(features), 1).detach()
    expected = {name: torch.zeros_like(w) for name, w in weights.items()}
    for digit in range(10):
        labels = torch.full((12,), digit)
        each = vmap(grad(loss), in_dims=(None, 0, 0))(weights, features, labels)
        for name, value in each.items():
            share = p[:, digit].view(-1, *[1] * (value.ndim - 1))
            expected[name] += (share * value.square()).mean(0)
    found = fisher_diagonal(small_model, features)
    assert set(found) == {n for n in weights if n.startswith("fc")}
    for name, value in found.items():
        assert torch.allclose(value, expected[name], rtol=1e-3, atol=1e-10), name


def test_fisher_without_noise_only_resets_the_forgotten_row(
    small_model: MnistCNN, small_images: Images
) -> None:
    config = unlearn_config("fisher", strength=0.0, pool_per_class=20)
    result = fisher(task_of(small_model, small_images, config))
    before = arrays_of(small_model)
    for name, value in arrays_of(result.model).items():
        same = value == before[name]
        if name.startswith("fc3"):
            same = np.delete(same, 6, axis=0)
        assert same.all(), name
    row = result.model.last.weight[6].detach()
    assert 0.01 < float(row.std()) < 0.06  # variance 1e-4 · 10


def test_ewc_lambda_zero_is_a_plain_redirect_and_infinity_the_original(
    small_model: MnistCNN, small_images: Images
) -> None:
    config = unlearn_config("ewc_redirect", strength=0.0, steps=60, pool_per_class=20)
    task = task_of(small_model, small_images, config)
    plain = run_loop(task, losses.described, clone(small_model)).model
    assert torch.equal(ewc_redirect(task).model.dense[0].weight, plain.dense[0].weight)
    held = ewc_redirect(replace(task, config=replace(config, strength=1e12))).model
    before = arrays_of(small_model)
    for name, value in arrays_of(held).items():
        assert np.allclose(value, before[name], rtol=0, atol=1e-4), name
    soft = ewc_redirect(replace(task, config=replace(config, strength=1e6))).model
    moved = [
        float(np.linalg.norm(arrays_of(m)["fc1.weight"] - before["fc1.weight"]))
        for m in (held, soft, plain)
    ]
    assert moved[0] < moved[1] < moved[2]


@pytest.mark.parametrize("method", ["fisher", "ewc_redirect"])
def test_convolutions_are_refused(small_model: MnistCNN, small_images: Images, method: str) -> None:
    config = unlearn_config(method, layers=("conv2", "fc3"), pool_per_class=20, steps=5)
    with pytest.raises(ValueError, match="changes dense layers only"):
        unlearn(small_model, small_images, config)
