"""Other answers for the class: never the true one, and exactly the loss that is named."""

import numpy as np
import pytest
import torch
from torch.nn import functional as F

from forgetdemo.data import Images
from forgetdemo.methods import losses
from forgetdemo.methods.relabel import bad_teacher, boundary_answers, certain, random_answers
from forgetdemo.methods.unlearn import unlearn
from forgetdemo.network.model import MnistCNN
from forgetdemo.settings.unlearning import unlearn_config
from tests.helpers.task import task_of


@pytest.mark.parametrize("digit", [6, 0, 9])
def test_random_labels_are_never_the_true_class(
    small_model: MnistCNN, small_images: Images, digit: int
) -> None:
    config = unlearn_config("random_label", forget_class=digit, pool_per_class=200)
    task = task_of(small_model, small_images, config)
    answers = random_answers(task).numpy()
    assert set(answers[task.split.forget]) == set(range(10)) - {digit}
    assert np.array_equal(answers[task.split.retain], task.pool.labels[task.split.retain])
    assert np.array_equal(answers, random_answers(task).numpy())


def test_boundary_answers_are_never_the_class_even_without_a_step(
    small_model: MnistCNN, small_images: Images
) -> None:
    config = unlearn_config("boundary_shrink", strength=0.0, pool_per_class=30)
    task = task_of(small_model, small_images, config)
    answers = boundary_answers(task)[task.split.forget]
    second = task.teacher[task.split.forget].clone()
    second[:, 6] = -torch.inf
    assert torch.equal(answers, second.argmax(1))


def test_following_certain_answers_is_cross_entropy() -> None:
    generator = torch.Generator().manual_seed(0)
    logits = torch.randn(5, 10, generator=generator)
    labels, answers = torch.tensor([6, 1, 6, 2, 3]), torch.tensor([4, 1, 0, 2, 3])
    batch = losses.Batch(logits, certain(answers), labels, labels == 6)
    config = unlearn_config("random_label", weight_redirect=0.5)
    terms = losses.follow(batch, config)
    each = F.cross_entropy(logits, answers, reduction="none")
    assert terms["retain"].item() == pytest.approx(each[[1, 3, 4]].mean().item(), rel=1e-5)
    assert terms["redirect"].item() == pytest.approx(0.5 * each[[0, 2]].mean().item(), rel=1e-5)


def test_salun_may_change_half_of_all_weights(small_model: MnistCNN, small_images: Images) -> None:
    config = unlearn_config("salun", steps=3, pool_per_class=40)
    result = unlearn(small_model, small_images, config)
    assert result.certificate["editable"] == 214_629
    assert result.certificate["max_abs_change_outside"] == 0.0


def test_the_bad_teacher_knows_nothing_of_the_class_and_all_of_the_rest(
    small_model: MnistCNN, small_images: Images, monkeypatch: pytest.MonkeyPatch
) -> None:
    task = task_of(small_model, small_images, unlearn_config("bad_teacher", pool_per_class=30))
    seen: list[torch.Tensor] = []
    monkeypatch.setattr(
        "forgetdemo.methods.relabel.taught", lambda task, teacher: seen.append(teacher)
    )
    bad_teacher(task)
    assert torch.equal(seen[0][task.split.retain], task.teacher[task.split.retain])
    random = torch.softmax(seen[0][task.split.forget], 1)
    assert 0.05 < float(random.min()) and float(random.max()) < 0.2


def test_a_step_larger_than_a_picture_is_refused() -> None:
    with pytest.raises(ValueError, match="strength of boundary_shrink"):
        unlearn_config("boundary_shrink", strength=2.0)
