"""A finished run gets its pictures once, and stays the run that it was."""

from pathlib import Path

from forgetdemo.files.run import read_run
from forgetdemo.settings.unlearning import unlearn_config
from forgetdemo.stages.pictures import with_plots
from forgetdemo.stages.unlearn import unlearn_run


def test_pictures_are_drawn_once_and_change_nothing_else(
    data: Path, original: Path, tmp_path: Path
) -> None:
    config = unlearn_config("described", steps=2, pool_per_class=3)
    run = unlearn_run(config, original, tmp_path / "run", data)
    drawn = with_plots(run)
    assert {name for name in drawn.files if name not in run.files} >= {"plots/confusion.png"}
    assert {name: drawn.files[name] for name in run.files} == dict(run.files)
    assert drawn.manifest["key"] == run.manifest["key"]
    assert read_run(run.directory).manifest == drawn.manifest
    assert with_plots(drawn) is drawn
