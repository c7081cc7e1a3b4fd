"""The Relearn tab: bring the digit back, from training images or from one's own drawings."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import gradio as gr

from forgetdemo.files.run import read_run
from forgetdemo.ui import static
from forgetdemo.ui.bench import Bench, Served
from forgetdemo.ui.events import QUICK, RUNNING, Changes, Told, read_pad, session_of
from forgetdemo.ui.library import Library
from forgetdemo.ui.parts import DigitPad, View, Words
from forgetdemo.views.markup import html
from forgetdemo.views.pictures import add_drawing, lesson_view
from forgetdemo.views.progress import ended, failed, progress, under_way
from forgetdemo.views.recovery import COUNTS, band, curves_of, depth_words, references

SHIPPED = "after"
READY = "Choose a model that has forgotten, and teach it again."
FEW = 5  # training images, before anyone chooses


@dataclass(frozen=True)
class RelearnTab:
    """The components of the tab."""

    source: gr.Dropdown
    count: gr.Radio
    run: gr.Button
    stop: gr.Button
    pad: DigitPad
    add: gr.Button
    drop: gr.Button
    drawn: View
    teach: gr.Button
    status: View
    curve: View
    words: Words

    @property
    def followed(self) -> list[Any]:
        """What a lesson changes."""
        return [self.status, self.curve, self.words, self.stop]


def build(served: Served) -> RelearnTab:
    """Lay the tab out, with the reference curves that are there before any lesson."""
    off = served.library.manager.off
    forget = served.report["forget_class"]
    known, among = references(served.run.manifest, forget), band(served.library.shipped, forget)
    with gr.Row(equal_height=False):
        with gr.Column(scale=2, min_width=300):
            source = gr.Dropdown(
                [("After", SHIPPED)], value=SHIPPED, label="Teach this model", elem_id="teach-model"
            )
            count = gr.Radio(
                list(COUNTS),
                value=FEW,
                label="with so many training images of its digit",
                elem_id="teach-count",
            )
            with gr.Row():
                run = gr.Button(
                    "Relearn", variant="primary", elem_id="relearn", interactive=not off
                )
                stop = gr.Button("Stop", interactive=False, elem_id="relearn-stop")
            Words(
                html('<p class="fd-small">or draw the digit five times and teach it yourself:</p>')
            )
            pad = DigitPad(elem_id="teach-pad")
            with gr.Row():
                add = gr.Button("Add drawing", elem_id="teach-add")
                drop = gr.Button("Start over", elem_id="teach-drop")
            drawn = View("pictures", lesson_view([]), elem_id="teach-drawn")
            teach = gr.Button("Teach with my drawings", elem_id="teach", interactive=not off)
            if served.in_browser:
                Words(static.link("relearn"))
        with gr.Column(scale=3, min_width=300):
            said = progress(f"{off}." if off else READY)
            status = View("progress", said, elem_id="relearn-status")
            curve = View("curves", curves_of([], known, FEW, among), elem_id="relearn-curve")
            words = Words(elem_id="relearn-words")
    return RelearnTab(source, count, run, stop, pad, add, drop, drawn, teach, status, curve, words)


def frames(
    tab: RelearnTab, library: Library, session: str, key: str, forget: int, count: int
) -> Iterator[Changes]:
    """What changes while a lesson of `count` images of `forget` goes on, and at its end."""
    name = library.shipped.manifest["classes"][forget]
    known, among = references(library.shipped.manifest, forget), band(library.shipped, forget)
    points: list[list[float]] = []
    last = None
    for event in library.manager.watch(session, key):
        points += points_of(event.records)
        last = event.records[-1] if event.records else last
        if event.state in ("queued", "running"):
            yield {
                tab.status: under_way(event, last),
                tab.curve: curves_of(points, known, count, among),
                tab.words: None,
                tab.stop: gr.update(interactive=True),
            }
        elif event.state in ("ready", "done"):
            if not points:  # made before: its curve is on the shelf
                points = points_of(read_run(library.live(key).directory).history["relearn"])
            said = depth_words(name, points, known, count, among)
            yield {
                tab.status: progress(f"{event.title}: done. It is on the pad now.", 1.0),
                tab.curve: curves_of(points, known, count, among),
                tab.words: html('<p class="fd-honest">{}</p>', said),
                tab.stop: gr.update(interactive=False),
            }
            return
        else:
            yield {tab.status: ended(event), tab.stop: gr.update(interactive=False)}
            return


def points_of(records: Any) -> list[list[float]]:
    """Progress records → points of the recovery."""
    return [[record["step"], record["acc_forget"]] for record in records]


def wire(tab: RelearnTab, bench: Bench) -> None:
    """Connect the tab: lessons from images, lessons from drawings, stop."""
    library = bench.served.library
    kept = gr.State([])  # the drawings so far: 784 grey values each

    def teach(
        told: Told, images: Any, drawings: list[Any] | None, request: gr.Request
    ) -> Iterator[Changes]:
        """Follow one lesson: from `images` training images, or from drawings if these are given."""
        session, source = session_of(request), told[tab.source]
        try:
            start = None if source == SHIPPED else source
            forget = library.own(session, start).manifest["forget_class"]
            config = {"forget_class": forget}
            if drawings is None:
                config["images"] = images
            elif not drawings:
                raise ValueError("draw the digit and press Add drawing first")
            values = {"config": config, "drawings": drawings}
            key = library.manager.submit(session, "relearn", values, start)
        except (ValueError, OSError) as error:
            yield {tab.status: failed(f"{error}.")}
            return
        count = images if drawings is None else len(drawings)
        try:
            yield from frames(tab, library, session, key, forget, count)
        finally:
            library.manager.stop(session)
        yield bench.beside(key, source, told, request)

    def from_images(told: Told, request: gr.Request) -> Iterator[Changes]:
        yield from teach(told, told[tab.count], None, request)

    def from_drawings(told: Told, request: gr.Request) -> Iterator[Changes]:
        yield from teach(told, None, told[kept] or [], request)

    def keep(lesson: list[list[int]]) -> Changes:
        """Show this lesson, and clear the pad for its next drawing."""
        return {kept: lesson, tab.drawn: lesson_view(lesson), tab.pad: None}

    def added(told: Told) -> Changes:
        return keep(add_drawing(read_pad(told[tab.pad]), told[kept]))

    def dropped() -> Changes:
        return keep([])

    here, followed = {*bench.asked, bench.pairs, tab.source}, [*tab.followed, *bench.placed]
    tab.run.click(from_images, {*here, tab.count}, followed, api_name="lesson", **RUNNING)
    tab.teach.click(from_drawings, {*here, kept}, followed, api_name="lesson_drawn", **RUNNING)
    lesson = [kept, tab.drawn, tab.pad]
    tab.add.click(added, {tab.pad, kept}, lesson, api_name="add_drawing", **QUICK)
    tab.drop.click(dropped, None, lesson, api_name="drop_drawings", **QUICK)
    tab.stop.click(bench.stop, None, None, api_name="stop_lesson", **QUICK)
