"""A visitor without a browser: events of the built page, the way Gradio takes them."""

import asyncio
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TypeVar

import gradio as gr
from gradio.state_holder import SessionState

from forgetdemo.live.manager import RunManager
from forgetdemo.predict.inference import load_models
from forgetdemo.settings.constants import MODELS_DIR
from forgetdemo.ui.library import Library
from forgetdemo.ui.page import build_page

UNCHANGED = {"__type__", "props"}  # all that an update has that updates nothing
Built = TypeVar("Built")
PRETENDS = (sys.executable, "-m", "tests.helpers.fake_worker")


@contextmanager
def shipped_library(runs: Path, off: str = "") -> Iterator[Library]:
    """The shipped models, and a worker that only pretends to make runs."""
    manager = RunManager(MODELS_DIR, runs, command=PRETENDS, off=off)
    manager.start()
    try:
        yield Library(load_models(MODELS_DIR), manager)
    finally:
        manager.close()


def within_loop(build: Callable[[], Built]) -> Built:
    """Build a page while a loop runs; without one, Gradio opens a loop that nobody closes."""

    async def built() -> Built:
        return build()

    return asyncio.run(built())


def open_page(library: Library) -> gr.Blocks:
    """The page of these models, as it is served."""
    return within_loop(lambda: build_page(library))


class Visitor:
    """One open page. `holds` is what its components hold, by element id."""

    def __init__(self, page: gr.Blocks, name: str = "me", **query: str) -> None:
        self.page = page
        self.request = gr.Request(session_hash=name, query_params=query)
        self.session = SessionState(page)
        named = [block for block in page.blocks.values() if getattr(block, "elem_id", None)]
        self.holds: dict[str, Any] = {str(b.elem_id): getattr(b, "value", None) for b in named}

    def does(self, event: str, *picked: Any, **holds: Any) -> dict[str, Any]:
        """All that an event changes, by element id ("tabs" has none); later changes win."""
        return {
            name: value
            for changes in self.follows(event, *picked, **holds)
            for name, value in changes.items()
        }

    def follows(self, event: str, *picked: Any, **holds: Any) -> Iterator[dict[str, Any]]:
        """The same, one answer of a run after the other."""
        self.holds |= {name.replace("_", "-"): value for name, value in holds.items()}
        function = next(f for f in self.page.fns.values() if f.api_name == event)
        inputs = [self.holds.get(str(block.elem_id)) for block in function.inputs]
        iterator = None
        with asyncio.Runner() as loop:
            while True:
                step = self.page.process_api(
                    function,
                    inputs,
                    state=self.session,
                    request=self.request,
                    iterator=iterator,
                    event_data=gr.EventData(None, {"picked": list(picked)}),
                )
                answer = loop.run(step)
                if iterator is not None and not answer["is_generating"]:
                    return
                yield self._take(function.outputs, answer["data"])
                iterator = answer["iterator"]
                if iterator is None:
                    return

    def _take(self, blocks: Any, data: list[Any]) -> dict[str, Any]:
        """Note what changed; an update counts by its value where it has one."""
        changes: dict[str, Any] = {}
        for block, value in zip(blocks, data, strict=True):
            name = str(block.elem_id or block.get_block_name())
            if isinstance(block, gr.State) or isinstance(value, dict) and value.keys() <= UNCHANGED:
                continue
            changes[name] = value
            if not isinstance(value, dict):
                self.holds[name] = value
            elif "value" in value:
                self.holds[name] = value["value"]
        return changes
