"""How sure each model is of a drawing, as both pages show it."""

from pathlib import Path

import numpy as np

from benchmarks.sure import KINDS
from forgetdemo.data import load_dataset
from forgetdemo.predict.entry import shipped_entries
from forgetdemo.predict.inference import Models, load_models
from forgetdemo.predict.preprocess import Drawing, preprocess
from forgetdemo.settings.constants import MODELS_DIR
from forgetdemo.views.sure import STRANGE, sureness, thresholds

MODELS = load_models(MODELS_DIR)
BEFORE = MODELS.classifiers["before"]
ENTRIES = list(shipped_entries(MODELS).values())


def test_a_six_is_a_candidate_of_before_alone() -> None:
    test = load_dataset("mnist").test
    six = Drawing(test.pixels[int(np.flatnonzero(test.labels == 6)[0])], False)
    found = sureness(thresholds(MODELS), BEFORE, ENTRIES, six)
    assert found is not None and found["doubt"] == ""
    names = [[one["names"] for one in column["sets"]] for column in found["columns"]]
    assert names[0] == [["6"], ["6"]]
    assert not any("6" in one for column in names[1:] for one in column)


def test_what_is_no_digit_is_doubted_more_often_than_digits_are() -> None:
    found = thresholds(MODELS)
    doubts = {}
    for name, make in (("two digits", KINDS["two digits"]), ("a digit", KINDS["a test digit"])):
        drawings = [preprocess(make(np.random.default_rng(at))) for at in range(40)]
        told = [sureness(found, BEFORE, ENTRIES[:1], drawing) for drawing in drawings]
        doubts[name] = sum(one is not None and one["doubt"] == STRANGE for one in told)
    assert doubts["two digits"] > 20 and doubts["a digit"] <= 1


def test_a_blank_pad_is_not_asked() -> None:
    nothing = Drawing(np.zeros((28, 28), np.uint8), True)
    blank = sureness(thresholds(MODELS), BEFORE, ENTRIES[:2], nothing)
    assert blank is not None and blank["doubt"] == ""
    assert [column["asked"] for column in blank["columns"]] == [False, False]


def test_another_original_has_no_thresholds(tmp_path: Path) -> None:
    other = Models(tmp_path, {**MODELS.manifest, "files": {}}, MODELS.classifiers)
    assert thresholds(other) is None
    blank = Drawing(np.zeros((28, 28), np.uint8), True)
    assert sureness(None, BEFORE, ENTRIES, blank) is None
