"""The Inside tab: a pad, what the two columns' models make of it inside, and models between."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import gradio as gr

from forgetdemo.files.checkpoint import CheckpointError
from forgetdemo.predict.answers import ask
from forgetdemo.predict.entry import DEFAULT, Entry
from forgetdemo.predict.inference import OnnxClassifier
from forgetdemo.predict.inside import (
    Inside,
    Opened,
    Seen,
    belongs,
    between,
    load_inside,
    occlusion,
    see_gallery,
)
from forgetdemo.predict.newest import Newest
from forgetdemo.predict.preprocess import Drawing, canvas_of, png_url
from forgetdemo.ui.bench import Bench, Served
from forgetdemo.ui.events import QUICK, Changes, Told, picked, read_pad, session_of
from forgetdemo.ui.parts import DigitPad, View, Words
from forgetdemo.views.inside import (
    SIZES,
    STRONGEST,
    Subject,
    cloud,
    inner_of,
    layers,
    probe_words,
    strokes,
    strongest,
    unit,
)
from forgetdemo.views.line import barrier_words, line_at, line_curves, line_words
from forgetdemo.views.markup import html

KEPT = 8  # models that stay open: the gallery is looked at once per model
PLACES = 4  # models between two that stay, for strokes that follow one another
INTRO = (
    "Draw, and see what each network makes of it. A frame with a corner ◥ marks what differs. "
    "Click a unit, or go there by Tab and arrows, to see what it does. The two networks are those "
    "of the columns on Draw."
)
WHERE = (
    "500 test images and your drawing ⊕ by the last hidden layer, all seen from the same side. The "
    "units of a network that was trained anew stand in another order: there only what lies "
    "together counts, not where."
)
STROKES = (
    "A square of 5 × 5 pixels is taken away, one place after the other: bright is what the "
    "answer's lead would lose, or gain, without it."
)
MISSING = (
    "These models cannot be looked into yet: `python -m export.inside --models DIR` measures what "
    "it takes."
)


class Looker:
    """Keeps models open that were looked into: the newest `KEPT`. Safe to call from threads."""

    def __init__(self, inside: Inside) -> None:
        self.inside = inside
        # A model's number is its key, so it stands beside what is kept: no other gets the number.
        self._open = Newest[tuple[OnnxClassifier, Opened, Seen]](KEPT)
        self._line = Newest[tuple[OnnxClassifier, OnnxClassifier, OnnxClassifier]](PLACES)

    def look(self, entry: Entry, drawing: Drawing) -> tuple[Subject, Opened]:
        """One model and one drawing.

        Raises:
            CheckpointError: the model's file is of another kind.
        """

        def make() -> tuple[OnnxClassifier, Opened, Seen]:
            model = self.inside.open(entry.classifier.data, entry.title)
            return entry.classifier, model, see_gallery(model, self.inside)

        _, model, seen = self._open.get(id(entry.classifier), make)
        return Subject(entry, inner_of(model, drawing), seen), model

    def between(self, left: Entry, right: Entry, alpha: float) -> OnnxClassifier:
        """The model on the line between two, kept while strokes follow one another.

        Raises:
            CheckpointError: a model's file is of another kind.
        """
        first, last = left.classifier, right.classifier

        def make() -> tuple[OnnxClassifier, OnnxClassifier, OnnxClassifier]:
            data = between(first.data, last.data, self.inside.tensors, alpha)
            return first, last, OnnxClassifier(data)

        return self._line.get((id(first), id(last), alpha), make)[2]


@dataclass(frozen=True)
class InsideTab:
    """The components of the tab, and who looks."""

    looker: Looker
    pad: DigitPad
    layers: View
    unit: View
    strokes: View
    cloud: View
    chosen: gr.State  # layer and unit
    alpha: gr.Slider
    between: View
    words: Words


def build(served: Served) -> InsideTab | None:
    """Lay the tab out; without what it takes, a sentence. Returns None then."""
    models = served.library.shipped
    try:
        inside = load_inside()
        missing = "" if belongs(inside, models) else MISSING
        probe = probe_words(models)
    except (OSError, ValueError) as error:
        missing = f"{error}."
    if missing:
        Words(html('<p class="fd-honest">{}</p>', missing), elem_id="inside-missing")
        return None
    Words(html('<p class="fd-small">{}</p>', INTRO))
    with gr.Row(equal_height=False):
        with gr.Column(scale=2, min_width=280):
            pad = DigitPad(served.samples[0]["pad"], elem_id="inside-pad")
            Words(html('<h2 class="fd-question">Which strokes speak for the answer</h2>'))
            strokes_view = View("strokes", elem_id="inside-strokes")
            Words(html('<p class="fd-small">{}</p>', STROKES))
        with gr.Column(scale=3, min_width=300):
            layers_view = View("inside", elem_id="inside-layers")
            unit_view = View("unit", elem_id="inside-unit")
    Words(html('<h2 class="fd-question">Where it lies</h2><p class="fd-small">{}</p>', WHERE))
    cloud_view = View("cloud", elem_id="inside-cloud")
    Words(html('<p class="fd-honest">{}</p>', probe), elem_id="inside-probe")
    Words(html('<h2 class="fd-question">Between before and after</h2>'))
    alpha = gr.Slider(
        0,
        1.5,
        value=1,
        step=0.05,
        label="α: left column 0, right column 1",
        elem_id="between-alpha",
    )
    with gr.Row(equal_height=False):
        with gr.Column(min_width=300):
            comparison = View("comparison", elem_id="between-comparison")
        with gr.Column(min_width=300):
            View("curves", line_curves(inside, models.manifest), elem_id="between-curves")
    words = Words(elem_id="between-words")
    Words(html('<p class="fd-small">{}</p>', barrier_words(inside)), elem_id="between-barrier")
    return InsideTab(
        Looker(inside),
        pad,
        layers_view,
        unit_view,
        strokes_view,
        cloud_view,
        gr.State([]),
        alpha,
        comparison,
        words,
    )


def wire(tab: InsideTab | None, bench: Bench) -> None:
    """Follow the pads, the columns, a chosen unit and the slider, while the tab is open."""
    if tab is None:
        return
    desk, library, looker = bench.desk, bench.served.library, tab.looker

    def entries(told: Told, request: gr.Request) -> list[Entry]:
        wanted = [told[desk.left], told[desk.right]]
        found = library.pick(session_of(request), wanted)
        return found if len(found) == 2 else library.pick(session_of(request), DEFAULT)

    def looked(told: Told, drawing: Drawing, request: gr.Request) -> Changes:
        """All that is seen of a drawing."""
        chosen = chosen_of(told[tab.chosen])
        pair = entries(told, request)
        try:
            both = [looker.look(entry, drawing) for entry in pair]
        except CheckpointError as error:
            raise gr.Error(str(error), print_exception=False) from error
        subjects = [subject for subject, _ in both]
        maps = [None if s.inner is None else occlusion(m, drawing.pixels) for s, m in both]
        return {
            tab.layers: layers(subjects, drawing, chosen),
            tab.unit: unit(looker.inside, subjects, drawing, chosen),
            tab.strokes: strokes(subjects, maps),
            tab.cloud: cloud(looker.inside, subjects),
            **moved(told, drawing, pair),
        }

    def moved(told: Told, drawing: Drawing, pair: Sequence[Entry]) -> Changes:
        """What the model says where the slider is."""
        left, right = pair
        alpha = alpha_of(told[tab.alpha])
        try:
            model = looker.between(left, right, alpha)
        except CheckpointError as error:
            raise gr.Error(str(error), print_exception=False) from error
        said = ask(model, drawing)
        measured = (left.key, right.key) == DEFAULT
        shown = line_at(looker.inside, left, said, alpha if measured else None)
        words = line_words(looker.inside, left, alpha if measured else None)
        return {tab.between: shown, tab.words: html('<p class="fd-small">{}</p>', words)}

    def opened(told: Told, request: gr.Request) -> Changes:
        """The tab was opened: the drawing of the pad on Draw comes along."""
        picture = told[desk.pad]
        return {tab.pad: picture, **looked(told, read_pad(picture), request)}

    def drawn(told: Told, request: gr.Request) -> Changes:
        """Another drawing on this tab's pad, which the one on Draw takes over."""
        picture = told[tab.pad]
        answered = bench.drawn({**told, desk.pad: picture}, request)
        return {desk.pad: picture, **answered, **looked(told, read_pad(picture), request)}

    def chose(told: Told, event: gr.EventData, request: gr.Request) -> Changes:
        """A unit was clicked, or reached by the keyboard."""
        at = picked(event, [len(SIZES), max(size for _, size in SIZES)])
        if at is None or at[1] >= SIZES[at[0]][1]:
            return gr.skip()
        told = {**told, tab.chosen: at}
        return {tab.chosen: at, **looked(told, read_pad(told[tab.pad]), request)}

    def slid(told: Told, request: gr.Request) -> Changes:
        return moved(told, read_pad(told[tab.pad]), entries(told, request))

    def onto_pad(told: Told, event: gr.EventData, request: gr.Request) -> Changes:
        """Put one of a unit's strongest images on the pad."""
        at, chosen = picked(event, [2, STRONGEST]), chosen_of(told[tab.chosen])
        if at is None or not chosen:
            return gr.skip()
        blank = Drawing(looker.inside.pixels[0] * 0, True)
        subject, _ = looker.look(entries(told, request)[at[0]], blank)
        images = strongest(subject.seen, SIZES[chosen[0]][0], chosen[1])
        if at[1] >= len(images):
            return gr.skip()
        picture = png_url(canvas_of(looker.inside.pixels[images[at[1]]]))
        return {tab.pad: picture, **drawn({**told, tab.pad: picture}, request)}

    inputs: set[Any] = {tab.pad, tab.chosen, tab.alpha, *bench.asked}
    sees = [tab.layers, tab.unit, tab.strokes, tab.cloud, tab.between, tab.words]
    pads = [desk.pad, *bench.answers]
    place = bench.places["inside"]
    place.select(opened, inputs, [tab.pad, *sees], api_name="inside_open", **QUICK)
    tab.pad.stroke(drawn, inputs, [*pads, *sees], api_name="inside_stroke", **QUICK)
    tab.layers.pick(chose, inputs, [tab.chosen, *sees], api_name="inside_unit", **QUICK)
    tab.unit.pick(onto_pad, inputs, [tab.pad, *pads, *sees], api_name="inside_image", **QUICK)
    tab.alpha.change(slid, inputs, [tab.between, tab.words], api_name="inside_alpha", **QUICK)


def chosen_of(value: object) -> Sequence[int]:
    """Layer and unit as the page holds them; nothing where they are none."""
    if not isinstance(value, list) or len(value) != 2:
        return []
    layer, at = value
    good = type(layer) is int and type(at) is int and 0 <= layer < len(SIZES)
    return value if good and 0 <= at < SIZES[layer][1] else []


def alpha_of(value: object) -> float:
    """Where the slider is; 1 where that is no place of it."""
    good = isinstance(value, int | float) and 0 <= value <= 1.5
    return round(float(value), 2) if good and isinstance(value, int | float) else 1.0
