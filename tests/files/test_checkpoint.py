"""Files are whole or absent; damage is noticed before anyone parses it."""

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from forgetdemo.files import checkpoint as ck


def some_arrays() -> ck.Arrays:
    rng = np.random.default_rng(0)
    return {"b": rng.normal(size=(3, 4)).astype(np.float32), "a": np.zeros(2, np.float32)}


def test_round_trip_and_equal_bytes(tmp_path: Path) -> None:
    arrays = some_arrays()
    (tmp_path / "w.safetensors").write_bytes(ck.pack_weights(arrays))
    back = ck.load_weights(tmp_path / "w.safetensors")
    assert {n: v.tobytes() for n, v in back.items()} == {n: v.tobytes() for n, v in arrays.items()}
    assert ck.pack_weights(arrays) == ck.pack_weights(dict(reversed(arrays.items())))


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 10_000), st.integers(0, 7))
def test_one_flipped_bit_is_refused(
    tmp_path_factory: pytest.TempPathFactory, at: int, bit: int
) -> None:
    folder = tmp_path_factory.mktemp("flip")
    data = bytearray(ck.pack_weights(some_arrays()))
    manifest = {"files": {"w": ck.file_record(bytes(data))}}
    data[at % len(data)] ^= 1 << bit
    (folder / "w").write_bytes(data)
    with pytest.raises(ck.CheckpointError, match="damaged"):
        ck.verify_file(folder, manifest, "w")


def test_verify_refuses_unlisted_missing_and_outside(tmp_path: Path) -> None:
    manifest = {"files": {"w": ck.file_record(b"1"), "../x": ck.file_record(b"1")}}
    with pytest.raises(FileNotFoundError, match="make it again"):
        ck.verify_file(tmp_path, manifest, "w")
    for name in ("other", "../x"):
        with pytest.raises(ck.CheckpointError, match="does not list"):
            ck.verify_file(tmp_path, manifest, name)


@pytest.mark.parametrize("data", [b"", b"\x80\x04pickle", b"{}", b"\xff" * 20])
def test_what_is_not_safetensors_is_refused(data: bytes) -> None:
    with pytest.raises(ck.CheckpointError, match="damaged"):
        ck.unpack_weights(data)


def test_nan_weights_are_refused() -> None:
    with pytest.raises(ck.CheckpointError, match="NaN"):
        ck.unpack_weights(ck.pack_weights({"w": np.array([np.nan], np.float32)}))


def test_a_folder_without_manifest_is_unfinished(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError, match="unfinished"):
        ck.read_manifest(tmp_path)
    with pytest.raises(FileNotFoundError, match="does not exist"):
        ck.read_manifest(tmp_path / "nothing")
    (tmp_path / ck.MANIFEST).write_text("[")
    with pytest.raises(ck.CheckpointError, match="not JSON"):
        ck.read_manifest(tmp_path)
    (tmp_path / ck.MANIFEST).write_text("{}")
    with pytest.raises(ck.CheckpointError, match="no list of files"):
        ck.read_manifest(tmp_path)


def test_json_has_no_nan() -> None:
    with pytest.raises(ValueError):
        ck.json_bytes(float("nan"))
