"""Looking into a model: units switched off, models between two, what ink speaks for an answer."""

import numpy as np
import pytest

from forgetdemo.data import load_dataset
from forgetdemo.files.checkpoint import CheckpointError
from forgetdemo.predict import inside as i
from forgetdemo.predict.steps import floats
from forgetdemo.predict.weights import views_of
from forgetdemo.settings.constants import MODELS_DIR

INSIDE = i.load_inside()
BEFORE, AFTER = ((MODELS_DIR / f"{name}.onnx").read_bytes() for name in ("before", "after"))
TEST = load_dataset("mnist").test
SIX = int(np.flatnonzero(TEST.labels == 6)[0])


@pytest.mark.parametrize(("layer", "unit"), [("conv1", 3), ("conv2", 63), ("fc1", 7), ("fc2", 0)])
def test_a_unit_that_is_off_leaves_nothing_and_the_rest_stays(layer: str, unit: int) -> None:
    whole, off = (
        INSIDE.open(data) for data in (BEFORE, i.without(BEFORE, INSIDE.tensors, layer, unit))
    )
    pixels = floats(TEST.pixels[:50])
    first, second = whole(pixels)[layer], off(pixels)[layer]
    assert not second[:, unit].any()
    others = np.arange(first.shape[1]) != unit
    assert np.allclose(first[:, others], second[:, others], atol=1e-5)


def test_the_ends_of_the_line_are_the_two_models() -> None:
    assert i.between(BEFORE, AFTER, INSIDE.tensors, 0.0) == BEFORE
    _, end = views_of(AFTER, INSIDE.tensors)
    _, found = views_of(i.between(BEFORE, AFTER, INSIDE.tensors, 1.0), INSIDE.tensors)
    _, half = views_of(i.between(BEFORE, AFTER, INSIDE.tensors, 0.5), INSIDE.tensors)
    _, start = views_of(BEFORE, INSIDE.tensors)
    for name, weight in end.items():
        assert np.array_equal(found[name], weight)
        assert np.allclose(half[name], (start[name] + weight) / 2, atol=1e-7)


def test_a_file_that_is_laid_out_otherwise_is_refused() -> None:
    with pytest.raises(CheckpointError, match="laid out otherwise"):
        i.without(b"\0" + BEFORE, INSIDE.tensors, "fc1", 0)
    with pytest.raises(CheckpointError, match="laid out otherwise"):
        i.between(BEFORE, AFTER[:5000], INSIDE.tensors, 0.5)


def test_what_ink_speaks_for_an_answer() -> None:
    model, pixels = INSIDE.open(BEFORE), TEST.pixels[SIX]
    found = i.occlusion(model, pixels)
    assert found.shape == (28, 28) and not found[pixels == 0].any()
    assert found.max() > 1, "some of the strokes carry the answer"
    y, x = np.unravel_index(found.argmax(), found.shape)
    worse = pixels.copy()
    worse[y - 2 : y + 3, x - 2 : x + 3] = 0
    first, second = (i.lead_of(model(floats(p[None]))["fc3"], 6)[0] for p in (pixels, worse))
    assert second < first
    assert not i.occlusion(model, np.zeros((28, 28), np.uint8)).any()


def test_how_far_an_answer_leads() -> None:
    logits = np.array([[1.0, 5.0, 3.0], [4.0, 0.0, 3.0]])
    assert i.lead_of(logits, 1).tolist() == [2.0, -4.0]


def test_neighbours_by_hand() -> None:
    labels = np.repeat(np.arange(10), 21)
    apart = np.stack([labels * 100.0, np.tile(np.arange(21), 10)], 1)
    assert i.neighbours(apart, labels).tolist() == [1.0] * 10
    apart[labels == 6] = apart[labels == 3] + 0.25  # each six has a three beside it
    found = i.neighbours(apart, labels)
    assert 0.4 < found[6] < 0.6 and 0.4 < found[3] < 0.6
    assert found[[0, 1, 2, 4, 5, 7, 8, 9]].tolist() == [1.0] * 8
    rng = np.random.default_rng(0)
    assert i.neighbours(rng.normal(size=(210, 64)), labels).mean() < 0.2, "nothing to see"


def test_the_gallery_through_a_models_eyes() -> None:
    seen = i.see_gallery(INSIDE.open(AFTER), INSIDE)
    assert {name: value.shape for name, value in seen.strengths.items()} == {
        "conv1": (500, 32),
        "conv2": (500, 64),
        "fc1": (500, 128),
        "fc2": (500, 64),
        "fc3": (500, 10),
    }
    assert seen.places.shape == (500, 2)
    oracle = (MODELS_DIR / "oracle.onnx").read_bytes()
    retrained = i.see_gallery(INSIDE.open(oracle), INSIDE).alike
    others = np.arange(10) != 6
    assert abs(seen.alike[6] - seen.alike[others].mean()) < 0.01, "After keeps sixes as any digit"
    assert retrained[6] < retrained[others].mean() - 0.03, "a network that never saw one does not"
