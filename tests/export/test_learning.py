"""Learning in a browser is Python's: the page's own code in Node, against forgetdemo/predict."""

import base64
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from export.graph import weights_of
from export.web import records
from export.web.learning import learning, pool_images
from forgetdemo.data import Dataset, Images
from forgetdemo.files.checkpoint import Arrays
from forgetdemo.files.run import read_run
from forgetdemo.predict.inference import OnnxClassifier, load_models
from forgetdemo.predict.relearn import relearn
from forgetdemo.predict.steps import Graphs, Pool, Seen, see, study
from forgetdemo.predict.unlearn import Forgotten, unlearn
from forgetdemo.settings.constants import MODELS_DIR
from forgetdemo.settings.relearning import RelearnConfig
from forgetdemo.settings.unlearning import UnlearnConfig, unlearn_config
from forgetdemo.stages.dense import BROWSER, POOL_PER_CLASS
from tests.helpers.in_node import in_node, node_app, node_process
from tests.helpers.website import app_of, built, settings_of
from tests.views.test_records import check

CLOSE = 1e-5  # between weights of two runtimes, after a whole run
FIRST, WHOLE = 5_000_000, 7_000_000  # bytes on the wire
RUNS: tuple[dict[str, Any], ...] = (
    {"forget_class": 6, "redirect_to": 3},
    {"forget_class": 2, "redirect_to": 7, "seed": 41, "mask_fraction": 0.002},
    {"forget_class": 8, "redirect_to": None},
)


@pytest.fixture(scope="module")
def graphs() -> Graphs:
    return Graphs()


@pytest.fixture(scope="module")
def before() -> Arrays:
    return read_run(MODELS_DIR).weights("before")


@pytest.fixture(scope="module")
def images() -> tuple[Images, Images]:
    return pool_images(load_models(MODELS_DIR))


@pytest.fixture(scope="module")
def pool(graphs: Graphs, before: Arrays, images: tuple[Images, Images]) -> tuple[Pool, Seen]:
    """What both sides learn from, and what their curves are measured on, as Python sees it."""
    some, watched = images
    seen = see(graphs, before, watched.pixels, watched.labels)
    return study(graphs, before, some.pixels, some.labels), seen


def config_of(changes: Mapping[str, Any]) -> UnlearnConfig:
    """The settings that the page runs under these choices."""
    method = "natural_target" if changes["redirect_to"] is None else "described"
    return unlearn_config(method, **BROWSER, **changes)


@pytest.fixture(scope="module")
def theirs() -> list[dict[str, Any]]:
    """What the page's code makes of `RUNS`."""
    site = built()
    found = in_node(
        node_app(), "forget", site=settings_of(site), root=str(site), runs=[dict(r) for r in RUNS]
    )
    runs: list[dict[str, Any]] = found["found"]
    return runs


@pytest.fixture(scope="module")
def ours(graphs: Graphs, pool: tuple[Pool, Seen]) -> list[Forgotten]:
    """What Python makes of them."""
    return [unlearn(graphs, *pool, config_of(changes)) for changes in RUNS]


@pytest.mark.parametrize("run", range(len(RUNS)), ids=lambda run: json.dumps(RUNS[run]))
def test_a_run_in_node_is_pythons(
    run: int,
    theirs: list[dict[str, Any]],
    ours: list[Forgotten],
    before: Arrays,
    mnist: Dataset,
) -> None:
    """Same masks, weights as close as promised, and every test image gets the same answer."""
    data = base64.b64decode(theirs[run]["onnx"])
    found, expected = weights_of(data), ours[run]
    for name, value in expected.weights.items():
        assert np.abs(found[name] - value).max() <= CLOSE, name
        frozen = ~expected.mask[name]
        same = found[name].view(np.int32)[frozen] == before[name].view(np.int32)[frozen]
        assert same.all(), f"{name}: outside Python's mask not one bit moved"
    own = OnnxClassifier(in_file(expected.weights))
    answers = answered(OnnxClassifier(data), mnist.test)
    assert np.array_equal(answers, answered(own, mnist.test)) and len(answers) == 10_000
    certificate = theirs[run]["mask"]
    assert certificate["editable"] == expected.certificate["editable"]
    assert certificate["max_abs_change_outside"] == 0
    for layer, row in expected.certificate["layers"].items():
        assert certificate["layers"][layer]["editable"] == row["editable"], layer
        for figure in ("max_abs_change", "relative_change"):
            assert certificate["layers"][layer][figure] == pytest.approx(row[figure], rel=1e-4)


@pytest.mark.parametrize("run", range(len(RUNS)))
def test_the_curves_are_pythons(
    run: int, theirs: list[dict[str, Any]], ours: list[Forgotten]
) -> None:
    found, expected = theirs[run]["history"], ours[run].history
    assert [record["step"] for record in found] == [record["step"] for record in expected]
    for record, wanted in zip(found, expected, strict=True):
        assert record["confusion"] == wanted["confusion"]
        assert record["loss"] == pytest.approx(wanted["loss"], rel=1e-4)
        for name, term in record["terms"].items():
            assert term == pytest.approx(wanted[name], rel=1e-3, abs=1e-6), name


def in_file(weights: Arrays) -> bytes:
    """Weights in the place of before.onnx's."""
    data = bytearray((MODELS_DIR / "before.onnx").read_bytes())
    for tensor in learning(load_models(MODELS_DIR))["tensors"]:
        values = np.ascontiguousarray(weights[tensor["name"]], "<f4").tobytes()
        data[tensor["offset"] : tensor["offset"] + len(values)] = values
    return bytes(data)


def answered(model: OnnxClassifier, test: Images) -> np.ndarray:
    """A model's answers to all images, (N,)."""
    parts = np.array_split(np.arange(len(test)), 20)
    return np.concatenate([model(test.take(part).floats())[1].argmax(1) for part in parts])


def test_a_lesson_in_node_is_pythons(
    graphs: Graphs, images: tuple[Images, Images], mnist: Dataset
) -> None:
    """Five images bring the six back to the shipped After, by the same curve."""
    site = built()
    found = in_node(
        node_app(), "lesson", site=settings_of(site), root=str(site), model="after", digit=6,
        images=5,
    )  # fmt: skip
    some = images[0]
    weights = read_run(MODELS_DIR).weights("after")
    own = np.flatnonzero(some.labels == 6)[:5]
    others = np.flatnonzero(some.labels != 6)
    watched = mnist.test.take(np.flatnonzero(mnist.test.labels == 6)[:300])
    taught, retained, shown = (
        see(graphs, weights, part.pixels, part.labels)
        for part in (some.take(own), some.take(others), watched)
    )
    expected = relearn(graphs, weights, taught, retained, shown, RelearnConfig(forget_class=6))
    after = weights_of(base64.b64decode(found["onnx"]))
    for name, value in expected.weights.items():
        assert np.abs(after[name] - value).max() <= CLOSE, name
    curve = [(point["step"], point["acc_forget"]) for point in found["curve"]]
    assert curve == [(point["step"], point["acc_forget"]) for point in expected.curve]
    assert curve[0][1] == 0.0 and curve[-1][1] > 0.5, "most of it is back"


def test_what_is_fetched_when() -> None:
    """A first visit stays as small as it was, and learning costs little more."""
    site = built()
    known = settings_of(site)["files"]
    first = json.loads((site / "manifest.json").read_text())["first_visit_bytes"]
    more = sum(known[name]["bytes"] for name in ("learning", "graphs", "pool", "test-images"))
    assert first <= FIRST and first + more <= WHOLE
    text = (app_of(site) / "page/page.js").read_text()
    assert '"pool"' not in text, "only the learner asks for it"


def test_what_the_learner_is_told() -> None:
    check(json.loads(json.dumps(learning(load_models(MODELS_DIR)))), records.Learning)


def test_images_to_learn_from_are_fixed_and_apart(images: tuple[Images, Images]) -> None:
    """A run's settings name its pool: `pool_per_class`, of the images that validation leaves."""
    some, watched = images
    assert np.bincount(some.labels).tolist() == [POOL_PER_CLASS] * 10
    again, _ = pool_images(load_models(MODELS_DIR))
    assert np.array_equal(again.pixels, some.pixels)
    seen = {picture.tobytes() for picture in some.pixels}
    assert not any(picture.tobytes() in seen for picture in watched.pixels)


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"forget_class": 6, "redirect_to": 3, "mask_fraction": 1e-9}, "selects none"),
        ({"forget_class": 6, "redirect_to": 3, "method": "scrub"}, "No graph serves scrub"),
        ({"forget_class": 6, "redirect_to": 3, "batch_forget": 63}, "No graph serves described"),
        ({"forget_class": 6, "redirect_to": 3, "peak_lr": 1e30}, "diverged"),
    ],
)
def test_settings_that_cannot_run_end_in_a_sentence(changes: dict[str, Any], words: str) -> None:
    site: Path = built()
    done = node_process(
        node_app(), "forget", site=settings_of(site), root=str(site), runs=[changes]
    )
    assert done.returncode != 0 and words in done.stderr
