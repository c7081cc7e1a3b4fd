"""The lesson's networks: what is said of them, and what five images bring back."""

import json
from pathlib import Path

import numpy as np
import pytest

from forgetdemo.files.checkpoint import CheckpointError
from forgetdemo.predict.compared import Yardsticks
from forgetdemo.predict.entry import OWN
from forgetdemo.predict.inference import load_models
from forgetdemo.predict.preprocess import decode_png, preprocess
from forgetdemo.settings.constants import MODELS_DIR, ROOT
from forgetdemo.views.lesson import PLACES, WHY, Classroom, chosen_samples, lesson_view
from forgetdemo.views.pictures import load_samples
from forgetdemo.views.scripts import SHARED

SIX = preprocess(decode_png(load_samples()[0]["pad"]))
BLANK = preprocess(np.zeros((280, 280), np.uint8))


@pytest.fixture(scope="module")
def room() -> Classroom:
    models = load_models(MODELS_DIR)
    return Classroom(models, Yardsticks(models))


def test_four_networks_none_of_which_answers_the_class(room: Classroom) -> None:
    assert [network["key"] for network in room.networks] == ["after", "logit_mask", "oracle", OWN]
    assert all(network["acc_forget"] == 0 for network in room.networks)
    assert all(network["acc_retain"] > 0.99 for network in room.networks)
    assert len({network["title"] for network in room.networks}) == 4
    shown = lesson_view(room, [], SIX, inside=False)
    assert shown["answers"] is not None and set(shown["answers"]) == {"before", *WHY}
    best = {key: int(np.argmax(p)) for key, p in shown["answers"].items()}
    assert best["before"] == 6 and 6 not in [best[key] for key in WHY]
    assert lesson_view(room, [], BLANK, inside=True)["answers"] is None


def test_five_images_bring_back_what_was_hidden_before_what_was_never_seen(
    room: Classroom,
) -> None:
    assert room.taught is None and lesson_view(room, [], SIX, inside=False)["curves"] is None
    done = room.teach()
    assert room.teach() is done, "once for all visitors"
    half = {
        key: next(step for step, share in curve if share >= 0.5)
        for key, curve in done.curves.items()
    }
    assert half["logit_mask"] <= half["after"] < half[OWN] <= half["oracle"], half
    shown = lesson_view(room, [], SIX, inside=False)
    assert shown["taught"] is not None and set(shown["taught"]) == set(WHY) == set(done.curves)
    assert int(np.argmax(shown["taught"]["after"])) == 6
    json.dumps(shown, allow_nan=False)


def test_a_folder_that_lacks_a_network_has_no_lesson(tmp_path: Path) -> None:
    models = load_models(MODELS_DIR)
    with pytest.raises(CheckpointError, match="the lesson's networks are not here"):
        Classroom(models, Yardsticks(models, tmp_path))


def test_the_forgotten_class_s_samples_come_first() -> None:
    samples = load_samples()
    labels = [samples[i]["label"] for i in chosen_samples(samples, "4")]
    assert labels[:2] == ["4", "4"] and labels.count("4") == 2 and len(labels) == 12


def test_the_places_that_open_are_the_script_s() -> None:
    script = (SHARED / "lessonsteps.js").read_text(encoding="utf-8")
    assert f"const PLACES = {json.dumps(PLACES)};" in script


def test_the_document_s_table_is_what_is_measured(room: Classroom) -> None:
    text = (ROOT / "docs/LESSON.md").read_text(encoding="utf-8")
    for network in room.networks:
        curve = room.teach().curves[network["key"]]
        step = next(int(step) for step, share in curve if share >= 0.5)
        right = " | ".join(f"{100 * network[name]:.2f} %" for name in ("acc_forget", "acc_retain"))
        inside = " | ".join(f"{100 * network[name]:.1f} %" for name in ("rebuilt", "probe"))
        back = f"{step} step{'s' if step > 1 else ''}"
        assert f"| {network['title']} | {right} | {inside} | {back} |" in text
