"""The map of all pairs: what it shows, which models it hands out, what a click may ask for."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import gradio as gr
import numpy as np
import pytest

from forgetdemo.files.checkpoint import CheckpointError, load_weights
from forgetdemo.live.manager import RunManager
from forgetdemo.predict.inference import Models, load_models
from forgetdemo.predict.pairs import PairShelf, digits_of, key_of, open_pairs
from forgetdemo.serve import WORKER
from forgetdemo.settings.constants import MODELS_DIR, NUM_CLASSES
from forgetdemo.ui.draw import read_pad
from forgetdemo.ui.library import Library
from forgetdemo.ui.pairs import MOST, kept, opening
from forgetdemo.views.comparison import compare, load_samples
from forgetdemo.views.pairs import ceilings, map_of

PAIRS = [(f, r) for f in range(NUM_CLASSES) for r in range(NUM_CLASSES) if f != r]


class Swapped:
    """All pairs, each made by swapping two rows of the last layer inside before.onnx."""

    def __init__(self, before: bytes, broken: tuple[int, int] | None = None) -> None:
        self.before, self.broken, self.built = before, broken, list[tuple[int, int]]()
        self.about = {"method": "described"}
        self.rows = {
            (f, r): {
                "forget": f, "redirect": r, "acc_forget": 0.0, "acc_retain": 0.99,
                "acc_overall": 0.9, "drop": 0.0001 * (f + r), "redirect_rate": 0.97 + 0.001 * f,
                "seconds": 2.0 + 0.1 * r, "sha256": "0" * 64, "changed": 130,
            }
            for f, r in PAIRS
        }  # fmt: skip

    def onnx(self, forget: int, redirect: int) -> bytes:
        if (forget, redirect) == self.broken:
            raise CheckpointError("this pair is damaged")
        self.built.append((forget, redirect))
        data = bytearray(self.before)
        weights = load_weights(MODELS_DIR / "before.safetensors")
        for old in (value for name, value in weights.items() if len(value) == NUM_CLASSES):
            new = old.copy()
            new[[forget, redirect]] = old[[redirect, forget]]
            at = self.before.index(old.astype("<f4").tobytes())
            data[at : at + old.nbytes] = new.astype("<f4").tobytes()
        return bytes(data)


@pytest.fixture(scope="module")
def models() -> Models:
    return load_models(MODELS_DIR)


@pytest.fixture
def source(models: Models) -> Swapped:
    return Swapped(models.file("before.onnx"), broken=(9, 8))


@pytest.fixture
def library(models: Models, source: Swapped, tmp_path: Path) -> Iterator[Library]:
    found = Library(models, RunManager(MODELS_DIR, tmp_path / "runs", command=WORKER))
    found.pairs = PairShelf(source)
    yield found
    found.manager.close()


@pytest.fixture(scope="module")
def report(models: Models) -> dict[str, Any]:
    return dict(json.loads(models.file("report.json")))


def test_the_map_has_a_figure_for_every_pair(source: Swapped, report: dict[str, Any]) -> None:
    shown = map_of(PairShelf(source), report)
    assert [(row["forget"], row["redirect"]) for row in shown["rows"]] == PAIRS
    assert set(shown["rows"][0]) == {"forget", "redirect", "drop", "redirect_rate", "seconds"}
    assert "described" in shown["notes"][2]


def test_the_ceilings_are_the_shares_of_other_images(report: dict[str, Any]) -> None:
    assert "from 88.65 % without 1 to 91.08 % without 5" in ceilings(report)
    with pytest.raises(KeyError):
        ceilings({})


def test_keys_are_read_back_and_nothing_else() -> None:
    assert all(digits_of(key_of(*pair)) == pair for pair in PAIRS)
    for key in ("pair-2-77", "pair-2", "2-7", "pair-a-b", "pair-2-7\n", ""):
        with pytest.raises(ValueError, match="must look like"):
            digits_of(key)


def test_a_pair_is_built_once_and_few_are_kept(source: Swapped) -> None:
    shelf = PairShelf(source, kept=2)
    assert shelf.classifier("pair-2-7") is shelf.classifier("pair-2-7")
    for redirect in (3, 4, 5):
        shelf.classifier(key_of(2, redirect))
    assert len(shelf) == 2 and source.built == [(2, 7), (2, 3), (2, 4), (2, 5)]
    assert shelf.title("pair-2-7") == "2 → 7, described, 1 %"


@pytest.mark.parametrize("key", ["pair-2-2", "pair-9-77", "after", None, 7, ["pair-2-7"]])
def test_what_is_no_pair_is_not_on_the_shelf(source: Swapped, key: Any) -> None:
    shelf = PairShelf(source)
    assert key not in shelf and shelf.choices([key, "pair-2-7"]) == [
        ("2 → 7, described, 1 %", "pair-2-7")
    ]
    with pytest.raises(KeyError):
        shelf.classifier(key)


def test_a_missing_or_foreign_folder_is_a_sentence(models: Models, tmp_path: Path) -> None:
    shelf = open_pairs(models, tmp_path)
    assert not shelf.rows and "pair-2-7" not in shelf
    assert "python -m export.pairs" in shelf.problem
    (tmp_path / "pairs.json").write_text("{")
    assert open_pairs(models, tmp_path).problem.startswith("The models of all pairs cannot be used")


def test_a_pair_stands_in_a_column_of_whoever_asks_for_it(library: Library) -> None:
    two = next(s for s in load_samples() if s["label"] == "2")
    entries = library.pick("someone", ["before", "pair-2-7", "pair-9-8", "pair-2-2", 7])
    assert [entry.key for entry in entries] == ["before", "pair-2-7"], "damaged and unknown are out"
    told = json.loads(compare(entries, read_pad(two["pad"]))[0])
    answers = [int(np.argmax(column["probabilities"])) for column in told["columns"]]
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
