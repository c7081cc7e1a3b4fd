"""The Morph tab: two digits blend into each other, and one sees where the boundary moved."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import gradio as gr
import numpy as np

from forgetdemo.preprocess import Drawing, png_url
from forgetdemo.ui.library import Entry
from forgetdemo.ui.parts import View

STEPS = 11


def blend(start: np.ndarray, end: np.ndarray, share: float) -> np.ndarray:
    """Mix two 28×28 pictures: (1 - share) · start + share · end, rounded half up to uint8."""
    if not 0 <= share <= 1:
        raise ValueError(f"share must be in [0, 1], got {share!r}")
    mixed = (1 - share) * start.astype(np.float64) + share * end.astype(np.float64)
    return np.floor(mixed + 0.5).astype(np.uint8)


def strip(entries: Sequence[Entry], start: Drawing, end: Drawing) -> dict[str, Any] | None:
    """What each model says along the way, as the `morph` view takes it; None without two digits."""
    if start.is_blank or end.is_blank:
        return None
    pictures = np.stack([blend(start.pixels, end.pixels, i / (STEPS - 1)) for i in range(STEPS)])
    pixels = (pictures[:, None] / np.float32(255)).astype(np.float32)
    said = [entry.classifier(pixels)[0] for entry in entries]  # each (STEPS, 10)
    return {
        "classes": entries[0].classes,
        "titles": [entry.title for entry in entries],
        "roles": [entry.role for entry in entries],
        "steps": [
            {
                "picture": png_url(pictures[i]),
                "answers": [
                    {"answer": int(p[i].argmax()), "confidence": float(p[i].max())} for p in said
                ],
            }
            for i in range(STEPS)
        ],
    }


def boundary_words(entries: Sequence[Entry], data: dict[str, Any] | None) -> str:
    """Where each model changes its mind, in one sentence."""
    if data is None:
        return "Choose two digits."
    words = []
    for row, entry in enumerate(entries):
        answers = [step["answers"][row]["answer"] for step in data["steps"]]
        turns = [
            f"{entry.classes[a]} until {100 * i // (STEPS - 1)} %"
            for i, (a, b) in enumerate(zip(answers, answers[1:], strict=False))
            if a != b
        ]
        last = entry.classes[answers[-1]]
        words.append(f"{entry.title}: {', '.join([*turns, f'then {last}']) if turns else last}")
    return "; ".join(words) + "."


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
