"""The Unlearn tab: choose, run, watch, stop; the result becomes a column of the pad."""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import gradio as gr

from forgetdemo.files.run import read_run
from forgetdemo.ui import static
from forgetdemo.ui.bench import Bench, Served
from forgetdemo.ui.doors import wire_doors
from forgetdemo.ui.downloads import links_of
from forgetdemo.ui.events import QUICK, RUNNING, Changes, Told, session_of
from forgetdemo.ui.library import Library
from forgetdemo.ui.parts import View, Words
from forgetdemo.ui.result import Result, build_result
from forgetdemo.views.form import (
    HIGH,
    LOW,
    METHODS,
    NONE,
    WRITE_LINK,
    config_of,
    explain_share,
    link_values,
    start_values,
)
from forgetdemo.views.markup import Markup, html
from forgetdemo.views.progress import START, ended, failed, progress, under_way
from forgetdemo.views.report import last_matrix, live_matrix, unlearning_curves

READY = "Ready-made result for the defaults."
INVITE = "Press Forget to make your own."


@dataclass(frozen=True)
class UnlearnTab:
    """The components of the tab."""

    controls: Mapping[str, Any]  # by their names in the link and in the API
    share_text: Words
    run: gr.Button
    stop: gr.Button
    status: View
    accuracy: View
    loss: View
    matrix: View
    result: Result

    @property
    def followed(self) -> list[Any]:
        """What a run changes while it is under way, and once it is done."""
        live = [self.status, self.stop, self.accuracy, self.loss, self.matrix]
        return [*live, *self.result.components]

    def curves(self, records: Sequence[Mapping[str, Any]], steps: int | None = None) -> Changes:
        """Show both curves of a run, finished or not; `steps` fixes the x axis."""
        accuracy, loss = unlearning_curves({"unlearn": records}, steps)
        return {self.accuracy: accuracy, self.loss: loss}


def build(served: Served) -> UnlearnTab:
    """Lay the tab out, with the shipped run as the result that is there before any run."""
    run, off = served.run, served.library.manager.off
    with gr.Row(equal_height=False):
        with gr.Column(scale=2, min_width=300):
            controls, share_text = build_controls(run.report.classes)
            with gr.Row():
                start = gr.Button("Forget", variant="primary", elem_id="run", interactive=not off)
                stop = gr.Button("Stop", elem_id="stop", interactive=False)
            if served.in_browser:
                Words(static.link("unlearn"))
        with gr.Column(scale=3, min_width=300):
            said = progress(f"{READY} {f'{off}.' if off else INVITE}")
            status = View("progress", said, elem_id="status")
            first, second = unlearning_curves(run.history)
            accuracy = View("curves", first, elem_id="live-accuracy")
            loss = View("curves", second, elem_id="live-loss")
            matrix = View("confusion", last_matrix(run), elem_id="live-matrix")
    result = build_result(run, links_of(served.library.shipped))
    return UnlearnTab(controls, share_text, start, stop, status, accuracy, loss, matrix, result)


def build_controls(classes: Sequence[str]) -> tuple[dict[str, Any], Words]:
    """Lay the controls out, each with a plain sentence of help; by name, and the share in words."""
    start, digits = start_values(), [(name, str(i)) for i, name in enumerate(classes)]
    controls: dict[str, Any] = {}

    def place(name: str, kind: type[Any], *values: Any, **about: Any) -> None:
        controls[name] = kind(*values, value=start[name], elem_id=name, **about)

    with gr.Row():
        place(
            "forget", gr.Dropdown, digits, label="Forget", info="the digit to lose", min_width=110
        )
        place(
            "substitute",
            gr.Dropdown,
            [*digits, ("none (natural)", NONE)],
            label="Answer instead",
            info="none: its runner-up",
            min_width=110,
        )
    place(
        "method",
        gr.Dropdown,
        list(METHODS),
        label="Method",
        info="described: the paper's recipe; the others are in the audit",
    )
    place(
        "share",
        gr.Slider,
        LOW,
        HIGH,
        step=0.1,
        label="Share of weights, 0.1 % to 100 %",
        info="the most relevant ones; all others keep their bits",
    )
    text = Words(share_words(start["share"]), elem_id="share-text")
    with gr.Accordion("Advanced", open=False):
        for name, label, info in (
            ("keep", "Keep the rest", "weight of the loss on other digits"),
            ("penalty", "Penalty", "weight of -log(1 - p(forgotten))"),
            ("pull", "Pull", "weight of the pull to the substitute"),
        ):
            place(name, gr.Number, label=label, info=info)
        place("seed", gr.Number, label="Seed", info="same seed, same weights", precision=0)
    return controls, text


def share_words(position: float) -> Markup:
    """What the share's slider means, in words."""
    return html('<p class="fd-small">{}</p>', explain_share(position))


def frames(
    tab: UnlearnTab, library: Library, session: str, key: str, forget: int
) -> Iterator[Changes]:
    """What changes while a run goes on, at least every 250 ms, and when it is ready.

    Ends with the result once the model is ready: drawing plots for the download goes on behind.
    """
    classes = list(library.shipped.manifest["classes"])
    blank = {**START, "confusion": [[0] * len(classes)] * len(classes)}
    records: list[Mapping[str, Any]] = []
    first = True
    for event in library.manager.watch(session, key):
        records += event.records
        if event.state in ("queued", "running"):
            last = records[-1] if records else None
            changes: Changes = {tab.status: under_way(event, last)}
            if event.records or first:  # nothing of an earlier run under this one's name
                shown = last or blank
                changes |= tab.curves(records, shown["of"])
                changes[tab.matrix] = live_matrix(shown, classes, forget)
                first = False
            yield {**changes, tab.stop: gr.update(interactive=True)}
        elif event.state in ("ready", "done"):
            yield final(tab, library, key, event.title)
            return
        else:
            yield {tab.status: ended(event), tab.stop: gr.update(interactive=False)}
            return


def final(tab: UnlearnTab, library: Library, key: str, title: str) -> Changes:
    """What changes when a run is ready: everything."""
    models = library.live(key)
    run = read_run(models.directory)
    method = run.report.seconds.get("method", 0.0)
    return {
        tab.status: progress(f"{title}: done in {method:.1f} s. It is on the pad now.", 1.0),
        tab.stop: gr.update(interactive=False),
        **tab.curves(run.history["unlearn"]),
        tab.matrix: last_matrix(run),
        **tab.result.doors.empty(key),
        **tab.result.of(run, links_of(models)),
    }


def wire(tab: UnlearnTab, bench: Bench) -> None:
    """Connect the tab: its link, its buttons, its run, the doors of the result."""
    library, controls = bench.served.library, tab.controls

    def restore(request: gr.Request) -> Changes:
        """Set the controls as the link asks."""
        asked = link_values(dict(request.query_params) if request else {})
        return {controls[name]: value for name, value in asked.items()}

    def explained(position: Any) -> Markup | None:
        """The share in words."""
        try:
            return share_words(float(position))
        except (TypeError, ValueError, OverflowError):
            return None

    def forget(told: Told, request: gr.Request) -> Iterator[Changes]:
        """Run, watch, and hand the new model to the pad."""
        session = session_of(request)
        try:
            config = config_of({name: told[control] for name, control in controls.items()})
            key = library.manager.submit(session, "unlearn", config)
        except ValueError as error:
            yield {tab.status: failed(f"{error}.")}
            return
        try:
            yield from frames(tab, library, session, key, config["forget_class"])
        finally:
            library.manager.stop(session)  # the tab was closed, or nothing is left to stop
        yield bench.beside(key, key, told, request)

    bench.page.load(restore, None, [*controls.values()], api_name="restore", **QUICK)
    for name, control in controls.items():
        control.change(
            None,
            [*controls.values()],
            None,
            js=WRITE_LINK % json.dumps([*controls]),
            api_name=f"link_{name}",
            api_visibility="private",
        )
    controls["share"].change(
        explained, controls["share"], tab.share_text, api_name="explain", **QUICK
    )
    tab.run.click(
        forget,
        {*controls.values(), *bench.asked, bench.pairs},
        [*tab.followed, *bench.placed],
        api_name="forget",
        **RUNNING,
    )
    tab.stop.click(bench.stop, None, None, api_name="stop", **QUICK)
    wire_doors(tab.result.doors, bench)
