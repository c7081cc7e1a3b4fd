"""Sweep folders → the pairs' files: the models are those that a full export would give."""

from pathlib import Path

import numpy as np
import pytest

from export import pairs as e
from export.graph import patch_onnx, weights_of
from forgetdemo.files.checkpoint import CheckpointError, pack_weights, sha256_hex
from forgetdemo.predict.pairs import patch_bytes
from forgetdemo.settings.constants import MODELS_DIR
from forgetdemo.stages.sweep import delta

ROW = {
    "key": "k",
    "method": "described",
    "seed": 0,
    "failed": None,
    "acc_forget": 0.0,
    "acc_retain": 0.995,
    "acc_overall": 0.9,
    "ceiling": 0.9042,
    "redirect_rate": 0.98,
    "drop": 0.001,
    "changed": 3,
}


@pytest.fixture(scope="module")
def base() -> bytes:
    return (MODELS_DIR / "before.onnx").read_bytes()


def test_the_layout_says_where_each_weight_lies(base: bytes) -> None:
    weights = weights_of(base)
    layout = e.layout(base)
    assert {tensor["name"] for tensor in layout} == set(weights)
    for tensor in layout:
        found = np.frombuffer(base, "<f4", int(np.prod(tensor["shape"])), tensor["offset"])
        assert (found.reshape(tensor["shape"]) == weights[tensor["name"]]).all()
    with pytest.raises(CheckpointError, match="not an ONNX file"):
        e.layout(b"nonsense")


@pytest.mark.parametrize("share", [0.0, 0.01, 0.9])
def test_a_patched_file_is_the_exported_one(base: bytes, share: float) -> None:
    rng = np.random.default_rng(0)
    before = weights_of(base)
    after = {
        name: np.where(rng.random(value.shape) < share, value + 1, value).astype(np.float32)
        for name, value in before.items()
    }
    layout = e.layout(base)
    found = e.positions(delta(before, after), before, layout)
    assert (np.diff(found["index"]) > 0).all(), "ascending, each once"
    patched = patch_bytes(base, layout, found["index"], found["value"])
    assert patched == patch_onnx(base, after)


def test_packing_lists_every_pair_and_its_hash(tmp_path: Path, base: bytes) -> None:
    (tmp_path / "k").mkdir()
    before = weights_of(base)
    after = before | {"fc3.bias": before["fc3.bias"] + np.float32(1)}
    (tmp_path / "k" / "delta.safetensors").write_bytes(pack_weights(delta(before, after)))
    rows = [ROW | {"forget": 6, "redirect": 3}, ROW | {"forget": 2, "redirect": 7}]
    about, weights = e.pack(rows, {"k": {"mask": 0.5, "method": 1.0}}, tmp_path, base)
    assert [(p["forget"], p["redirect"]) for p in about["pairs"]] == [(2, 7), (6, 3)]
    assert {p["sha256"] for p in about["pairs"]} == {sha256_hex(patch_onnx(base, after))}
    assert {p["seconds"] for p in about["pairs"]} == {1.5}
    assert about["file"]["sha256"] == sha256_hex(weights)
    failed = [ROW | {"forget": 6, "redirect": 3, "failed": "nan"}]
    with pytest.raises(CheckpointError, match="6 → 3 diverged: nan"):
        e.pack(failed, {}, tmp_path, base)


def test_bounds_name_the_worst_pair() -> None:
    good = {"forget": 6, "redirect": 3, "seconds": 2.0} | ROW
    bad = good | {"forget": 1, "redirect": 8, "drop": 0.003}
    lines, holds = e.bounds([good, bad])
    assert not holds and lines[1] == (
        "FAILS  other classes drop ≤ 0.2 points: mean 0.20, worst 0.30 (1 → 8)"
    )
    assert e.bounds([good])[1]


def test_somebody_else_s_folder_is_refused_before_the_work(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "thesis.tex").write_text("years of work")
    assert e.main(["--out", str(tmp_path)]) == 1
    assert "holds thesis.tex, which is not ours; choose another --out" in capsys.readouterr().err
    with pytest.raises(ValueError, match=r"holds thesis\.tex"):
        e.refuse_foreign(tmp_path / "thesis.tex")
    e.refuse_foreign(tmp_path / "nothing")


def test_missing_models_are_one_sentence(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = ["--out", str(tmp_path / "out")]
    assert e.main(["--models", str(tmp_path / "nothing"), *out]) == 1
    error = capsys.readouterr().err
    assert error.startswith("error: ") and error.count("\n") == 1
