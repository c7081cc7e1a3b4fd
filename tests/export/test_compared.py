"""What ships at half precision is held against the full weights, and refused where it differs."""

from pathlib import Path

import numpy as np
import pytest

from export import compared as c
from export.pairs import layout
from forgetdemo.data import load_dataset
from forgetdemo.files.checkpoint import CheckpointError, load_weights, sha256_hex, unpack_weights
from forgetdemo.settings.constants import MODELS_DIR


def test_a_halved_network_answers_all_test_images_as_before() -> None:
    base = (MODELS_DIR / "before.onnx").read_bytes()
    weights, test = load_weights(MODELS_DIR / "oracle.safetensors"), load_dataset("mnist").test
    row, data = c.packed("oracle", 6, weights, base, layout(base), test)
    assert row["same_answers"] >= c.LEAST_SAME and row["acc_forget"] == 0 < row["acc_retain"]
    assert row["sha256"] == sha256_hex(data) and row["bytes"] == len(data) < 870_000
    halves = unpack_weights(data)
    assert all((halves[n] == weights[n].astype(np.float16)).all() for n in weights)
    faint = {name: weights[name] * np.float32(1e-9) for name in ("fc3.weight", "fc3.bias")}
    with pytest.raises(CheckpointError, match="of the test images the same when halved"):
        c.packed("oracle", 6, weights | faint, base, layout(base), test.take(np.arange(500)))


def test_what_half_precision_cannot_hold_is_refused() -> None:
    with pytest.raises(CheckpointError, match="w does not fit half precision"):
        c.halved({"w": np.array([1e6], np.float32)})


def test_somebody_else_s_folder_and_missing_models_are_one_sentence(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "thesis.tex").write_text("years of work")
    assert c.main(["--out", str(tmp_path)]) == 1
    assert "holds thesis.tex, which is not ours; choose another --out" in capsys.readouterr().err
    out = ["--out", str(tmp_path / "out")]
    assert c.main(["--models", str(tmp_path / "nothing"), *out]) == 1
    assert capsys.readouterr().err.startswith("error: ")


def test_the_lines_name_every_network_and_the_whole_size() -> None:
    row = {"kind": "oracle", "bytes": 1000, "same_answers": 1.0, "acc_forget": 0, "acc_retain": 1}
    lines = c.lines_of({"networks": {"oracle-4": row, "deep_natural-6": row | {"kind": "x"}}})
    assert len(lines) == 3 and lines[-1] == "1,000 bytes of retrained models"
