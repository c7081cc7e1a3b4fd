"""An original becomes a run with before and after, and what does not fit is refused first."""

from pathlib import Path

import pytest

from forgetdemo.files.checkpoint import CheckpointError
from forgetdemo.files.run import read_run
from forgetdemo.settings.training import train_config
from forgetdemo.settings.unlearning import unlearn_config
from forgetdemo.stages.train import train_run
from forgetdemo.stages.unlearn import recipe_of, unlearn_run

QUICK = dict(steps=6, pool_per_class=5)


def test_only_what_the_mask_allows_moves(data: Path, original: Path, tmp_path: Path) -> None:
    config = unlearn_config("described", forget_class=2, redirect_to=7, **QUICK)
    run = unlearn_run(config, original, tmp_path / "run", data)
    assert run.dataset == "kmnist" and run.report.classes[2] == "す su"
    assert run.manifest["data_sha256"] == read_run(original).manifest["data_sha256"]
    before, after = run.weights("before"), run.weights("after")
    for name, mask in run.weights("mask").items():
        kept = mask == 0
        assert before[name][kept].tobytes() == after[name][kept].tobytes()


def test_the_original_s_recipe_is_known(original: Path) -> None:
    assert recipe_of(read_run(original)) == train_config("paper", epochs=1, dataset="kmnist")


def test_as_coded_carries_adam_s_moments(data: Path, tmp_path: Path) -> None:
    config = train_config("as_coded", epochs=1, dataset="kmnist")
    source = train_run(config, tmp_path / "original", data)
    assert source.has("moments")
    run = unlearn_run(
        unlearn_config("as_coded", epochs=1),
        source.directory,
        tmp_path / "run",
        data,
    )
    assert run.manifest["carried_moments"] is True
    layers = run.report.mask["layers"] if run.report.mask else {}
    assert layers["fc1"]["changed"] == 0 and layers["conv1"]["changed"] > 0


def test_other_data_and_tampered_runs_are_refused(
    data: Path, original: Path, tmp_path: Path
) -> None:
    config = unlearn_config("described", **QUICK)
    weights = original / "before.safetensors"
    whole = weights.read_bytes()
    weights.write_bytes(whole[:-1] + bytes([whole[-1] ^ 1]))
    try:
        with pytest.raises(CheckpointError, match="damaged"):
            unlearn_run(config, original, tmp_path / "run", data)
    finally:
        weights.write_bytes(whole)
    with pytest.raises(FileNotFoundError):
        unlearn_run(config, tmp_path / "nothing", tmp_path / "run", data)
    (tmp_path / "full").mkdir()
    (tmp_path / "full" / "thesis.txt").write_text("do not touch")
    with pytest.raises(ValueError, match="choose another --out"):
        unlearn_run(config, original, tmp_path / "full", data)
    assert not (tmp_path / "run").exists()
