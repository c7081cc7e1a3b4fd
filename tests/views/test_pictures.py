"""Samples are what they say; a lesson grows by drawings, and has a most."""

import json

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from forgetdemo.data import Dataset
from forgetdemo.predict.preprocess import Drawing, decode_png, preprocess
from forgetdemo.settings.constants import ASSETS
from forgetdemo.views.pictures import (
    MOST,
    add_drawing,
    lesson_view,
    load_samples,
    samples_view,
    square,
)


@pytest.fixture(scope="module")
def six() -> Drawing:
    return preprocess(decode_png(load_samples()[0]["pad"]))


def test_samples_are_real_test_images_several_sixes_and_all_classes(mnist: Dataset) -> None:
    stored = json.loads((ASSETS / "samples.json").read_text(encoding="utf-8"))
    for sample in stored:
        assert sample["pixels"] == mnist.test.pixels[sample["index"]].ravel().tolist()
        assert sample["label"] == mnist.test.labels[sample["index"]]
    labels = [sample["label"] for sample in load_samples()]
    assert len(labels) >= 16 and labels.count("6") >= 3 and set(labels) == set("0123456789")
    assert labels[0] == "6", "a six is on the pad when the page opens"


def test_samples_are_named_by_their_label() -> None:
    view = samples_view("From", load_samples()[:2])
    assert view["label"] == "From" and [i["label"] for i in view["items"]] == ["test digit 6"] * 2


def test_a_blank_drawing_adds_nothing_and_there_is_a_most(six: Drawing) -> None:
    lesson = add_drawing(six, None)
    assert len(lesson) == 1 and lesson_view(lesson)["items"][0]["label"] == "drawing 1"
    blank = preprocess(six.pixels * 0)
    assert add_drawing(blank, lesson) == lesson
    assert len(add_drawing(six, lesson * MOST)) == MOST


@given(st.recursive(st.none() | st.integers() | st.text(), st.lists, max_leaves=8))
def test_whatever_was_kept_a_lesson_comes_of_it(kept: object) -> None:
    blank = preprocess(np.zeros((28, 28), np.uint8))
    assert all(isinstance(row, list) for row in add_drawing(blank, kept))


def test_a_drawing_of_another_size_is_refused() -> None:
    with pytest.raises(ValueError, match="reshape"):
        square([0] * 783)
