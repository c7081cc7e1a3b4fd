"""What decides the result of a run that starts from a folder: its config.json, and its key."""

from typing import TYPE_CHECKING, Any

import numpy as np

from forgetdemo.files.checkpoint import sha256_hex
from forgetdemo.files.run import Run
from forgetdemo.settings.records import as_json
from forgetdemo.settings.relearning import RelearnConfig, check_drawings

if TYPE_CHECKING:  # annotations alone: a method's settings are not part of every run's code
    from forgetdemo.settings.unlearning import UnlearnConfig


def start_of(source: Run) -> str:
    """Which model of a folder is taught: "after", or "before" where nothing was unlearned."""
    return "after" if source.has("after") else "before"


def relearn_settings(
    source: Run, config: RelearnConfig, drawings: np.ndarray | None = None
) -> dict[str, Any]:
    """Everything that decides what relearning from `source` gives: config.json, and the key."""
    start = f"{start_of(source)}.safetensors"
    settings: dict[str, Any] = {
        "train": source.config.get("train"),
        "relearn": as_json(config),
        "model_sha256": sha256_hex(source.files[start]),
        "drawings_sha256": None,
    }
    if drawings is not None:
        settings["drawings_sha256"] = sha256_hex(check_drawings(drawings).tobytes())
    return settings


def unlearn_settings(source: Run, config: "UnlearnConfig") -> dict[str, Any]:
    """Everything that decides what unlearning from `source` gives: config.json, and the key."""
    return {
        "train": source.config.get("train"),
        "unlearn": as_json(config),
        "original_sha256": sha256_hex(source.files["before.safetensors"]),
    }
