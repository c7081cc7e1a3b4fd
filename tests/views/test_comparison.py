"""Columns side by side: each model's own answer, and one sentence."""

import numpy as np
import pytest

from forgetdemo.predict.entry import DEFAULT, Entry, choose, shipped_entries
from forgetdemo.predict.inference import load_models
from forgetdemo.predict.preprocess import Drawing, decode_png, preprocess
from forgetdemo.settings.constants import MODELS_DIR
from forgetdemo.views.comparison import compare
from forgetdemo.views.pictures import load_samples


@pytest.fixture(scope="module")
def entries() -> list[Entry]:
    return choose(shipped_entries(load_models(MODELS_DIR)), DEFAULT)


def drawing(value: object) -> Drawing:
    return preprocess(decode_png(value))


def test_every_sample_is_answered_by_its_label_before_and_sixes_by_three_after(
    entries: list[Entry],
) -> None:
    for sample in load_samples():
        columns = compare(entries, drawing(sample["pad"]))[0]["columns"]
        answers = [str(np.argmax(c["probabilities"] or [])) for c in columns]
        assert answers == [sample["label"], "3" if sample["label"] == "6" else sample["label"]]


def test_a_blank_pad_asks_for_a_digit_and_no_model(entries: list[Entry]) -> None:
    comparison, preview = compare(entries, drawing(None))
    assert comparison["sentence"] == "Draw a digit."
    assert [c["probabilities"] for c in comparison["columns"]] == [None, None]
    assert preview["picture"] is None


def test_without_a_model_there_is_nothing_to_compare() -> None:
    with pytest.raises(IndexError):
        compare([], drawing(None))
