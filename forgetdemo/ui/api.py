"""Named endpoints for programs: /predict, /unlearn, /relearn, /runs."""

from collections.abc import Iterator
from typing import Any

import gradio as gr

from forgetdemo.files.run import read_run
from forgetdemo.predict import answers
from forgetdemo.ui.events import RUNNING, read_pad, session_of
from forgetdemo.ui.library import Library
from forgetdemo.views.form import config_of, start_values

Json = dict[str, Any]


def build_api(library: Library) -> None:
    """Register the endpoints; call inside the page's Blocks."""

    def predict(drawing: str) -> Json:
        """Answers of all shipped models for one drawing.

        drawing: PNG data URL of 280 × 280 pixels, white ink on black, at most 65,536 characters.
        """
        return answers.answer(library.shipped, read_pad(drawing))

    def unlearn(settings: Json, request: gr.Request) -> Iterator[Json]:
        """Forget a digit; streams progress and ends with the report.

        settings: any of forget, substitute, method, share (10^x %), keep, penalty, pull, seed.
        """
        chosen = checked(settings)
        yield from follow(library, session_of(request), "unlearn", chosen, None)

    def relearn(lesson: Json, request: gr.Request) -> Iterator[Json]:
        """Bring a digit back; streams progress and ends with the report.

        lesson: {"run": key or null for the shipped model, "images": 5, "drawings": [[784 ints]]}.
        """
        source = lesson.get("run") if isinstance(lesson, dict) else None
        unknown = set(lesson) - {"run", "images", "drawings"} if isinstance(lesson, dict) else {"?"}
        if unknown or not isinstance(source, str | None):
            raise gr.Error("lesson takes run, images and drawings.", print_exception=False)
        try:
            manifest = library.own(session_of(request), source).manifest
        except (OSError, ValueError) as error:
            words = "there is no such run in this session."
            raise gr.Error(words, print_exception=False) from error
        config = {"forget_class": manifest["forget_class"], "images": lesson.get("images", 5)}
        values = {"config": config, "drawings": lesson.get("drawings")}
        yield from follow(library, session_of(request), "relearn", values, source)

    def runs(request: gr.Request) -> list[Json]:
        """This session's finished runs: key and title."""
        mine = library.manager.runs_of(session_of(request))
        return [{"key": key, "title": order.title} for key, order in mine]

    gr.api(predict, api_name="predict", queue=False)  # type: ignore[attr-defined]
    gr.api(runs, api_name="runs", queue=False)  # type: ignore[attr-defined]
    for function in (unlearn, relearn):
        gr.api(  # type: ignore[attr-defined]
            function,
            api_name=function.__name__,
            concurrency_id=RUNNING["concurrency_id"],
            concurrency_limit=RUNNING["concurrency_limit"],
        )


def checked(settings: object) -> Json:
    """Settings by name → complete configuration. Raises gr.Error with one sentence."""
    given = settings if isinstance(settings, dict) else {"settings": settings}
    start = start_values()
    if not set(given) <= set(start):
        words = f"unknown settings; choose among {', '.join(start)}."
        raise gr.Error(words, print_exception=False)
    try:
        return config_of(start | given)
    except ValueError as error:
        raise gr.Error(f"{error}.", print_exception=False) from error


def follow(
    library: Library, session: str, kind: str, values: Json, source: str | None
) -> Iterator[Json]:
    """Progress messages of a run, then its report. Raises gr.Error with one sentence."""
    try:
        key = library.manager.submit(session, kind, values, source)
    except ValueError as error:
        raise gr.Error(f"{error}.", print_exception=False) from error
    try:
        for event in library.manager.watch(session, key):
            if event.state in ("failed", "cancelled"):
                raise gr.Error(event.sentence or event.state, print_exception=False)
            if event.state in ("ready", "done"):
                report = read_run(library.live(key).directory).report.to_dict()
                yield {"state": "done", "key": key, "title": event.title, "report": report}
                return
            last = event.records[-1] if event.records else {}
            yield {
                "state": event.state,
                "key": key,
                "position": event.position,
                "step": last.get("step"),
                "of": last.get("of"),
            }
    finally:
        library.manager.stop(session)
