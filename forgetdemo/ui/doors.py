"""Cells are doors: a click on one shows its test images, a click on an image puts it on the pad."""

import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import gradio as gr

from forgetdemo.predict.entry import Entry
from forgetdemo.ui.draw import picked
from forgetdemo.ui.parts import View
from forgetdemo.views.examples import Examples
from forgetdemo.views.records import show

Pair = Callable[[Any, gr.Request], tuple[Entry, Entry]]  # (what `made` holds, who asks)
LOOKING = {"label": "Asking both models about all test images …", "items": [], "reveal": True}
MISSING = (
    "The test images of this data set are not on this server; whoever runs it names their folder "
    "with --data."
)
HINT = "Click a cell to see its test images, and an image to put it on the pad."


@dataclass(frozen=True)
class Doors:
    """The components beneath two matrices."""

    behind: View
    found: gr.State  # positions of the images that are shown, among the test images
    cell: gr.State  # [truth, predicted] that was clicked last, or None
    made: gr.State  # key of the run whose matrices these are; "": the shipped pair


def build_doors(name: str) -> Doors:
    """Lay out the place where a cell's images appear; `name` becomes its element id."""
    gr.HTML(f'<p class="fd-small">{HINT}</p>')
    return Doors(View("pictures", elem_id=name), gr.State([]), gr.State(None), gr.State(""))


def wire_doors(
    doors: Doors,
    matrices: Mapping[str, View],
    pair: Pair,
    examples: Examples,
    through: Callable[..., Any],
    columns: list[Any],
    shown: list[Any],
    event: Mapping[str, Any],
) -> None:
    """Connect both matrices and what is behind their cells.

    Args:
        doors: beneath the matrices.
        matrices: "before" and "after".
        pair: the models of these matrices, for the one who asks.
        examples: the test images, shared by all doors.
        through: (positions, *columns, event, request) → values of `shown`.
        columns, shown: what putting an image on the pad reads and writes.
        event: settings of every event.
    """

    def knock(made: Any, event: gr.EventData, request: gr.Request) -> tuple[Any, ...]:
        """Note the cell; the first look at a model takes seconds, so say that it goes on."""
        cell = picked(event, [10, 10])
        known = cell is None or all(examples.knows(entry) for entry in pair(made, request))
        return cell, gr.skip() if known else show(LOOKING)

    def opener(which: str) -> Callable[..., tuple[Any, ...]]:
        def opened(made: Any, cell: Any, request: gr.Request) -> tuple[Any, ...]:
            if not isinstance(cell, list) or len(cell) != 2:
                return gr.skip(), gr.skip()
            before, after = pair(made, request)
            of = before if which == "before" else after
            try:
                view, found = examples.cell(before, after, of, cell[0], cell[1])
            except (OSError, ValueError) as error:
                print(f"no test images: {error}", file=sys.stderr)  # with this machine's paths
                return show({"label": MISSING, "items": [], "reveal": True}), []
            return show(view), found

        return opened

    name = str(doors.behind.elem_id).replace("-", "_")
    for which, matrix in matrices.items():
        asked = [doors.cell, doors.behind]
        heard = matrix.pick(knock, doors.made, asked, api_name=f"{name}_{which}", **event)
        heard.then(
            opener(which),
            [doors.made, doors.cell],
            [doors.behind, doors.found],
            api_name=f"{name}_{which}_open",
            **event,
        )
    doors.behind.pick(through, [doors.found, *columns], shown, api_name=f"{name}_pad", **event)
