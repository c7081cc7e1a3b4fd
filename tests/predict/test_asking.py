"""Every kind of picture is answered, or said to be none; doubt about a picture is in the answer."""

import json
from pathlib import Path

import numpy as np
import pytest

from forgetdemo.data import Dataset
from forgetdemo.files.checkpoint import CheckpointError
from forgetdemo.predict.answers import answer
from forgetdemo.predict.asking import NO_INK, answer_file, answer_reading
from forgetdemo.predict.inference import Models, load_models
from forgetdemo.predict.picture import picture_of
from forgetdemo.predict.preprocess import canvas_of, preprocess
from forgetdemo.predict.reading import reading_of
from forgetdemo.settings.constants import MODELS_DIR
from tests.helpers.pictures import KINDS, NO_DIGITS, enlarged, noisy, painted, picture, several

RNG = np.random.default_rng


@pytest.fixture(scope="module")
def models() -> Models:
    return load_models(MODELS_DIR)


@pytest.mark.parametrize("kind", KINDS)
def test_files_of_every_kind_are_answered(kind: str, tmp_path: Path, mnist: Dataset) -> None:
    """The whole table: `python -m benchmarks.pictures`."""
    file, right = tmp_path / "digit", 0
    for at in range(4):
        file.write_bytes(KINDS[kind].make(mnist.test.pixels[at], RNG(at)).data())
        found = answer_file(file, MODELS_DIR)
        right += found["models"]["before"]["answer"] == mnist.test.labels[at]
        assert found["answered"] <= 1 and 0 < found["quality"] <= 1
    assert right >= 3


def test_a_clean_file_is_answered_as_the_pad_is(models: Models, mnist: Dataset) -> None:
    six = canvas_of(mnist.test.pixels[np.flatnonzero(mnist.test.labels == 6)[0]])
    found = json.loads(json.dumps(answer_reading(models, reading_of(picture_of(picture(six))))))
    wanted = answer(models, preprocess(six))
    for name, value in wanted.items():
        assert found[name] == value
    assert (found["answered"], found["quality"], len(found["digits"])) == (1, 1, 1)
    assert found["digits"][0] == {**wanted, "fault": ""}


def test_confidence_falls_with_quality(models: Models, mnist: Dataset) -> None:
    means = []
    for sigma in (0, 10, 25, 45):
        shares = []
        for at in range(8):
            values = painted(enlarged(mnist.test.pixels[at], 56), 220, 40)
            found = answer_reading(
                models, reading_of(picture_of(picture(noisy(values, RNG(at), sigma))))
            )
            shares.append(found["models"]["before"]["confidence"] or 0.1)
            for model in found["models"].values():
                if model["probabilities"]:
                    assert sum(model["probabilities"]) == pytest.approx(1, abs=1e-5)
        means.append(np.mean(shares))
    assert means == sorted(means, reverse=True) and means[0] > 0.95 > 0.85 > means[-1]


def test_a_poor_picture_is_said_to_be_one(models: Models, mnist: Dataset) -> None:
    values = noisy(painted(enlarged(mnist.test.pixels[0], 140), 220, 100), RNG(0), 25)
    found = answer_reading(models, reading_of(picture_of(picture(values))))
    assert f"Hard to read (quality {found['quality']:.2f} of 1)." in found["sentence"]


def test_several_digits_are_each_answered(models: Models, mnist: Dataset) -> None:
    made = several(list(mnist.test.pixels[:3]), RNG(2))
    found = answer_reading(models, reading_of(picture_of(made.image)))
    labels = [str(label) for label in mnist.test.labels[:3]]
    assert [one["models"]["before"]["label"] for one in found["digits"]] == labels
    assert (found["answered"], found["models"]["before"]["answer"]) == (3, None)
    first, *lines = found["sentence"].splitlines()
    assert first == "3 digits, as one reads."
    assert [line.split(",")[0] for line in lines] == [
        f"{number}. Before: {label}" for number, label in enumerate(labels, start=1)
    ]


@pytest.mark.parametrize("kind", NO_DIGITS)
def test_what_is_no_digit_is_not_answered(kind: str, models: Models) -> None:
    found = answer_reading(models, reading_of(picture_of(NO_DIGITS[kind](RNG(3)).image)))
    assert found["answered"] == 0 and found["blank"]
    assert all(model["answer"] is None for model in found["models"].values())
    if found["digits"]:
        assert found["sentence"].startswith(f"No digit: {found['digits'][0]['fault']}.")
    else:
        assert found["sentence"] == NO_INK


def test_mistakes_are_told(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        answer_file(tmp_path / "none.png", MODELS_DIR)
    (tmp_path / "six.png").write_bytes(
        KINDS["CMYK"].make(np.eye(28, dtype=np.uint8), RNG(0)).data()
    )
    (tmp_path / "manifest.json").write_text("{}")
    with pytest.raises(CheckpointError):
        answer_file(tmp_path / "six.png", tmp_path)
