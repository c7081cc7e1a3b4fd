"""What is seen inside two models: the static page's modules see the same as Python."""

import base64
from io import BytesIO
from typing import Any

import numpy as np
import pytest
from PIL import Image

from forgetdemo.data import load_dataset
from forgetdemo.files.checkpoint import CheckpointError, sha256_hex
from forgetdemo.predict.entry import shipped_entries
from forgetdemo.predict.inference import Models, load_models
from forgetdemo.predict.inside import between, load_inside, occlusion, see_gallery
from forgetdemo.predict.preprocess import Drawing
from forgetdemo.settings.constants import MODELS_DIR
from forgetdemo.views import inside as v
from forgetdemo.views.line import barrier_words, line_at, line_curves, line_words
from tests.helpers.in_node import in_node, node_app
from tests.helpers.website import built, settings_of

INSIDE = load_inside()
MODELS = load_models(MODELS_DIR)
CHOSEN = [[3, 2], [1, 5], [4, 6], [2, 9]]
ALPHAS = [0.0, 0.35, 1.0, 1.5]


def drawings() -> list[Drawing]:
    """A six, a three, a blank pad, a one."""
    test = load_dataset("mnist").test
    first = [int(np.flatnonzero(test.labels == digit)[0]) for digit in (6, 3, 1)]
    six, three, one = (Drawing(test.pixels[at], False) for at in first)
    return [six, three, Drawing(np.zeros((28, 28), np.uint8), True), one]


@pytest.fixture(scope="module")
def page() -> Any:
    """What the page's own modules see of the same drawings."""
    site = built()
    return in_node(
        node_app(),
        "inside",
        site=settings_of(site),
        root=str(site),
        drawings=[drawing.pixels.ravel().tolist() for drawing in drawings()],
        chosen=CHOSEN,
        alphas=ALPHAS,
    )


@pytest.fixture(scope="module")
def opened() -> list[Any]:
    entries = list(shipped_entries(MODELS).values())[:2]
    models = [INSIDE.open(entry.classifier.data) for entry in entries]
    return [(e, m, see_gallery(m, INSIDE)) for e, m in zip(entries, models, strict=True)]


def grey(picture: str | None) -> list[int] | None:
    """A picture of Python's as the page's stand-in gives it: its width, then its values."""
    if picture is None:
        return None
    data = base64.b64decode(picture.partition(",")[2])
    values = np.asarray(Image.open(BytesIO(data)))
    return [values.shape[1], *values.ravel().tolist()]


def close(ours: str | None, theirs: str | None) -> bool:
    """Whether two pictures are of one size, and nowhere more than a grey level apart."""
    if ours is None or theirs is None:
        return ours is theirs
    first, second = np.array(grey(ours)), np.array(theirs.split(","), int)
    return first.shape == second.shape and int(np.abs(first - second).max()) <= 1


@pytest.mark.parametrize("at", range(4))
def test_the_page_sees_what_python_sees(page: Any, opened: list[Any], at: int) -> None:
    drawing, theirs = drawings()[at], page["found"][at]
    subjects = [v.Subject(e, v.inner_of(m, drawing), seen) for e, m, seen in opened]
    ours = v.layers(subjects, drawing, CHOSEN[at])
    assert close(ours["picture"], theirs["layers"]["picture"])
    for name in ("titles", "roles", "chosen"):
        assert ours[name] == theirs["layers"][name]
    for layer, other in zip(ours["layers"], theirs["layers"]["layers"], strict=True):
        plain: dict[str, Any] = dict(layer)
        for name in ("title", "words", "across", "count", "differs"):
            assert plain[name] == other[name], layer["title"]
        assert list(layer["names"]) == other["names"]
        assert all(map(close, layer["pictures"], other["pictures"]))
        for first, second in zip(layer["strengths"], other["strengths"], strict=True):
            assert first == pytest.approx(second, abs=2e-4)
    unit, other = v.unit(INSIDE, subjects, drawing, CHOSEN[at]), theirs["unit"]
    assert unit is not None and unit["title"] == other["title"]
    for column, twin in zip(unit["columns"], other["columns"], strict=True):
        assert (column["title"], column["words"]) == (twin["title"], twin["words"])
        for item, image in zip(column["items"], twin["items"], strict=True):
            assert item["label"] == image["label"] and close(item["picture"], image["picture"])
    maps = [None if drawing.is_blank else occlusion(m, drawing.pixels) for _, m, _ in opened]
    for ink, twin in zip(
        v.strokes(subjects, maps)["columns"], theirs["strokes"]["columns"], strict=True
    ):
        assert (ink["title"], ink["answer"]) == (twin["title"], twin["answer"])
        assert close(ink["speaks"], twin["speaks"]) and close(ink["against"], twin["against"])
    cloud, other = v.cloud(INSIDE, subjects), theirs["cloud"]
    assert (cloud["labels"], cloud["marked"]) == (other["labels"], other["marked"])
    assert cloud["words"] == other["words"]
    assert np.allclose(cloud["places"], other["places"], atol=0.011)
    for place, twin in zip(cloud["at"], other["at"], strict=True):
        assert place is twin is None or place == pytest.approx(twin, abs=0.011)


def test_models_between_are_pythons_to_the_bit(page: Any) -> None:
    before, after = (MODELS.classifiers[name].data for name in ("before", "after"))
    for alpha, found in zip(ALPHAS, page["between"], strict=True):
        ours = between(before, after, INSIDE.tensors, alpha)
        assert sha256_hex(base64.b64decode(found["onnx"])) == sha256_hex(ours), alpha
    assert page["wrong"] == "x is damaged (not an ONNX model): export it again."


def test_tiles_of_an_atlas() -> None:
    maps = np.zeros((3, 2, 2), np.float32)
    maps[1], maps[2, 0, 1] = 2, 9
    found = v.atlas(maps, 2.0, 2)
    assert found.shape == (7, 7)
    assert (found[[0, 3, 6]] == v.GRID).all() and (found[:, [0, 3, 6]] == v.GRID).all()
    assert (found[1:3, 4:6] == 255).all() and found[4, 2] == 255, "what is more stays white"
    assert (found[4:6, 4:6] == v.GRID).all(), "no tile"
    assert not v.atlas(np.zeros(4), 0.0, 4)[1:5, 1:5].any()


def test_a_unit_that_is_none(opened: list[Any]) -> None:
    drawing = drawings()[0]
    subjects = [v.Subject(e, v.inner_of(m, drawing), seen) for e, m, seen in opened]
    for chosen in ([], [0], [5, 0], [0, 32], [-1, 0], [0, -1]):
        assert v.unit(INSIDE, subjects, drawing, chosen) is None


def test_what_the_audit_says_of_features(tmp_path: Any) -> None:
    words = v.probe_words(MODELS)
    assert "99.7 % of test images in Before, 99.6 % in After, and 99.1 %" in words
    assert v.probe_words(Models(tmp_path, MODELS.manifest, {})) == ""
    (tmp_path / "audit.json").write_text("{}")
    with pytest.raises(CheckpointError, match="damaged"):
        v.probe_words(Models(tmp_path, MODELS.manifest, {}))


def test_the_line_in_words_and_curves() -> None:
    entry = shipped_entries(MODELS)["before"]
    curves = line_curves(INSIDE, MODELS.manifest)
    assert [line["points"][0][1] > 0.9 for line in curves["lines"]] == [True, False, True]
    assert len(line_curves(INSIDE, {**MODELS.manifest, "redirect_to": None})["lines"]) == 2
    assert "At α = 1.00: 0.0 % of the test images of 6" in line_words(INSIDE, entry, 1.0)
    assert line_words(INSIDE, entry, 0.123) == line_words(INSIDE, entry, None)
    assert len(line_at(INSIDE, entry, None, None)["columns"]) == 1
    assert "at most 0.000 nats" in barrier_words(INSIDE) and "network 2." in barrier_words(INSIDE)
