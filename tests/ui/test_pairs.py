"""The Pairs tab: which models a click hands out, to whom, and how many a visitor keeps."""

import json
from collections.abc import Iterator
from pathlib import Path

import gradio as gr
import numpy as np
import pytest

from forgetdemo.predict.pairs import PairShelf, key_of
from forgetdemo.ui.events import read_pad
from forgetdemo.ui.library import Library
from forgetdemo.ui.pairs import MOST, kept, opening
from forgetdemo.views.comparison import compare
from forgetdemo.views.pictures import load_samples
from tests.helpers.fake_pairs import PAIRS, Swapped
from tests.helpers.visitor import Visitor, open_page, shipped_library


@pytest.fixture
def library(tmp_path: Path) -> Iterator[Library]:
    """Pairs that swap two answers; one of them is damaged."""
    with shipped_library(tmp_path) as found:
        found.pairs = PairShelf(Swapped(broken=(9, 8)))
        yield found


def test_a_pair_stands_in_a_column_of_whoever_asks_for_it(library: Library) -> None:
    two = next(s for s in load_samples() if s["label"] == "2")
    entries = library.pick("someone", ["before", "pair-2-7", "pair-9-8", "pair-2-2", 7])
    assert [entry.key for entry in entries] == ["before", "pair-2-7"], "damaged and unknown are out"
    told, _ = compare(entries, read_pad(two["pad"]))
    answers = [int(np.argmax(column["probabilities"] or [])) for column in told["columns"]]
    assert answers == [2, 7] and "redirected" in told["sentence"]
    assert "pair-2-7" not in library.entries("someone"), "only selectors of those who opened it"


def test_the_selectors_keep_few_pairs_and_the_one_on_the_left() -> None:
    keys: list[str] = []
    for pair in PAIRS[:20]:
        keys = kept(keys, key_of(*PAIRS[0]), key_of(*pair))
    assert len(keys) == MOST and keys[-1] == key_of(*PAIRS[19]) and key_of(*PAIRS[0]) in keys
    assert kept(["pair-2-7", "pair-2-3"], "before", "pair-2-7") == ["pair-2-3", "pair-2-7"]


def test_a_click_puts_a_pair_into_the_selectors(library: Library) -> None:
    opened = opening(library, "someone", [6, 4], ["pair-2-7"], "before")
    assert opened is not None
    key, keys, offered = opened
    assert key == "pair-6-4" and keys == ["pair-2-7", "pair-6-4"]
    assert ("6 → 4, described, 1 %", key) in offered and ("After", "after") in offered
    assert len(library.pairs) == 1, "a title needs no model"


@pytest.mark.parametrize("cell", [[2, 2], None])
def test_a_click_on_no_pair_changes_nothing(library: Library, cell: list[int] | None) -> None:
    assert opening(library, "someone", cell, [], "before") is None


def test_a_damaged_pair_is_one_sentence(library: Library) -> None:
    with pytest.raises(gr.Error) as refused:
        opening(library, "someone", [9, 8], None, "before")
    assert refused.value.message == "this pair is damaged." and not refused.value.print_exception


def test_a_click_opens_the_pair_on_the_pad(library: Library) -> None:
    visitor = Visitor(open_page(library))
    changes = visitor.does("pair", 2, 7)
    assert changes["right"]["value"] == "pair-2-7" and changes["tabs"]["selected"] == "draw"
    offered = [key for _, key in changes["left"]["choices"]]
    assert offered[-1] == "pair-2-7" and "after" in offered
    assert [c["key"] for c in json.loads(changes["comparison"])["columns"]] == [
        *("before", "pair-2-7")
    ]
    assert visitor.does("pair", 2, 2) == {}, "no such pair"


def test_without_pairs_the_tab_is_a_sentence(library: Library) -> None:
    library.pairs = PairShelf(None, "No models of all pairs are here")
    assert "No models of all pairs" in Visitor(open_page(library)).holds["pairs-missing"]
