"""A run's state as the `progress` view takes it: one line, and how far it is."""

from collections.abc import Mapping
from typing import Any

from forgetdemo.live.job import Event
from forgetdemo.views.records import Progress, State

START: Mapping[str, Any] = {"step": 0, "of": 1}  # before the first record


def progress(text: str, share: float | None = None, state: State = "done") -> Progress:
    """The view's data.

    Args:
        text: one line.
        share: done, in [0, 1]; None: there is nothing to measure.
        state: the run's.
    """
    return {"text": text, "share": share, "state": state}


def failed(text: str) -> Progress:
    """An order that was not taken, or a run that did not end well."""
    return progress(text, state="failed")


def under_way(event: Event, last: Mapping[str, Any] | None) -> Progress:
    """A run that waits or goes on, and the last record that came of it."""
    step = last or START
    return progress(words(event, last), step["step"] / max(1, step["of"]), "running")


def words(event: Event, last: Mapping[str, Any] | None) -> str:
    """One line on a run that is under way."""
    if event.state == "queued":
        before = event.position - 1
        return f"{event.title}: waiting, {before} before you" if before else f"{event.title}: next"
    if last is None:
        return f"{event.title}: starting"
    if last["step"] == last["of"]:
        return f"{event.title}: measuring on the test images"
    left = "" if event.seconds_left is None else f", about {round(event.seconds_left)} s left"
    return f"{event.title}: step {last['step']} of {last['of']}{left}"


def ended(event: Event) -> Progress:
    """A run that was stopped, or failed."""
    return failed(f"{event.title}: {event.sentence or event.state}")
