"""The Relearn tab: lessons from images and from drawings."""

import json
from typing import Any

import gradio as gr
import pytest

from forgetdemo.views.pictures import load_samples
from tests.helpers.visitor import Visitor


def status(changes: dict[str, Any]) -> str:
    return str(json.loads(changes["relearn-status"])["text"])


def test_a_lesson_is_followed_and_its_model_put_beside_the_pad(visitor: Visitor) -> None:
    *frames, last = visitor.follows("lesson", teach_count=10)
    done = frames[-1]
    assert "done" in status(done) and "fd-honest" in done["relearn-words"]
    lines = json.loads(done["relearn-curve"])["lines"]
    assert len(lines) == 3 and len(lines[0]["points"]) == 7
    key = last["right"]["value"]
    assert last["teach-model"]["value"] == "after", "what is taught stays chosen"
    assert [c["key"] for c in json.loads(last["comparison"])["columns"]] == ["before", key]


def test_a_model_that_is_not_this_visitor_s_is_not_taught(visitor: Visitor) -> None:
    with pytest.raises(gr.Error):  # it is not among the choices
        visitor.does("lesson", teach_model="0123456789abcdef")


def test_drawings_are_kept_taught_and_dropped(visitor: Visitor) -> None:
    assert "press Add drawing first" in status(visitor.does("lesson_drawn"))
    for count in (1, 2):
        changes = visitor.does("add_drawing", teach_pad=load_samples()[0]["pad"])
        assert len(json.loads(changes["teach-drawn"])["items"]) == count
        assert changes["teach-pad"] is None, "the pad is free for the next"
    done = visitor.does("lesson_drawn")
    assert "done" in status(done) and "right" in done
    assert json.loads(visitor.does("drop_drawings")["teach-drawn"])["items"] == []
    assert "press Add drawing first" in status(visitor.does("lesson_drawn"))


def test_what_is_no_drawing_is_not_added(visitor: Visitor) -> None:
    with pytest.raises(gr.Error, match="not a drawing"):
        visitor.does("add_drawing", teach_pad="x")
