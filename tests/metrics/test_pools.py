"""Small pools: their size, their order, and which images they take."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from forgetdemo.metrics.pools import leads_of, thin


@given(
    labels=arrays(np.int64, st.integers(1, 80), elements=st.integers(0, 9)),
    count=st.integers(1, 12),
    data=st.data(),
)
def test_of_each_class_as_many_as_asked_for_or_all(
    labels: np.ndarray, count: int, data: st.DataObject
) -> None:
    leads = data.draw(arrays(np.float32, len(labels), elements=st.floats(-5, 5, width=32)))
    chosen = thin(labels, leads, count)
    assert len(set(chosen.tolist())) == len(chosen)
    sizes = np.bincount(labels, minlength=10)
    assert np.bincount(labels[chosen], minlength=10).tolist() == np.minimum(sizes, count).tolist()


def test_half_are_right_by_least_and_stand_last() -> None:
    labels = np.repeat(np.arange(10), 50)
    leads = np.tile(np.arange(-5, 45), 10).astype(np.float32)  # -5 … 0 are not right
    chosen = thin(labels, leads, 20)
    assert np.array_equal(chosen[:100], np.sort(chosen[:100]))
    for digit in range(10):
        own = chosen[labels[chosen] == digit]
        assert leads[own[10:]].tolist() == list(range(1, 11))
        assert leads[own[:10]].min() <= 0 or leads[own[:10]].max() > 10, "the others by chance"


def test_a_lead_is_the_right_logit_less_the_next() -> None:
    logits = np.zeros((3, 10), np.float32)
    logits[0, 4], logits[1, 4], logits[1, 7], logits[2, 4] = 3, 2, 5, -1
    assert leads_of(logits, np.array([4, 4, 4])).tolist() == [3, -3, -1]


@pytest.mark.parametrize(("leads", "count"), [(2, 1), (3, 0)])
def test_what_fits_nothing_is_refused(leads: int, count: int) -> None:
    with pytest.raises(ValueError, match="as many leads as labels"):
        thin(np.zeros(3, np.int64), np.zeros(leads), count)
