"""The Morph tab: two digits blend into each other, and one sees where the boundary moved."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import gradio as gr

from forgetdemo.ui.parts import View


@dataclass(frozen=True)
class MorphTab:
    """Components that the page wires."""

    start: View
    end: View
    take_start: gr.Button
    take_end: gr.Button
    share: gr.Slider
    strip: View
    words: gr.HTML
    comparison: View


def build_morph(samples: Sequence[dict[str, Any]]) -> MorphTab:
    """Lay the tab out: two sets of digits, the strip, and a slider along it."""
    items = [{"label": f"test digit {s['label']}", "picture": s["picture"]} for s in samples]
    with gr.Row():
        with gr.Column(min_width=300):
            gr.HTML('<p class="fd-small">From</p>')
            start = View("pictures", {"label": "From", "items": items}, elem_id="morph-start")
            take_start = gr.Button("From my drawing", size="sm", elem_id="morph-take-start")
        with gr.Column(min_width=300):
            gr.HTML('<p class="fd-small">To</p>')
            end = View("pictures", {"label": "To", "items": items}, elem_id="morph-end")
            take_end = gr.Button("To my drawing", size="sm", elem_id="morph-take-end")
    strip_view = View("morph", elem_id="morph-strip")
    words = gr.HTML("", elem_id="morph-words")
    share = gr.Slider(0, 100, value=50, step=1, label="Blend (%)", elem_id="morph-share")
    comparison = View("comparison", elem_id="morph-comparison")
    return MorphTab(start, end, take_start, take_end, share, strip_view, words, comparison)
