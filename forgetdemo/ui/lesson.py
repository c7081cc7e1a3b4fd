"""The Lesson tab: a pad, and six steps beside it; web/shared/lesson.js knows where a visitor is."""

from dataclasses import dataclass

import gradio as gr

from forgetdemo.files.checkpoint import CheckpointError
from forgetdemo.ui.bench import Bench, Served
from forgetdemo.ui.events import QUICK, Changes, Told, picked, read_pad
from forgetdemo.ui.parts import DigitPad, View, Words
from forgetdemo.views.lesson import PLACES, Classroom, chosen_samples, lesson_view
from forgetdemo.views.markup import html
from forgetdemo.views.pictures import samples_view

SAMPLE, TEACH, OPEN = range(3)  # what a pick asks for first; web/shared/lesson.js has the same
MISSING = "The lesson's networks are not here; `python -m export.compared` makes them."


@dataclass(frozen=True, eq=False)
class LessonTab:
    """The components of the tab, its networks, and the samples that it offers by their places."""

    pad: DigitPad
    panel: View
    room: Classroom
    samples: list[int]


def build(served: Served) -> LessonTab | None:
    """Lay the tab out, with a sample on the pad; None where the networks are missing."""
    library = served.library
    try:
        room = Classroom(library.shipped, library.yardsticks, library.manager.data)
    except CheckpointError:
        Words(html('<p class="fd-honest">{}</p>', MISSING), elem_id="lesson-missing")
        return None
    places = chosen_samples(served.samples, room.classes[room.forget])
    first = served.samples[places[0]]["pad"]
    offered = samples_view("", [served.samples[i] for i in places])["items"]
    with gr.Row(equal_height=False):
        with gr.Column(scale=2, min_width=300):
            pad = DigitPad(first, elem_id="lesson-pad")
        with gr.Column(scale=3, min_width=300):
            shown = lesson_view(room, offered, read_pad(first), inside=True)
            panel = View("lesson", shown, elem_id="lesson-panel")
    return LessonTab(pad, panel, room, places)


def wire(tab: LessonTab | None, bench: Bench) -> None:
    """Answer every stroke, and what the panel asks for; a link leads to a step."""
    if tab is None:
        return
    samples = [bench.served.samples[i] for i in tab.samples]
    offered = samples_view("", samples)["items"]

    def answered(drawing: object, status: str = "") -> Changes:
        """What the networks say of the pad."""
        shown = lesson_view(tab.room, offered, read_pad(drawing), inside=True, status=status)
        return {tab.panel: shown}

    def drawn(told: Told) -> Changes:
        return answered(told[tab.pad])

    def asked(told: Told, event: gr.EventData) -> Changes:
        """Put a sample on the pad, teach all networks, or open another tab."""
        what, place = picked(event, [3, 64]) or [-1, 0]
        if what == SAMPLE and place < len(samples):
            picture = samples[place]["pad"]
            return {tab.pad: picture, **answered(picture)}
        if what == TEACH:
            try:
                tab.room.teach()
            except (ValueError, OSError) as error:
                return answered(told[tab.pad], f"{error}.")
            return answered(told[tab.pad])
        if what == OPEN and place < len(PLACES) and PLACES[place] in bench.places:
            return {bench.tabs: gr.Tabs(selected=PLACES[place])}
        return gr.skip()

    def linked(request: gr.Request) -> Changes:
        """Open the tab where the address names a step."""
        if request and "lesson" in request.query_params:
            return {bench.tabs: gr.Tabs(selected="lesson")}
        return gr.skip()

    tab.pad.stroke(drawn, {tab.pad}, [tab.panel], api_name="lesson_stroke", **QUICK)
    changed = [tab.pad, tab.panel, bench.tabs]
    tab.panel.pick(asked, {tab.pad}, changed, api_name="lesson_pick", **QUICK)
    bench.page.load(linked, None, [bench.tabs], api_name="lesson_link", **QUICK)
