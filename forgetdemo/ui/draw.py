"""The Draw tab: a pad on the left, the models' answers on the right."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import gradio as gr

from forgetdemo.predict.preprocess import Drawing, decode_png, preprocess
from forgetdemo.ui.parts import DigitPad, View

BAD_DRAWING = "That is not a drawing of the pad (a PNG of 280 × 280 pixels). Clear it and draw."


@dataclass(frozen=True)
class DrawTab:
    """Components that other tabs write to or read from."""

    pad: DigitPad
    comparison: View
    preview: View
    samples: View


def read_pad(value: object) -> Drawing:
    """What the pad sent, as the models see it.

    Raises:
        gr.Error: it is not a picture of the pad; nothing of the input is repeated.
    """
    try:
        return preprocess(decode_png(value))
    except ValueError as error:
        raise gr.Error(BAD_DRAWING, print_exception=False) from error


def build_draw(samples: Sequence[dict[str, Any]], first: tuple[str, str]) -> DrawTab:
    """Lay the tab out; `first` holds the values that are there before anyone draws."""
    with gr.Row(equal_height=False):
        with gr.Column(scale=2, min_width=300):
            pad = DigitPad(samples[0]["pad"], elem_id="pad")
            preview = View("preview", elem_id="preview")
            preview.value = first[1]
        with gr.Column(scale=3, min_width=300):
            comparison = View("comparison", elem_id="comparison")
            comparison.value = first[0]
            items = [
                {"label": f"test digit {s['label']}", "picture": s["picture"]} for s in samples
            ]
            gr.HTML('<p class="fd-small">or click a digit from the test images</p>')
            data = {"label": "Sample digits", "items": items}
            chosen = View("pictures", data, elem_id="samples")
    return DrawTab(pad, comparison, preview, chosen)


def picked(event: gr.EventData, limits: Sequence[int]) -> list[int] | None:
    """Numbers that a view's `pick` event carries; None unless each is below its limit."""
    values = event._data.get("picked") if isinstance(event._data, dict) else None
    if not isinstance(values, list) or len(values) != len(limits):
        return None
    good = all(type(v) is int and 0 <= v < limit for v, limit in zip(values, limits, strict=True))
    return values if good else None
