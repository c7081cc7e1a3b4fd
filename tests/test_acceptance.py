"""The whole path on the real data: forget low, retain kept, and the export agrees. Minutes."""

from pathlib import Path

import pytest

from export.bundle import export_run
from forgetdemo.predict.inference import load_models
from forgetdemo.settings.training import train_config
from forgetdemo.settings.unlearning import unlearn_config
from forgetdemo.stages.train import train_run
from forgetdemo.stages.unlearn import unlearn_run

pytestmark = [pytest.mark.slow, pytest.mark.timeout(1800)]


def test_train_unlearn_export(tmp_path: Path) -> None:
    """Five epochs of the recipe are enough for the bounds, if not for the headline."""
    original = train_run(train_config("robust", epochs=5), tmp_path / "original")
    assert 0.990 <= original.report.before.acc_overall < 0.9999, "too good is a bug as well"
    run = unlearn_run(unlearn_config("described"), tmp_path / "original", tmp_path / "run")
    before, after = run.report.before, run.report.after
    assert after is not None and run.report.mask is not None
    assert after.acc_forget == 0
    assert before.acc_retain - after.acc_retain <= 0.002
    assert after.redirect_rate is not None and after.redirect_rate >= 0.95
    assert run.report.mask["editable"] == 4293 and run.report.mask["max_abs_change_outside"] == 0
    export_run(tmp_path / "run", tmp_path / "models")
    stated = load_models(tmp_path / "models").manifest["models"]["after"]
    assert stated["accuracy"]["acc_overall"] == pytest.approx(after.acc_overall, abs=5e-4)
    assert stated["parity"]["argmax_equal"] == 10_000
    again = unlearn_run(unlearn_config("described"), tmp_path / "original", tmp_path / "twin")
    assert again.files["after.safetensors"] == run.files["after.safetensors"]
    control = unlearn_run(
        unlearn_config("described", score="random"), tmp_path / "original", tmp_path / "random"
    )
    assert control.report.after is not None
    assert control.report.after.acc_retain < after.acc_retain, "the mask's choice matters"
