"""Cells are doors: a click on one shows its test images, a click on an image puts it on the pad."""

import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import gradio as gr

from forgetdemo.predict.entry import Entry
from forgetdemo.ui.bench import Bench
from forgetdemo.ui.events import QUICK, Changes, Told, picked, session_of
from forgetdemo.ui.parts import View, Words
from forgetdemo.views.markup import html
from forgetdemo.views.picture_records import Pictures

LOOKING: Pictures = {
    "label": "Asking both models about all test images …",
    "items": [],
    "reveal": True,
}
MISSING = (
    "The test images of this data set are not on this server; whoever runs it names their folder "
    "with --data."
)
HINT = "Click a cell to see its test images, and an image to put it on the pad."


@dataclass(frozen=True)
class Doors:
    """The components beneath two matrices."""

    matrices: Mapping[str, View]  # "before" and "after"
    behind: View
    found: gr.State  # positions of the images that are shown, among the test images
    cell: gr.State  # [truth, predicted] that was clicked last, or None
    made: gr.State  # key of the run whose matrices these are; "": the shipped pair

    def empty(self, made: str) -> Changes:
        """Close all doors: the matrices are those of this run now."""
        return {self.made: made, self.behind: None}


def build_doors(before: View, after: View, name: str) -> Doors:
    """Lay out the place where a cell's images appear; `name` becomes its element id."""
    Words(html('<p class="fd-small">{}</p>', HINT))
    matrices = {"before": before, "after": after}
    behind = View("pictures", elem_id=name)
    return Doors(matrices, behind, gr.State([]), gr.State(None), gr.State(""))


def wire_doors(doors: Doors, bench: Bench) -> None:
    """Connect both matrices and what is behind their cells."""
    library, examples = bench.served.library, bench.served.examples

    def pair(made: Any, request: gr.Request) -> dict[str, Entry]:
        """The models of the matrices: the shipped ones, or a run of this visitor's."""
        known = library.entries(session_of(request))
        return {"before": known["before"], "after": known.get(str(made), known["after"])}

    def knock(told: Told, event: gr.EventData, request: gr.Request) -> Changes:
        """Note the cell; the first look at a model takes seconds, so say that it goes on."""
        cell = picked(event, [10, 10])
        known = cell is None or all(map(examples.knows, pair(told[doors.made], request).values()))
        return {doors.cell: cell} if known else {doors.cell: cell, doors.behind: LOOKING}

    def opener(which: str) -> Callable[..., Changes]:
        def opened(told: Told, request: gr.Request) -> Changes:
            cell = told[doors.cell]
            if not isinstance(cell, list) or len(cell) != 2:
                return gr.skip()
            models = pair(told[doors.made], request)
            try:
                view, found = examples.cell(models["before"], models["after"], models[which], *cell)
            except (OSError, ValueError) as error:
                print(f"no test images: {error}", file=sys.stderr)  # with this machine's paths
                view, found = {"label": MISSING, "items": [], "reveal": True}, []
            return {doors.behind: view, doors.found: found}

        return opened

    def through(told: Told, event: gr.EventData, request: gr.Request) -> Changes:
        """Put a test image of an opened cell on the pad."""
        found = told[doors.found] if isinstance(told[doors.found], list) else []
        chosen = picked(event, [len(found)])
        if chosen is None:
            return gr.skip()
        try:
            picture = examples.on_pad(found[chosen[0]])
        except (OSError, ValueError):  # a later look says which file; this one leaves the pad
            return gr.skip()
        return bench.onto_pad(picture, told, request)

    name = str(doors.behind.elem_id).replace("-", "_")
    for which, matrix in doors.matrices.items():
        heard = matrix.pick(
            knock, {doors.made}, [doors.cell, doors.behind], api_name=f"{name}_{which}", **QUICK
        )
        heard.then(
            opener(which),
            {doors.made, doors.cell},
            [doors.behind, doors.found],
            api_name=f"{name}_{which}_open",
            **QUICK,
        )
    doors.behind.pick(
        through, {doors.found, *bench.columns}, bench.opened, api_name=f"{name}_pad", **QUICK
    )
