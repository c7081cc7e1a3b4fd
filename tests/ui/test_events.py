"""What handlers are sent is checked before anything is made of it."""

from types import SimpleNamespace
from typing import Any

import gradio as gr
import pytest
from hypothesis import given
from hypothesis import strategies as st

from forgetdemo.ui.events import BAD_DRAWING, picked, read_pad, session_of

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=6,
)


@pytest.mark.parametrize("value", [7, "x", {"a": 1}, "<script>alert(1)</script>", "A" * 70_000])
def test_what_is_not_a_drawing_is_refused_without_repeating_it(value: object) -> None:
    with pytest.raises(gr.Error) as refused:
        read_pad(value)
    assert refused.value.message == BAD_DRAWING and refused.value.print_exception is False


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        ({"picked": [3]}, [3]),
        ({"picked": [10]}, None),
        ({"picked": [-1]}, None),
        ({"picked": [True]}, None),
        ({"picked": ["3"]}, None),
        ({"picked": [3.0]}, None),
        ({"picked": [1, 2]}, None),
        ({"picked": 3}, None),
        ({}, None),
        (None, None),
        ([3], None),
    ],
)
def test_only_whole_numbers_below_the_limit_are_picked(data: Any, expected: Any) -> None:
    event: Any = SimpleNamespace(_data=data)
    assert picked(event, [10]) == expected


@given(JSON)
def test_whatever_an_event_carries_is_numbers_below_their_limits_or_nothing(value: Any) -> None:
    event: Any = SimpleNamespace(_data={"picked": value})
    found = picked(event, [3, 5])
    assert found is None or (found == value and 0 <= found[0] < 3 and 0 <= found[1] < 5)


def test_calls_without_a_session_share_nothing() -> None:
    assert session_of(None) == session_of(gr.Request()) == "nobody"
    assert session_of(gr.Request(session_hash="me")) == "me"
