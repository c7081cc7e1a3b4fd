"""The Draw tab: the pad's drawing, answered by the chosen columns."""

import json
from typing import Any

import gradio as gr
import pytest

from forgetdemo.views.pictures import load_samples
from tests.helpers.visitor import Visitor


def columns(changes: dict[str, Any]) -> dict[str, Any]:
    """What each column answers, by key; None on a blank pad."""
    return {
        column["key"]: p and p.index(max(p))
        for column in json.loads(changes["comparison"])["columns"]
        for p in [column["probabilities"]]
    }


def test_a_six_is_there_and_answered_before_anyone_draws(visitor: Visitor) -> None:
    assert columns(visitor.holds) == {"before": 6, "after": 3}
    assert visitor.holds["pad"] == load_samples()[0]["pad"]


def test_a_sample_goes_on_the_pad_and_is_answered_at_once(visitor: Visitor) -> None:
    changes = visitor.does("draw_sample", 5)
    assert columns(changes) == {"before": 0, "after": 0} and set(changes) == {
        *("pad", "comparison", "preview", "sureness")
    }
    assert columns(visitor.does("draw_sample", 99)) == {"before": 6, "after": 3}, "the first one"


def test_columns_are_those_that_were_chosen_each_once(visitor: Visitor) -> None:
    told = columns(visitor.does("draw_more", left="after", right="oracle", more=["oracle"]))
    assert list(told) == ["after", "oracle"]
    told = columns(visitor.does("draw_more", left="before", right="before", more=["logit_mask"]))
    assert list(told) == ["before", "logit_mask"]


def test_an_empty_pad_is_no_error_and_no_drawing_is_one_sentence(visitor: Visitor) -> None:
    assert columns(visitor.does("draw_stroke", pad=None)) == {"before": None, "after": None}
    with pytest.raises(gr.Error, match="not a drawing of the pad"):
        visitor.does("draw_stroke", pad="<script>")
