"""Every pair's unlearned model as what moved: positions and values against one shipped file.

90 models of 1.7 MB each would be 155 MB; only 1 % of their weights differ from the original's.
The same two files serve the app and the page without a server; made by `export/pairs.py`.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

import numpy as np

from forgetdemo.files.checkpoint import (
    Arrays,
    CheckpointError,
    sha256_hex,
    unpack_weights,
)
from forgetdemo.files.sealed import read_sealed
from forgetdemo.predict.inference import Models, OnnxClassifier
from forgetdemo.predict.newest import Newest
from forgetdemo.settings.constants import ASSETS
from forgetdemo.settings.text import percent
from forgetdemo.settings.unlearning import unlearn_config

PAIRS_DIR = ASSETS / "pairs"
PAIRS_FORMAT = "forgetdemo-pairs/1"
INDEX, WEIGHTS = "pairs.json", "pairs.safetensors"


@dataclass(frozen=True, eq=False)
class Pairs:
    """The map of all pairs, and what turns the original's file into each one's.

    `about` is pairs.json; `rows` are its pairs by (forget, redirect); `moved` holds "F-R.index"
    (k,) int32, ascending positions among all weights, and "F-R.value" (k,) float32.
    """

    about: Mapping[str, Any]
    rows: Mapping[tuple[int, int], Mapping[str, Any]]
    moved: Arrays
    base: bytes

    def onnx(self, forget: int, redirect: int) -> bytes:
        """The unlearned model of a pair as an ONNX file, compared with its SHA-256.

        Its metadata are the original's; the pair is what the caller asked for.

        Raises:
            KeyError: there is no such pair.
            CheckpointError: the result is not the model that was measured.
        """
        row = self.rows[forget, redirect]
        name = f"{forget}-{redirect}"
        data = patch_bytes(
            self.base,
            self.about["tensors"],
            self.moved[f"{name}.index"],
            self.moved[f"{name}.value"],
        )
        if sha256_hex(data) != row["sha256"]:
            raise CheckpointError(
                f"the model of {forget} → {redirect} is damaged; make pairs again"
            )
        return data


def patch_bytes(
    base: bytes, tensors: Sequence[Mapping[str, Any]], index: np.ndarray, value: np.ndarray
) -> bytes:
    """Write new float32 values over some weights inside a file.

    Args:
        base: the file.
        tensors: {"shape", "offset"} of each, in the order that `index` counts in; the offset is
            the byte at which its little-endian float32 data begin.
        index: (k,) ascending positions in the concatenation of all tensors.
        value: (k,) float32, the weights there.
    Returns:
        A new file of equal length.
    Raises:
        CheckpointError: a position lies outside, or not as many values as positions.
    """
    sizes = [int(np.prod(tensor["shape"])) for tensor in tensors]
    starts = np.cumsum([0, *sizes])
    inside = len(index) == 0 or (index.min() >= 0 and index.max() < starts[-1])
    if len(index) != len(value) or not inside:
        raise CheckpointError("positions and values of moved weights do not fit this file")
    data = bytearray(base)
    place = np.searchsorted(starts, index, side="right") - 1
    for number, tensor in enumerate(tensors):
        mine = place == number
        view = np.frombuffer(data, "<f4", sizes[number], int(tensor["offset"]))
        view[index[mine] - starts[number]] = value[mine]
    return bytes(data)


def load_pairs(directory: Path, base: bytes) -> Pairs:
    """Read the map and what moved, verified.

    Args:
        directory: holds pairs.json and pairs.safetensors.
        base: the ONNX file of the original that they were made from.
    Raises:
        FileNotFoundError: they are not there.
        CheckpointError: damaged, of another format, or made from another original.
    """
    if not (directory / INDEX).is_file():
        raise FileNotFoundError(f"{directory} holds no pairs; make them: python -m export.pairs")
    about = read_sealed(directory / INDEX)
    try:
        if about["format"] != PAIRS_FORMAT:
            raise CheckpointError(f"{directory} is not of format {PAIRS_FORMAT}; make pairs again")
        if about["base"]["sha256"] != sha256_hex(base):
            raise CheckpointError(f"{directory} was made from another original; make pairs again")
        data = (directory / WEIGHTS).read_bytes()
        if about["file"]["sha256"] != sha256_hex(data):
            raise CheckpointError(f"{directory / WEIGHTS} is damaged; make pairs again")
        rows = {(row["forget"], row["redirect"]): row for row in about["pairs"]}
    except (KeyError, TypeError) as error:
        raise CheckpointError(f"{directory / INDEX} is damaged; make pairs again") from error
    return Pairs(about, rows, unpack_weights(data, str(directory / WEIGHTS)), base)


KEPT = 6  # classifiers in memory, about 5 MB each
KEY = re.compile(r"pair-([0-9])-([0-9])")


class Source(Protocol):
    """What is needed of `forgetdemo.predict.pairs.Pairs`."""

    @property
    def about(self) -> Mapping[str, Any]:
        """Which method made them, and more."""

    @property
    def rows(self) -> Mapping[tuple[int, int], Mapping[str, Any]]:
        """Figures of each pair, by class to forget and substitute."""

    def onnx(self, forget: int, redirect: int) -> bytes:
        """A pair's model, verified."""


class PairShelf:
    """Looks pairs up by key; immutable shipped models, so that sharing them is fine."""

    def __init__(self, source: Source | None, problem: str = "", kept: int = KEPT) -> None:
        """Keep at most `kept` classifiers; `problem` says why there is no source."""
        self.problem, self.method = problem, str(source.about["method"]) if source else ""
        self.rows = tuple(source.rows.values()) if source else ()
        self._source = source
        self._known = {key_of(*pair) for pair in source.rows} if source else set()
        self._classifiers = Newest[OnnxClassifier](kept)

    def __contains__(self, key: object) -> bool:
        return isinstance(key, str) and key in self._known

    def __len__(self) -> int:
        """How many classifiers are in memory."""
        return len(self._classifiers)

    def classifier(self, key: str) -> OnnxClassifier:
        """The model of one pair.

        Raises:
            KeyError: there is no such pair.
            CheckpointError: its weights are damaged.
        """
        if key not in self:
            raise KeyError(key)
        assert self._source is not None
        source = self._source
        return self._classifiers.get(key, lambda: OnnxClassifier(source.onnx(*digits_of(key)), key))

    def title(self, key: str) -> str:
        """'2 → 7, described, 1 %', as live runs are called."""
        forget, redirect = digits_of(key)
        share = percent(unlearn_config(self.method).mask_fraction)
        return f"{forget} → {redirect}, {self.method}, {share}"

    def choices(self, keys: Iterable[object]) -> list[tuple[str, str]]:
        """What a column selector offers: title and key; what is no pair is left out."""
        return [(self.title(key), key) for key in keys if isinstance(key, str) and key in self]


def key_of(forget: int, redirect: int) -> str:
    """'pair-2-7'."""
    return f"pair-{forget}-{redirect}"


def digits_of(key: str) -> tuple[int, int]:
    """'pair-2-7' → (2, 7). Raises ValueError for anything else."""
    match = KEY.fullmatch(key)
    if match is None:
        raise ValueError(f"a pair's key must look like pair-2-7, got {key!r}")
    return int(match[1]), int(match[2])


def open_pairs(models: Models, directory: Path = PAIRS_DIR) -> PairShelf:
    """The pairs that ship with these models; without them an empty shelf that says why."""
    try:
        before = models.manifest["models"]["before"]["file"]
        found = load_pairs(directory, models.file(before))
        unlearn_config(found.about["method"])
        return PairShelf(found)
    except FileNotFoundError:
        return PairShelf(
            None, "No models of all pairs are here; `python -m export.pairs` makes them"
        )
    except (KeyError, ValueError, OSError) as error:
        return PairShelf(None, f"The models of all pairs cannot be used: {error}")
