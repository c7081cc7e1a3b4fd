"""The report of a pair of models as the page shows it: pure functions, and the Report tab."""

from collections.abc import Mapping
from typing import Any

import gradio as gr

from forgetdemo.ui.doors import Doors, build_doors
from forgetdemo.ui.parts import View
from forgetdemo.views.report import (
    headline,
    honest_words,
    matrix,
    per_class,
    training_curves,
    unlearning_curves,
)


def build_report(
    report: Mapping[str, Any], history: Mapping[str, Any], links: str
) -> tuple[dict[str, View], Doors]:
    """Lay out the Report tab; returns the two matrices and the place for their cells' images."""
    gr.HTML(f'<p class="fd-honest">{honest_words(report)}</p>')
    View("headline", headline(report), elem_id="headline")
    with gr.Row():
        with gr.Column(min_width=320):
            before = View("confusion", matrix(report, "before", "Before"), elem_id="matrix-before")
        with gr.Column(min_width=320):
            after = View("confusion", matrix(report, "after", "After"), elem_id="matrix-after")
    doors = build_doors("cell-images")
    with gr.Row():
        with gr.Column(min_width=320):
            View("perClass", per_class(report), elem_id="per-class")
        with gr.Column(min_width=320):
            View("maskShares", report["mask"], elem_id="mask-shares")
    for pair in (training_curves(history), unlearning_curves(history)):
        with gr.Row():
            for data in pair:
                with gr.Column(min_width=320):
                    View("curves", data)
    gr.HTML(links, elem_id="downloads")
    return {"before": before, "after": after}, doors
