"""A finished run as the page shows it: figures, matrices, certificate, moved weights, downloads."""

from dataclasses import dataclass
from typing import Any

import gradio as gr

from forgetdemo.files.run import Run
from forgetdemo.ui.doors import Doors, build_doors
from forgetdemo.ui.events import Changes
from forgetdemo.ui.parts import View, Words
from forgetdemo.views import heat
from forgetdemo.views.markup import Markup, html
from forgetdemo.views.report import headline, honest_words, matrix


@dataclass(frozen=True)
class Result:
    """The components of one result."""

    words: Words
    headline: View
    doors: Doors
    mask: View
    heat: View
    downloads: Words

    @property
    def components(self) -> list[Any]:
        """What a new result changes: all of it, and the doors, which it closes."""
        return [
            *(self.words, self.headline, *self.doors.matrices.values()),
            *(self.doors.made, self.doors.behind),
            *(self.mask, self.heat, self.downloads),
        ]

    def of(self, run: Run, links: Markup) -> Changes:
        """Show a verified run, and links to its files."""
        report = run.report.to_dict()
        took = ", ".join(f"{name} {seconds:.1f} s" for name, seconds in report["seconds"].items())
        words = html(
            '<p class="fd-honest">{} <span class="fd-small">{}</span></p>',
            honest_words(report),
            took,
        )
        return {
            self.words: words,
            self.headline: headline(report),
            self.doors.matrices["before"]: matrix(report, "before", "Before"),
            self.doors.matrices["after"]: matrix(report, "after", "After"),
            self.mask: report["mask"],
            self.heat: heat.moved(run.weights("before"), run.weights("after")),
            self.downloads: links,
        }


def build_result(run: Run, links: Markup) -> Result:
    """Lay one result out, with the run that is there before any other."""
    words = Words(elem_id="lab-words")
    top = View("headline", elem_id="lab-headline")
    with gr.Row():
        with gr.Column(min_width=320):
            before = View("confusion", elem_id="lab-before")
        with gr.Column(min_width=320):
            after = View("confusion", elem_id="lab-after")
    doors = build_doors(before, after, "lab-cell-images")
    with gr.Row():
        with gr.Column(min_width=320):
            mask = View("maskShares", elem_id="lab-mask")
        with gr.Column(min_width=320):
            moved = View("heat", elem_id="lab-heat")
    result = Result(words, top, doors, mask, moved, Words(elem_id="lab-downloads"))
    for component, value in result.of(run, links).items():
        component.value = component.postprocess(value)
    return result
