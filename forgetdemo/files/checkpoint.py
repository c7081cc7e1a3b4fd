"""What files hold: hashes, JSON, safetensors weights, manifests that are verified."""

import hashlib
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
from safetensors import SafetensorError
from safetensors import numpy as st

from forgetdemo.files.writing import write_atomic

MANIFEST = "manifest.json"
Arrays = dict[str, np.ndarray]


class CheckpointError(ValueError):
    """A file is missing, damaged, or not what its manifest says."""


def sha256_hex(data: bytes) -> str:
    """SHA-256 of the bytes, 64 lower-case hex digits."""
    return hashlib.sha256(data).hexdigest()


def json_bytes(value: object) -> bytes:
    """Encode as JSON with sorted keys and a final newline, so equal values give equal bytes.

    Raises:
        ValueError: the value holds NaN or infinity, which JSON has no word for.
    """
    return (json.dumps(value, indent=1, sort_keys=True, allow_nan=False) + "\n").encode()


def write_json(path: Path, value: object) -> None:
    """Write `value` as JSON, atomically. Raises what json_bytes and write_atomic raise."""
    write_atomic(path, json_bytes(value))


def read_json(path: Path) -> Any:
    """Read a JSON file.

    Raises:
        FileNotFoundError: there is no such file.
        CheckpointError: it is not JSON.
    """
    try:
        return json.loads(path.read_bytes())
    except (ValueError, RecursionError) as error:
        raise CheckpointError(f"{path.name} is damaged (not JSON); make it again") from error


def pack_weights(arrays: Mapping[str, np.ndarray]) -> bytes:
    """Encode named arrays as safetensors; equal arrays give equal bytes."""
    return st.save({name: np.ascontiguousarray(arrays[name]) for name in sorted(arrays)})


def unpack_weights(data: bytes, name: str = "weights") -> Arrays:
    """Decode safetensors bytes.

    Raises:
        CheckpointError: not a safetensors file, or a float array that holds NaN or infinity.
    """
    try:
        arrays: Arrays = st.load(data)
    except (SafetensorError, ValueError, KeyError) as error:
        raise CheckpointError(f"{name} is damaged (not a safetensors file)") from error
    for key, array in arrays.items():
        if array.dtype.kind == "f" and not np.isfinite(array).all():
            raise CheckpointError(f"{name} is damaged ({key} holds NaN or infinity)")
    return arrays


def load_weights(path: Path) -> Arrays:
    """Read one safetensors file into named arrays.

    Raises:
        FileNotFoundError: there is no such file.
        CheckpointError: it is damaged.
    """
    return unpack_weights(path.read_bytes(), path.name)


def file_record(data: bytes) -> dict[str, object]:
    """What a manifest says of one file: {"sha256": ..., "bytes": ...}."""
    return {"sha256": sha256_hex(data), "bytes": len(data)}


def read_manifest(directory: Path) -> dict[str, Any]:
    """Read the manifest of a run or model folder; the files it names are not opened yet.

    Raises:
        FileNotFoundError: no such folder, or a folder without a manifest (never finished).
        CheckpointError: the manifest is damaged.
    """
    path = directory / MANIFEST
    if not path.is_file():
        if directory.is_file():
            raise FileNotFoundError(f"{directory} is a file; name the folder of a run or of models")
        what = "is unfinished or not a run" if directory.is_dir() else "does not exist"
        raise FileNotFoundError(f"{directory} {what} ({MANIFEST} not found); make it again")
    manifest = read_json(path)
    if not isinstance(manifest, dict) or not isinstance(manifest.get("files"), dict):
        raise CheckpointError(f"{path} is damaged (no list of files); make it again")
    return manifest


def verify_file(directory: Path, manifest: Mapping[str, Any], name: str) -> bytes:
    """Read one file of a folder and compare it with the manifest before anyone parses it.

    Raises:
        CheckpointError: the manifest does not know the file, its name is no file's of the folder,
            or the bytes differ.
        FileNotFoundError: the file is gone.
    """
    if not Path(name).parts or Path(name).is_absolute():
        raise CheckpointError(f"{directory} is damaged (a file named {name!r}); make it again")
    record = manifest["files"].get(name)
    if not isinstance(record, dict) or Path(name).name != Path(name).parts[-1] or ".." in name:
        raise CheckpointError(f"{directory / MANIFEST} does not list {name}; make it again")
    path = directory / name
    if not path.is_file():
        raise FileNotFoundError(f"{path} not found, though the manifest lists it; make it again")
    data = path.read_bytes()
    if sha256_hex(data) != record.get("sha256"):
        raise CheckpointError(
            f"{path} is damaged: its SHA-256 is not the manifest's; restore it or make it again"
        )
    return data
