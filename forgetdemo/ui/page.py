"""The page: a list of tabs, built one after the other, then wired to each other."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any, Generic, TypeVar

import gradio as gr

from forgetdemo.predict import answers
from forgetdemo.predict.inference import Models
from forgetdemo.ui import audit, draw, inside, morph, pairs, relearn, report, unlearn
from forgetdemo.ui.api import build_api
from forgetdemo.ui.bench import Bench, Served
from forgetdemo.ui.events import read_pad, session_of
from forgetdemo.ui.library import Library
from forgetdemo.ui.parts import Words
from forgetdemo.views.markup import html
from forgetdemo.views.pictures import load_samples

TITLE = "forgetdemo: a network forgets a digit"
Parts = TypeVar("Parts")


@dataclass(frozen=True)
class Tab(Generic[Parts]):
    """One tab: `build` lays it out and returns its components, `wire` connects them."""

    id: str
    title: str
    build: Callable[[Served], Parts]
    wire: Callable[[Parts, Bench], None]


TABS: tuple[Tab[Any], ...] = (
    Tab("draw", "Draw", draw.build, draw.wire),
    Tab("unlearn", "Unlearn", unlearn.build, unlearn.wire),
    Tab("relearn", "Relearn", relearn.build, relearn.wire),
    Tab("morph", "Morph", morph.build, morph.wire),
    Tab("report", "Report", report.build, report.wire),
    Tab("inside", "Inside", inside.build, inside.wire),
    Tab("audit", "Audit", audit.build, audit.wire),
    Tab("pairs", "Pairs", pairs.build, pairs.wire),
)


def build_page(library: Library, in_browser: bool = False) -> gr.Blocks:
    """Build the whole page; nothing is launched.

    Args:
        library: of a model folder with a report, before and after at least.
        in_browser: whether the page without a server is there, too, to be linked to.
    Raises:
        CheckpointError: the folder's report or history is damaged.
    """
    served = replace(Served.by(library), in_browser=in_browser)
    forgotten = served.run.report.classes[served.run.report.forget_class]

    def left_page(request: gr.Request) -> None:
        """The tab was closed: nothing of this visitor stays under way."""
        library.manager.forget_session(session_of(request))

    with gr.Blocks(title=TITLE, analytics_enabled=False, delete_cache=(300, 600)) as page:
        Words(html("<h1>Draw a {}. One of these networks was made to forget it.</h1>", forgotten))
        parts: dict[str, Any] = {}
        places: dict[str, gr.Tab] = {}
        with gr.Tabs() as tabs:
            for tab in TABS:
                with gr.Tab(tab.title, id=tab.id) as places[tab.id]:
                    parts[tab.id] = tab.build(served)
        desk, taught = parts["draw"].desk, parts["relearn"].source
        bench = Bench(served.without_files(), page, tabs, places, desk, taught, pairs=gr.State([]))
        for tab in TABS:
            tab.wire(parts[tab.id], bench)
        page.unload(left_page)
        build_api(library)
    return page


def readiness(models: Models) -> Callable[[], bool]:
    """A check for /readyz: the folder's files verify, and a known picture is answered right.

    For models of other things than digits: as it was when they were loaded.
    """
    sample = load_samples()[0]
    drawing = read_pad(sample["pad"])
    known = sample["label"]
    if models.manifest["dataset"] != "mnist":
        known = answers.answer(models, drawing)["models"]["before"]["label"]

    def ready() -> bool:
        try:
            for entry in models.manifest["models"].values():
                models.file(entry["file"])
            return answers.answer(models, drawing)["models"]["before"]["label"] == known
        except (ValueError, OSError):
            return False

    return ready
