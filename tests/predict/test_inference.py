"""Only verified, well-formed models are run, and only on well-formed pixels."""

import json
import shutil
from pathlib import Path

import numpy as np
import pytest

from forgetdemo.data import Dataset
from forgetdemo.files.checkpoint import CheckpointError, file_record, write_json
from forgetdemo.predict.inference import MAX_BYTES, OnnxClassifier, load_models
from forgetdemo.settings.constants import MODELS_DIR


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    """A copy of the shipped models that may be damaged."""
    return Path(shutil.copytree(MODELS_DIR, tmp_path / "models"))


def relist(folder: Path, name: str, data: bytes) -> None:
    """Replace a file and its hash, as somebody who can write the folder would."""
    (folder / name).write_bytes(data)
    manifest = json.loads((folder / "manifest.json").read_text())
    manifest["files"][name] = file_record(data)
    write_json(folder / "manifest.json", manifest)


def test_the_shipped_models_give_the_manifest_s_accuracies(mnist: Dataset) -> None:
    """Plain onnxruntime on all 10,000 test images."""
    models = load_models(MODELS_DIR)
    forget = mnist.test.labels == models.manifest["forget_class"]
    for name, classifier in models.classifiers.items():
        right = np.concatenate(
            [
                classifier(mnist.test.take(part).floats())[1].argmax(1) == mnist.test.labels[part]
                for part in np.array_split(np.arange(10_000), 20)
            ]
        )
        stated = models.manifest["models"][name]["accuracy"]
        assert right.mean() == pytest.approx(stated["acc_overall"], abs=1e-9)
        assert right[forget].mean() == pytest.approx(stated["acc_forget"], abs=1e-9)
        assert right[~forget].mean() == pytest.approx(stated["acc_retain"], abs=1e-9)


def test_batches_of_any_size_agree(mnist: Dataset) -> None:
    classifier = load_models(MODELS_DIR).classifiers["before"]
    pixels = mnist.test.take(np.arange(7)).floats()
    whole, logits = classifier(pixels)
    assert np.allclose(whole.sum(1), 1, atol=1e-5) and logits.shape == (7, 10)
    single = np.concatenate([classifier(pixels[i : i + 1])[0] for i in range(7)])
    assert np.allclose(whole, single, atol=1e-6)
    assert classifier(pixels[:0])[0].shape == (0, 10)


@pytest.mark.parametrize(
    "pixels",
    [
        np.zeros((1, 28, 28), np.float32),
        np.zeros((1, 1, 28, 27), np.float32),
        np.zeros((1, 1, 28, 28), np.float64),
        np.full((1, 1, 28, 28), 255, np.float32),
        np.full((1, 1, 28, 28), np.nan, np.float32),
        np.full((1, 1, 28, 28), np.inf, np.float32),
        np.full((1, 1, 28, 28), -0.1, np.float32),
    ],
    ids=range(7),
)
def test_wrong_pixels_are_refused(pixels: np.ndarray) -> None:
    with pytest.raises(ValueError, match="pixels must be"):
        load_models(MODELS_DIR).classifiers["before"](pixels)


@pytest.mark.parametrize("damage", ["flip", "cut", "empty", "swap", "gone"])
def test_damaged_files_are_refused_before_they_are_parsed(copy: Path, damage: str) -> None:
    path = copy / "after.onnx"
    data = path.read_bytes()
    if damage == "flip":
        path.write_bytes(data[:9000] + bytes([data[9000] ^ 4]) + data[9001:])
    elif damage == "cut":
        path.write_bytes(data[:-1])
    elif damage == "empty":
        path.write_bytes(b"")
    elif damage == "swap":
        shutil.copy(copy / "before.onnx", path)
    else:
        path.unlink()
    with pytest.raises((CheckpointError, FileNotFoundError), match=r"after.onnx.*make it again"):
        load_models(copy)


@pytest.mark.parametrize("data", [b"", b"\x08\x0a", b"hello", b"\0" * (MAX_BYTES + 1)])
def test_what_is_not_our_onnx_is_refused_even_with_a_right_hash(copy: Path, data: bytes) -> None:
    relist(copy, "after.onnx", data)
    with pytest.raises(CheckpointError, match=r"after.onnx"):
        load_models(copy)


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"format": "other/1"}, "not a model folder"),
        ({"preprocess_version": 99}, "other preprocessing"),
        ({"models": {}}, "lacks before or after"),
    ],
)
def test_other_folders_are_refused(copy: Path, change: dict[str, object], words: str) -> None:
    manifest = json.loads((copy / "manifest.json").read_text())
    write_json(copy / "manifest.json", manifest | change)
    with pytest.raises(CheckpointError, match=words):
        load_models(copy)
    with pytest.raises(FileNotFoundError, match="does not exist"):
        load_models(copy / "nothing")


@pytest.mark.parametrize(
    "change",
    [
        {"classes": 3},
        {"classes": ["0"] * 9},
        {"forget_class": "6"},
        {"redirect_to": 10},
        {"models": {"before": 3, "after": {"file": "after.onnx"}}},
        {"models": {"before": {}, "after": {"file": "after.onnx"}}},
        {"files": {"before.onnx": 3}},
    ],
    ids=str,
)
def test_a_manifest_that_was_tampered_with_is_refused_in_one_sentence(
    copy: Path, change: dict[str, object]
) -> None:
    manifest = json.loads((copy / "manifest.json").read_text())
    write_json(copy / "manifest.json", manifest | change)
    with pytest.raises(CheckpointError, match="is damaged .* export it again"):
        load_models(copy)


def test_models_cannot_be_exchanged_after_they_were_verified() -> None:
    models = load_models(MODELS_DIR)
    with pytest.raises(TypeError):
        models.classifiers["before"] = models.classifiers["after"]  # type: ignore[index]
    with pytest.raises(TypeError):
        models.manifest["forget_class"] = 1  # type: ignore[index]
    with pytest.raises(AttributeError):
        models.classifiers = {}  # type: ignore[misc]


def test_downloads_are_by_name_and_hash_alone() -> None:
    models = load_models(MODELS_DIR)
    digest = models.manifest["files"]["after.onnx"]["sha256"]
    data = models.download(digest, "after.onnx")
    assert data is not None and len(data) > 1_000_000
    assert OnnxClassifier(data, "after.onnx")
    for wrong in (("0" * 64, "after.onnx"), (digest, "before.onnx"), (digest, "../app.py")):
        assert models.download(*wrong) is None
