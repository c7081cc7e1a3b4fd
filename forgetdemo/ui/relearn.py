"""The Relearn tab: bring the digit back, from training images or from one's own drawings."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import gradio as gr

from forgetdemo.live.job import Event
from forgetdemo.predict.preprocess import Drawing, png_url
from forgetdemo.ui.library import Library
from forgetdemo.ui.parts import DigitPad, View
from forgetdemo.ui.unlearn import status_of, words_of
from forgetdemo.views.records import show
from forgetdemo.views.recovery import COUNTS, Curves, curves_of, depth_words, references

MOST = 20  # drawings kept
SHIPPED = "after"
READY = "Choose a model that has forgotten, and teach it again."


@dataclass(frozen=True)
class RelearnTab:
    """Components that the page wires."""

    source: gr.Dropdown
    count: gr.Radio
    run: gr.Button
    pad: DigitPad
    add: gr.Button
    drop: gr.Button
    teach: gr.Button
    drawn: View
    stop: gr.Button
    status: View
    curve: View
    words: gr.HTML

    def outputs(self) -> list[Any]:
        """What a lesson writes to."""
        return [self.status, self.curve, self.words, self.stop]


def build_relearn(known: Curves, off: str = "") -> RelearnTab:
    """Lay the tab out.

    Args:
        known: reference curves that are there before any lesson.
        off: why no lesson is possible here, said instead of the invitation.
    """
    with gr.Row(equal_height=False):
        with gr.Column(scale=2, min_width=300):
            source = gr.Dropdown(
                [("After", SHIPPED)], value=SHIPPED, label="Teach this model", elem_id="teach-model"
            )
            count = gr.Radio(
                list(COUNTS), value=5, label="with so many training images of its digit",
                elem_id="teach-count",
            )  # fmt: skip
            with gr.Row():
                run = gr.Button(
                    "Relearn", variant="primary", elem_id="relearn", interactive=not off
                )
                stop = gr.Button("Stop", interactive=False, elem_id="relearn-stop")
            gr.HTML('<p class="fd-small">or draw the digit five times and teach it yourself:</p>')
            pad = DigitPad(elem_id="teach-pad")
            with gr.Row():
                add = gr.Button("Add drawing", elem_id="teach-add")
                drop = gr.Button("Start over", elem_id="teach-drop")
            drawn = View("pictures", pictures_of([]), elem_id="teach-drawn")
            teach = gr.Button("Teach with my drawings", elem_id="teach", interactive=not off)
        with gr.Column(scale=3, min_width=300):
            said = f"{off}." if off else READY
            status = View("progress", status_of(said, None, "done"), elem_id="relearn-status")
            curve = View("curves", curves_of([], known, 5), elem_id="relearn-curve")
            words = gr.HTML("", elem_id="relearn-words")
    return RelearnTab(source, count, run, pad, add, drop, teach, drawn, stop, status, curve, words)


def pictures_of(drawings: Sequence[str]) -> dict[str, Any]:
    """The drawings so far, as thumbnails."""
    items = [{"label": f"drawing {i + 1}", "picture": url} for i, url in enumerate(drawings)]
    return {"label": "Your drawings", "items": items, "empty": "No drawings yet."}


def add_drawing(drawing: Drawing, kept: Any) -> tuple[list[Any], str]:
    """One more drawing in the lesson: (pixels of all, thumbnails); a blank one changes nothing."""
    lesson = [row for row in kept if isinstance(row, list)] if isinstance(kept, list) else []
    if not drawing.is_blank and len(lesson) < MOST:
        lesson = [*lesson, drawing.pixels.ravel().tolist()]
    return lesson, show(pictures_of([thumbnail(row) for row in lesson]))


def thumbnail(row: Sequence[int]) -> str:
    """784 grey values as a picture."""
    import numpy as np

    return png_url(np.array(row, np.uint8).reshape(28, 28))


def lesson_frames(
    library: Library, session: str, key: str, forget: int, count: int
) -> Iterator[list[Any]]:
    """Values of `RelearnTab.outputs` while a lesson goes on, and at its end."""
    points: list[Any] = []
    name = library.shipped.manifest["classes"][forget]
    known = references(library.shipped.manifest, forget)
    last: Any = None
    for event in library.manager.watch(session, key):
        points += [[r["step"], r["acc_forget"]] for r in event.records]
        last = event.records[-1] if event.records else last
        curve = show(curves_of(points, known, count))
        if event.state in ("queued", "running"):
            shown = Event(**{**vars(event), "records": [last] if last else []})
            share = last["step"] / last["of"] if last else 0.0
            status = show(status_of(words_of(shown), share))
            yield [status, curve, "", gr.update(interactive=True)]
        elif event.state in ("ready", "done"):
            if not points:  # made before: its curve is on the shelf
                from forgetdemo.files.run import read_run

                history = read_run(library.live(key).directory).history["relearn"]
                points = [[r["step"], r["acc_forget"]] for r in history]
                curve = show(curves_of(points, known, count))
            words = f'<p class="fd-honest">{depth_words(name, points, known, count)}</p>'
            done = show(status_of(f"{event.title}: done. It is on the pad now.", 1.0, "done"))
            yield [done, curve, words, gr.update(interactive=False)]
            return
        else:
            text = f"{event.title}: {event.sentence or event.state}"
            failed = show(status_of(text, None, "failed"))
            yield [failed, gr.skip(), gr.skip(), gr.update(interactive=False)]
            return


def lesson_refused(words: str) -> list[Any]:
    """Values of `RelearnTab.outputs` for a lesson that was not taken."""
    return [show(status_of(words, None, "failed")), gr.skip(), gr.skip(), gr.skip()]
