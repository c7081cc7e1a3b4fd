"""What the Draw tab computes, as plain functions."""

import json
import shutil
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import gradio as gr
import pytest

from forgetdemo.data import Dataset
from forgetdemo.predict.entry import DEFAULT, choose, shipped_entries
from forgetdemo.predict.inference import load_models
from forgetdemo.settings.constants import ASSETS, MODELS_DIR
from forgetdemo.ui.draw import BAD_DRAWING, picked, read_pad
from forgetdemo.ui.page import readiness
from forgetdemo.views.comparison import compare, load_samples


def test_samples_are_real_test_images_several_sixes_and_all_classes(mnist: Dataset) -> None:
    stored = json.loads((ASSETS / "samples.json").read_text(encoding="utf-8"))
    for sample in stored:
        assert sample["pixels"] == mnist.test.pixels[sample["index"]].ravel().tolist()
        assert sample["label"] == mnist.test.labels[sample["index"]]
    labels = [sample["label"] for sample in load_samples()]
    assert len(labels) >= 16 and labels.count("6") >= 3 and set(labels) == set("0123456789")
    assert labels[0] == "6", "a six is on the pad when the page opens"


def test_every_sample_is_answered_by_its_label_before_and_sixes_by_three_after() -> None:
    entries = choose(shipped_entries(load_models(MODELS_DIR)), DEFAULT)
    for sample in load_samples():
        columns = json.loads(compare(entries, read_pad(sample["pad"]))[0])["columns"]
        answers = [str(c["probabilities"].index(max(c["probabilities"]))) for c in columns]
        assert answers == [sample["label"], "3" if sample["label"] == "6" else sample["label"]]


def test_a_blank_pad_asks_for_a_digit_and_no_model() -> None:
    comparison, preview = compare(
        choose(shipped_entries(load_models(MODELS_DIR)), DEFAULT), read_pad(None)
    )
    told = json.loads(comparison)
    assert told["sentence"] == "Draw a digit."
    assert [c["probabilities"] for c in told["columns"]] == [None, None]
    assert json.loads(preview)["picture"] is None


@pytest.mark.parametrize("value", [7, "x", {"a": 1}, "<script>alert(1)</script>", "A" * 70_000])
def test_what_is_not_a_drawing_is_refused_without_repeating_it(value: object) -> None:
    with pytest.raises(gr.Error) as refused:
        read_pad(value)
    assert refused.value.message == BAD_DRAWING and refused.value.print_exception is False


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        ({"picked": [3]}, [3]),
        ({"picked": [10]}, None),
        ({"picked": [-1]}, None),
        ({"picked": [True]}, None),
        ({"picked": ["3"]}, None),
        ({"picked": [3.0]}, None),
        ({"picked": [1, 2]}, None),
        ({"picked": 3}, None),
        ({}, None),
        (None, None),
        ([3], None),
    ],
)
def test_only_whole_numbers_below_the_limit_are_picked(data: Any, expected: Any) -> None:
    event: Any = SimpleNamespace(_data=data)
    assert picked(event, [10]) == expected


def test_ready_means_verified_and_right(tmp_path: Path) -> None:
    folder = Path(shutil.copytree(MODELS_DIR, tmp_path / "models"))
    ready = readiness(load_models(folder))
    assert ready()
    data = (folder / "after.onnx").read_bytes()
    (folder / "after.onnx").write_bytes(data[:-1])
    assert not ready()
    (folder / "after.onnx").unlink()
    assert not ready()
    (folder / "after.onnx").write_bytes(data)
    assert ready()
