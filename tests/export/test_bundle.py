"""Exported files keep the contract, follow their model, and replace nothing until they do."""

import json
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from export import bundle, graph, to_onnx
from export.__main__ import main
from export.publish import publish
from forgetdemo.data import load_dataset
from forgetdemo.files.checkpoint import CheckpointError, sha256_hex
from forgetdemo.files.folder import MODELS_FORMAT, read_folder
from forgetdemo.files.run import read_run, save_run
from forgetdemo.metrics.report import Report, evaluate, report_of_logits
from forgetdemo.network.model import MnistCNN, arrays_of, load_model, new_model
from forgetdemo.predict.entry import KNOWN
from forgetdemo.predict.inference import MAX_BYTES, OnnxClassifier
from forgetdemo.settings.architecture import NETWORK
from forgetdemo.settings.constants import DIGITS, MODELS_DIR, ROOT
from tests.helpers.reports import MASK

PROPERTIES = {"title": "Before", "classes": '["0"]'}


def properties_of(data: bytes) -> dict[str, str]:
    """The model's own metadata inside a file."""
    return {entry.key: entry.value for entry in graph.parse(data).metadata_props}


@pytest.fixture(scope="module")
def model() -> MnistCNN:
    return new_model(0)


@pytest.fixture(scope="module")
def exported(model: MnistCNN) -> bytes:
    return to_onnx.export_onnx(model, PROPERTIES)


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory, model: MnistCNN) -> Path:
    """A run with two different models, untrained: what an export does not care about."""
    out = tmp_path_factory.mktemp("runs") / "run"
    data = load_dataset()
    models = {"before": model, "after": new_model(1)}
    found = {
        name: report_of_logits(to_onnx.torch_logits(m, data.test.floats()), data.test.labels, 6, 3)
        for name, m in models.items()
    }
    report = Report(
        dataset="mnist",
        classes=DIGITS,
        forget_class=6,
        redirect_to=3,
        method="described",
        **found,
        mask=MASK,
        seconds={"method": 1.0},
    )
    save_run(
        out,
        config={"train": {"recipe": "robust"}},
        seed=7,
        data_sha256=data.sha256,
        code="c" * 64,
        report=report,
        history={"train": [], "unlearn": []},
        weights={name: arrays_of(m) for name, m in models.items()},
        about={"recipe": "robust", "mask_fraction": 0.01},
    )
    return out


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory, run: Path) -> Path:
    out = tmp_path_factory.mktemp("models") / "models"
    bundle.export_run(run, out)
    return out


def test_the_contract(exported: bytes) -> None:
    proto = graph.check(exported)
    assert [node.op_type for node in proto.graph.node].count("Softmax") == 1
    assert len(exported) < 1_800_000
    assert properties_of(exported) == PROPERTIES
    assert all(v.dtype == np.float32 for v in graph.weights_of(exported).values())


def test_no_path_and_no_build_of_torch_inside(model: MnistCNN, exported: bytes) -> None:
    zeros = {name: np.zeros_like(array) for name, array in arrays_of(model).items()}
    text = graph.patch_onnx(exported, zeros)  # random weights may spell anything
    for secret in (str(ROOT), sys.prefix, "/home", "site-packages", ".py", "+cu", "+cpu", "/"):
        assert secret.encode() not in text, secret


def test_weights_inside_are_the_models_bit_for_bit(model: MnistCNN, exported: bytes) -> None:
    inside = graph.weights_of(exported)
    for name, array in arrays_of(model).items():
        assert np.array_equal(inside[name].view(np.int32), array.view(np.int32))
    assert sum(array.size for array in inside.values()) == NETWORK.weights


def test_exporting_twice_gives_the_same_bytes(model: MnistCNN, exported: bytes) -> None:
    assert to_onnx.export_onnx(model, dict(reversed(PROPERTIES.items()))) == exported


def test_patching_equals_a_full_export(exported: bytes) -> None:
    other = new_model(5)
    properties = {"title": "After", "seed": "5", "note": "größer"}
    full = to_onnx.export_onnx(other, properties)
    assert graph.patch_onnx(exported, arrays_of(other), properties) == full
    assert graph.patch_onnx(full, arrays_of(other)) == full  # metadata kept
    assert to_onnx.export_models(
        {"a": new_model(0), "b": other}, {"a": PROPERTIES, "b": properties}
    ) == {"a": exported, "b": full}


@pytest.mark.parametrize("what", ["missing", "unknown", "shape", "dtype", "template"])
def test_patching_refuses(model: MnistCNN, exported: bytes, what: str) -> None:
    arrays: dict[str, Any] = arrays_of(model)
    if what == "missing":
        del arrays["fc3.bias"]
    elif what == "unknown":
        arrays["fc4.bias"] = arrays["fc3.bias"]
    elif what == "shape":
        arrays["fc3.bias"] = arrays["fc3.bias"][:5]
    elif what == "dtype":
        arrays["fc3.bias"] = arrays["fc3.bias"].astype(np.float64)
    with pytest.raises(CheckpointError):
        graph.patch_onnx(b"junk" if what == "template" else exported, arrays)


pixel_batches = st.integers(0, 2**32 - 1).map(
    lambda seed: np.random.default_rng(seed).random((5, 1, 28, 28), np.float32)
)


@settings(max_examples=20)
@given(pixel_batches)
def test_onnx_follows_torch_on_noise(model: MnistCNN, exported: bytes, pixels: np.ndarray) -> None:
    with torch.no_grad():
        wanted = model(torch.from_numpy(pixels))
    probabilities, logits = OnnxClassifier(exported)(pixels)
    assert np.abs(logits - wanted.numpy()).max() <= 1e-4
    assert np.allclose(probabilities, torch.softmax(wanted, 1).numpy(), atol=1e-6)


@pytest.mark.parametrize("value", [0, 1])
def test_blank_and_full_pictures_and_any_batch(
    model: MnistCNN, exported: bytes, value: int
) -> None:
    predict = OnnxClassifier(exported)
    for size in (0, 1, 7, 256):
        pixels = np.full((size, 1, 28, 28), value, np.float32)
        probabilities, logits = predict(pixels)
        assert probabilities.shape == logits.shape == (size, 10)
        if size:
            assert np.abs(logits - to_onnx.torch_logits(model, pixels)).max() <= 1e-4


def test_training_mode_is_refused(model: MnistCNN) -> None:
    training = new_model(0)
    training.last.train()
    for call in (
        lambda: to_onnx.export_onnx(training, PROPERTIES),
        lambda: to_onnx.export_models(
            {"a": model, "b": training}, {"a": PROPERTIES, "b": PROPERTIES}
        ),
    ):
        with pytest.raises(ValueError, match="training mode"):
            call()
    with pytest.raises(ValueError, match="cannot export"):
        to_onnx.export_models({}, {})


def broken(exported: bytes, how: str) -> bytes:
    proto = onnx.load_model_from_string(exported)
    if how == "operator":
        proto.graph.node[3].op_type = "Sigmoid"
    elif how == "output name":
        for node in proto.graph.node:
            node.output[:] = ["scores" if n == "logits" else n for n in node.output]
            node.input[:] = ["scores" if n == "logits" else n for n in node.input]
        proto.graph.output[1].name = "scores"
    elif how == "fixed batch":
        proto.graph.input[0].type.tensor_type.shape.dim[0].dim_value = 1
    elif how == "dangling":
        proto.graph.node[4].input[0] = "nowhere"
    elif how == "node metadata":
        proto.graph.node[0].doc_string = "/somewhere/model.py"
    elif how == "external":
        proto.graph.initializer[0].data_location = onnx.TensorProto.EXTERNAL
    return proto.SerializeToString()


@pytest.mark.parametrize(
    "how", ["operator", "output name", "fixed batch", "dangling", "node metadata", "external"]
)
def test_files_outside_the_contract_are_refused(exported: bytes, how: str) -> None:
    with pytest.raises(CheckpointError):
        graph.check(broken(exported, how))


@pytest.mark.parametrize("data", [b"", b"junk", b"\x00" * 100])
def test_what_is_no_onnx_file_is_refused(data: bytes) -> None:
    with pytest.raises(CheckpointError, match="export it again"):
        graph.check(data)
    with pytest.raises(CheckpointError, match="too large"):
        graph.check(bytes(MAX_BYTES + 1))


def test_parity_catches_other_weights(model: MnistCNN, exported: bytes) -> None:
    pixels = np.random.default_rng(0).random((20, 1, 28, 28), np.float32)
    logits = to_onnx.torch_logits(model, pixels)
    parity = to_onnx.measure_parity(exported, logits, pixels)
    assert (parity.argmax_equal, parity.images) == (20, 20)
    arrays = arrays_of(model)
    arrays["fc3.bias"][0] += 2e-4
    with pytest.raises(CheckpointError, match="does not follow the model"):
        to_onnx.measure_parity(graph.patch_onnx(exported, arrays), logits, pixels)
    arrays["fc3.bias"][0] = np.nan
    with pytest.raises(CheckpointError):
        to_onnx.measure_parity(graph.patch_onnx(exported, arrays), logits, pixels)


def test_the_model_folder(folder: Path, run: Path) -> None:
    manifest, files = read_folder(folder, (MODELS_FORMAT,))
    assert {
        "before.onnx",
        "after.onnx",
        "before.safetensors",
        "after.safetensors",
        "report.json",
        "history.json",
        "config.json",
        "plots/confusion.png",
        "plots/per_class.svg",
    } <= set(files)
    for name in ("report.json", "config.json", "before.safetensors"):
        assert files[name] == (run / name).read_bytes()
    assert manifest["forget_class"] == 6 and manifest["redirect_to"] == 3
    assert (manifest["recipe"], manifest["seed"], manifest["mask_fraction"]) == ("robust", 7, 0.01)
    assert manifest["onnx"] == {"opset": 20, "ir_version": 10}
    assert manifest["input"]["shape"] == ["batch", 1, 28, 28]
    assert list(manifest["models"]) == ["after", "before"]  # sorted, as in all our JSON
    for name, entry in manifest["models"].items():
        assert entry["parity"]["argmax_equal"] == entry["parity"]["images"] == 10_000
        assert entry["parity"]["max_abs_logit_difference"] <= 1e-4
        assert sha256_hex(files[entry["file"]]) == manifest["files"][f"{name}.onnx"]["sha256"]
        inside = properties_of(files[f"{name}.onnx"])
        assert inside["title"] == entry["title"] == name.capitalize()
        assert json.loads(inside["acc_overall"]) == entry["accuracy"]["acc_overall"]
        assert json.loads(inside["classes"]) == list(DIGITS)
    assert read_run(folder).report.to_dict() == read_run(run).report.to_dict()


def test_the_test_set_through_onnx_gives_the_manifests_accuracies(folder: Path) -> None:
    manifest, files = read_folder(folder, (MODELS_FORMAT,))
    test = load_dataset().test
    for name, entry in manifest["models"].items():
        predict = OnnxClassifier(files[f"{name}.onnx"])
        found = evaluate(predict, test.floats(), test.labels, 6, 3)
        for key, value in entry["accuracy"].items():
            assert getattr(found, key) == value, key


def test_exporting_a_run_twice_gives_the_same_folder(
    folder: Path, run: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "again"
    assert main(["--run", str(run), "--out", str(out), "--json"]) == 0
    printed = capsys.readouterr()
    result = json.loads(printed.out)  # stdout holds nothing else
    assert result["models"]["after"]["file"] == "after.onnx"
    assert "comparing" in printed.err
    for path in folder.rglob("*"):
        if path.is_file():
            assert (out / path.relative_to(folder)).read_bytes() == path.read_bytes(), path.name


def test_a_live_run_s_folder_is_the_exported_one(folder: Path, run: Path, tmp_path: Path) -> None:
    """The page's short way and the command: the same files and manifest, but for the parity."""
    publish(read_run(run), folder, tmp_path / "live", None)
    live, exported = (read_folder(f, (MODELS_FORMAT,)) for f in (tmp_path / "live", folder))
    for name, data in live[1].items():
        assert exported[1][name] == data, name
    for manifest, _ in (live, exported):
        manifest.pop("files")
        assert manifest["models"]["after"].pop("parity")["max_abs_logit_difference"] <= 1e-4
    assert live[0] == exported[0]
    publish(read_run(run), run, tmp_path / "again", None)  # never exported: no template
    assert (tmp_path / "again" / "after.onnx").read_bytes() == exported[1]["after.onnx"]
    broken = replace(read_run(run), files={**read_run(run).files, "after.safetensors": b"x"})
    with pytest.raises(CheckpointError, match="after.safetensors is damaged"):
        publish(broken, folder, tmp_path / "broken", None)
    assert not (tmp_path / "broken").exists()


def test_titles_inside_files_are_those_of_the_table() -> None:
    manifest, files = read_folder(MODELS_DIR, (MODELS_FORMAT,))
    assert set(manifest["models"]) == set(KNOWN)
    for name, known in KNOWN.items():
        assert manifest["models"][name]["title"] == known.in_file
        assert properties_of(files[f"{name}.onnx"])["title"] == known.in_file


def refused(capsys: pytest.CaptureFixture[str], run: Path, out: Path) -> str:
    assert main(["--run", str(run), "--out", str(out)]) == 1
    printed = capsys.readouterr()
    assert printed.out == "" and "Traceback" not in printed.err
    return printed.err.splitlines()[-1]


def test_users_mistakes_end_in_one_line(
    run: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "out"
    assert "does not exist" in refused(capsys, tmp_path / "no run", out)
    assert "in use" in refused(capsys, run, run)  # never over the run itself
    (tmp_path / "thesis").mkdir()
    (tmp_path / "thesis" / "chapter1.tex").write_text("x")
    assert "choose another --out" in refused(capsys, run, tmp_path / "thesis")
    (tmp_path / "file").write_text("x")
    assert "choose another --out" in refused(capsys, run, tmp_path / "file" / "out")
    assert not out.exists()
    with pytest.raises(SystemExit) as stop:
        main(["--run", str(run)])
    assert stop.value.code == 2


def copy_of(run: Path, to: Path, **changes: Any) -> Path:
    """The same run with other parts."""
    old = read_run(run)
    values: dict[str, Any] = dict(
        config=old.config,
        seed=7,
        data_sha256=old.manifest["data_sha256"],
        code="c" * 64,
        report=old.report,
        history=old.history,
        weights={name: old.weights(name) for name in ("before", "after")},
    )
    save_run(to, **(values | changes))
    return to


def test_runs_that_do_not_fit_are_refused(
    run: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out, weights = tmp_path / "out", {"before": read_run(run).weights("before")}
    alone = copy_of(run, tmp_path / "alone", weights=weights)
    assert "holds only the original" in refused(capsys, alone, out)
    foreign = copy_of(run, tmp_path / "foreign", data_sha256="0" * 64)
    assert "other mnist files" in refused(capsys, foreign, out)
    swapped = copy_of(run, tmp_path / "swapped", weights=weights | {"after": weights["before"]})
    assert "report.json says after" in refused(capsys, swapped, out)
    damaged = copy_of(run, tmp_path / "damaged")
    (damaged / "after.safetensors").write_bytes(b"x")
    assert "is damaged" in refused(capsys, damaged, out)
    assert not out.exists()


@pytest.mark.parametrize("error", [CheckpointError("no parity"), KeyboardInterrupt(), OSError(28)])
def test_a_failure_keeps_the_older_folder(
    folder: Path, run: Path, monkeypatch: pytest.MonkeyPatch, error: BaseException
) -> None:
    before = {path: path.stat().st_mtime_ns for path in folder.rglob("*")}

    def fail(*arguments: object) -> None:
        raise error

    monkeypatch.setattr(to_onnx, "measure_parity", fail)
    monkeypatch.setattr(to_onnx, "torch_logits", fast_logits)
    monkeypatch.setattr(bundle, "check_report", lambda *arguments: None)
    code = main(["--run", str(run), "--out", str(folder)])
    assert code == (130 if isinstance(error, KeyboardInterrupt) else 1)
    assert {path: path.stat().st_mtime_ns for path in folder.rglob("*")} == before
    assert [path.name for path in folder.parent.iterdir()] == [folder.name]
    read_folder(folder, (MODELS_FORMAT,))


def fast_logits(model: MnistCNN, pixels: np.ndarray) -> np.ndarray:
    return np.zeros((len(pixels), 10), np.float32)


def test_help_is_instant_and_imports_nothing_heavy() -> None:
    script = (
        "import sys; heavy = ('torch', 'onnx', 'numpy'); sys.argv = ['export', '--help']\n"
        "import runpy\n"
        "try: runpy.run_module('export', run_name='__main__')\n"
        "except SystemExit as stop: assert stop.code == 0\n"
        "assert not set(heavy) & set(sys.modules)\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", script], cwd=ROOT, capture_output=True, text=True, check=True
    )
    assert "--run DIR" in done.stdout


def test_patching_needs_no_torch() -> None:
    script = "import sys; sys.modules['torch'] = None; import export.graph, export.bundle"
    subprocess.run([sys.executable, "-c", script], cwd=ROOT, check=True)


def test_weights_survive_the_way_through_onnx(model: MnistCNN, exported: bytes) -> None:
    again = load_model(graph.weights_of(exported))
    assert all(np.array_equal(a, arrays_of(model)[n]) for n, a in arrays_of(again).items())
