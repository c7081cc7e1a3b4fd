"""Losses on hand-worked values, at the edges where they usually break."""

import math

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch.nn import functional as F

from forgetdemo.methods import losses as L
from forgetdemo.settings.unlearning import unlearn_config


def batch(logits: torch.Tensor, labels: list[int], teacher: torch.Tensor | None = None) -> L.Batch:
    chosen = torch.tensor(labels)
    return L.Batch(logits, logits if teacher is None else teacher, chosen, chosen == 6)


def test_the_penalty_of_a_uniform_answer() -> None:
    assert L.penalty(torch.zeros(1, 10), 6).item() == pytest.approx(-math.log(0.9))


def test_the_penalty_keeps_its_gradient_on_a_saturated_six() -> None:
    """-log(1 - p) with p rounded to 1 is infinite, clamped it has no gradient; ours is 60 and 1."""
    logits = torch.zeros(1, 10)
    logits[0, 6] = 60.0
    logits.requires_grad_()
    value = L.penalty(logits, 6)
    value.sum().backward()
    assert logits.grad is not None
    assert value.item() == pytest.approx(60 - math.log(9), rel=1e-5)
    assert logits.grad[0, 6].item() == pytest.approx(1, rel=1e-4)


@given(st.lists(st.floats(-30, 30), min_size=10, max_size=10), st.integers(0, 9))
def test_natural_targets_are_the_renormalised_probabilities(row: list[float], digit: int) -> None:
    logits = torch.tensor([row], dtype=torch.float64)
    p = F.softmax(logits, 1)
    t = L.natural_targets(logits, digit)
    assert t[0, digit] == 0 and t.sum().item() == pytest.approx(1)
    others = [c for c in range(10) if c != digit]
    if p[0, digit] < 0.99:
        assert torch.allclose(t[0, others], p[0, others] / (1 - p[0, digit]), atol=1e-9)
    assert torch.isfinite(L.divergence(logits, t)).all()


@given(st.lists(st.floats(-10, 10), min_size=10, max_size=10))
def test_divergence_is_zero_at_the_target_and_never_negative(row: list[float]) -> None:
    logits = torch.tensor([row], dtype=torch.float64)
    assert L.divergence(logits, F.softmax(logits, 1)).item() == pytest.approx(0, abs=1e-9)
    assert L.divergence(logits, torch.full((1, 10), 0.1, dtype=torch.float64)).item() >= -1e-9


def test_described_is_the_weighted_sum_of_its_three_terms() -> None:
    logits = torch.randn(4, 10, generator=torch.Generator().manual_seed(0))
    config = unlearn_config("described", weight_retain=2.0, weight_penalty=3.0, weight_redirect=5.0)
    terms = L.described(batch(logits, [6, 1, 6, 2]), config)
    kept = F.cross_entropy(logits[[1, 3]], torch.tensor([1, 2]))
    pull = F.cross_entropy(logits[[0, 2]], torch.tensor([3, 3]))
    away = -torch.log1p(-F.softmax(logits[[0, 2]], 1)[:, 6]).mean()
    assert terms["retain"].item() == pytest.approx(2 * kept.item(), rel=1e-5)
    assert terms["redirect"].item() == pytest.approx(5 * pull.item(), rel=1e-5)
    assert terms["penalty"].item() == pytest.approx(3 * away.item(), rel=1e-5)


def test_described_without_a_substitute_pulls_to_the_runner_up() -> None:
    logits = torch.zeros(1, 10)
    logits[0, 6], logits[0, 5] = 9.0, 4.0
    config = unlearn_config("described", redirect_to=None)
    wanted = L.natural_targets(logits, 6)
    terms = L.described(batch(wanted.clamp_min(1e-30).log(), [6], logits), config)
    assert terms["redirect"].item() == pytest.approx(0, abs=1e-6)


def test_as_coded_is_relabelling_summed_over_the_batch() -> None:
    logits = torch.randn(3, 10, generator=torch.Generator().manual_seed(0))
    terms = L.as_coded(batch(logits, [6, 1, 6]), unlearn_config("as_coded"))
    expected = F.cross_entropy(logits, torch.tensor([3, 1, 3]), reduction="sum")
    assert torch.stack([*terms.values()]).sum().item() == pytest.approx(expected.item(), rel=1e-5)
    with pytest.raises(ValueError, match="needs a substitute"):
        L.as_coded(batch(logits, [6, 1, 6]), unlearn_config("as_coded", redirect_to=None))


def test_an_empty_group_costs_nothing_and_is_not_nan() -> None:
    logits = torch.randn(2, 10, requires_grad=True)
    config = unlearn_config("described")
    for labels in ([6, 6], [1, 2]):
        total = sum(L.described(batch(logits, labels), config).values())
        assert isinstance(total, torch.Tensor) and bool(torch.isfinite(total))


def test_the_logit_mask_is_the_fixed_point_of_natural() -> None:
    teacher = torch.randn(5, 10, generator=torch.Generator().manual_seed(0)).double()
    masked = teacher.clone()
    masked[:, 6] = -1e4
    terms = L.natural(batch(masked, [6, 1, 2, 6, 3], teacher), unlearn_config("natural_target"))
    assert torch.stack([*terms.values()]).sum().item() == pytest.approx(0, abs=1e-6)
