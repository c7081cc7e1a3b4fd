"""`OnnxClassifier(file)(pixels) → (probabilities, logits)`: onnxruntime, verified bytes only."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import Any

import numpy as np
import onnxruntime as ort

from forgetdemo.files.checkpoint import (
    MANIFEST,
    CheckpointError,
    read_manifest,
    sha256_hex,
    verify_file,
)
from forgetdemo.files.folder import MODELS_FORMAT
from forgetdemo.settings.architecture import NETWORK
from forgetdemo.settings.checks import require_digit
from forgetdemo.settings.constants import NUM_CLASSES, PREPROCESS_VERSION

INPUT, OUTPUTS = "pixels", ("probabilities", "logits")
MAX_BYTES = 4_000_000  # of one ONNX file; ours have 1.7 MB


def session_options() -> ort.SessionOptions:
    """One thread that sleeps when idle, so that predictions burn no core beside a trainer."""
    options = ort.SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    options.graph_optimization_level = ort.GraphOptimizationLevel.ORT_ENABLE_ALL
    options.add_session_config_entry("session.intra_op.allow_spinning", "0")
    options.log_severity_level = 4
    return options


class OnnxClassifier:
    """One model. Immutable; safe to call from many threads. `data`: the bytes of its file."""

    def __init__(self, data: bytes, name: str = "model.onnx") -> None:
        """Start a session from verified bytes; nothing is read from a path.

        Raises:
            CheckpointError: too large, not ONNX, or not our input and outputs.
        """
        if len(data) > MAX_BYTES:
            raise CheckpointError(f"{name} has {len(data):,} bytes; at most {MAX_BYTES:,} are read")
        try:
            self._session = ort.InferenceSession(
                data, session_options(), providers=["CPUExecutionProvider"]
            )
        except Exception as error:  # onnxruntime raises its own family without a common base
            raise CheckpointError(f"{name} is damaged (not an ONNX model)") from error
        inputs = [(i.name, i.type, i.shape[1:]) for i in self._session.get_inputs()]
        outputs = {o.name: (o.type, o.shape[1:]) for o in self._session.get_outputs()}
        picture = (INPUT, "tensor(float)", [*NETWORK.image])
        answer = ("tensor(float)", [NETWORK.last.outputs])
        if inputs != [picture] or outputs != dict.fromkeys(OUTPUTS, answer):
            raise CheckpointError(f"{name} is another kind of model; export it with forgetdemo")
        self.data = data

    def __call__(self, pixels: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Classify a batch.

        Args:
            pixels: (B, 1, 28, 28) float32 in [0, 1], white ink on black.
        Returns:
            probabilities (B, 10), rows sum to 1, and logits (B, 10), float32.
        Raises:
            ValueError: another shape or dtype, NaN, or values outside [0, 1].
        """
        if pixels.dtype != np.float32 or pixels.ndim != 4 or pixels.shape[1:] != NETWORK.image:
            raise ValueError(
                f"pixels must be (B, 1, 28, 28) float32, got {pixels.shape} {pixels.dtype}"
            )
        if pixels.size and not (pixels.min() >= 0 and pixels.max() <= 1):
            raise ValueError("pixels must be numbers in [0, 1]")
        probabilities, logits = self._session.run(OUTPUTS, {INPUT: pixels})
        return probabilities, logits


@dataclass(frozen=True)
class Models:
    """A verified model folder: what its manifest says, and a classifier per model; read-only."""

    directory: Path
    manifest: Mapping[str, Any]
    classifiers: Mapping[str, OnnxClassifier]

    def file(self, name: str) -> bytes:
        """Verified bytes of one file. Raises as `checkpoint.verify_file`."""
        return verify_file(self.directory, self.manifest, name)

    def by_weights(self) -> dict[str, OnnxClassifier]:
        """The classifiers by the SHA-256 of their weights, as far as the folder holds these."""
        found = {weights_of(self.manifest, name): model for name, model in self.classifiers.items()}
        return {digest: model for digest, model in found.items() if digest}

    def download(self, digest: str, name: str) -> bytes | None:
        """Bytes of the file of that name and SHA-256, verified again; None if there is none."""
        if self.manifest["files"].get(name, {}).get("sha256") == digest:
            return self.file(name)
        if name == MANIFEST:
            data = (self.directory / MANIFEST).read_bytes()
            return data if sha256_hex(data) == digest else None
        return None


def check_facts(manifest: Mapping[str, Any]) -> None:
    """Hold what the page reads from a manifest against its form; no hash covers the manifest.

    Raises:
        ValueError: classes, digits, files or models are not what an export writes.
    """
    classes = manifest.get("classes")
    if not isinstance(classes, list) or [type(c) for c in classes] != [str] * NUM_CLASSES:
        raise ValueError(f"classes must be {NUM_CLASSES} names")
    require_digit("forget_class", manifest.get("forget_class"))
    for name in ("dataset", "method"):
        if not isinstance(manifest.get(name), str):
            raise ValueError(f"{name} must be a name")
    if "redirect_to" not in manifest:
        raise ValueError("redirect_to must be a digit or null")
    if manifest["redirect_to"] is not None:
        require_digit("redirect_to", manifest["redirect_to"])
    for kind, field in (("files", "sha256"), ("models", "file")):
        for name, entry in manifest[kind].items():
            if not isinstance(entry, dict) or not isinstance(entry.get(field), str):
                raise ValueError(f"{kind} must name the {field} of {name}")


def weights_of(manifest: Mapping[str, Any], name: str) -> str:
    """SHA-256 of a model's weights, "" where the folder does not hold them.

    Two ONNX files of the same weights differ in what they say of their making.
    """
    return str(manifest["files"].get(f"{name}.safetensors", {}).get("sha256", ""))


def load_models(directory: Path, shared: Models | None = None) -> Models:
    """Read a model folder, comparing every ONNX file with its hash before it is parsed.

    Args:
        directory: of the folder.
        shared: models in memory that were exported as these were; a model of the same weights
            uses the classifier there.
    Raises:
        FileNotFoundError: no such folder, or files are gone.
        CheckpointError: damaged, another kind of folder, or made for other preprocessing.
    """
    manifest = read_manifest(directory)
    if manifest.get("format") != MODELS_FORMAT:
        raise CheckpointError(
            f"{directory} is not a model folder; make one with `python -m export`"
        )
    if manifest.get("preprocess_version") != PREPROCESS_VERSION:
        raise CheckpointError(f"{directory} was made for other preprocessing; export it again")
    entries = manifest.get("models")
    if not isinstance(entries, dict) or not {"before", "after"} <= set(entries):
        raise CheckpointError(f"{directory} lacks before or after; export it again")
    try:
        check_facts(manifest)
    except ValueError as error:
        raise CheckpointError(f"{directory} is damaged ({error}); export it again") from error
    ready = {} if shared is None else shared.by_weights()
    classifiers = {}
    for name, entry in entries.items():
        data = verify_file(directory, manifest, entry["file"])
        known = ready.get(weights_of(manifest, name))
        classifiers[name] = OnnxClassifier(data, entry["file"]) if known is None else known
    return Models(directory, MappingProxyType(manifest), MappingProxyType(classifiers))
