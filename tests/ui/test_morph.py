"""The Morph tab: two ends, and what is said between them."""

import json

import gradio as gr
import pytest

from forgetdemo.ui.morph import two
from forgetdemo.views.pictures import load_samples
from tests.helpers.visitor import Visitor


def test_it_opens_between_a_six_and_a_three(visitor: Visitor) -> None:
    changes = visitor.does("morph_load")
    assert changes["morph-words"].startswith('<p class="fd-small">Before: 6 until')
    assert len(json.loads(changes["morph-strip"])["steps"]) == 11


def test_another_end_from_the_samples_and_from_the_pad_stays(visitor: Visitor) -> None:
    assert "then 0" in visitor.does("morph_pick_1", 5)["morph-words"]
    assert "then 0" in visitor.does("morph_share", morph_share=10)["morph-words"]
    changes = visitor.does("morph_take_0", pad=load_samples()[13]["pad"])
    assert "Before: 4 until" in changes["morph-words"]
    assert visitor.does("morph_pick_0", 99) == {}, "no such sample"


def test_a_step_goes_on_the_pad(visitor: Visitor) -> None:
    changes = visitor.does("morph_step", 10)
    assert changes["tabs"]["selected"] == "draw"
    p = json.loads(changes["comparison"])["columns"][0]["probabilities"]
    assert p.index(max(p)) == 3
    assert visitor.does("morph_step", 11) == {}


def test_an_end_that_is_no_drawing_is_refused_and_not_kept(visitor: Visitor) -> None:
    with pytest.raises(gr.Error, match="not a drawing"):
        visitor.does("morph_take_1", pad="x")
    assert "then 3" in visitor.does("morph_load")["morph-words"]
    assert two("x") == two([1]) == [None, None] and two([1, 2]) == [1, 2]
