"""Assembles the tabs into one page and wires them; every handler checks what it is given."""

import json
from collections.abc import Callable, Iterator
from typing import Any

import gradio as gr

from forgetdemo.predict import answers
from forgetdemo.predict.entry import DEFAULT, TITLES, Entry, choose, shipped_entries
from forgetdemo.predict.inference import Models
from forgetdemo.ui.api import build_api
from forgetdemo.ui.audit import build_audit, wire_audit
from forgetdemo.ui.doors import wire_doors
from forgetdemo.ui.downloads import download_links
from forgetdemo.ui.draw import build_draw, picked, read_pad
from forgetdemo.ui.library import Library
from forgetdemo.ui.morph import build_morph
from forgetdemo.ui.pairs import build_pairs, wire_pairs
from forgetdemo.ui.relearn import build_relearn
from forgetdemo.ui.report import build_report
from forgetdemo.ui.unlearn import build_lab, choices, frames, lesson_of, refused, selector
from forgetdemo.ui.wiring import QUICK, Bench, session_of, wire_lab, wire_morph, wire_relearn
from forgetdemo.views.comparison import compare, load_samples
from forgetdemo.views.examples import Examples
from forgetdemo.views.form import config_of
from forgetdemo.views.recovery import references

TITLE = "forgetdemo: a network forgets a digit"


def build_page(models: Models, library: Library) -> gr.Blocks:
    """Build the whole page around the shipped models; nothing is launched.

    Args:
        models: verified models of a folder with a report, before and after at least.
        library: the same models, and the visitors' own runs.
    Raises:
        CheckpointError: the folder's report or history is damaged.
    """
    report = json.loads(models.file("report.json"))
    history = json.loads(models.file("history.json"))
    samples = load_samples()
    classes = report["classes"]
    forgotten = classes[report["forget_class"]]
    shipped = shipped_entries(models)
    facts = models.manifest
    examples = Examples(facts["dataset"], library.manager.data, facts.get("data_sha256"))

    def drawn(value: Any, left: Any, right: Any, more: Any, request: gr.Request) -> Any:
        """The comparison and the preview for what is on the pad."""
        wanted = [left, right, *(more if isinstance(more, list) else [])]
        return compare(library.pick(session_of(request), wanted), read_pad(value))

    def sampled(
        left: Any, right: Any, more: Any, event: gr.EventData, request: gr.Request
    ) -> tuple[Any, ...]:
        """Put a sample on the pad, and answer it at once."""
        chosen = picked(event, [len(samples)]) or [0]
        value = samples[chosen[0]]["pad"]
        return value, *drawn(value, left, right, more, request)

    def pair(made: Any, request: gr.Request) -> tuple[Entry, Entry]:
        """The models whose matrices are shown: the shipped ones, or a run of this visitor's."""
        mine = library.entries(session_of(request)) if made else shipped
        return shipped["before"], mine.get(str(made), shipped["after"])

    def through(
        found: Any, left: Any, right: Any, more: Any, event: gr.EventData, request: gr.Request
    ) -> tuple[Any, ...]:
        """Put a test image of an opened cell on the pad."""
        known = found if isinstance(found, list) else []
        chosen = picked(event, [len(known)])
        if chosen is None:
            return gr.skip(), gr.skip(), gr.skip(), gr.skip()
        try:
            value = examples.on_pad(known[chosen[0]])
        except (OSError, ValueError):  # a later look says which file; this one leaves the pad
            return gr.skip(), gr.skip(), gr.skip(), gr.skip()
        return value, *drawn(value, left, right, more, request), gr.Tabs(selected="draw")

    def forget(*values: Any) -> Iterator[list[Any]]:
        """Run, watch, and hand the new model to the pad; the last argument is the request."""
        *asked, pad, left, more, pairs, request = values
        session = session_of(request)
        keep = [gr.skip()] * 4
        try:
            config = config_of(asked)
            key = library.manager.submit(session, "unlearn", config)
        except ValueError as error:
            yield [*refused(f"{error}."), *keep]
            return
        try:
            for frame in frames(library, session, key, config["forget_class"]):
                yield [*frame, *keep]
        finally:
            library.manager.stop(session)  # the tab was closed, or nothing is left to stop
        offered = choices(library, session)
        if key in dict((k, t) for t, k in offered):
            comparison, preview = drawn(pad, left, key, more, request)
            update = gr.update(choices=offered + library.pairs.choices(pairs), value=key)
            yield [*[gr.skip()] * len(frame), update, lesson_of(offered, key), comparison, preview]

    def stop(request: gr.Request) -> None:
        """Stop this visitor's run; the worker is free within a second."""
        library.manager.stop(session_of(request))

    def left_page(request: gr.Request) -> None:
        """The tab was closed: nothing of this visitor stays under way."""
        library.manager.forget_session(session_of(request))

    with gr.Blocks(title=TITLE, analytics_enabled=False, delete_cache=(300, 600)) as page:
        gr.Markdown(f"# Draw a {forgotten}. One of these networks was made to forget it.")
        with gr.Tabs() as tabs:
            with gr.Tab("Draw", id="draw"):
                first = compare(choose(shipped, DEFAULT), read_pad(samples[0]["pad"]))
                tab = build_draw(samples, first)
                with gr.Row():
                    offered = [(entry.title, entry.key) for entry in shipped.values()]
                    left = selector(offered, "before", "Left column", "left")
                    right = selector(offered, "after", "Right column", "right")
                    extras = [(TITLES[key], key) for key in shipped if key not in DEFAULT]
                    more = gr.CheckboxGroup(
                        extras, value=[], label="Also show", visible=bool(extras), elem_id="more"
                    )
            with gr.Tab("Unlearn", id="unlearn"):
                lab = build_lab(models, library.manager.off)
            with gr.Tab("Relearn", id="relearn"):
                known = references(models.manifest, report["forget_class"])
                lessons = build_relearn(known, library.manager.off)
            with gr.Tab("Morph", id="morph"):
                morph = build_morph(samples)
            with gr.Tab("Report", id="report"):
                matrices, doors = build_report(report, history, download_links(models))
            with gr.Tab("Audit", id="audit") as audit:
                own = build_audit(models)
            with gr.Tab("Pairs", id="pairs"):
                map_of_pairs = build_pairs(library.pairs, report)
        pairs = gr.State([])
        shown = [tab.comparison, tab.preview]
        columns = [left, right, more]
        for name, event in (
            ("stroke", tab.pad.stroke),
            ("left", left.input),
            ("right", right.input),
            ("more", more.change),
        ):
            event(drawn, [tab.pad, *columns], shown, api_name=f"draw_{name}", **QUICK)
        tab.samples.pick(sampled, columns, [tab.pad, *shown], api_name="draw_sample", **QUICK)
        made = {"before": lab.result.before, "after": lab.result.after}
        onto_pad = [tab.pad, *shown, tabs]
        for place, cells in ((doors, matrices), (lab.result.doors, made)):
            wire_doors(place, cells, pair, examples, through, columns, onto_pad, QUICK)
        bench = Bench(library, samples, tab.pad, left, right, more, shown, drawn, pairs)
        here = [tab.pad, left, more, pairs]
        wire_lab(page, lab, forget, stop, here, [right, lessons.source, *shown])
        wire_relearn(lessons, bench, stop)
        wire_morph(page, morph, bench, tabs)
        wire_audit(audit, own, library)
        wire_pairs(map_of_pairs, bench, tabs, library)
        page.unload(left_page)
        build_api(library)
    return page


def readiness(models: Models) -> Callable[[], bool]:
    """A check for /readyz: the shipped files verify, and a known digit is answered right."""
    sample = load_samples()[0]
    drawing = read_pad(sample["pad"])

    def ready() -> bool:
        try:
            for entry in models.manifest["models"].values():
                models.file(entry["file"])
            return answers.answer(models, drawing)["models"]["before"]["label"] == sample["label"]
        except (ValueError, OSError):
            return False

    return ready
