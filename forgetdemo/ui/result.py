"""A finished run as the page shows it: figures, matrices, certificate, moved weights, downloads."""

from dataclasses import dataclass
from typing import Any

import gradio as gr

from forgetdemo.files.run import Run
from forgetdemo.ui.doors import Doors, build_doors
from forgetdemo.ui.parts import View
from forgetdemo.views import heat
from forgetdemo.views.records import show
from forgetdemo.views.report import headline, honest_words, matrix


@dataclass(frozen=True)
class ResultViews:
    """The components of one result, in the order of `values`."""

    words: gr.HTML
    headline: View
    before: View
    after: View
    mask: View
    heat: View
    downloads: gr.HTML
    doors: Doors

    def all(self) -> list[Any]:
        """As event outputs; the doors' part, emptied by a new result, comes first."""
        return [
            self.doors.made,
            self.doors.behind,
            self.words,
            self.headline,
            self.before,
            self.after,
            self.mask,
            self.heat,
            self.downloads,
        ]


def build_result(first: list[str]) -> ResultViews:
    """Lay one result out; `first` are the values that are there before any run."""
    words = gr.HTML(first[0], elem_id="lab-words")
    top = View("headline", elem_id="lab-headline")
    with gr.Row():
        with gr.Column(min_width=320):
            before = View("confusion", elem_id="lab-before")
        with gr.Column(min_width=320):
            after = View("confusion", elem_id="lab-after")
    doors = build_doors("lab-cell-images")
    with gr.Row():
        with gr.Column(min_width=320):
            mask = View("maskShares", elem_id="lab-mask")
        with gr.Column(min_width=320):
            moved = View("heat", elem_id="lab-heat")
    links = gr.HTML(first[6], elem_id="lab-downloads")
    views = ResultViews(words, top, before, after, mask, moved, links, doors)
    for view, value in zip((top, before, after, mask, moved), first[1:6], strict=True):
        view.value = value
    return views


def result_values(run: Run, links: str) -> list[str]:
    """Values of all result components for a verified run."""
    report = run.report.to_dict()
    took = ", ".join(f"{name} {seconds:.1f} s" for name, seconds in report["seconds"].items())
    return [
        f'<p class="fd-honest">{honest_words(report)} <span class="fd-small">{took}</span></p>',
        show(headline(report)),
        show(matrix(report, "before", "Before")),
        show(matrix(report, "after", "After")),
        show(report["mask"]),
        show(heat.moved(run.weights("before"), run.weights("after"))),
        links,
    ]
