"""What the tabs say of runs under way and of a recovery, as plain functions."""

import json
from collections.abc import Mapping
from types import SimpleNamespace
from typing import Any

import pytest

from forgetdemo.files.checkpoint import read_manifest
from forgetdemo.live.job import Event
from forgetdemo.predict.entry import TITLES
from forgetdemo.predict.preprocess import preprocess
from forgetdemo.settings.constants import MODELS_DIR
from forgetdemo.settings.relearning import measured_steps
from forgetdemo.ui.draw import read_pad
from forgetdemo.ui.relearn import MOST, add_drawing
from forgetdemo.ui.unlearn import frames, lesson_of, words_of
from forgetdemo.views.comparison import load_samples
from forgetdemo.views.recovery import (
    ORIGINAL,
    RETRAINED,
    back_after,
    curves_of,
    depth_words,
    nearest,
)
from forgetdemo.views.recovery import references as references_of


@pytest.mark.parametrize(
    ("points", "words"),
    [
        ([[0, 0.95], [64, 0.99]], "6 is back to stay at once; a model that never saw it"),
        ([[0, 0.0], [1, 0.93], [64, 0.99]], "6 is back to stay after 1 step; a model"),
        ([[0, 0.0], [3, 0.99], [64, 0.88]], "After 64 steps 6 is at 88 %, not at 90 % to stay; a"),
    ],
)
def test_a_recovery_is_compared_with_a_model_that_never_saw_the_digit(
    points: list[list[float]], words: str
) -> None:
    assert depth_words("6", points, shipped(6), 5).startswith(words)


def shipped(digit: int) -> Any:
    return references_of(read_manifest(MODELS_DIR), digit)


@pytest.mark.parametrize("digit", range(10))
def test_every_digit_has_curves_of_the_original_and_of_a_model_that_never_saw_it(
    digit: int,
) -> None:
    known = shipped(digit)
    assert set(known) == {ORIGINAL, RETRAINED}
    for lessons in known.values():
        assert set(lessons) == {"1", "5", "10", "50", "500"}
        for points in lessons.values():
            assert [step for step, _ in points] == measured_steps(64)
            assert all(0 <= share <= 1 for _, share in points)
    for count in known[ORIGINAL]:
        assert known[ORIGINAL][count][0][1] > 0.95 and known[RETRAINED][count][0][1] == 0
    assert back_after(known[RETRAINED]["50"]) != back_after(known[ORIGINAL]["50"])
    assert len(curves_of([], known, 5)["lines"]) == 3


def test_models_from_another_original_are_compared_with_nothing() -> None:
    manifest = read_manifest(MODELS_DIR)
    other = manifest | {"files": {"before.safetensors": {"sha256": "0" * 64}}}
    assert references_of(other, 6) == {} == references_of(manifest | {"files": {}}, 6)
    said = depth_words("4", [[0, 0.0], [2, 0.95]], {}, 5)
    assert "No retrained model was measured" in said
    assert "never saw" not in depth_words("4", [[0, 0.0], [64, 0.1]], {}, 5)
    assert [line["name"] for line in curves_of([], {}, 5)["lines"]] == ["this model"]


def test_only_models_that_a_lesson_can_start_from_are_offered() -> None:
    offered = [*((title, key) for key, title in TITLES.items()), ("2 → 7", "0123")]
    assert lesson_of(offered, "0123")["choices"] == [("After", "after"), ("2 → 7", "0123")]


def test_back_means_to_stay() -> None:
    assert back_after([[0, 0.0], [1, 0.95], [2, 0.5], [3, 0.95]]) == 3
    assert back_after([[0, 0.0], [1, 0.95], [2, 0.5]]) is None
    assert nearest(7) == "5" and nearest(400) == "500"


def test_a_blank_drawing_adds_nothing_and_there_is_a_most() -> None:
    drawing = read_pad(load_samples()[0]["pad"])
    lesson, shown = add_drawing(drawing, None)
    assert len(lesson) == 1 and "drawing 1" in shown
    blank = preprocess(drawing.pixels * 0)
    assert add_drawing(blank, lesson)[0] == lesson
    full, _ = add_drawing(drawing, lesson * MOST)
    assert len(full) == MOST


@pytest.mark.parametrize(
    ("state", "position", "step", "words"),
    [
        ("queued", 1, None, "a: next"),
        ("queued", 3, None, "a: waiting, 2 before you"),
        ("running", 0, None, "a: starting"),
        ("running", 0, 10, "a: step 10 of 300, about 3 s left"),
        ("running", 0, 300, "a: measuring on the test images"),
    ],
)
def test_one_line_on_a_run_under_way(
    state: str, position: int, step: int | None, words: str
) -> None:
    records: list[Mapping[str, Any]] = [] if step is None else [{"step": step, "of": 300}]
    left = None if step is None else 3.2
    assert words_of(Event("k", "a", state, position, records, left, "")) == words


def test_a_new_run_does_not_stand_under_the_curves_of_an_earlier_one() -> None:
    waiting = Event("k", "8 → 1", "queued", 2, [], None, "")
    gone = Event("k", "8 → 1", "cancelled", 0, [], None, "stopped")
    models = SimpleNamespace(manifest={"classes": list("0123456789")})
    manager = SimpleNamespace(watch=lambda *_: iter([waiting, waiting, gone]))
    library: Any = SimpleNamespace(shipped=models, manager=manager)
    first, second, last = frames(library, "me", "k", 8)
    status, accuracy, loss, matrix = (json.loads(value) for value in first[:4])
    assert "1 before you" in status["text"] and matrix["forget"] == 8
    assert not any(line["points"] for view in (accuracy, loss) for line in view["lines"])
    assert sum(map(sum, matrix["counts"])) == 0
    assert not isinstance(second[1], str), "only the first frame empties them"
    assert "stopped" in json.loads(last[0])["text"] and len(first) == len(second) == len(last)
