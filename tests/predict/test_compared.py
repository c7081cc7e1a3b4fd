"""Models to compare with: for each digit one that never answers it, and about the right class."""

import json
import shutil
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from forgetdemo.data import load_dataset
from forgetdemo.files.checkpoint import CheckpointError, load_weights
from forgetdemo.files.sealed import sealed
from forgetdemo.predict.compared import (
    COMPARED_DIR,
    INDEX,
    Compared,
    Yardsticks,
    load_compared,
    masked,
)
from forgetdemo.predict.entry import OWN, Entry, shipped_entries
from forgetdemo.predict.inference import Models, OnnxClassifier, load_models
from forgetdemo.predict.weights import weights_in
from forgetdemo.settings.constants import MODELS_DIR

DIGITS = range(10)


@pytest.fixture(scope="module")
def models() -> Models:
    return load_models(MODELS_DIR)


@pytest.fixture(scope="module")
def compared(models: Models) -> Compared:
    return load_compared(models.file("before.onnx"))


@pytest.fixture(scope="module")
def yardsticks(models: Models) -> Yardsticks:
    return Yardsticks(models)


def test_a_switched_off_output_is_the_shipped_one_s(compared: Compared) -> None:
    tensors, bias = compared.about["tensors"], compared.about["masked"]
    found = weights_in(masked(compared.base, tensors, 6, bias, "fc3"), tensors)
    shipped = load_weights(MODELS_DIR / "logit_mask.safetensors")
    assert all((found[name] == shipped[name]).all() for name in shipped)


@pytest.mark.parametrize("digit", [d for d in DIGITS if d != 6])
def test_each_digit_has_models_that_never_answer_it(yardsticks: Yardsticks, digit: int) -> None:
    test = load_dataset("mnist").test
    some = test.take(np.flatnonzero(test.labels == digit)[:100])
    other = test.take(np.flatnonzero(test.labels == (digit + 1) % 10)[:100])
    for kind in ("oracle", "logit_mask"):
        found = yardsticks.entry(kind, digit)
        assert found is not None and found.forget_class == digit and str(digit) in found.title
        assert (found.classifier(some.floats())[1].argmax(1) != digit).all()
        assert (found.classifier(other.floats())[1].argmax(1) == other.labels).mean() > 0.95


def test_halves_answer_as_the_whole_and_the_set_is_small(compared: Compared) -> None:
    rows = compared.about["networks"]
    assert sorted(rows) == sorted([f"{OWN}-6", *(f"oracle-{d}" for d in DIGITS if d != 6)])
    assert all(row["same_answers"] >= 0.999 and row["acc_forget"] == 0 for row in rows.values())
    assert sum(row["bytes"] for row in rows.values() if row["kind"] == "oracle") <= 8_000_000


def keys(entries: Sequence[Entry]) -> list[tuple[str, int]]:
    return [(entry.key, entry.forget_class) for entry in entries]


def test_columns_are_about_what_the_compared_model_forgot(
    models: Models, yardsticks: Yardsticks
) -> None:
    shipped = shipped_entries(models)
    columns = [shipped[key] for key in ("before", "after", "oracle", "logit_mask")]
    assert yardsticks.fit(columns) == columns
    columns[1] = replace(shipped["after"], key="pair-4-9", forget_class=4)
    fitted = yardsticks.fit(columns)
    assert keys(fitted)[1:] == [("pair-4-9", 4), ("oracle", 4), ("logit_mask", 4)]
    assert [entry.title for entry in fitted[2:]] == [
        "Retrained without 4s",
        "Original, output 4 switched off",
    ]
    assert [entry.role for entry in fitted[2:]] == ["oracle", "masked"]
    alone = [shipped["before"], shipped["oracle"]]
    assert yardsticks.fit(alone) == alone


def test_without_the_folder_a_wrong_column_is_left_out(models: Models, tmp_path: Path) -> None:
    none = Yardsticks(models, tmp_path)
    assert none.source is None and none.entry("oracle", 4) is None
    shipped = shipped_entries(models)
    other = replace(shipped["after"], key="pair-4-9", forget_class=4)
    assert keys(none.fit([shipped["before"], other, shipped["oracle"]])) == [
        ("before", 6),
        ("pair-4-9", 4),
    ]


def test_damage_and_another_original_are_refused(
    models: Models, compared: Compared, tmp_path: Path
) -> None:
    place = Path(shutil.copytree(COMPARED_DIR, tmp_path / "compared"))
    data = bytearray((place / "oracle-4.safetensors").read_bytes())
    data[-1] ^= 1
    (place / "oracle-4.safetensors").write_bytes(data)
    spoilt = load_compared(compared.base, place)
    with pytest.raises(CheckpointError, match="oracle-4.safetensors is damaged"):
        spoilt.onnx("oracle", 4)
    assert Yardsticks(models, place).entry("oracle", 4) is None
    with pytest.raises(KeyError):
        spoilt.onnx("oracle", 11)
    with pytest.raises(CheckpointError, match="another original"):
        load_compared(b"x", place)
    about = json.loads((place / INDEX).read_text())
    about["networks"]["oracle-5"]["onnx_sha256"] = "0" * 64
    (place / INDEX).write_text(json.dumps(sealed(about)))
    with pytest.raises(CheckpointError, match="not the model that was measured"):
        load_compared(compared.base, place).onnx("oracle", 5)
    (place / INDEX).write_text(json.dumps(sealed(about | {"format": "x"})))
    with pytest.raises(CheckpointError, match="not of format"):
        load_compared(compared.base, place)


def test_only_a_few_stay_in_memory(models: Models) -> None:
    few = Yardsticks(models, kept=2)
    found = [few.entry("logit_mask", digit) for digit in (1, 2, 3, 2)]
    assert (
        all(isinstance(e.classifier, OnnxClassifier) for e in found if e) and len(few._ready) == 2
    )
    assert few.entry("logit_mask", 10) is None
