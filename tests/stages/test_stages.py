"""Stages meet through run folders, in a small data set of torchvision's layout."""

from pathlib import Path

import numpy as np
import pytest

from forgetdemo.files.checkpoint import CheckpointError
from forgetdemo.files.run import read_run
from forgetdemo.network.model import load_model
from forgetdemo.settings.training import train_config
from forgetdemo.settings.unlearning import unlearn_config
from forgetdemo.stages import evaluate, finish, unlearn
from forgetdemo.stages.pictures import with_plots
from forgetdemo.stages.train import train_run
from forgetdemo.stages.unlearn import unlearn_run
from tests.helpers.idx import write_idx

QUICK = dict(steps=6, pool_per_class=5)


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A tiny fashion_mnist folder."""
    folder = tmp_path_factory.mktemp("data")
    write_idx(folder / "FashionMNIST" / "raw", train=120)
    return folder


@pytest.fixture(scope="module")
def trained(data: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A trained run on it."""
    config = train_config("paper", epochs=1, dataset="fashion_mnist")
    return train_run(config, tmp_path_factory.mktemp("runs") / "original", data).directory


def test_train_unlearn_evaluate_through_folders(data: Path, trained: Path, tmp_path: Path) -> None:
    config = unlearn_config("described", forget_class=2, redirect_to=7, **QUICK)
    run = unlearn_run(config, trained, tmp_path / "run", data)
    assert run.dataset == "fashion_mnist" and run.report.classes[2] == "Pullover"
    assert run.manifest["data_sha256"] == read_run(trained).manifest["data_sha256"]
    again = evaluate.evaluate_run(tmp_path / "run", data)
    assert again.after == run.report.after and again.before == run.report.before
    outside = run.weights("mask")
    before, after = run.weights("before"), run.weights("after")
    for name, mask in outside.items():
        kept = mask == 0
        assert before[name][kept].tobytes() == after[name][kept].tobytes()


def test_an_equal_request_finds_the_same_folder(
    data: Path, trained: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(finish, "RUNS", tmp_path)
    config = unlearn_config("described", **QUICK)
    first = unlearn_run(config, trained, None, data)
    monkeypatch.setattr(unlearn, "unlearn", None)  # running it again would fail
    assert unlearn_run(config, trained, None, data).directory == first.directory
    assert [path.name for path in tmp_path.iterdir()] == [first.manifest["key"]]


def test_as_coded_carries_adam_s_moments(data: Path, tmp_path: Path) -> None:
    config = train_config("as_coded", epochs=1, dataset="fashion_mnist")
    original = train_run(config, tmp_path / "original", data)
    assert original.has("moments")
    run = unlearn_run(
        unlearn_config("as_coded", epochs=1),
        tmp_path / "original",
        tmp_path / "run",
        data,
    )
    assert run.manifest["carried_moments"] is True
    layers = run.report.mask["layers"] if run.report.mask else {}
    assert layers["fc1"]["changed"] == 0 and layers["conv1"]["changed"] > 0


def test_an_oracle_s_report_is_about_its_class(data: Path, tmp_path: Path) -> None:
    config = train_config("paper", epochs=1, dataset="fashion_mnist", exclude_class=4)
    assert train_run(config, tmp_path / "oracle", data).report.forget_class == 4


def test_other_data_and_tampered_runs_are_refused(
    data: Path, trained: Path, tmp_path: Path
) -> None:
    config = unlearn_config("described", **QUICK)
    weights = trained / "before.safetensors"
    whole = weights.read_bytes()
    weights.write_bytes(whole[:-1] + bytes([whole[-1] ^ 1]))
    try:
        with pytest.raises(CheckpointError, match="damaged"):
            unlearn_run(config, trained, tmp_path / "run", data)
    finally:
        weights.write_bytes(whole)
    with pytest.raises(FileNotFoundError):
        unlearn_run(config, tmp_path / "nothing", tmp_path / "run", data)
    (tmp_path / "full").mkdir()
    (tmp_path / "full" / "thesis.txt").write_text("do not touch")
    with pytest.raises(ValueError, match="choose another --out"):
        unlearn_run(config, trained, tmp_path / "full", data)
    assert not (tmp_path / "run").exists()


def test_a_predictor_answers_as_the_contract_says(trained: Path) -> None:
    model = load_model(read_run(trained).weights("before"))
    probabilities, logits = evaluate.predictor(model)(np.zeros((3, 1, 28, 28), np.float32))
    assert probabilities.shape == logits.shape == (3, 10)
    assert np.allclose(probabilities.sum(1), 1, atol=1e-6)


def test_pictures_are_drawn_once_and_change_nothing_else(trained: Path, data: Path) -> None:
    run = read_run(trained)
    drawn = with_plots(run)
    assert {name for name in drawn.files if name not in run.files} >= {"plots/confusion.png"}
    assert {name: drawn.files[name] for name in run.files} == dict(run.files)
    assert drawn.manifest["key"] == run.manifest["key"]
    assert with_plots(drawn) is drawn
