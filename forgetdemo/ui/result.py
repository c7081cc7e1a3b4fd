"""A finished run as the page shows it: figures, matrices, certificate, moved weights, downloads."""

from dataclasses import dataclass
from typing import Any

import gradio as gr

from forgetdemo.files.run import Run
from forgetdemo.ui.doors import Doors, build_doors
from forgetdemo.ui.events import Changes
from forgetdemo.ui.parts import View
from forgetdemo.views import heat
from forgetdemo.views.report import headline, honest_words, matrix


@dataclass(frozen=True)
class Result:
    """The components of one result."""

    words: gr.HTML
    headline: View
    doors: Doors
    mask: View
    heat: View
    downloads: gr.HTML

    @property
    def components(self) -> list[Any]:
        """What a new result changes: all of it, and the doors, which it closes."""
        return [
            *(self.words, self.headline, *self.doors.matrices.values()),
            *(self.doors.made, self.doors.behind),
            *(self.mask, self.heat, self.downloads),
        ]

    def of(self, run: Run, links: str) -> Changes:
        """Show a verified run, and links to its files."""
        report = run.report.to_dict()
        took = ", ".join(f"{name} {seconds:.1f} s" for name, seconds in report["seconds"].items())
        words = f'{honest_words(report)} <span class="fd-small">{took}</span>'
        return {
            self.words: f'<p class="fd-honest">{words}</p>',
            self.headline: headline(report),
            self.doors.matrices["before"]: matrix(report, "before", "Before"),
            self.doors.matrices["after"]: matrix(report, "after", "After"),
            self.mask: report["mask"],
            self.heat: heat.moved(run.weights("before"), run.weights("after")),
            self.downloads: links,
        }


def build_result(run: Run, links: str) -> Result:
    """Lay one result out, with the run that is there before any other."""
    words = gr.HTML(elem_id="lab-words")
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
    result = Result(words, top, doors, mask, moved, gr.HTML(elem_id="lab-downloads"))
    for component, value in result.of(run, links).items():
        component.value = component.postprocess(value)
    return result
