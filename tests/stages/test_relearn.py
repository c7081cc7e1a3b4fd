"""A class comes back: from training images, from drawings, into a run folder like any other."""

import json
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from forgetdemo.cli import main
from forgetdemo.files.checkpoint import CheckpointError
from forgetdemo.files.requests import relearn_settings, start_of
from forgetdemo.files.run import read_run
from forgetdemo.settings.relearning import RelearnConfig
from forgetdemo.settings.training import train_config
from forgetdemo.stages import finish, relearn
from forgetdemo.stages.relearn import relearn_run
from forgetdemo.stages.train import train_run


@pytest.fixture(scope="module")
def source(data: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A model that never saw a six."""
    config = train_config("paper", epochs=1, dataset="kmnist", exclude_class=6)
    return train_run(config, tmp_path_factory.mktemp("runs") / "oracle", data).directory


def test_a_lesson_is_a_run_folder(
    data: Path, source: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    config = RelearnConfig(images=3, steps=3)
    run = relearn_run(config, source, tmp_path / "run", data)
    assert run.report.method == "relearn" and run.report.redirect_to is None
    assert [p["step"] for p in run.history["relearn"]] == [0, 1, 2, 3]
    assert run.files["before.safetensors"] == read_run(source).files["before.safetensors"]
    assert run.files["after.safetensors"] != run.files["before.safetensors"]
    assert run.manifest["image_visits"] == 300
    monkeypatch.setattr(finish, "RUNS", tmp_path / "runs")
    first = relearn_run(config, source, None, data)
    assert first.directory.name == first.manifest["key"] == run.manifest["key"]
    monkeypatch.setattr(relearn, "relearn", None)  # running it again would fail
    assert relearn_run(config, source, None, data).directory == first.directory
    assert start_of(run) == "after", "a taught model can be taught again"


def test_drawings_teach(data: Path, source: Path, tmp_path: Path) -> None:
    drawn = np.random.default_rng(0).integers(0, 256, (5, 28, 28), np.uint8)
    config = RelearnConfig(images=0, steps=2)
    run = relearn_run(config, source, tmp_path / "run", data, drawings=drawn)
    settings = json.loads(run.files["config.json"])
    assert settings["relearn"]["images"] == 5
    other = relearn_settings(read_run(source), RelearnConfig(images=5, steps=2), drawn[:, ::-1])
    assert other["drawings_sha256"] != settings["drawings_sha256"]


def test_other_data_is_refused(source: Path, tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError, match="does not exist"):
        relearn_run(RelearnConfig(), tmp_path / "nothing")
    weights = source / "before.safetensors"
    whole = weights.read_bytes()
    weights.write_bytes(whole[:-1] + bytes([whole[-1] ^ 1]))
    try:
        with pytest.raises(CheckpointError, match="damaged"):
            relearn_run(RelearnConfig(), source)
    finally:
        weights.write_bytes(whole)


def test_the_command(
    data: Path, source: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    flags = ["relearn", "--run", str(source), "--steps", "2", "--data", str(data)]
    assert main([*flags, "--images", "5", "--out", str(tmp_path / "run")]) == 0
    assert capsys.readouterr().out.splitlines()[1].startswith("step")
    picture = tmp_path / "six.png"
    ink = np.zeros((28, 28), np.uint8)
    ink[5:20, 9:12] = 255
    Image.fromarray(ink).save(picture)
    drawn = [*flags, "--drawings", str(picture), "--out", str(tmp_path / "drawn"), "--json"]
    assert main(drawn) == 0
    assert len(json.loads(capsys.readouterr().out)["curve"]) == 3
    assert main([*flags, "--drawings", str(tmp_path / "no.png")]) == 1
    assert "no.png" in capsys.readouterr().err
    assert main([*flags, "--images", "-1"]) == 1
    assert "images must be a whole number" in capsys.readouterr().err


def test_a_model_that_never_lost_the_class_is_not_taught_it(
    original: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    words = ["relearn", "--run", str(original), "--out", str(tmp_path / "o")]
    assert main(words) == 1
    assert "holds a model that never lost class 6; give an unlearned run" in capsys.readouterr().err
    assert not (tmp_path / "o").exists()
