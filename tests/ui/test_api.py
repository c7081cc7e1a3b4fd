"""The endpoints for programs: settings by name, progress, and the report; errors are sentences."""

from collections.abc import Iterator
from typing import Any

import gradio as gr
import pytest
from hypothesis import given
from hypothesis import strategies as st

from forgetdemo.ui.api import checked
from forgetdemo.views.form import start_values
from forgetdemo.views.pictures import load_samples

FAILS = 9  # a seed that the pretending worker knows


class Program:
    """Calls endpoints of the page, as one session."""

    def __init__(self, page: gr.Blocks, name: str) -> None:
        self.functions: dict[Any, Any] = {f.api_name: f.fn for f in page.fns.values()}
        self.request = gr.Request(session_hash=name)

    def streams(self, name: str, asked: Any) -> list[dict[str, Any]]:
        found: Iterator[dict[str, Any]] = self.functions[name](asked, self.request)
        return list(found)

    def runs(self) -> list[dict[str, Any]]:
        return list(self.functions["runs"](self.request))


@pytest.fixture
def program(page: gr.Blocks, request: pytest.FixtureRequest) -> Program:
    return Program(page, request.node.name)


def test_a_drawing_is_answered_by_all_shipped_models(program: Program) -> None:
    told = program.functions["predict"](load_samples()[0]["pad"])
    assert [*told["models"]] == ["before", "after", "logit_mask", "oracle"]
    assert told["models"]["before"]["label"] == "6" and told["models"]["after"]["label"] == "3"
    with pytest.raises(gr.Error, match="not a drawing"):
        program.functions["predict"]("x")


def test_a_run_tells_its_progress_and_then_its_report(page: gr.Blocks, program: Program) -> None:
    *progress, done = program.streams("unlearn", {"forget": "7", "substitute": 1})
    assert {event["state"] for event in progress} <= {"queued", "running"} and progress
    assert done["state"] == "done" and done["title"] == "7 → 1, described, 1 %"
    assert set(done["report"]) >= {"before", "after", "mask"}
    assert program.runs() == [{"key": done["key"], "title": done["title"]}]
    stranger = Program(page, "a stranger")
    assert stranger.runs() == []
    with pytest.raises(gr.Error, match="no such run in this session"):
        stranger.streams("relearn", {"run": done["key"]})
    assert program.streams("relearn", {"run": done["key"]})[-1]["state"] == "done"


def test_a_run_that_fails_is_an_error_of_one_sentence(program: Program) -> None:
    with pytest.raises(gr.Error, match="diverged at step 1"):
        program.streams("unlearn", {"seed": FAILS})
    assert program.runs() == []


@pytest.mark.parametrize("lesson", [7, None, [], {"images": -1}, {"epochs": 1}, {"run": 7}])
def test_what_is_no_lesson_is_one_sentence(program: Program, lesson: Any) -> None:
    with pytest.raises(gr.Error) as refused:
        program.streams("relearn", lesson)
    assert refused.value.message.endswith(".") and not refused.value.print_exception


JSON = st.none() | st.booleans() | st.integers() | st.floats() | st.text() | st.lists(st.text())


@given(st.dictionaries(st.sampled_from([*start_values(), "epochs"]), JSON) | JSON)
def test_settings_are_complete_or_refused_in_one_sentence(settings: Any) -> None:
    try:
        config = checked(settings)
    except gr.Error as error:
        assert error.message.endswith(".") and "\n" not in error.message
        assert not error.print_exception
    else:
        assert {"forget_class", "method", "seed", "threads"} <= set(config)
