"""The Relearn tab: bring the digit back, from training images or from one's own drawings."""

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import gradio as gr

from forgetdemo.config import ASSETS
from forgetdemo.jobs import Event
from forgetdemo.preprocess import Drawing, png_url
from forgetdemo.ui.lab import status_of, words_of
from forgetdemo.ui.library import Library
from forgetdemo.ui.parts import DigitPad, View, show

COUNTS = (1, 5, 10, 50, 500)
MOST = 20  # drawings kept
SHIPPED = "after"
READY = "Choose a model that has forgotten, and teach it again."
BACK = 0.9


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


def build_relearn(off: str = "") -> RelearnTab:
    """Lay the tab out. off: why no lesson is possible here, said instead of the invitation."""
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
            curve = View("curves", curves_of([], None, 5), elem_id="relearn-curve")
            words = gr.HTML("", elem_id="relearn-words")
    return RelearnTab(source, count, run, pad, add, drop, teach, drawn, stop, status, curve, words)


def references() -> dict[str, Any]:
    """Curves of the shipped original and oracle; see benchmarks/relearning.py."""
    found: dict[str, Any] = json.loads((ASSETS / "relearning.json").read_text(encoding="utf-8"))
    return found


def nearest(count: int) -> str:
    """The reference lesson that is closest to `count` images."""
    return str(min(COUNTS, key=lambda known: abs(known - count)))


def curves_of(points: Sequence[Any], forget: int | None, count: int) -> dict[str, Any]:
    """The recovery beside the original's and the oracle's, where there are any for this digit."""
    known = references()
    lines = [{"name": "this model", "role": "after", "points": list(points)}]
    if forget is None or forget == known["forget_class"]:
        roles = {"original": "before", "retrained without it": "oracle"}
        for name, curves in known["curves"].items():
            lines.append({"name": name, "role": roles[name], "points": curves[nearest(count)]})
    return {
        "title": "Share of the digit's test images answered right",
        "xLabel": "steps of relearning",
        "yRange": [0, 1],
        "lines": lines,
    }


def back_after(points: Sequence[Any]) -> int | None:
    """First step from which the share stays at 90 %."""
    from forgetdemo.metrics import t90

    return t90([p[0] for p in points], [p[1] for p in points], BACK)


def depth_words(name: str, points: Sequence[Any], forget: int, count: int) -> str:
    """What a recovery says about how deep the forgetting went."""
    known = references()
    here, steps = back_after(points), points[-1][0]
    oracle = known["curves"]["retrained without it"][nearest(count)]
    comparable = forget == known["forget_class"]
    if here is None:
        other = (
            f"; a model that never saw it is at {100 * oracle[-1][1]:.0f} %" if comparable else ""
        )
        return (
            f"After {steps} steps {name} is at {100 * points[-1][1]:.0f} %, "
            f"not at {100 * BACK:.0f} % to stay{other}."
        )
    back = f"{name} is back to stay " + (
        "at once" if here == 0 else f"after {here} step{'s' if here > 1 else ''}"
    )
    if not comparable:
        return (
            f"{back}. No retrained model ships for this digit to compare with; "
            f"`python -m forgetdemo train --exclude-class {forget}` makes one."
        )
    there = back_after(oracle)
    if there is not None and here + 1 >= 0.5 * (there + 1):
        return f"{back}, about as late as in a model that never saw it ({there})."
    needs = f"needs {there}" if there is not None else f"is not back within {steps}"
    return (
        f"{back}; a model that never saw it {needs}. "
        "The answer was forgotten, the features were not."
    )


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
    last: Any = None
    for event in library.manager.watch(session, key):
        points += [[r["step"], r["acc_forget"]] for r in event.records]
        last = event.records[-1] if event.records else last
        curve = show(curves_of(points, forget, count))
        if event.state in ("queued", "running"):
            shown = Event(**{**vars(event), "records": [last] if last else []})
            share = last["step"] / last["of"] if last else 0.0
            status = show(status_of(words_of(shown), share))
            yield [status, curve, "", gr.update(interactive=True)]
        elif event.state in ("ready", "done"):
            if not points:  # made before: its curve is on the shelf
                from forgetdemo.rundir import read_run

                history = read_run(library.live(key).directory).history["relearn"]
                points = [[r["step"], r["acc_forget"]] for r in history]
                curve = show(curves_of(points, forget, count))
            words = f'<p class="fd-honest">{depth_words(name, points, forget, count)}</p>'
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
