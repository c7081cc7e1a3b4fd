"""Models to compare with, for each digit: retrained without it, or with its output switched off.

A retrained model ships at half precision, which answers every test image as the full one does (the
index says on how many); a switched-off output is a row and a bias of the original. Both become the
original's ONNX file with other weights. `export/compared.py` makes the folder.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from forgetdemo.files.checkpoint import Arrays, CheckpointError, sha256_hex, unpack_weights
from forgetdemo.files.sealed import read_sealed
from forgetdemo.predict.entry import OWN, YARDSTICKS, Entry, entry, title_of
from forgetdemo.predict.inference import Models, OnnxClassifier
from forgetdemo.predict.newest import Newest
from forgetdemo.predict.weights import views_of, with_weights
from forgetdemo.settings.architecture import NETWORK
from forgetdemo.settings.constants import ASSETS, NUM_CLASSES

COMPARED_DIR = ASSETS / "compared"
COMPARED_FORMAT = "forgetdemo-compared/1"
INDEX = "compared.json"
KEPT = 6  # classifiers in memory, about 5 MB each


def name_of(kind: str, digit: int) -> str:
    """'oracle-4': how the index calls a network, and its file."""
    return f"{kind}-{digit}"


def masked(
    base: bytes, tensors: Sequence[Mapping[str, Any]], digit: int, bias: float, last: str
) -> bytes:
    """The base with one output switched off: its row of weights 0, its bias far below all others.

    Args:
        base, tensors: as in `weights.with_weights`.
        digit: which output.
        bias: what it is set to.
        last: name of the last layer.
    """
    copy, weights = views_of(base, tensors)
    weights[f"{last}.weight"][digit] = 0
    weights[f"{last}.bias"][digit] = bias
    return bytes(copy)


@dataclass(frozen=True, eq=False)
class Compared:
    """The index, `compared.json`, where its files lie, and the original that they are put into."""

    about: Mapping[str, Any]
    directory: Path
    base: bytes

    def weights(self, name: str) -> Arrays:
        """The weights of a shipped network, float32, verified.

        Raises:
            KeyError: there is no such network.
            FileNotFoundError, CheckpointError: its file is gone or damaged.
        """
        row = self.about["networks"][name]
        data = (self.directory / row["file"]).read_bytes()
        if sha256_hex(data) != row["sha256"]:
            raise CheckpointError(f"{row['file']} is damaged; run python -m export.compared")
        arrays = unpack_weights(data, row["file"])
        return {key: value.astype(np.float32) for key, value in arrays.items()}

    def onnx(self, kind: str, digit: int) -> bytes:
        """A network as an ONNX file; its metadata are the original's.

        Raises: as `weights`; CheckpointError also where the result is not what was measured.
        """
        about, name = self.about, name_of(kind, digit)
        if kind == "logit_mask" and 0 <= digit < NUM_CLASSES:
            return masked(self.base, about["tensors"], digit, about["masked"], NETWORK.last.name)
        data = with_weights(self.base, about["tensors"], self.weights(name))
        if sha256_hex(data) != about["networks"][name]["onnx_sha256"]:
            raise CheckpointError(f"{name} is not the model that was measured; make it again")
        return data


def load_compared(base: bytes, directory: Path = COMPARED_DIR) -> Compared:
    """Read the index; a network's file is read when it is asked for.

    Args:
        base: the ONNX file of the original.
        directory: of the index.
    Raises:
        FileNotFoundError: there is none.
        CheckpointError: it is damaged, or was made from another original.
    """
    about = read_sealed(directory / INDEX)
    if about.get("format") != COMPARED_FORMAT:
        raise CheckpointError(f"{directory} is not of format {COMPARED_FORMAT}; make it again")
    if about["base"]["sha256"] != sha256_hex(base):
        raise CheckpointError(f"{directory} was made from another original; make it again")
    return Compared(about, directory, base)


class Yardsticks:
    """The same as columns of a page, the last few kept in memory; safe to ask from many threads."""

    def __init__(self, models: Models, directory: Path = COMPARED_DIR, kept: int = KEPT) -> None:
        """Those that belong to these models; of another original, or without the folder: none."""
        self._manifest = models.manifest
        self._ready = Newest[OnnxClassifier](kept)
        self.source: Compared | None = None
        try:
            before = models.file(models.manifest["models"]["before"]["file"])
            self.source = load_compared(before, directory)
        except (KeyError, OSError, ValueError):
            pass

    def entry(self, kind: str, digit: int) -> Entry | None:
        """A model to compare with; None where there is none, or its file is damaged."""
        name = name_of(kind, digit)
        try:
            classifier = self._classifier(name, kind, digit)
        except (KeyError, OSError, ValueError):
            return None
        about = {**self._manifest, "forget_class": digit, "redirect_to": None}
        role = YARDSTICKS.get(kind, "after")
        title = title_of(kind, str(self._manifest["classes"][digit]))
        return entry(kind, title, classifier, about, role)

    def _classifier(self, name: str, kind: str, digit: int) -> OnnxClassifier:
        """From memory, or built. Raises as `Compared.onnx`; KeyError: nothing is here."""
        if self.source is None:
            raise KeyError(name)
        source = self.source
        return self._ready.get(name, lambda: OnnxClassifier(source.onnx(kind, digit), name))

    def fit(self, columns: Sequence[Entry]) -> list[Entry]:
        """The same columns, with yardsticks about the class that the compared model forgot.

        One that is not to be had for that class is left out: a wrong one would mislead.
        """
        about = [c.forget_class for c in columns if c.key not in ("before", OWN, *YARDSTICKS)]
        if not about:
            return list(columns)
        found = [
            column
            if column.key not in YARDSTICKS or column.forget_class == about[-1]
            else self.entry(column.key, about[-1])
            for column in columns
        ]
        return [column for column in found if column is not None]
