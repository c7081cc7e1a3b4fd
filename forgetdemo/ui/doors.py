"""Cells are doors: a click on one shows its test images, a click on an image puts it on the pad."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import gradio as gr

from forgetdemo.ui.draw import picked
from forgetdemo.ui.examples import Examples
from forgetdemo.ui.library import Entry
from forgetdemo.ui.parts import View, show

Pair = Callable[[Any, gr.Request], tuple[Entry, Entry]]  # (what `made` holds, who asks)
HINT = "Click a cell to see its test images, and an image to put it on the pad."


@dataclass(frozen=True)
class Doors:
    """The components beneath two matrices."""

    behind: View
    found: gr.State  # positions of the images that are shown, among the test images
    made: gr.State  # key of the run whose matrices these are; "": the shipped pair


def build_doors(name: str) -> Doors:
    """Lay out the place where a cell's images appear; `name` becomes its element id."""
    gr.HTML(f'<p class="fd-small">{HINT}</p>')
    return Doors(View("pictures", elem_id=name), gr.State([]), gr.State(""))


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

    def opener(which: str) -> Callable[..., tuple[Any, ...]]:
        def opened(made: Any, event: gr.EventData, request: gr.Request) -> tuple[Any, ...]:
            cell = picked(event, [10, 10])
            if cell is None:
                return gr.skip(), gr.skip()
            before, after = pair(made, request)
            of = before if which == "before" else after
            view, found = examples.cell(before, after, of, cell[0], cell[1])
            return show(view), found

        return opened

    name = str(doors.behind.elem_id).replace("-", "_")
    for which, matrix in matrices.items():
        outputs = [doors.behind, doors.found]
        matrix.pick(opener(which), doors.made, outputs, api_name=f"{name}_{which}", **event)
    doors.behind.pick(through, [doors.found, *columns], shown, api_name=f"{name}_pad", **event)
