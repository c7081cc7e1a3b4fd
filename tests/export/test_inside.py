"""What it takes to look inside models: made from shipped ones, equal to torch's own layers."""

import base64
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import pytest
import torch

from export import graph
from export.inside import line, sure
from export.inside.build import projection_of
from export.inside.tail import tail_of
from export.pairs import layout
from forgetdemo.data import load_dataset
from forgetdemo.files.checkpoint import CheckpointError, load_weights
from forgetdemo.network.model import load_model
from forgetdemo.predict.inference import load_models
from forgetdemo.predict.inside import INSIDE_DIR, Inside, load_inside
from forgetdemo.predict.steps import floats
from forgetdemo.settings.constants import MODELS_DIR

DIGITS, TOLERANCE = 200, 1e-4


@pytest.fixture(scope="module")
def inside() -> Inside:
    return load_inside(INSIDE_DIR)


@pytest.mark.parametrize("name", ["before", "after", "oracle", "logit_mask"])
def test_layers_are_torchs_own(inside: Inside, name: str) -> None:
    model = load_model(load_weights(MODELS_DIR / f"{name}.safetensors"))
    pixels = floats(load_dataset("mnist").test.pixels[:DIGITS])
    found = inside.open((MODELS_DIR / f"{name}.onnx").read_bytes())(pixels)
    with torch.inference_mode():
        maps = model.maps(torch.from_numpy(pixels))
        hidden = model.hidden(maps[-1].flatten(1))
        wanted = [*maps[1:], *hidden[1:], model.last(hidden[-1])]
    assert list(found) == ["conv1", "conv2", "fc1", "fc2", "fc3"]
    for (layer, value), torchs in zip(found.items(), wanted, strict=True):
        assert value.shape == tuple(torchs.shape), layer
        assert np.abs(value - torchs.numpy()).max() <= TOLERANCE, layer


def test_the_tail_is_made_anew_and_leaves_the_contract_alone(inside: Inside) -> None:
    before = (MODELS_DIR / "before.onnx").read_bytes()
    tail, layers = tail_of(before)
    assert (tail, layers) == (base64.b64decode(inside.about["tail"]), inside.about["layers"])
    assert layout(before) == inside.tensors
    merged = graph.parse(before + tail)
    outputs = [value.name for value in merged.graph.output]
    assert outputs[:2] == ["probabilities", "logits"] and len(outputs) == 6
    onnx.checker.check_model(before + tail, full_check=True)
    del merged.graph.output[2:]
    assert graph.serialize(merged) == before
    graph.check(before)  # and the shipped file holds to its own contract
    with pytest.raises(CheckpointError, match="not an ONNX file"):
        tail_of(b"x")
    other = graph.parse(before)
    del other.graph.node[2:]
    with pytest.raises(CheckpointError, match="no layer conv1"):
        tail_of(other.SerializeToString())


def test_a_plane_in_which_means_lie_apart() -> None:
    rng = np.random.default_rng(0)
    labels = np.repeat(np.arange(10), 20)
    features = rng.normal(size=(200, 5))
    features[:, 3] += 100 * labels
    features[:, 1] -= 30 * (labels % 2)
    found = projection_of(features, labels)
    assert found.shape == (5, 2) and found.dtype == np.float32
    assert np.allclose(found.T @ found, np.eye(2), atol=1e-6)
    assert found[3, 0] > 0.99 and found[1, 1] > 0.99


def test_the_barrier_is_the_highest_rise_above_the_straight_line() -> None:
    points: list[dict[str, Any]] = [
        {"alpha": alpha, "loss_retain": loss}
        for alpha, loss in ((0, 1.0), (0.25, 1.0), (0.5, 3.5), (1, 2.0), (1.5, 99.0))
    ]
    assert line.barrier(points) == 2.0
    assert line.barrier(points[:2] + points[3:]) == 0.0


def test_the_line_begins_and_ends_at_the_shipped_models(inside: Inside) -> None:
    test = load_dataset("mnist").test
    points = {point["alpha"]: point for point in inside.about["line"]["points"]}
    assert list(points) == list(line.ALPHAS) and points[1.5]["row"][6] == 0
    for alpha, name in ((0.0, "before"), (1.0, "after")):
        found = line.measure((MODELS_DIR / f"{name}.onnx").read_bytes(), test, 6)
        assert points[alpha]["row"] == pytest.approx(found["row"], abs=1e-3)
        for figure in ("acc_retain", "loss_retain"):
            assert points[alpha][figure] == pytest.approx(found[figure], abs=1e-4)
    barriers = inside.about["line"]["barriers"]
    assert barriers["after"] < 0.01 < 1 < barriers["oracle"]


def test_sets_hold_the_truth_as_often_as_they_say(inside: Inside) -> None:
    found = inside.about["sure"]
    test = load_dataset("mnist").test
    models = {"before": load_models(MODELS_DIR).classifiers["before"]}
    rows = sure.counted(models, test, 6, found)
    shipped = [row for row in found["sets"] if row["model"] == "before"]
    for row, kept, level in zip(rows, shipped, (0.95, 0.99), strict=True):
        assert abs(row["coverage"] - level) <= 0.005
        assert row == {name: pytest.approx(value, abs=1e-3) for name, value in kept.items()}
    assert found["accepted"] >= 0.995
    assert "99.25%" in sure.table(rows)


def test_a_threshold_by_hand() -> None:
    labels = np.zeros(19, int)
    probabilities = np.zeros((19, 10))
    probabilities[:, 0] = np.linspace(0.05, 0.95, 19)
    assert sure.least(probabilities, labels, 0.95) == pytest.approx(0.05)
    assert sure.least(probabilities, labels, 0.5) == pytest.approx(0.5)
    with pytest.raises(ValueError, match="19 images are too few for sets of 99%"):
        sure.least(probabilities, labels, 0.99)


def test_sets_of_new_images_hold_the_truth_wherever_they_are_calibrated() -> None:
    rng = np.random.default_rng(1)

    def drawn(count: int) -> tuple[np.ndarray, np.ndarray]:
        labels = rng.integers(0, 10, count)
        logits = rng.normal(size=(count, 10))
        logits[np.arange(count), labels] += 2  # a poor model
        return np.exp(logits) / np.exp(logits).sum(1, keepdims=True), labels

    p, labels = drawn(4000)
    limit = sure.least(p, labels, 0.95)
    p, labels = drawn(20000)
    assert 0.94 < (p[np.arange(20000), labels] >= limit).mean() < 0.96
    assert (p >= limit).sum(1).mean() > 2


def test_no_file_is_opened_that_is_another_kind(inside: Inside, tmp_path: Path) -> None:
    with pytest.raises(CheckpointError, match="x.onnx is damaged"):
        inside.open(b"x", "x.onnx")
    steps = (MODELS_DIR.parent / "steps" / "answers.onnx").read_bytes()
    with pytest.raises(CheckpointError):
        inside.open(steps)
    with pytest.raises(FileNotFoundError):
        load_inside(tmp_path)
