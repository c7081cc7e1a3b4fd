"""ONNX files are measured as the weights they came from were, and wrong folders are refused."""

import json
import shutil
from pathlib import Path

import pytest

from forgetdemo.cli import main
from forgetdemo.files.checkpoint import CheckpointError
from forgetdemo.files.run import read_run
from forgetdemo.settings.constants import MODELS_DIR
from forgetdemo.stages.evaluate_onnx import evaluate_models


def test_the_shipped_files_give_the_shipped_report() -> None:
    found, shipped = evaluate_models(MODELS_DIR), read_run(MODELS_DIR).report
    assert found.before.confusion == shipped.before.confusion
    assert found.after and shipped.after and found.after.confusion == shipped.after.confusion
    assert found.after.redirect_rate == shipped.after.redirect_rate
    assert (found.method, found.mask, found.seconds) == (shipped.method, None, {})


def test_the_command_takes_a_folder_of_three_files(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    manifest = json.loads((MODELS_DIR / "manifest.json").read_text())
    for kind in ("files", "models"):
        kept = {"before", "after", "before.onnx", "after.onnx"}
        manifest[kind] = {name: entry for name, entry in manifest[kind].items() if name in kept}
    (tmp_path / "manifest.json").write_text(json.dumps(manifest))
    for name in ("before.onnx", "after.onnx"):
        shutil.copy(MODELS_DIR / name, tmp_path / name)
    assert main(["evaluate", "--models", str(tmp_path)]) == 0
    assert "ceiling" in capsys.readouterr().out
    after = (tmp_path / "after.onnx").read_bytes()
    (tmp_path / "after.onnx").write_bytes(after[:-1] + bytes([after[-1] ^ 1]))
    assert main(["evaluate", "--models", str(tmp_path)]) == 1
    said = capsys.readouterr().err
    assert "after.onnx" in said and len(said.splitlines()) == 1


def test_what_is_no_model_folder_is_refused(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        evaluate_models(tmp_path / "nowhere")
    (tmp_path / "manifest.json").write_text('{"format": "other", "files": {}}')
    with pytest.raises(CheckpointError, match="not a model folder"):
        evaluate_models(tmp_path)


@pytest.mark.parametrize("flags", [[], ["--run", "a", "--models", "b"]])
def test_one_folder_is_needed(flags: list[str]) -> None:
    with pytest.raises(SystemExit) as stop:
        main(["evaluate", *flags])
    assert stop.value.code == 2
