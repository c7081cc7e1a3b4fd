"""A finished run as the page shows it: figures, matrices, certificate, moved weights, downloads."""

import io
import zipfile
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import gradio as gr

from forgetdemo.checkpoint import MANIFEST
from forgetdemo.inference import Models
from forgetdemo.rundir import Run
from forgetdemo.ui import heat
from forgetdemo.ui.doors import Doors, build_doors
from forgetdemo.ui.parts import View, show
from forgetdemo.ui.report import (
    download_links,
    headline,
    honest_words,
    matrix,
    unlearning_curves,
)

ARCHIVE = "everything.zip"
PLOTS = "plots.zip"
Plots = Callable[[], Mapping[str, bytes]]


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
            "still": True,  # held-out images, not test images: nothing is behind its cells
        }
    )


def archive(files: Mapping[str, bytes]) -> bytes:
    """Files as one zip, in order of their names and with fixed times: equal files, equal bytes."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as packed:
        for name in sorted(files):
            packed.writestr(zipfile.ZipInfo(name), files[name], zipfile.ZIP_DEFLATED)
    return buffer.getvalue()


def links_of(models: Models) -> str:
    """Download links of a result: both models, manifest, report, plots, a zip of everything."""
    return download_links(models, archives=(PLOTS, ARCHIVE))


def archive_lookup(models: Models, plots: Plots, digest: str, name: str) -> bytes | None:
    """A file for the download route; the zips go by the manifest's hash.

    Args:
        models: of a folder whose pictures may lie elsewhere: a live run draws them last.
        plots: gives the pictures by name, {} where there are none.
        digest: SHA-256 of the file, or of the folder's manifest.
        name: what is asked for.
    Returns:
        None if this folder has no such file, or no pictures to pack.
    Raises:
        CheckpointError, OSError: a file is damaged, or gone.
    """
    if name not in (ARCHIVE, PLOTS):
        return models.download(digest, name)
    manifest = models.download(digest, MANIFEST)
    if manifest is None:
        return None
    pictures = dict(plots())
    if name == PLOTS:
        return archive(pictures) if pictures else None
    files = {name: models.file(name) for name in models.manifest["files"]}
    return archive(files | pictures | {MANIFEST: manifest})
