"""Assembles the tabs into one page; every handler checks what it is given."""

import json
from collections.abc import Callable
from typing import Any

import gradio as gr

from forgetdemo import answers
from forgetdemo.inference import Models
from forgetdemo.ui.draw import build_draw, compare, load_samples, picked, read_pad
from forgetdemo.ui.library import DEFAULT, choose, shipped_entries
from forgetdemo.ui.report import build_report, download_links

TITLE = "forgetdemo: a network forgets a digit"


def build_page(models: Models) -> gr.Blocks:
    """Build the whole page around the shipped models; nothing is launched.

    Args:
        models: verified models of a folder with a report, before and after at least.
    Raises:
        CheckpointError: the folder's report or history is damaged.
    """
    known = shipped_entries(models)
    report = json.loads(models.file("report.json"))
    history = json.loads(models.file("history.json"))
    samples = load_samples()
    forgotten = report["classes"][report["forget_class"]]

    def drawn(value: Any, columns: Any) -> tuple[str, str]:
        """The comparison and the preview for what is on the pad."""
        wanted = columns if isinstance(columns, list) else []
        return compare(choose(known, [*DEFAULT, *wanted]), read_pad(value))

    def sampled(columns: Any, event: gr.EventData) -> tuple[str | None, str, str]:
        """Put a sample on the pad, and answer it at once."""
        chosen = picked(event, [len(samples)]) or [0]
        value = samples[chosen[0]]["pad"]
        return value, *drawn(value, columns)

    def predict(drawing: str) -> dict[str, Any]:
        """Answers of all shipped models for one drawing.

        drawing: PNG data URL of 280 × 280 pixels, white ink on black, at most 65,536 characters.
        """
        return answers.answer(models, read_pad(drawing))

    with gr.Blocks(title=TITLE, analytics_enabled=False, delete_cache=(300, 600)) as page:
        gr.Markdown(f"# Draw a {forgotten}. One of these networks has forgotten it.")
        with gr.Tabs():
            with gr.Tab("Draw", id="draw"):
                tab = build_draw(samples, drawn(samples[0]["pad"], []))
                extras = [(e.title, e.key) for e in known.values() if e.key not in DEFAULT]
                columns = gr.CheckboxGroup(
                    extras, value=[], label="Also show", visible=bool(extras), elem_id="columns"
                )
            with gr.Tab("Report", id="report"):
                build_report(report, history, download_links(models))
        shown = [tab.comparison, tab.preview]
        quick: dict[str, Any] = {
            "queue": False,
            "show_progress": "hidden",
            "trigger_mode": "always_last",
            "api_visibility": "private",
        }
        for name, event in (
            ("stroke", tab.pad.stroke),
            ("clear", tab.pad.clear),
            ("columns", columns.change),
        ):
            event(drawn, [tab.pad, columns], shown, api_name=f"draw_{name}", **quick)
        tab.samples.pick(
            sampled,
            columns,
            [tab.pad, *shown],
            api_name="draw_sample",
            **quick,
        )
        gr.api(predict, api_name="predict", queue=False)  # type: ignore[attr-defined]
    return page


def readiness(models: Models) -> Callable[[], bool]:
    """A check for /readyz: the shipped files verify, and a known digit is answered right."""
    sample = read_pad(load_samples()[0]["pad"])
    wanted = load_samples()[0]["label"]

    def ready() -> bool:
        try:
            for entry in models.manifest["models"].values():
                models.file(entry["file"])
            return answers.answer(models, sample)["models"]["before"]["label"] == wanted
        except (ValueError, OSError):
            return False

    return ready
