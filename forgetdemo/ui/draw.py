"""The Draw tab: a pad on the left, the models' answers on the right."""

from dataclasses import dataclass

import gradio as gr

from forgetdemo.predict.entry import DEFAULT, TITLES, choose, shipped_entries
from forgetdemo.ui.bench import Bench, Desk, Served
from forgetdemo.ui.events import QUICK, Changes, Told, picked, read_pad
from forgetdemo.ui.parts import DigitPad, View, Words
from forgetdemo.views.comparison import compare
from forgetdemo.views.markup import html
from forgetdemo.views.pictures import samples_view
from forgetdemo.views.sure import sureness


@dataclass(frozen=True)
class DrawTab:
    """The components of the tab."""

    desk: Desk
    samples: View


def build(served: Served) -> DrawTab:
    """Lay the tab out, with the first sample on the pad and its answers beside it."""
    shipped, first = shipped_entries(served.library.shipped), served.samples[0]["pad"]
    pair, drawing = choose(shipped, DEFAULT), read_pad(first)
    said, seen = compare(pair, drawing)
    sure = sureness(served.sure, shipped["before"].classifier, pair, drawing)
    with gr.Row(equal_height=False):
        with gr.Column(scale=2, min_width=300):
            pad = DigitPad(first, elem_id="pad")
            preview = View("preview", seen, elem_id="preview")
        with gr.Column(scale=3, min_width=300):
            comparison = View("comparison", said, elem_id="comparison")
            sets = View("sureness", sure, elem_id="sureness")
            Words(html('<p class="fd-small">or click a digit from the test images</p>'))
            clicked = samples_view("Sample digits", served.samples)
            samples = View("pictures", clicked, elem_id="samples")
    with gr.Row():
        left = selector(served, "before", "Left column", "left")
        right = selector(served, "after", "Right column", "right")
        extras = [(TITLES[key], key) for key in shipped if key not in DEFAULT]
        more = gr.CheckboxGroup(
            extras, value=[], label="Also show", visible=bool(extras), elem_id="more"
        )
    return DrawTab(Desk(pad, comparison, preview, sets, left, right, more), samples)


def selector(served: Served, value: str, label: str, name: str) -> gr.Dropdown:
    """A dropdown that chooses the model of one column."""
    offered = [(e.title, e.key) for e in shipped_entries(served.library.shipped).values()]
    return gr.Dropdown(offered, value=value, label=label, elem_id=name, min_width=140)


def wire(tab: DrawTab, bench: Bench) -> None:
    """Answer every stroke, every choice of a column, and a click on a sample."""
    desk, samples = tab.desk, bench.served.samples

    def sampled(told: Told, event: gr.EventData, request: gr.Request) -> Changes:
        """Put a sample on the pad, and answer it at once."""
        chosen = picked(event, [len(samples)]) or [0]
        picture = samples[chosen[0]]["pad"]
        return {desk.pad: picture, **bench.drawn({**told, desk.pad: picture}, request)}

    for name, event in (
        ("stroke", desk.pad.stroke),
        ("left", desk.left.input),
        ("right", desk.right.input),
        ("more", desk.more.change),
    ):
        event(bench.drawn, bench.asked, bench.answers, api_name=f"draw_{name}", **QUICK)
    tab.samples.pick(
        sampled, bench.columns, [desk.pad, *bench.answers], api_name="draw_sample", **QUICK
    )
