"""The engine without torch writes the same kind of run, with figures of the same kind."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from forgetdemo.files.run import Run, read_run
from forgetdemo.predict.steps import Graphs, logits_of
from forgetdemo.settings.constants import MODELS_DIR, ROOT
from forgetdemo.settings.unlearning import unlearn_config
from forgetdemo.stages import finish, unlearn_onnx
from forgetdemo.stages.evaluate import evaluate_run
from forgetdemo.stages.unlearn import unlearn_run as unlearn_with_torch
from forgetdemo.stages.unlearn_onnx import unlearn_run

QUICK: dict[str, Any] = dict(steps=6, pool_per_class=5)
SMALL = ["--steps", "60", "--pool-per-class", "60"]


@pytest.fixture(scope="module")
def alone(tmp_path_factory: pytest.TempPathFactory) -> Run:
    """A run from the shipped original, by the command, where torch cannot be imported."""
    out = tmp_path_factory.mktemp("runs") / "alone"
    script = (
        "import sys; sys.modules['torch'] = None\n"
        "from forgetdemo.cli import main; sys.exit(main(sys.argv[1:]))"
    )
    command = ["unlearn", "--engine", "onnx", *SMALL, "--out", str(out), "--json"]
    done = subprocess.run(
        [sys.executable, "-c", script, *command],
        cwd=ROOT,
        check=True,
        capture_output=True,
        text=True,
    )
    assert json.loads(done.stdout)["run"] == str(out)
    return read_run(out)


def test_a_fresh_process_gives_the_same_bytes(alone: Run, tmp_path: Path) -> None:
    config = unlearn_config("described", steps=60, pool_per_class=60)
    again = unlearn_run(config, MODELS_DIR, tmp_path / "run")
    for name in ("before.safetensors", "after.safetensors", "mask.safetensors", "config.json"):
        assert again.files[name] == alone.files[name]
    assert again.manifest["key"] == alone.manifest["key"]
    assert again.history == alone.history


def test_the_folder_says_how_it_was_made_and_holds_what_every_run_holds(
    alone: Run, tmp_path: Path
) -> None:
    config = unlearn_config("described", steps=60, pool_per_class=60)
    theirs = unlearn_with_torch(config, MODELS_DIR, tmp_path / "run")
    assert alone.manifest["engine"] == "onnx" and theirs.manifest["engine"] == "torch"
    assert alone.manifest.keys() == theirs.manifest.keys()
    assert theirs.files.keys() == {n for n in alone.files if not n.startswith("plots/")}
    assert alone.manifest["key"] != theirs.manifest["key"]
    assert alone.report.mask and theirs.report.mask
    assert alone.report.mask["editable"] == theirs.report.mask["editable"] == 4293
    ours, mine = theirs.weights("mask"), alone.weights("mask")
    assert all(np.array_equal(ours[name], part) for name, part in mine.items())
    assert alone.report.before.confusion == theirs.report.before.confusion
    figures = [report.after for report in (alone.report, theirs.report)]
    for after in figures:
        assert after and after.acc_forget == 0.0 and (after.redirect_rate or 0) > 0.97
    assert figures[0] and figures[1]
    assert figures[0].acc_retain == pytest.approx(figures[1].acc_retain, abs=0.002)
    assert theirs.history["unlearn"][0].keys() == alone.history["unlearn"][0].keys()


def test_torch_measures_the_same_of_its_weights(alone: Run) -> None:
    measured = evaluate_run(alone.directory)
    assert measured.after and alone.report.after
    assert measured.after.confusion == alone.report.after.confusion
    assert measured.after.loss_retain == pytest.approx(alone.report.after.loss_retain, rel=1e-5)


def test_an_equal_request_is_found_and_not_made_again(
    data: Path, original: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(finish, "RUNS", tmp_path)
    config = unlearn_config("described", **QUICK)
    first = unlearn_run(config, original, None, data)
    assert first.dataset == "kmnist"
    monkeypatch.setattr(unlearn_onnx, "unlearn", None)  # running it again would fail
    assert unlearn_run(config, original, None, data).directory == first.directory
    other = unlearn_with_torch(config, original, None, data)
    assert sorted(path.name for path in tmp_path.iterdir()) == sorted(
        [first.manifest["key"], other.manifest["key"]]
    )


def test_other_graphs_would_make_another_run(alone: Run) -> None:
    assert alone.config["graphs_sha256"] == Graphs().sha256


@pytest.mark.parametrize(
    ("method", "change", "why"),
    [
        ("ssd", {}, "ssd needs torch; .* do without"),
        ("described", {"threads": 2}, "without torch threads must be 1, got 2"),
        ("described", {"layers": ("conv2", "fc1")}, "without torch layers must be some of fc1"),
    ],
)
def test_what_no_graph_serves_is_refused_before_anything_is_read(
    method: str, change: dict[str, Any], why: str, tmp_path: Path
) -> None:
    with pytest.raises(ValueError, match=why):
        unlearn_run(unlearn_config(method, **change), tmp_path / "nothing", tmp_path / "run")
    assert not list(tmp_path.iterdir())


def test_logits_do_not_depend_on_who_is_asked_with(alone: Run) -> None:
    """One image or many: the same answers."""
    graphs, weights = Graphs(), alone.weights("after")
    features = np.random.default_rng(0).random((5, 3136), np.float32)
    one = np.concatenate([logits_of(graphs, weights, features[i : i + 1]) for i in range(5)])
    assert np.allclose(logits_of(graphs, weights, features), one, atol=1e-4)
