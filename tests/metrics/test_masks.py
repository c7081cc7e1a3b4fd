"""Masks chosen in arrays are those chosen by torch, and the proof of a freeze is as strict."""

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from forgetdemo.methods import mask as with_torch
from forgetdemo.metrics.masks import certify, highest, select
from forgetdemo.network.model import arrays_of, new_model
from forgetdemo.settings.architecture import NETWORK


@given(values=st.lists(st.sampled_from([0.0, 0.5, 1.0, 2.0]), max_size=40), data=st.data())
def test_highest_is_a_stable_sort(values: list[float], data: st.DataObject) -> None:
    count = data.draw(st.integers(0, len(values)))
    found = highest(np.array(values, np.float32), count)
    order = sorted(range(len(values)), key=lambda place: (-values[place], place))
    assert np.flatnonzero(found).tolist() == sorted(order[:count])


@pytest.mark.parametrize("scope", ["global", "per_layer"])
@pytest.mark.parametrize("fraction", [0.0, 0.01, 0.5, 1.0])
@pytest.mark.parametrize("layers", [NETWORK.dense_names, NETWORK.names])
def test_it_selects_what_torch_selects(
    scope: str, fraction: float, layers: tuple[str, ...]
) -> None:
    rng = np.random.default_rng(0)
    scores = {  # many ties
        name: rng.integers(0, 50, shape).astype(np.float32)
        for name, shape in NETWORK.shapes.items()
    }
    tensors = {name: torch.from_numpy(value) for name, value in scores.items()}
    found = select(scores, fraction, scope, layers)
    expected = with_torch.select(tensors, fraction, scope, layers)
    assert all(np.array_equal(found[name], expected[name].numpy()) for name in scores)


def test_scores_that_are_no_numbers_are_refused() -> None:
    with pytest.raises(ValueError, match="scores of fc1.weight are not finite"):
        select({"fc1.weight": np.array([1.0, np.nan])}, 0.5, "global", ["fc1"])
    with pytest.raises(ValueError, match="must be in"):
        select({"fc1.weight": np.ones(2)}, 1.5, "global", ["fc1"])
    with pytest.raises(ValueError, match="cannot choose 3 of 2"):
        highest(np.ones(2), 3)


def test_a_certificate_is_torchs() -> None:
    model, original = new_model(0), new_model(0)
    free = {name: np.zeros(shape, bool) for name, shape in NETWORK.shapes.items()}
    free["fc2.weight"][3, :5] = True
    with torch.no_grad():
        model.get_parameter("fc2.weight")[3, :4] += 0.5
    found = certify(arrays_of(model), arrays_of(original), free)
    tensors = {name: torch.from_numpy(value) for name, value in free.items()}
    expected = with_torch.certify(model, original, tensors)
    rows = found.pop("layers"), expected.pop("layers")
    assert found == expected and (found["editable"], found["changed"]) == (5, 4)
    for layer, row in rows[1].items():
        assert rows[0][layer] == pytest.approx(row, rel=1e-6)


def test_a_moved_weight_outside_the_mask_is_refused() -> None:
    before = arrays_of(new_model(0))
    after = {name: value.copy() for name, value in before.items()}
    before["fc3.bias"][2], after["fc3.bias"][2] = 0.0, -0.0  # equal numbers, other bits
    free = {name: np.zeros(shape, bool) for name, shape in NETWORK.shapes.items()}
    with pytest.raises(ValueError, match="fc3.bias: weights outside the mask moved"):
        certify(after, before, free)
