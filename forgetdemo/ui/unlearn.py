"""The Unlearn tab: choose, run, watch, stop; the result becomes a column of the pad."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import gradio as gr

from forgetdemo.files.run import read_run
from forgetdemo.live.job import Event
from forgetdemo.predict.entry import TITLES
from forgetdemo.predict.inference import Models
from forgetdemo.ui.downloads import links_of
from forgetdemo.ui.library import Library
from forgetdemo.ui.parts import View
from forgetdemo.ui.result import ResultViews, build_result, result_values
from forgetdemo.views.form import HIGH, LOW, METHODS, NONE, explain_share, start_values
from forgetdemo.views.records import show
from forgetdemo.views.report import last_matrix, live_matrix, run_curves

READY = "Ready-made result for the defaults."
INVITE = "Press Forget to make your own."


@dataclass(frozen=True)
class Controls:
    """The components, in the order of `NAMES`."""

    all: list[Any]
    share_text: gr.HTML


@dataclass(frozen=True)
class LabTab:
    """Components that the page wires."""

    controls: Controls
    run: gr.Button
    stop: gr.Button
    status: View
    accuracy: View
    loss: View
    matrix: View
    result: ResultViews

    def outputs(self) -> list[Any]:
        """What a run writes to, in the order of `frame` and `final`."""
        live = [self.status, self.accuracy, self.loss, self.matrix]
        return [*live, self.stop, *self.result.all()]


def build_lab(models: Models, off: str = "") -> LabTab:
    """Lay the tab out, with the shipped run as the result that is there before any run.

    off: why no run is possible here; then the tab says so instead of inviting to one.
    """
    run = read_run(models.directory)
    accuracy, loss = run_curves(run.history)
    with gr.Row(equal_height=False):
        with gr.Column(scale=2, min_width=300):
            controls = build_controls(run.report.classes)
            with gr.Row():
                start = gr.Button("Forget", variant="primary", elem_id="run", interactive=not off)
                stop = gr.Button("Stop", elem_id="stop", interactive=False)
        with gr.Column(scale=3, min_width=300):
            words = f"{READY} {f'{off}.' if off else INVITE}"
            status = View("progress", status_of(words, None, "done"), elem_id="status")
            first = View("curves", elem_id="live-accuracy")
            first.value = accuracy
            second = View("curves", elem_id="live-loss")
            second.value = loss
            matrix = View("confusion", elem_id="live-matrix")
            matrix.value = last_matrix(run)
    result = build_result(result_values(run, links_of(models)))
    return LabTab(controls, start, stop, status, first, second, matrix, result)


def status_of(text: str, share: float | None, state: str = "running") -> dict[str, Any]:
    """The progress view's data."""
    return {"text": text, "share": share, "state": state}


def words_of(event: Event) -> str:
    """One line on a run that is under way."""
    if event.state == "queued":
        before = event.position - 1
        return f"{event.title}: waiting, {before} before you" if before else f"{event.title}: next"
    if not event.records:
        return f"{event.title}: starting"
    left = "" if event.seconds_left is None else f", about {round(event.seconds_left)} s left"
    last = event.records[-1]
    if last["step"] == last["of"]:
        return f"{event.title}: measuring on the test images"
    return f"{event.title}: step {last['step']} of {last['of']}{left}"


def frames(library: Library, session: str, key: str, forget: int) -> Iterator[list[Any]]:
    """Values of `LabTab.outputs` while a run goes on, at least every 250 ms, and when it is ready.

    Ends with the result once the model is ready: drawing plots for the download goes on behind.
    """
    classes = list(library.shipped.manifest["classes"])
    records: list[Any] = []
    begun = False
    unchanged = [gr.skip()] * 9
    for event in library.manager.watch(session, key):
        records += event.records
        if event.state in ("queued", "running"):
            step = records[-1] if records else {"step": 0, "of": 1}
            shown = Event(**{**vars(event), "records": records[-1:]})
            status = show(status_of(words_of(shown), step["step"] / max(1, step["of"])))
            live: list[Any] = [gr.skip()] * 3
            if not begun:  # nothing of an earlier run under this one's name
                blank = {"step": 0, "confusion": [[0] * len(classes)] * len(classes)}
                live = [
                    *run_curves({"unlearn": []}, step["of"]),
                    live_matrix(blank, classes, forget),
                ]
                begun = True
            if event.records:
                accuracy, loss = run_curves({"unlearn": records}, step["of"])
                live = [accuracy, loss, live_matrix(step, classes, forget)]
            yield [status, *live, gr.update(interactive=True), *unchanged]
        elif event.state in ("ready", "done"):
            yield final(library, key, event.title)
            return
        else:
            text = f"{event.title}: {event.sentence or event.state}"
            failed = show(status_of(text, None, "failed"))
            yield [failed, *[gr.skip()] * 3, gr.update(interactive=False), *unchanged]
            return


def final(library: Library, key: str, title: str) -> list[Any]:
    """Values of `LabTab.outputs` for a finished run."""
    models = library.live(key)
    run = read_run(models.directory)
    accuracy, loss = run_curves(run.history)
    method = run.report.seconds.get("method", 0.0)
    done = show(status_of(f"{title}: done in {method:.1f} s. It is on the pad now.", 1.0, "done"))
    return [
        done,
        accuracy,
        loss,
        last_matrix(run),
        gr.update(interactive=False),
        key,
        "",
        *result_values(run, links_of(models)),
    ]


def refused(words: str) -> list[Any]:
    """Values of `LabTab.outputs` for an order that was not taken."""
    status = show(status_of(words, None, "failed"))
    return [status, *[gr.skip()] * 3, gr.skip(), *[gr.skip()] * 9]


def choices(library: Library, session: str) -> list[tuple[str, str]]:
    """What a column selector offers: title and key."""
    return [(entry.title, entry.key) for entry in library.entries(session).values()]


def selector(offered: Sequence[tuple[str, str]], value: str, label: str, name: str) -> gr.Dropdown:
    """A dropdown that chooses the model of one column."""
    return gr.Dropdown(list(offered), value=value, label=label, elem_id=name, min_width=140)


def lesson_of(offered: Sequence[tuple[str, str]], value: str) -> Any:
    """What the Relearn tab may teach: the shipped After, and this session's runs."""
    taught = [(title, key) for title, key in offered if key == "after" or key not in TITLES]
    return gr.update(choices=taught, value=value)


def build_controls(classes: Sequence[str]) -> Controls:
    """Lay the controls out, each with one plain sentence of help."""
    start = start_values()
    digits = [(name, str(i)) for i, name in enumerate(classes)]
    with gr.Row():
        forget = gr.Dropdown(
            digits,
            value=start["forget"],
            label="Forget",
            elem_id="forget",
            min_width=110,
            info="the digit to lose",
        )
        substitute = gr.Dropdown(
            [*digits, ("none (natural)", NONE)],
            value=start["substitute"],
            label="Answer instead",
            elem_id="substitute",
            min_width=110,
            info="none: its runner-up",
        )
    method = gr.Dropdown(
        list(METHODS),
        value=start["method"],
        label="Method",
        elem_id="method",
        info="described: the paper's recipe; the others are in the audit",
    )
    share = gr.Slider(
        LOW,
        HIGH,
        value=start["share"],
        step=0.1,
        label="Share of weights, 0.1 % to 100 %",
        elem_id="share",
        info="the most relevant ones; all others keep their bits",
    )
    text = gr.HTML(f'<p class="fd-small">{explain_share(start["share"])}</p>', elem_id="share-text")
    with gr.Accordion("Advanced", open=False):
        keep = gr.Number(
            start["keep"],
            label="Keep the rest",
            info="weight of the loss on other digits",
            elem_id="keep",
        )
        penalty = gr.Number(
            start["penalty"],
            label="Penalty",
            info="weight of -log(1 - p(forgotten))",
            elem_id="penalty",
        )
        pull = gr.Number(
            start["pull"],
            label="Pull",
            info="weight of the pull to the substitute",
            elem_id="pull",
        )
        seed = gr.Number(
            start["seed"],
            label="Seed",
            precision=0,
            info="same seed, same weights",
            elem_id="seed",
        )
    return Controls([forget, substitute, method, share, keep, penalty, pull, seed], text)
