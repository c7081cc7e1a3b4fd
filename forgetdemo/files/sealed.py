"""JSON documents that no manifest lists carry their own hash: audits, pairs, reference curves."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from forgetdemo.files.checkpoint import CheckpointError, json_bytes, read_json, sha256_hex

SEAL = "sha256"


def sealed(value: Mapping[str, Any]) -> dict[str, Any]:
    """A document with the SHA-256 of all else in it, as `json_bytes` writes that, as "sha256".

    Raises:
        ValueError: the value holds NaN or infinity.
    """
    plain = {name: part for name, part in value.items() if name != SEAL}
    return {**plain, SEAL: sha256_hex(json_bytes(plain))}


def read_sealed(path: Path) -> dict[str, Any]:
    """Read what `sealed` made, however it was laid out as JSON.

    Raises:
        FileNotFoundError: there is no such file.
        CheckpointError: it is not JSON, or not what was sealed.
    """
    found = read_json(path)
    try:
        if isinstance(found, dict) and sealed(found)[SEAL] == found.get(SEAL):
            return found
    except (ValueError, RecursionError):  # NaN, which JSON has no word for, or nested too deep
        pass
    raise CheckpointError(
        f"{path.name} is damaged: its SHA-256 is not the one it names; make it again"
    )
