"""The Lesson tab: strokes, what its panel asks for, and links to a step."""

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import gradio as gr
import pytest

from forgetdemo.predict.compared import Yardsticks
from forgetdemo.ui import lesson
from forgetdemo.ui.bench import Served
from forgetdemo.ui.library import Library
from forgetdemo.views.pictures import load_samples
from tests.helpers.visitor import Visitor, within_loop


def panel(changes: dict[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(changes["lesson-panel"])
    return found


def test_a_stroke_is_answered_and_a_sample_comes_onto_the_pad(visitor: Visitor) -> None:
    assert panel(visitor.does("lesson_stroke", lesson_pad=None))["answers"] is None
    changes = visitor.does("lesson_pick", lesson.SAMPLE, 0)
    assert changes["lesson-pad"] == load_samples()[0]["pad"]
    answers = panel(changes)["answers"]
    assert max(range(10), key=answers["before"].__getitem__) == 6
    with pytest.raises(gr.Error, match="not a drawing"):
        visitor.does("lesson_stroke", lesson_pad="x")


def test_networks_are_taught_and_tabs_opened(visitor: Visitor) -> None:
    taught = panel(visitor.does("lesson_pick", lesson.TEACH, 0))
    assert set(taught["curves"]) == {network["key"] for network in taught["networks"]}
    assert taught["status"] == "" and taught["taught"]
    opened = visitor.does("lesson_pick", lesson.OPEN, 2)
    assert opened["tabs"]["selected"] == "relearn"
    for picked in ((lesson.OPEN, 63), (lesson.SAMPLE, 63), (3, 0), (0,), ()):
        assert visitor.does("lesson_pick", *picked) == {}


def test_a_lesson_that_cannot_be_taught_says_so(
    visitor: Visitor, library: Library, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(self: object) -> None:
        raise FileNotFoundError("the images are gone")

    monkeypatch.setattr("forgetdemo.views.lesson.Classroom.teach", broken)
    said = panel(visitor.does("lesson_pick", lesson.TEACH, 0))
    assert said["status"] == "the images are gone."


@pytest.mark.parametrize(("query", "opened"), [({"lesson": "3"}, True), ({"forget": "3"}, False)])
def test_a_link_to_a_step_opens_the_tab(
    page: gr.Blocks, query: dict[str, str], opened: bool
) -> None:
    changes = Visitor(page, "linked", **query).does("lesson_link")
    assert ("tabs" in changes) is opened


def test_without_its_networks_the_tab_says_so(library: Library, tmp_path: Path) -> None:
    bare = Library(library.shipped, library.manager)
    bare.yardsticks = Yardsticks(library.shipped, tmp_path)
    served = replace(Served.by(library), library=bare)

    def built() -> Any:
        with gr.Blocks():
            return lesson.build(served)

    assert within_loop(built) is None
