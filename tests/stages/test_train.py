"""Training ends in a run folder whose report is about the right class."""

from pathlib import Path

import pytest

from forgetdemo.files.run import read_run
from forgetdemo.settings.training import train_config
from forgetdemo.stages.train import REFERENCE_CLASS, train_run


def test_an_original_is_a_run_without_an_after(original: Path) -> None:
    run = read_run(original)
    assert run.has("before") and not run.has("after") and not run.has("moments")
    assert (run.report.method, run.report.forget_class) == (None, REFERENCE_CLASS)
    assert [record["epoch"] for record in run.history["train"]] == [1]


def test_an_oracle_s_report_is_about_its_class(data: Path, tmp_path: Path) -> None:
    config = train_config("paper", epochs=1, dataset="kmnist", exclude_class=4)
    assert train_run(config, tmp_path / "oracle", data).report.forget_class == 4


def test_a_folder_of_somebody_else_s_is_refused_before_training(data: Path, tmp_path: Path) -> None:
    (tmp_path / "thesis.txt").write_text("do not touch")
    config = train_config("paper", epochs=1000, dataset="kmnist")
    with pytest.raises(ValueError, match="choose another --out"):
        train_run(config, tmp_path, data)
