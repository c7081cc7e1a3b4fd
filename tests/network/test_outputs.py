"""One output is masked, muted or let go; nothing else of the model moves."""

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from forgetdemo.network.model import clone, new_model
from forgetdemo.network.outputs import lift_mask, mask_output, set_output
from forgetdemo.settings.relearning import MASKED, MASKED_BELOW

digits = st.integers(0, 9)


@given(digits, st.floats(-1e4, 1e4, width=32))
def test_an_output_is_what_it_was_set_to_for_any_image(digit: int, bias: float) -> None:
    original, model = new_model(0), new_model(0)
    set_output(model, digit, bias)
    pixels = torch.rand(3, 1, 28, 28)
    before, after = original(pixels), model(pixels)
    assert (after[:, digit] == bias).all()
    others = torch.arange(10) != digit
    assert torch.equal(before[:, others], after[:, others])


@given(digits)
def test_a_masked_answer_has_probability_0_and_can_be_lifted(digit: int) -> None:
    model = new_model(0)
    mask_output(model, digit)
    answers = torch.softmax(model(torch.rand(3, 1, 28, 28)), 1)
    assert (answers[:, digit] == 0).all() and torch.isfinite(answers).all()
    others = model.last.bias[torch.arange(10) != digit].mean().item()
    assert lift_mask(model, digit) and model.last.bias[digit].item() == pytest.approx(others)
    assert not lift_mask(model, digit), "it is lifted already"


def test_what_was_learned_is_no_mask() -> None:
    model = clone(new_model(0))
    before = model.last.bias.detach().clone()
    assert not lift_mask(model, 6) and torch.equal(model.last.bias, before)
    assert MASKED < MASKED_BELOW < -50


def test_a_class_that_is_none_is_refused() -> None:
    with pytest.raises(IndexError):
        mask_output(new_model(0), 10)
