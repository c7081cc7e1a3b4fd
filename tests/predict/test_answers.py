"""The sentence says what happened, in every case."""

import json

import numpy as np
import pytest

from forgetdemo.data import Dataset
from forgetdemo.predict.answers import Column, answer, describe
from forgetdemo.predict.inference import load_models
from forgetdemo.predict.preprocess import canvas_of, preprocess
from forgetdemo.settings.constants import DIGITS, MODELS_DIR


def split(title: str, digit: int, second: int) -> Column:
    p = [0.0] * 10
    p[digit], p[second] = 0.8, 0.2
    return Column(title, DIGITS, p)


def column(title: str, digit: int, share: float = 0.9, forgot: bool = False) -> Column:
    p = [(1 - share) / 9] * 10
    p[digit] = share
    return Column(title, DIGITS, p, 6 if forgot else None, 3)


@pytest.mark.parametrize(
    ("before", "after", "words"),
    [
        (column("Before", 6, 0.998), column("After", 3, 0.971, True), "After: 3, 97.1 %: redir"),
        (split("Before", 6, 0), column("After", 0, 0.9, True), "forgotten, its runner-up"),
        (split("Before", 6, 8), column("After", 0, 0.9, True), "forgotten towards 0"),
        (column("Before", 2), column("After", 6, 0.9, True), "another answer"),
        (column("Before", 2), column("After", 2, 0.9, True), "the same answer"),
        (column("Before", 6), column("After", 6, 0.9, True), "not forgotten here"),
        (column("Before", 2), column("After", 7, 0.9, True), "another answer"),
        (column("Before", 6, 0.4), column("After", 3, 0.9, True), "40.0 % (unsure)"),
    ],
)
def test_sentences(before: Column, after: Column, words: str) -> None:
    assert words in describe([before, after], blank=False)


def test_a_blank_pad_and_a_single_model() -> None:
    assert describe([], blank=True) == "Draw a digit."
    assert describe([column("Before", 6)], blank=False) == "Before: 6, 90.0 %."
    empty = Column("Before", DIGITS, None)
    assert (empty.answer, empty.runner_up) == (-1, -1)
    assert split("Before", 6, 8).runner_up == 8


def test_the_answer_of_the_shipped_models(mnist: Dataset) -> None:
    models = load_models(MODELS_DIR)
    six = mnist.test.pixels[np.flatnonzero(mnist.test.labels == 6)[0]]
    found = json.loads(json.dumps(answer(models, preprocess(canvas_of(six)))))
    assert list(found["models"])[:2] == ["before", "after"]
    assert found["models"]["before"]["label"] == "6"
    assert sum(found["models"]["after"]["probabilities"]) == pytest.approx(1, abs=1e-5)
    blank = answer(models, preprocess(np.zeros((280, 280), np.uint8)))
    assert blank["blank"] and blank["models"]["before"]["answer"] is None
