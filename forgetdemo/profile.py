"""Everything an audit needs to know of one model, measured once and kept by content.

What depends on one model alone is here (answers, features, attacks, relearning curves); comparing
models is arithmetic on profiles. A profile's key is made from weights, data, class, settings and
the code, so the original, the oracles and the controls are measured once for all audits.
"""

from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from forgetdemo.checkpoint import (
    Arrays,
    CheckpointError,
    json_bytes,
    load_weights,
    pack_weights,
    read_json,
    sha256_hex,
    write_atomic,
    write_json,
)
from forgetdemo.checks import require_count
from forgetdemo.data import Dataset, split_validation
from forgetdemo.exam import fixed_sets, measure_model
from forgetdemo.model import MnistCNN, load_model
from forgetdemo.relearn import relearn
from forgetdemo.relearn_config import RelearnConfig, relearn_code
from forgetdemo.rundir import code_version
from forgetdemo.train import torch_threads

EXAMINING = tuple("attacks data distances exam metrics model".split())  # decide its numbers


@dataclass(frozen=True, kw_only=True)
class AuditSettings:
    """How much is measured. Less of it gives fewer rows, never other numbers in the same row."""

    relearn_images: tuple[int, ...] = (0, 1, 5, 10, 50)
    relearn_seeds: int = 3  # choices of those images; one where there are none to choose
    relearn_steps: int = 64
    prototypes: int = 5  # images per attack
    prototype_draws: int = 3
    threads: int = 1

    def __post_init__(self) -> None:
        for count in self.relearn_images:
            require_count("relearn_images", count, 0, 10_000)
        require_count("relearn_seeds", self.relearn_seeds, 1, 100)
        require_count("relearn_steps", self.relearn_steps, 1, 4096)
        require_count("prototypes", self.prototypes, 1, 1000)
        require_count("prototype_draws", self.prototype_draws, 1, 100)


@dataclass(frozen=True, eq=False)
class Profile:
    """One model: `numbers` as JSON has them, `arrays` of logits and features, mean curves by k."""

    numbers: dict[str, Any]
    arrays: Arrays
    steps: tuple[int, ...]
    curves: dict[int, tuple[float, ...]]  # images taught → mean acc_forget at `steps`


def measurable(settings: AuditSettings, data: Dataset, forget_class: int) -> AuditSettings:
    """Leave out the curves that ask for more training images of the class than there are."""
    fit_images, _ = split_validation(data.train)
    have = int(np.count_nonzero(fit_images.labels == forget_class))
    possible = tuple(count for count in settings.relearn_images if count <= have)
    return replace(settings, relearn_images=possible)


class Profiler:
    """Profiles of models on one data set and class, kept in a folder."""

    def __init__(
        self, data: Dataset, forget_class: int, settings: AuditSettings, cache: Path
    ) -> None:
        self.data, self.forget_class, self.settings = data, forget_class, settings
        self._cache, self._sets = cache, fixed_sets(data, forget_class)

    def key(self, weights: Arrays, about: dict[str, Any], code: str) -> str:
        """Name of a result: equal weights, data, class, settings and code, equal name."""
        facts = [sha256_hex(pack_weights(weights)), self.data.sha256, self.forget_class, about]
        return sha256_hex(json_bytes([*facts, code]))[:24]

    def profile(self, weights: Arrays) -> Profile:
        """Measure a model, or read what was measured before.

        Raises:
            ValueError: the model answers with NaN, or diverges while it relearns.
            OSError: the cache folder cannot be written.
        """
        model = load_model(weights)
        self._cache.mkdir(parents=True, exist_ok=True)
        with torch_threads(self.settings.threads):
            numbers, arrays = self._measured(model, weights)
            curves, steps = {}, tuple[int, ...]()
            for images in self.settings.relearn_images:
                seeds = self.settings.relearn_seeds if images else 1
                found = [self._curve(model, weights, images, seed) for seed in range(seeds)]
                steps = tuple(found[0]["steps"])
                heights = np.mean([curve["acc_forget"] for curve in found], axis=0)
                curves[images] = tuple(heights.tolist())
        return Profile(numbers, arrays, steps, curves)

    def _measured(self, model: MnistCNN, weights: Arrays) -> tuple[dict[str, Any], Arrays]:
        """Numbers and arrays that need no training."""
        about = {"n": self.settings.prototypes, "draws": self.settings.prototype_draws}
        place = self._cache / self.key(weights, about, code_version(EXAMINING))
        numbers, arrays = place.with_suffix(".json"), place.with_suffix(".safetensors")
        try:
            kept: dict[str, Any] = read_json(numbers)
            if sha256_hex(arrays.read_bytes()) == kept["arrays_sha256"]:
                return kept, load_weights(arrays)
        except (OSError, CheckpointError, KeyError, TypeError):
            pass  # nothing there, or damaged: measure it again
        found, seen = measure_model(
            model, self._sets, self.settings.prototypes, self.settings.prototype_draws
        )
        packed = pack_weights(seen)
        write_atomic(arrays, packed)
        found["arrays_sha256"] = sha256_hex(packed)
        write_json(numbers, found)
        return found, seen

    def _curve(self, model: MnistCNN, weights: Arrays, images: int, seed: int) -> dict[str, Any]:
        """One relearning curve."""
        sets, settings = self._sets, self.settings
        config = RelearnConfig(
            forget_class=self.forget_class,
            images=images,
            steps=settings.relearn_steps,
            seed=seed,
            threads=settings.threads,
        )
        path = self._cache / f"{self.key(weights, asdict(config), relearn_code())}.json"
        try:
            kept: dict[str, Any] = read_json(path)
            if len(kept["steps"]) == len(kept["acc_forget"]):
                return kept
        except (OSError, CheckpointError, KeyError, TypeError):
            pass
        done = relearn(model, sets.lesson, sets.retained, sets.watched, config)
        found = {
            "steps": [point["step"] for point in done.curve],
            "acc_forget": [point["acc_forget"] for point in done.curve],
            "seconds": done.seconds,
        }
        write_json(path, found)
        return found
