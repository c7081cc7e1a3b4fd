"""A request names its folder; an equal, finished one is found and not made again."""

from dataclasses import replace
from pathlib import Path

import pytest

from forgetdemo.files.run import read_run
from forgetdemo.settings.training import train_config
from forgetdemo.settings.unlearning import unlearn_config
from forgetdemo.stages import finish, unlearn
from forgetdemo.stages.train import train_run
from forgetdemo.stages.unlearn import unlearn_run

QUICK = dict(steps=6, pool_per_class=5)


def test_an_equal_request_finds_the_same_folder(
    data: Path, original: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(finish, "RUNS", tmp_path)
    config = unlearn_config("described", **QUICK)
    first = unlearn_run(config, original, None, data)
    monkeypatch.setattr(unlearn, "unlearn", None)  # running it again would fail
    assert unlearn_run(config, original, None, data).directory == first.directory
    assert [path.name for path in tmp_path.iterdir()] == [first.manifest["key"]]


def test_another_run_is_not_overwritten_unless_it_is_asked_for(
    data: Path, original: Path, tmp_path: Path
) -> None:
    config, out = unlearn_config("described", **QUICK), tmp_path / "run"
    first = unlearn_run(config, original, out, data)
    again = unlearn_run(config, original, out, data, overwrite=False)
    assert again.files["after.safetensors"] == first.files["after.safetensors"]
    for other in (replace(config, steps=7), replace(config, seed=1)):
        with pytest.raises(ValueError, match="holds another run, with other settings; choose"):
            unlearn_run(other, original, out, data, overwrite=False)
    with pytest.raises(ValueError, match="or replace it with --force"):
        train_run(train_config("paper", epochs=1, dataset="kmnist"), out, data, overwrite=False)
    assert read_run(out).files == again.files
    unlearn_run(replace(config, steps=7), original, out, data)
    assert read_run(out).config["unlearn"]["steps"] == 7
