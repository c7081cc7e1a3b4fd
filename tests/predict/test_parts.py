"""Connected parts are scipy's; dust goes, pieces of a digit stay, digits are counted."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import ndimage

from forgetdemo.predict.parts import Part, box_of, digits_of, label, parts_of, without_dust


@settings(max_examples=150, deadline=None)
@given(st.integers(0, 2**32 - 1), st.integers(1, 40), st.integers(1, 40), st.floats(0, 1))
def test_parts_are_scipys(seed: int, height: int, width: int, share: float) -> None:
    mask = np.random.default_rng(seed).random((height, width)) < share
    labels, count = label(mask)
    wanted, number = ndimage.label(mask, np.ones((3, 3)))
    assert count == number and np.array_equal(labels, wanted)
    for part, box in zip(parts_of(labels, count), ndimage.find_objects(wanted), strict=True):
        assert (slice(part.top, part.bottom), slice(part.left, part.right)) == box
        assert part.area == np.count_nonzero(wanted == part.label)


def test_a_long_winding_part_is_one() -> None:
    mask = np.zeros((401, 60), bool)
    mask[::2] = True
    mask[1::4, -1] = mask[3::4, 0] = True
    assert label(mask)[1] == 1


def box(left: int, top: int, width: int, height: int, area: int | None = None) -> Part:
    filled = area if area is not None else width * height // 3
    return Part(1, filled, top, top + height, left, left + width)


def test_dust_goes_and_a_bar_stays() -> None:
    body, bar = box(20, 40, 40, 60, 800), box(40, 20, 30, 8, 150)
    speck, far = box(0, 0, 3, 3, 9), box(150, 150, 8, 8, 60)
    assert without_dust([body, bar, speck, far]) == [body, bar]
    dot = box(30, 104, 6, 6, 30)  # close by, and large enough to be meant
    assert without_dust([body, dot]) == [body, dot]
    assert without_dust([]) == []


@pytest.mark.parametrize(
    ("parts", "count"),
    [
        ([box(0, 0, 40, 60)], 1),
        ([box(0, 10, 40, 60), box(10, 0, 40, 8)], 1),  # a five and its bar
        ([box(0, 0, 40, 60), box(50, 0, 40, 60)], 2),
        ([box(0, 0, 40, 60), box(50, 5, 8, 60), box(70, 0, 40, 60)], 3),  # with a one
        ([box(0, 0, 40, 60), box(0, 80, 40, 60)], 2),  # one above the other
        ([box(0, 0, 40, 30), box(2, 32, 40, 30)], 1),  # an eight in two pieces
        ([box(0, 0, 40, 60), box(44, 50, 6, 12)], 1),  # a comma
        ([], 0),
    ],
)
def test_digits_are_counted(parts: list[Part], count: int) -> None:
    groups = digits_of(parts)
    assert len(groups) == count
    assert sorted(map(id, parts)) == sorted(id(part) for group in groups for part in group)


def test_digits_come_as_one_reads() -> None:
    parts = [box(100, 5, 40, 60), box(0, 100, 40, 60), box(0, 0, 40, 60), box(90, 105, 40, 60)]
    found = [(box_of(group).left, box_of(group).top) for group in digits_of(parts)]
    assert found == [(0, 0), (100, 5), (0, 100), (90, 105)]
