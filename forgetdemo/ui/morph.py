"""The Morph tab: two digits blend into each other, and one sees where the boundary moved."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import gradio as gr

from forgetdemo.predict.preprocess import Drawing, canvas_of, png_url
from forgetdemo.ui.bench import Bench, Served
from forgetdemo.ui.events import QUICK, Changes, Told, picked, read_pad, session_of
from forgetdemo.ui.parts import View, Words
from forgetdemo.views.comparison import compare
from forgetdemo.views.markup import html
from forgetdemo.views.morph import STEPS, blend, boundary_words, strip
from forgetdemo.views.pictures import samples_view

FIRST = (0, 11)  # samples that are the ends before anyone chooses: a six and a three


@dataclass(frozen=True)
class MorphTab:
    """The components of the tab."""

    ends: gr.State  # what the pad would send for each of the two
    start: View
    end: View
    take_start: gr.Button
    take_end: gr.Button
    share: gr.Slider
    strip: View
    words: Words
    comparison: View


def build(served: Served) -> MorphTab:
    """Lay the tab out: two sets of digits, the strip, and a slider along it."""
    samples = served.samples
    with gr.Row():
        with gr.Column(min_width=300):
            Words(html('<p class="fd-small">From</p>'))
            start = View("pictures", samples_view("From", samples), elem_id="morph-start")
            take_start = gr.Button("From my drawing", size="sm", elem_id="morph-take-start")
        with gr.Column(min_width=300):
            Words(html('<p class="fd-small">To</p>'))
            end = View("pictures", samples_view("To", samples), elem_id="morph-end")
            take_end = gr.Button("To my drawing", size="sm", elem_id="morph-take-end")
    strip_view = View("morph", elem_id="morph-strip")
    words = Words(elem_id="morph-words")
    share = gr.Slider(0, 100, value=50, step=1, label="Blend (%)", elem_id="morph-share")
    comparison = View("comparison", elem_id="morph-comparison")
    ends = gr.State([samples[index]["pad"] for index in FIRST])
    return MorphTab(ends, start, end, take_start, take_end, share, strip_view, words, comparison)


def wire(tab: MorphTab, bench: Bench) -> None:
    """Connect the tab: two ends, the strip, whose steps go on the pad, the slider."""
    desk, samples, library = bench.desk, bench.served.samples, bench.served.library

    def shown(told: Told, request: gr.Request) -> Changes:
        """What the two columns' models say between the ends, and at the slider."""
        start, end = (read_pad(value) for value in two(told[tab.ends]))
        entries = library.pick(session_of(request), [told[desk.left], told[desk.right]])
        data, share = strip(entries, start, end), told[tab.share]
        at = share / 100 if isinstance(share, int | float) and 0 <= share <= 100 else 0.5
        middle = Drawing(blend(start.pixels, end.pixels, at), start.is_blank or end.is_blank)
        return {
            tab.strip: data,
            tab.words: html('<p class="fd-small">{}</p>', boundary_words(entries, data)),
            tab.comparison: compare(entries, middle)[0],
        }

    def ending(place: int, value: Any, told: Told, request: gr.Request) -> Changes:
        """Another digit at one of the ends."""
        ends = two(told[tab.ends])
        ends[place] = value
        return {tab.ends: ends, **shown({**told, tab.ends: ends}, request)}

    def sampled(place: int) -> Callable[..., Changes]:
        def chosen(told: Told, event: gr.EventData, request: gr.Request) -> Changes:
            index = picked(event, [len(samples)])
            if index is None:
                return gr.skip()
            return ending(place, samples[index[0]]["pad"], told, request)

        return chosen

    def taken(place: int) -> Callable[..., Changes]:
        def chosen(told: Told, request: gr.Request) -> Changes:
            return ending(place, told[desk.pad], told, request)

        return chosen

    def onto_pad(told: Told, event: gr.EventData, request: gr.Request) -> Changes:
        """Put a step of the strip on the pad."""
        step = picked(event, [STEPS])
        if step is None:
            return gr.skip()
        start, end = (read_pad(value).pixels for value in two(told[tab.ends]))
        picture = png_url(canvas_of(blend(start, end, step[0] / (STEPS - 1))))
        return bench.onto_pad(picture, told, request)

    inputs: set[Any] = {tab.ends, tab.share, desk.left, desk.right}
    outputs = [tab.strip, tab.words, tab.comparison]
    chosen = [tab.ends, *outputs]
    tab.strip.pick(
        onto_pad, {tab.ends, *bench.columns}, bench.opened, api_name="morph_step", **QUICK
    )
    for place, row, take in ((0, tab.start, tab.take_start), (1, tab.end, tab.take_end)):
        row.pick(sampled(place), inputs, chosen, api_name=f"morph_pick_{place}", **QUICK)
        take.click(
            taken(place), {*inputs, desk.pad}, chosen, api_name=f"morph_take_{place}", **QUICK
        )
    for name, event in (
        ("share", tab.share.change),
        ("left", desk.left.change),
        ("right", desk.right.change),
        ("load", bench.page.load),
    ):
        event(shown, inputs, outputs, api_name=f"morph_{name}", **QUICK)


def two(ends: Any) -> list[Any]:
    """The two ends; nothing at either where they are none."""
    return list(ends) if isinstance(ends, list) and len(ends) == 2 else [None, None]
