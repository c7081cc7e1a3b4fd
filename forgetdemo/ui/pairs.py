"""The Pairs tab: a map of all pairs; a click on a cell puts that pair's model on the pad."""

import gradio as gr

from forgetdemo.predict.pairs import key_of
from forgetdemo.ui.bench import Bench, Served
from forgetdemo.ui.events import QUICK, Changes, Told, picked, session_of
from forgetdemo.ui.library import Library
from forgetdemo.ui.parts import View, Words
from forgetdemo.views.markup import html
from forgetdemo.views.pairs import map_of

MOST = 8  # pairs in one visitor's selectors


def build(served: Served) -> View | None:
    """Lay the tab out: the map, or a sentence where no pairs ship."""
    shelf = served.library.pairs
    Words(html('<h2 class="fd-question">Any digit, any substitute</h2>'))
    if not shelf.rows:
        words = html('<p class="fd-honest">{}.</p>', shelf.problem)
        Words(words, elem_id="pairs-missing")
        return None
    return View("pairs", map_of(shelf, served.report), elem_id="pairs")


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
        raise gr.Error(html("{}.", str(error)), print_exception=False) from error
    keys = kept(mine if isinstance(mine, list) else [], left, key)
    return key, keys, library.choices(session) + library.pairs.choices(keys)


def wire(map_of_pairs: View | None, bench: Bench) -> None:
    """A click on a cell opens that pair: right column, selectors, Draw tab."""
    desk, pairs, library = bench.desk, bench.pairs, bench.served.library

    def opened(told: Told, event: gr.EventData, request: gr.Request) -> Changes:
        cell = picked(event, [10, 10])
        found = opening(library, session_of(request), cell, told[pairs], told[desk.left])
        if found is None:
            return gr.skip()
        key, keys, offered = found
        return {
            pairs: keys,
            desk.left: gr.update(choices=offered),
            desk.right: gr.update(choices=offered, value=key),
            **bench.drawn({**told, desk.right: key}, request),
            bench.tabs: gr.Tabs(selected="draw"),
        }

    if map_of_pairs is not None:
        map_of_pairs.pick(
            opened,
            {pairs, *bench.asked},
            [pairs, desk.left, desk.right, *bench.answers, bench.tabs],
            api_name="pair",
            **QUICK,
        )
