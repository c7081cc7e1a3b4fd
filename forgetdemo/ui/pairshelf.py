"""The shipped pairs, one model each, built on demand; a few are kept, for all visitors together."""

import re
import threading
from collections import OrderedDict
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any, Protocol

from forgetdemo.config import unlearn_config
from forgetdemo.inference import Models, OnnxClassifier
from forgetdemo.orders import percent
from forgetdemo.pairs import PAIRS_DIR, load_pairs

KEPT = 6  # classifiers in memory, about 5 MB each
KEY = re.compile(r"pair-([0-9])-([0-9])")


class Source(Protocol):
    """What is needed of `forgetdemo.pairs.Pairs`."""

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
        self._source, self._kept = source, kept
        self._known = {key_of(*pair) for pair in source.rows} if source else set()
        self._classifiers: OrderedDict[str, OnnxClassifier] = OrderedDict()
        self._lock = threading.Lock()

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
        with self._lock:
            if key not in self._classifiers:
                assert self._source is not None
                self._classifiers[key] = OnnxClassifier(self._source.onnx(*digits_of(key)), key)
                while len(self._classifiers) > self._kept:
                    self._classifiers.popitem(last=False)
            self._classifiers.move_to_end(key)
            return self._classifiers[key]

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
