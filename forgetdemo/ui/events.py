"""How events behave, and how handlers read what they are sent: nothing of it is trusted.

A handler is told `{component: value}` (its inputs are a set) and answers `Changes`, or
`gr.skip()` where nothing changes.
"""

from collections.abc import Mapping, Sequence
from typing import Any

import gradio as gr

from forgetdemo.predict.preprocess import Drawing, decode_png, preprocess

Told = Mapping[Any, Any]  # what components hold, by component
Changes = dict[Any, Any]  # new values and updates, by component; never empty

QUICK: dict[str, Any] = {
    "queue": False,
    "show_progress": "hidden",
    "trigger_mode": "always_last",
    "api_visibility": "private",
}
WATCHERS = 12  # sessions that follow a run at once; the manager runs one at a time
RUNNING: dict[str, Any] = {
    "api_visibility": "private",
    "concurrency_id": "runs",
    "concurrency_limit": WATCHERS,
    "show_progress": "hidden",
    "trigger_mode": "once",
}
BAD_DRAWING = "That is not a drawing of the pad (a PNG of 280 × 280 pixels). Clear it and draw."


def session_of(request: gr.Request | None) -> str:
    """Who asks: one open page. Direct calls without one share nothing."""
    return (request.session_hash if request else None) or "nobody"


def picked(event: gr.EventData, limits: Sequence[int]) -> list[int] | None:
    """Numbers that a view's `pick` event carries; None unless each is below its limit."""
    values = event._data.get("picked") if isinstance(event._data, dict) else None
    if not isinstance(values, list) or len(values) != len(limits):
        return None
    good = all(type(v) is int and 0 <= v < limit for v, limit in zip(values, limits, strict=True))
    return values if good else None


def read_pad(value: object) -> Drawing:
    """What the pad sent, as the models see it.

    Raises:
        gr.Error: it is not a picture of the pad; nothing of the input is repeated.
    """
    try:
        return preprocess(decode_png(value))
    except ValueError as error:
        raise gr.Error(BAD_DRAWING, print_exception=False) from error
