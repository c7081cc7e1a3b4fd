"""The page as a whole: its tabs, its endpoints, and that no event can upset it."""

import shutil
from dataclasses import replace
from pathlib import Path
from typing import Any

import gradio as gr
import pytest
from gradio.exceptions import ComponentProcessingError
from hypothesis import given, settings
from hypothesis import strategies as st

from forgetdemo.predict.inference import load_models
from forgetdemo.settings.constants import MODELS_DIR
from forgetdemo.ui.page import TABS, readiness
from tests.helpers.visitor import Visitor

PUBLIC = {"predict", "runs", "unlearn", "relearn"}  # for programs
PICKS = {  # events that carry numbers, and the places whose values they read
    "draw_sample": ("left", "right", "more"),
    "morph_pick_0": ("left", "right", "morph-share"),
    "morph_pick_1": ("left", "right", "morph-share"),
    "morph_step": ("left", "right", "more"),
    "cell_images_before": (),
    "cell_images_pad": ("left", "right", "more"),
    "lab_cell_images_pad": ("left", "right", "more"),
    "pair": ("pad", "left", "more"),
}
NUMBERS = st.lists(st.integers(-1, 30) | st.booleans() | st.text(max_size=2), max_size=3)
VALUES = st.none() | st.integers() | st.text(max_size=5) | st.lists(st.text(max_size=3), max_size=2)


def test_each_tab_has_an_id_and_a_title_of_its_own() -> None:
    assert [
        tab.title for tab in TABS
    ] == "Draw Unlearn Relearn Morph Report Inside Audit Pairs".split()
    assert [tab.id for tab in TABS] == [tab.title.lower() for tab in TABS]


def test_only_the_endpoints_for_programs_are_public(page: gr.Blocks) -> None:
    events = {f.api_name: f for f in page.fns.values()}
    assert len(events) == len(page.fns), "every event has a name of its own"
    assert {name for name, f in events.items() if f.api_visibility == "public"} == PUBLIC
    assert set(page.get_api_info()["named_endpoints"]) == {f"/{name}" for name in PUBLIC}


def test_only_runs_wait_in_the_queue(page: gr.Blocks) -> None:
    runs = {"forget", "lesson", "lesson_drawn", "unlearn", "relearn"}
    for function in page.fns.values():
        if function.fn is not None and function.api_name != "left_page":
            assert (function.queue is not False) == (function.api_name in runs), function.api_name


@settings(max_examples=60, deadline=None)
@given(st.data())
def test_no_event_is_upset_by_what_it_is_sent(page: gr.Blocks, data: Any) -> None:
    """An answer, nothing at all, or one sentence: never another error."""
    visitor = Visitor(page, "somebody")
    event = data.draw(st.sampled_from(sorted(PICKS)))
    holds = {name: data.draw(VALUES | st.just(visitor.holds[name])) for name in PICKS[event]}
    try:
        visitor.does(event, *data.draw(NUMBERS), **holds)
    except ComponentProcessingError:
        pass  # a component cannot hold such a value: refused before any handler
    except gr.Error as error:
        assert error.message and "Traceback" not in error.message


def test_ready_means_verified_and_right(tmp_path: Path) -> None:
    folder = Path(shutil.copytree(MODELS_DIR, tmp_path / "models"))
    ready = readiness(load_models(folder))
    assert ready()
    data = (folder / "after.onnx").read_bytes()
    (folder / "after.onnx").write_bytes(data[:-1])
    assert not ready()
    (folder / "after.onnx").unlink()
    assert not ready()
    (folder / "after.onnx").write_bytes(data)
    assert ready()


@pytest.mark.parametrize("dataset", ["fashion_mnist", "kmnist"])
def test_models_of_other_things_than_digits_are_ready_as_well(dataset: str) -> None:
    """Their labels are no digits: it was "not ready" for ever."""
    models = load_models(MODELS_DIR)
    facts = {**models.manifest, "dataset": dataset, "classes": list("abcdefghij")}
    assert readiness(replace(models, manifest=facts))()
