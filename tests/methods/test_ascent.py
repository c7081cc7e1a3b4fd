"""Pushing away: the sign, the order of SCRUB's steps, and a collapse that is refused."""

import pytest
import torch
from torch.nn import functional as F

from forgetdemo.data import Images
from forgetdemo.methods import losses
from forgetdemo.methods.loop import Result, Task
from forgetdemo.methods.registry import METHODS
from forgetdemo.methods.unlearn import unlearn
from forgetdemo.network.model import MnistCNN
from forgetdemo.network.train import DivergedError
from forgetdemo.settings.unlearning import unlearn_config


def batch(done: float = 0.0) -> losses.Batch:
    generator = torch.Generator().manual_seed(0)
    logits = torch.randn(4, 10, generator=generator)
    teacher = torch.randn(4, 10, generator=generator)
    labels = torch.tensor([6, 1, 6, 2])
    return losses.Batch(logits, teacher, labels, labels == 6, done)


def test_ascent_is_cross_entropy_with_the_sign_turned_on_the_class() -> None:
    terms = losses.ascent(batch(), unlearn_config("neggrad_plus", strength=0.25))
    each = F.cross_entropy(batch().logits, batch().labels, reduction="none")
    assert terms["retain"].item() == pytest.approx(each[[1, 3]].mean().item())
    assert terms["penalty"].item() == pytest.approx(-0.25 * each[[0, 2]].mean().item())


@pytest.mark.parametrize("share", [0.0, 0.3, 0.99])
@pytest.mark.parametrize("steps", [1, 2, 7, 100, 300])
def test_scrub_ends_on_a_step_towards_the_rest(share: float, steps: int) -> None:
    config = unlearn_config("scrub", strength=share, steps=steps)
    moments = [(i / (steps - 1) if steps > 1 else 1.0) for i in range(steps)]
    away = [float(losses.scrub(batch(done), config)["penalty"]) < 0 for done in moments]
    near = [float(losses.scrub(batch(done), config)["retain"]) > 0 for done in moments]
    assert not away[-1] and near[-1]
    assert all(a != b for a, b in zip(away, near, strict=True))
    if share == 0.3 and steps == 300:
        assert 15 <= sum(away) <= 30 and not any(away[100:])


def test_scrub_at_the_teacher_is_cross_entropy_alone() -> None:
    at = losses.Batch(batch().teacher, batch().teacher, batch().labels, batch().is_forget, 1.0)
    terms = losses.scrub(at, unlearn_config("scrub"))
    each = F.cross_entropy(at.logits, at.labels, reduction="none")
    assert terms["retain"].item() == pytest.approx(each[[1, 3]].mean().item(), rel=1e-5)


def test_a_collapse_is_an_error_and_never_a_result(
    small_model: MnistCNN, small_images: Images, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The loss of the last step is finite, and the weights after it are not."""

    def collapse(task: Task) -> Result:
        result = METHODS["natural_target"](task)
        with torch.no_grad():
            result.model.dense[1].bias[0] = torch.nan
        return result

    monkeypatch.setitem(METHODS, "neggrad_plus", collapse)
    config = unlearn_config("neggrad_plus", steps=3, pool_per_class=20)
    with pytest.raises(DivergedError, match=r"neggrad_plus diverged \(fc2.bias not finite\)"):
        unlearn(small_model, small_images, config)


def test_no_negative_strength() -> None:
    with pytest.raises(ValueError, match="strength of neggrad_plus"):
        unlearn_config("neggrad_plus", strength=-0.1)
