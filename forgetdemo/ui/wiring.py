"""What happens on which event, tab by tab; the page lays the tabs out and calls these."""

import json
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import gradio as gr

from forgetdemo.predict.preprocess import Drawing, canvas_of, png_url
from forgetdemo.ui.draw import picked, read_pad
from forgetdemo.ui.library import Library
from forgetdemo.ui.morph import MorphTab
from forgetdemo.ui.relearn import SHIPPED, RelearnTab, add_drawing, lesson_frames, lesson_refused
from forgetdemo.ui.unlearn import LabTab, choices, lesson_of
from forgetdemo.views.comparison import compare
from forgetdemo.views.form import NAMES, WRITE_LINK, explain_share, link_values
from forgetdemo.views.morph import STEPS, blend, boundary_words, strip
from forgetdemo.views.records import show

QUICK: dict[str, Any] = {
    "queue": False,
    "show_progress": "hidden",
    "trigger_mode": "always_last",
    "api_visibility": "private",
}
WATCHERS = 12  # sessions that follow a run at once; the manager runs one at a time
RUNNING: dict[str, Any] = {
    "api_visibility": "private",
    "concurrency_id": "runs",
    "concurrency_limit": WATCHERS,
    "show_progress": "hidden",
    "trigger_mode": "once",
}


def session_of(request: gr.Request | None) -> str:
    """Who asks: one open page. Direct calls without one share nothing."""
    return (request.session_hash if request else None) or "nobody"


@dataclass(frozen=True)
class Bench:
    """The pad and its columns, as other tabs read and write them."""

    library: Library
    samples: Sequence[dict[str, Any]]
    pad: Any
    left: gr.Dropdown
    right: gr.Dropdown
    more: gr.CheckboxGroup
    shown: list[Any]
    drawn: Callable[..., tuple[str, str]]
    pairs: gr.State  # keys of the shipped pairs that this visitor opened


def wire_lab(
    page: gr.Blocks, lab: LabTab, forget: Any, stop: Any, more_inputs: list[Any], targets: list[Any]
) -> None:
    """Connect the Unlearn tab: its link, its buttons, its run."""

    def restore(request: gr.Request) -> list[Any]:
        return link_values(dict(request.query_params) if request else {})

    def forget_here(request: gr.Request, *values: Any) -> Iterator[list[Any]]:
        yield from forget(*values, request)

    def explained(position: Any) -> str:
        try:
            return f'<p class="fd-small">{explain_share(float(position))}</p>'
        except (TypeError, ValueError, OverflowError):
            return ""

    controls = lab.controls.all
    page.load(restore, None, controls, api_name="restore", **QUICK)
    for name, control in zip(NAMES, controls, strict=True):
        control.change(
            None, controls, None, js=WRITE_LINK % json.dumps(NAMES), api_name=f"link_{name}",
            api_visibility="private",
        )  # fmt: skip
    share = controls[NAMES.index("share")]
    share.change(explained, share, lab.controls.share_text, api_name="explain", **QUICK)
    lab.run.click(
        forget_here,
        [*controls, *more_inputs],
        [*lab.outputs(), *targets],
        api_name="forget",
        **RUNNING,
    )
    lab.stop.click(stop, None, None, api_name="stop", **QUICK)


def wire_relearn(tab: RelearnTab, bench: Bench, stop: Any) -> None:
    """Connect the Relearn tab: lessons from images, lessons from drawings, stop."""
    library = bench.library

    def teach(
        request: gr.Request, source: Any, count: Any, kept: Any, *rest: Any
    ) -> Iterator[list[Any]]:
        """Follow one lesson; `kept` holds drawings, or None for training images."""
        pad, left, more, pairs = rest
        session, keep = session_of(request), [gr.skip()] * 4
        try:
            start = None if source == SHIPPED else source
            manifest = library.own(session, start).manifest
            config: dict[str, Any] = {"forget_class": manifest["forget_class"]}
            if kept is None:
                config["images"] = count
            elif not kept:
                raise ValueError("draw the digit and press Add drawing first")
            values = {"config": config, "drawings": kept}
            key = library.manager.submit(session, "relearn", values, start)
        except (ValueError, OSError) as error:
            yield [*lesson_refused(f"{error}."), *keep]
            return
        size = len(kept) if kept is not None else count
        forget = manifest["forget_class"]
        try:
            for frame in lesson_frames(library, session, key, forget, size):
                yield [*frame, *keep]
        finally:
            library.manager.stop(session)
        offered = choices(library, session)
        if key in [value for _, value in offered]:
            seen = bench.drawn(pad, left, key, more, request)
            update = gr.update(choices=offered + library.pairs.choices(pairs), value=key)
            yield [*[gr.skip()] * 4, update, lesson_of(offered, str(source)), *seen]

    def from_images(
        request: gr.Request, source: Any, count: Any, *rest: Any
    ) -> Iterator[list[Any]]:
        yield from teach(request, source, count, None, *rest)

    def from_drawings(
        request: gr.Request, source: Any, kept: Any, *rest: Any
    ) -> Iterator[list[Any]]:
        yield from teach(request, source, 0, kept or [], *rest)

    def added(value: Any, kept: Any) -> tuple[Any, ...]:
        return (*add_drawing(read_pad(value), kept), None)

    def dropped() -> tuple[Any, ...]:
        return (*add_drawing(read_pad(None), []), None)

    kept = gr.State([])
    rest = [bench.pad, bench.left, bench.more, bench.pairs]
    outputs = [*tab.outputs(), bench.right, tab.source, *bench.shown]
    tab.run.click(
        from_images, [tab.source, tab.count, *rest], outputs, api_name="lesson", **RUNNING
    )
    tab.teach.click(
        from_drawings, [tab.source, kept, *rest], outputs, api_name="lesson_drawn", **RUNNING
    )
    kept_outputs = [kept, tab.drawn, tab.pad]
    tab.add.click(added, [tab.pad, kept], kept_outputs, api_name="add_drawing", **QUICK)
    tab.drop.click(dropped, None, kept_outputs, api_name="drop_drawings", **QUICK)
    tab.stop.click(stop, None, None, api_name="stop_lesson", **QUICK)


def wire_morph(page: gr.Blocks, tab: MorphTab, bench: Bench, tabs: gr.Tabs) -> None:
    """Connect the Morph tab: two ends, the strip, whose steps go on the pad, the slider."""
    ends = gr.State([bench.samples[0]["pad"], bench.samples[11]["pad"]])
    inputs = [ends, tab.share, bench.left, bench.right]
    outputs = [ends, tab.strip, tab.words, tab.comparison]

    def shown(ends: Any, share: Any, left: Any, right: Any, request: gr.Request) -> Any:
        start, end = (read_pad(value) for value in (ends if isinstance(ends, list) else [None] * 2))
        entries = bench.library.pick(session_of(request), [left, right])
        data = strip(entries, start, end)
        at = share / 100 if isinstance(share, int | float) and 0 <= share <= 100 else 0.5
        middle = Drawing(blend(start.pixels, end.pixels, at), start.is_blank or end.is_blank)
        words = f'<p class="fd-small">{boundary_words(entries, data)}</p>'
        return ends, show(data), words, compare(entries, middle)[0]

    def sampled(place: int) -> Callable[..., Any]:
        def chosen(
            ends: Any, share: Any, left: Any, right: Any, event: gr.EventData, request: gr.Request
        ) -> Any:
            index = picked(event, [len(bench.samples)])
            if index is not None:
                ends = replaced(ends, place, bench.samples[index[0]]["pad"])
            return shown(ends, share, left, right, request)

        return chosen

    def taken(place: int) -> Callable[..., Any]:
        def chosen(
            ends: Any, share: Any, left: Any, right: Any, pad: Any, request: gr.Request
        ) -> Any:
            read_pad(pad)
            return shown(replaced(ends, place, pad), share, left, right, request)

        return chosen

    def onto_pad(
        ends: Any, left: Any, right: Any, more: Any, event: gr.EventData, request: gr.Request
    ) -> tuple[Any, ...]:
        step = picked(event, [STEPS])
        if step is None or not isinstance(ends, list):
            return gr.skip(), gr.skip(), gr.skip(), gr.skip()
        start, end = (read_pad(value).pixels for value in ends)
        value = png_url(canvas_of(blend(start, end, step[0] / (STEPS - 1))))
        return value, *bench.drawn(value, left, right, more, request), gr.Tabs(selected="draw")

    tab.strip.pick(
        onto_pad,
        [ends, bench.left, bench.right, bench.more],
        [bench.pad, *bench.shown, tabs],
        api_name="morph_step",
        **QUICK,
    )
    for place, row, take in ((0, tab.start, tab.take_start), (1, tab.end, tab.take_end)):
        row.pick(sampled(place), inputs, outputs, api_name=f"morph_pick_{place}", **QUICK)
        take.click(
            taken(place), [*inputs, bench.pad], outputs, api_name=f"morph_take_{place}", **QUICK
        )
    for name, event in (
        ("share", tab.share.change),
        ("left", bench.left.change),
        ("right", bench.right.change),
        ("load", page.load),
    ):
        event(shown, inputs, outputs, api_name=f"morph_{name}", **QUICK)


def replaced(ends: Any, place: int, value: Any) -> list[Any]:
    """The two ends with one of them changed."""
    two = list(ends) if isinstance(ends, list) and len(ends) == 2 else [None, None]
    two[place] = value
    return two
