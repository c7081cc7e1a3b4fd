"""Pairs as what moved: the way there and back is exact, and damage is refused."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from forgetdemo.files.checkpoint import CheckpointError
from forgetdemo.files.sealed import sealed
from forgetdemo.predict.inference import OnnxClassifier, load_models
from forgetdemo.predict.pairs import (
    PAIRS_DIR,
    PairShelf,
    digits_of,
    key_of,
    load_pairs,
    open_pairs,
    patch_bytes,
)
from forgetdemo.settings.constants import MODELS_DIR
from tests.helpers.fake_pairs import PAIRS, Swapped, write_fake_pairs

TENSORS = [{"shape": [2, 3], "offset": 5}, {"shape": [4], "offset": 40}]
BASE = bytes(range(60))


@pytest.fixture(scope="module")
def before() -> bytes:
    return (MODELS_DIR / "before.onnx").read_bytes()


@given(st.dictionaries(st.integers(0, 9), st.floats(-9, 9, width=32), max_size=10))
def test_patching_writes_these_weights_and_nothing_else(wanted: dict[int, float]) -> None:
    index = np.array(sorted(wanted), np.int32)
    value = np.array([wanted[i] for i in sorted(wanted)], np.float32)
    data = patch_bytes(BASE, TENSORS, index, value)
    expected = bytearray(BASE)
    for position, number in zip(index, value, strict=True):
        at = 5 + 4 * position if position < 6 else 40 + 4 * (position - 6)
        expected[at : at + 4] = np.float32(number).tobytes()
    assert data == bytes(expected)


@pytest.mark.parametrize(
    ("index", "value"), [([10], [1.0]), ([-1], [1.0]), ([0, 1], [1.0]), ([], [1.0])]
)
def test_positions_that_do_not_fit_are_refused(index: list[int], value: list[float]) -> None:
    with pytest.raises(CheckpointError, match="do not fit"):
        patch_bytes(BASE, TENSORS, np.array(index, np.int32), np.array(value, np.float32))


def test_a_pair_becomes_a_model_that_answers(tmp_path: Path, before: bytes) -> None:
    write_fake_pairs(tmp_path, before)
    pairs = load_pairs(tmp_path, before)
    assert len(pairs.rows) == 90
    pixels = np.zeros((1, 1, 28, 28), np.float32)
    _, logits = OnnxClassifier(pairs.onnx(2, 7))(pixels)
    assert logits.argmax() == 7
    with pytest.raises(KeyError):
        pairs.onnx(3, 3)


def damage_weights(folder: Path) -> None:
    data = bytearray((folder / "pairs.safetensors").read_bytes())
    data[-1] ^= 1
    (folder / "pairs.safetensors").write_bytes(bytes(data))


def other_format(folder: Path) -> None:
    about = json.loads((folder / "pairs.json").read_text())
    (folder / "pairs.json").write_text(json.dumps(sealed(about | {"format": "other/1"})))


def no_hash(folder: Path) -> None:
    (folder / "pairs.json").write_text('{"format": "forgetdemo-pairs/1"}')


def damage_figure(folder: Path) -> None:
    text = (folder / "pairs.json").read_text()
    (folder / "pairs.json").write_text(text.replace('"forget": 0', '"forget": 9', 1))


@pytest.mark.parametrize(
    ("harm", "words"),
    [(damage_weights, "damaged"), (other_format, "not of format"), (no_hash, "damaged")]
    + [(damage_figure, "damaged")],
)
def test_damage_is_refused(tmp_path: Path, before: bytes, harm: object, words: str) -> None:
    write_fake_pairs(tmp_path, before)
    harm(tmp_path)  # type: ignore[operator]
    with pytest.raises(CheckpointError, match=words):
        load_pairs(tmp_path, before)


def test_another_original_and_a_missing_folder_are_refused(tmp_path: Path, before: bytes) -> None:
    with pytest.raises(FileNotFoundError, match="holds no pairs"):
        load_pairs(tmp_path, before)
    write_fake_pairs(tmp_path, before)
    with pytest.raises(CheckpointError, match="another original"):
        load_pairs(tmp_path, before + b" ")


def test_a_pair_whose_result_is_another_model_is_refused(tmp_path: Path, before: bytes) -> None:
    write_fake_pairs(tmp_path, before)
    about = json.loads((tmp_path / "pairs.json").read_text())
    about["pairs"][0]["sha256"] = "0" * 64
    (tmp_path / "pairs.json").write_text(json.dumps(sealed(about)))
    with pytest.raises(CheckpointError, match="0 → 1 is damaged"):
        load_pairs(tmp_path, before).onnx(0, 1)


def test_every_shipped_pair_verifies(before: bytes) -> None:
    pairs = load_pairs(PAIRS_DIR, before)
    assert len(pairs.rows) == 90
    size = sum((PAIRS_DIR / name).stat().st_size for name in ("pairs.json", "pairs.safetensors"))
    assert size <= 10 * 2**20
    for pair in pairs.rows:
        assert len(pairs.onnx(*pair)) == len(before)


def test_keys_are_read_back_and_nothing_else() -> None:
    assert all(digits_of(key_of(*pair)) == pair for pair in PAIRS)
    for key in ("pair-2-77", "pair-2", "2-7", "pair-a-b", "pair-2-7\n", ""):
        with pytest.raises(ValueError, match="must look like"):
            digits_of(key)


def test_a_pair_is_built_once_and_few_are_kept() -> None:
    source = Swapped()
    shelf = PairShelf(source, kept=2)
    assert shelf.classifier("pair-2-7") is shelf.classifier("pair-2-7")
    for redirect in (3, 4, 5):
        shelf.classifier(key_of(2, redirect))
    assert len(shelf) == 2 and source.built == [(2, 7), (2, 3), (2, 4), (2, 5)]
    assert shelf.title("pair-2-7") == "2 → 7, described, 1 %"


@pytest.mark.parametrize("key", ["pair-2-2", "pair-9-77", "after", None, 7, ["pair-2-7"]])
def test_what_is_no_pair_is_not_on_the_shelf(key: Any) -> None:
    shelf = PairShelf(Swapped())
    assert key not in shelf and shelf.choices([key, "pair-2-7"]) == [
        ("2 → 7, described, 1 %", "pair-2-7")
    ]
    with pytest.raises(KeyError):
        shelf.classifier(key)


def test_a_missing_or_foreign_folder_is_a_sentence(tmp_path: Path) -> None:
    models = load_models(MODELS_DIR)
    shelf = open_pairs(models, tmp_path)
    assert not shelf.rows and "pair-2-7" not in shelf
    assert "python -m export.pairs" in shelf.problem
    (tmp_path / "pairs.json").write_text("{")
    assert open_pairs(models, tmp_path).problem.startswith("The models of all pairs cannot be used")
