"""The Draw tab: a pad on the left, the models' answers on the right."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import gradio as gr
import numpy as np

from forgetdemo.answers import Column, ask, describe
from forgetdemo.config import ASSETS, IMAGE_SIZE
from forgetdemo.preprocess import Drawing, canvas_of, decode_png, png_url, preprocess
from forgetdemo.ui.library import Entry
from forgetdemo.ui.parts import DigitPad, View, show

BAD_DRAWING = "That is not a drawing of the pad (a PNG of 280 × 280 pixels). Clear it and draw."


@dataclass(frozen=True)
class DrawTab:
    """Components that other tabs write to or read from."""

    pad: DigitPad
    comparison: View
    preview: View
    samples: View


def load_samples() -> list[dict[str, Any]]:
    """Test digits to click: label, 28×28 picture and what the pad shows, as data URLs."""
    samples = json.loads((ASSETS / "samples.json").read_text(encoding="utf-8"))
    result = []
    for sample in samples:
        pixels = np.array(sample["pixels"], np.uint8).reshape(IMAGE_SIZE, IMAGE_SIZE)
        result.append(
            {
                "label": str(sample["label"]),
                "picture": png_url(pixels),
                "pad": png_url(canvas_of(pixels)),
            }
        )
    return result


def read_pad(value: object) -> Drawing:
    """What the pad sent, as the models see it.

    Raises:
        gr.Error: it is not a picture of the pad; nothing of the input is repeated.
    """
    try:
        return preprocess(decode_png(value))
    except ValueError as error:
        raise gr.Error(BAD_DRAWING, print_exception=False) from error


def columns_of(entries: Sequence[Entry], drawing: Drawing) -> list[Column]:
    """Ask every model about one drawing."""
    return [
        Column(
            title=entry.title,
            classes=entry.classes,
            probabilities=ask(entry.classifier, drawing),
            forget_class=entry.forget_class if entry.unlearned else None,
            redirect_to=entry.redirect_to,
        )
        for entry in entries
    ]


def compare(entries: Sequence[Entry], drawing: Drawing) -> tuple[str, str]:
    """Values of the comparison and of the preview for one drawing."""
    columns = columns_of(entries, drawing)
    comparison = {
        "classes": entries[0].classes,
        "columns": [
            {
                "key": entry.key,
                "title": entry.title,
                "role": entry.role,
                "probabilities": column.probabilities,
            }
            for entry, column in zip(entries, columns, strict=True)
        ],
        "sentence": describe(columns, drawing.is_blank),
    }
    picture = None if drawing.is_blank else png_url(drawing.pixels)
    return show(comparison), show({"picture": picture, "note": drawing.note})


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
