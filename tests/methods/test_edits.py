"""The controls touch one output and nothing else; SSD selects only what its rule selects."""

import numpy as np
import pytest
import torch

from forgetdemo.data import Images
from forgetdemo.methods.edits import importances, logit_mask, ssd, zeroed_row
from forgetdemo.network.batches import logits_of
from forgetdemo.network.model import MnistCNN, arrays_of
from forgetdemo.settings.relearning import MASKED
from forgetdemo.settings.unlearning import unlearn_config
from tests.helpers.task import task_of


@pytest.mark.parametrize("method, bias", [("logit_mask", MASKED), ("zeroed_row", 0.0)])
@pytest.mark.parametrize("digit", [6, 0])
def test_a_control_changes_one_output_and_nothing_else(
    small_model: MnistCNN, small_images: Images, method: str, bias: float, digit: int
) -> None:
    config = unlearn_config(method, forget_class=digit, pool_per_class=20)
    task = task_of(small_model, small_images, config)
    assert sum(int(part.sum()) for part in task.mask.values()) == 65
    result = (logit_mask if method == "logit_mask" else zeroed_row)(task)
    images = small_images.take(np.arange(200))
    before, after = logits_of(small_model, images), logits_of(result.model, images)
    others = [c for c in range(10) if c != digit]
    assert torch.equal(before[:, others], after[:, others])
    assert (after[:, digit] == bias).all()
    p = torch.softmax(after, 1)
    assert torch.isfinite(p).all()
    if method == "logit_mask":
        assert (p[:, digit] == 0).all()
    assert result.image_visits == 0 and len(result.history) == 2


def test_the_logit_mask_never_costs_a_retained_image(
    small_model: MnistCNN, small_images: Images
) -> None:
    task = task_of(small_model, small_images, unlearn_config("logit_mask", pool_per_class=100))
    first, last = logit_mask(task).history
    assert last["acc_forget"] == 0.0
    assert last["acc_retain"] >= first["acc_retain"]


def test_importances_are_mean_squared_batch_gradients(
    small_model: MnistCNN, small_images: Images
) -> None:
    task = task_of(small_model, small_images, unlearn_config("ssd", pool_per_class=3))
    found, visits = importances(task, torch.arange(30), 30)
    loss = torch.nn.functional.cross_entropy(
        small_model(torch.from_numpy(task.pool.floats())), torch.from_numpy(task.pool.labels)
    )
    (grad,) = torch.autograd.grad(loss, [small_model.dense[1].weight])
    assert visits == 30
    assert torch.allclose(found["fc2.weight"], grad.square(), rtol=1e-3, atol=1e-12)


def test_ssd_selects_nothing_beyond_the_edge_and_something_before(
    small_model: MnistCNN, small_images: Images
) -> None:
    """Per sample, I_all ≥ (N_f / N) · I_f: α above N / N_f = 10 can select no weight at all."""

    def changed(alpha: float) -> bool:
        config = unlearn_config("ssd", strength=alpha, batch_retain=1, pool_per_class=8)
        result = ssd(task_of(small_model, small_images, config))
        before = arrays_of(small_model)
        return any(not np.array_equal(v, before[n]) for n, v in arrays_of(result.model).items())

    assert changed(5.0)
    assert not changed(10.01)


def test_ssd_only_shrinks(small_model: MnistCNN, small_images: Images) -> None:
    config = unlearn_config("ssd", strength=1.5, damping=0.3, pool_per_class=30)
    result = ssd(task_of(small_model, small_images, config))
    before = arrays_of(small_model)
    for name, value in arrays_of(result.model).items():
        assert (np.abs(value) <= np.abs(before[name])).all()
        assert (np.sign(value) * np.sign(before[name]) >= 0).all()


def test_settings_out_of_range_are_refused() -> None:
    with pytest.raises(ValueError, match="strength of ssd"):
        unlearn_config("ssd", strength=-1.0)
    with pytest.raises(ValueError, match="strength of ssd"):
        unlearn_config("ssd", strength=None)
    with pytest.raises(ValueError, match="no strength to set"):
        unlearn_config("logit_mask", strength=1.0)
    with pytest.raises(ValueError, match="damping"):
        unlearn_config("ssd", damping=float("nan"))
