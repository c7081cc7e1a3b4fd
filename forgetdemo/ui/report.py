"""The Report tab: the shipped pair's figures, matrices, curves and files."""

import gradio as gr

from forgetdemo.ui.bench import Bench, Served
from forgetdemo.ui.doors import Doors, build_doors, wire_doors
from forgetdemo.ui.downloads import download_links
from forgetdemo.ui.parts import View, Words
from forgetdemo.views.markup import html
from forgetdemo.views.report import (
    headline,
    honest_words,
    matrix,
    per_class,
    training_curves,
    unlearning_curves,
)


def build(served: Served) -> Doors:
    """Lay the tab out; returns the matrices and the place for their cells' images."""
    report, history = served.report, served.run.history
    Words(html('<p class="fd-honest">{}</p>', honest_words(report)))
    View("headline", headline(report), elem_id="headline")
    with gr.Row():
        with gr.Column(min_width=320):
            before = View("confusion", matrix(report, "before", "Before"), elem_id="matrix-before")
        with gr.Column(min_width=320):
            after = View("confusion", matrix(report, "after", "After"), elem_id="matrix-after")
    doors = build_doors(before, after, "cell-images")
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
    Words(download_links(served.library.shipped), elem_id="downloads")
    return doors


def wire(doors: Doors, bench: Bench) -> None:
    """Open the cells of the two matrices."""
    wire_doors(doors, bench)
