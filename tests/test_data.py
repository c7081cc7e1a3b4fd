"""The data are what was published, split without loss, and refused when damaged."""

import gzip
import shutil
import struct
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from forgetdemo import data as d
from forgetdemo.files.checkpoint import CheckpointError
from forgetdemo.settings.constants import ASSETS
from tests.helpers.idx import write_idx

COUNTS = [5923, 6742, 5958, 6131, 5842, 5421, 5918, 6265, 5851, 5949]


def test_the_bundled_files_are_mnist(mnist: d.Dataset) -> None:
    assert np.bincount(mnist.train.labels).tolist() == COUNTS
    assert len(mnist.test) == 10_000
    assert mnist.train.pixels.dtype == np.uint8 and not mnist.train.pixels.flags.writeable


def test_no_test_image_is_a_training_image(mnist: d.Dataset) -> None:
    seen = {image.tobytes() for image in mnist.train.pixels}
    assert not any(image.tobytes() in seen for image in mnist.test.pixels)


@given(st.lists(st.integers(0, 9), max_size=50), st.integers(0, 9))
def test_forget_and_retain_are_disjoint_and_everything(labels: list[int], digit: int) -> None:
    array = np.array(labels, np.int64)
    split = d.split_by_class(array, digit)
    together = np.concatenate([split.forget, split.retain])
    assert sorted(together.tolist()) == list(range(len(labels)))
    assert (array[split.forget] == digit).all() and (array[split.retain] != digit).all()


def test_validation_is_cut_from_training_without_overlap(small_images: d.Images) -> None:
    fit, held = d.split_validation(small_images)
    assert len(fit) + len(held) == len(small_images)
    joined = np.concatenate([fit.pixels, held.pixels]).reshape(len(small_images), -1)
    key = sorted(row.tobytes() for row in joined)
    assert key == sorted(image.tobytes() for image in small_images.pixels)
    again, _ = d.split_validation(small_images)
    assert np.array_equal(again.labels, fit.labels)


def test_floats_are_what_models_take(small_images: d.Images) -> None:
    floats = small_images.take(np.arange(5)).floats()
    assert floats.shape == (5, 1, 28, 28) and floats.dtype == np.float32
    assert floats.min() == 0 and floats.max() == 1


@pytest.mark.parametrize("damage", ["flip", "cut", "text"])
def test_damaged_mnist_is_refused(tmp_path: Path, damage: str) -> None:
    for file in (ASSETS / "mnist").iterdir():
        shutil.copy(file, tmp_path)
    name = "t10k-labels-idx1-ubyte"
    raw = bytearray(gzip.decompress((tmp_path / f"{name}.gz").read_bytes()))
    raw[100] ^= 1
    broken = {
        "flip": gzip.compress(bytes(raw)),
        "cut": (tmp_path / f"{name}.gz").read_bytes()[:999],
        "text": b"<html>not found</html>",
    }
    (tmp_path / f"{name}.gz").write_bytes(broken[damage])
    with pytest.raises(CheckpointError, match=name):
        d.load_dataset("mnist", tmp_path)


def test_missing_folders_and_files_say_what_to_place_where(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError, match="not a folder"):
        d.load_dataset("mnist", tmp_path / "none")
    with pytest.raises(FileNotFoundError, match="MNIST/raw"):
        d.load_dataset("mnist", tmp_path)
    with pytest.raises(ValueError, match="fashion_mnist"):
        d.load_dataset("cifar")


def test_other_data_sets_come_from_torchvisions_layout(tmp_path: Path) -> None:
    write_idx(tmp_path / "FashionMNIST" / "raw")
    data = d.load_dataset("fashion_mnist", tmp_path)
    assert len(data.train) == 60 and data.classes[9] == "Ankle boot"


def test_offline_download_says_what_to_place_where(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from torchvision.datasets import mnist

    def offline(*_: object, **__: object) -> None:
        raise OSError("network is unreachable")

    monkeypatch.setattr(mnist, "download_and_extract_archive", offline)
    with pytest.raises(FileNotFoundError, match=r"place train-images.*KMNIST/raw"):
        d.load_dataset("kmnist", tmp_path)


def test_download_is_used_where_there_is_a_network(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from torchvision.datasets import mnist

    def fake(url: str, download_root: str, filename: str, md5: str) -> None:
        if not (Path(download_root) / "train-images-idx3-ubyte").exists():
            shutil.rmtree(download_root)
            write_idx(Path(download_root))
            for packed in Path(download_root).glob("*.gz"):
                packed.with_suffix("").write_bytes(gzip.decompress(packed.read_bytes()))

    monkeypatch.setattr(mnist, "download_and_extract_archive", fake)
    assert len(d.load_dataset("kmnist", tmp_path).test) == 30


@pytest.mark.parametrize(
    "data", [b"", b"\0\0\x08\x03", struct.pack(">HBBI", 0, 8, 1, 5) + b"1234", b"\x01" * 40]
)
def test_parse_idx_refuses_what_is_not_idx(data: bytes) -> None:
    with pytest.raises(CheckpointError, match="damaged"):
        d.parse_idx(data, "x")


def test_checked_refuses_wrong_shapes_and_classes() -> None:
    ten = np.arange(10, dtype=np.uint8)
    with pytest.raises(CheckpointError, match="N×28×28"):
        d.checked(np.zeros((10, 27, 28), np.uint8), ten, "x")
    with pytest.raises(CheckpointError, match="labels"):
        d.checked(np.zeros((9, 28, 28), np.uint8), ten, "x")
    with pytest.raises(CheckpointError, match="all of 0..9"):
        d.checked(np.zeros((10, 28, 28), np.uint8), ten // 2, "x")
