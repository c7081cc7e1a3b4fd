"""The Pairs tab: a map of all pairs; a click on a cell puts that pair's model on the pad."""

from collections.abc import Mapping
from dataclasses import dataclass
from html import escape
from typing import Any

import gradio as gr

from forgetdemo.predict.pairs import PairShelf, key_of
from forgetdemo.ui.draw import picked
from forgetdemo.ui.library import Library
from forgetdemo.ui.parts import View
from forgetdemo.ui.unlearn import choices
from forgetdemo.ui.wiring import QUICK, Bench, session_of
from forgetdemo.views.pairs import map_of

MOST = 8  # pairs in one visitor's selectors


@dataclass(frozen=True)
class PairsTab:
    """Components that the page wires; `map` is None where no pairs ship."""

    map: View | None


def build_pairs(shelf: PairShelf, report: Mapping[str, Any]) -> PairsTab:
    """Lay the tab out: the map, or a sentence."""
    gr.HTML('<h2 class="fd-question">Any digit, any substitute</h2>')
    if not shelf.rows:
        words = f'<p class="fd-honest">{escape(shelf.problem)}.</p>'
        gr.HTML(words, elem_id="pairs-missing")
        return PairsTab(None)
    return PairsTab(View("pairs", map_of(shelf, report), elem_id="pairs"))


def kept(opened: list[str], left: object, key: str) -> list[str]:
    """The keys in a visitor's selectors: at most `MOST`, the newest last, and the left column's."""
    others = [old for old in opened if old not in (left, key)]
    needed = [old for old in opened if old == left and old != key]
    return [*others, *needed, key][-MOST:]


def opening(
    library: Library, session: str, cell: list[int] | None, mine: object, left: object
) -> tuple[str, list[str], list[tuple[str, str]]] | None:
    """What a click on a cell leads to.

    Args:
        library, session: who asks, and what they may choose from.
        cell: forget and substitute, checked to be digits; None: the click carried none.
        mine: the keys of pairs that this visitor opened before.
        left: key of the left column's model, which stays in the selectors.
    Returns:
        The pair's key, the visitor's keys, and what the selectors offer; None: no such pair.
    Raises:
        gr.Error: the pair's model is damaged.
    """
    key = key_of(*cell) if cell else ""
    if key not in library.pairs:
        return None
    try:
        library.pairs.classifier(key)
    except ValueError as error:
        raise gr.Error(f"{error}.", print_exception=False) from error
    keys = kept(mine if isinstance(mine, list) else [], left, key)
    return key, keys, choices(library, session) + library.pairs.choices(keys)


def wire_pairs(tab: PairsTab, bench: Bench, tabs: gr.Tabs, library: Library) -> None:
    """A click on a cell opens that pair: right column, selectors, Draw tab."""

    def opened(
        mine: Any, pad: Any, left: Any, more: Any, event: gr.EventData, request: gr.Request
    ) -> list[Any]:
        found = opening(library, session_of(request), picked(event, [10, 10]), mine, left)
        if found is None:
            return [gr.skip()] * 6
        key, keys, offered = found
        seen = bench.drawn(pad, left, key, more, request)
        updates = [gr.update(choices=offered), gr.update(choices=offered, value=key)]
        return [keys, *updates, *seen, gr.Tabs(selected="draw")]

    if tab.map is not None:
        tab.map.pick(
            opened,
            [bench.pairs, bench.pad, bench.left, bench.more],
            [bench.pairs, bench.left, bench.right, *bench.shown, tabs],
            api_name="pair",
            **QUICK,
        )
