"""One line on a run, whatever its state."""

from typing import Any

import pytest

from forgetdemo.live.job import Event
from forgetdemo.views.progress import ended, failed, progress, under_way


@pytest.mark.parametrize(
    ("state", "position", "step", "text", "share"),
    [
        ("queued", 1, None, "a: next", 0),
        ("queued", 3, None, "a: waiting, 2 before you", 0),
        ("running", 0, None, "a: starting", 0),
        ("running", 0, 0, "a: step 0 of 300, about 3 s left", 0),
        ("running", 0, 75, "a: step 75 of 300, about 3 s left", 0.25),
        ("running", 0, 300, "a: measuring on the test images", 1),
    ],
)
def test_one_line_on_a_run_under_way(
    state: str, position: int, step: int | None, text: str, share: float
) -> None:
    last = None if step is None else {"step": step, "of": 300}
    left = None if step is None else 3.2
    found = under_way(Event("k", "a", state, position, [], left, ""), last)
    assert found == {"text": text, "share": share, "state": "running"}


def test_an_end_says_why_or_how() -> None:
    def event(sentence: str) -> Any:
        return Event("k", "a", "cancelled", 0, [], None, sentence)

    assert ended(event("stopped"))["text"] == "a: stopped"
    assert ended(event("")) == failed("a: cancelled")
    assert failed("no") == {"text": "no", "share": None, "state": "failed"}
    assert progress("yes", 1.0)["state"] == "done"


def test_a_record_without_a_step_is_an_error() -> None:
    with pytest.raises(KeyError):
        under_way(Event("k", "a", "running", 0, [], None, ""), {"of": 3})
