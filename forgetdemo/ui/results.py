"""A finished run as the page shows it: figures, matrices, certificate, moved weights, downloads."""

import io
import zipfile
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import gradio as gr

from forgetdemo.checkpoint import MANIFEST
from forgetdemo.inference import Models
from forgetdemo.rundir import Run
from forgetdemo.ui import heat
from forgetdemo.ui.parts import View, show
from forgetdemo.ui.report import (
    download_links,
    headline,
    honest_words,
    matrix,
    unlearning_curves,
)

ARCHIVE = "everything.zip"


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

    def all(self) -> list[Any]:
        """As event outputs."""
        return [
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
    with gr.Row():
        with gr.Column(min_width=320):
            mask = View("maskShares", elem_id="lab-mask")
        with gr.Column(min_width=320):
            moved = View("heat", elem_id="lab-heat")
    links = gr.HTML(first[6], elem_id="lab-downloads")
    views = ResultViews(words, top, before, after, mask, moved, links)
    for view, value in zip(views.all()[1:6], first[1:6], strict=True):
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


def run_curves(history: Mapping[str, Any], steps: int | None = None) -> tuple[str, str]:
    """The two curve views of a run, finished or not."""
    accuracy, loss = unlearning_curves(history, steps)
    return show(accuracy), show(loss)


def live_matrix(record: Mapping[str, Any], classes: list[str], forget: int) -> str:
    """The confusion matrix of held-out images while a run goes on."""
    return show(
        {
            "title": f"Held-out images at step {record['step']}",
            "role": "after",
            "classes": classes,
            "forget": forget,
            "counts": record["confusion"],
        }
    )


def archive(models: Models) -> bytes:
    """All files of a model folder as one zip, with fixed times: equal folders, equal bytes."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as packed:
        names = sorted(models.manifest["files"])
        for name in names:
            packed.writestr(zipfile.ZipInfo(name), models.file(name), zipfile.ZIP_DEFLATED)
        manifest = (models.directory / "manifest.json").read_bytes()
        packed.writestr(zipfile.ZipInfo("manifest.json"), manifest)
    return buffer.getvalue()


def links_of(models: Models) -> str:
    """Download links of a live run: both models, manifest, report, and a zip of everything."""
    return download_links(models, archive=ARCHIVE)


def archive_lookup(models: Models, digest: str, name: str) -> bytes | None:
    """A file for the download route; the zip goes by the manifest's hash."""
    if name == ARCHIVE:
        return archive(models) if models.download(digest, MANIFEST) is not None else None
    return models.download(digest, name)
