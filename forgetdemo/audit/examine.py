"""One model asked about fixed images: answers, features, and what attackers get out of them."""

from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import torch

from forgetdemo.data import Dataset, Images, per_class, split_by_class, split_validation
from forgetdemo.files.checkpoint import (
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
from forgetdemo.files.keys import code_version
from forgetdemo.metrics import attacks
from forgetdemo.metrics.counts import cross_entropy
from forgetdemo.metrics.distances import mia_auc
from forgetdemo.network.batches import EVAL_BATCH, as_pixels
from forgetdemo.network.model import MnistCNN, clone, load_model
from forgetdemo.network.outputs import lift_mask
from forgetdemo.network.relearn import relearn, watched_images
from forgetdemo.network.train import torch_threads
from forgetdemo.settings.architecture import NETWORK
from forgetdemo.settings.checks import require_count
from forgetdemo.settings.relearning import RelearnConfig

LAYERS = ("conv", "fc1", "fc2")  # whose features are probed and compared
PER_CLASS_TRAIN = 200  # retained training images, for ToW and the probe
PER_CLASS_CKA = 100  # test images; 1,000 in all, against at most 128 features
PROTOTYPES = (("unit", 1.0, 1.0), ("mean_norm", None, 1.0), ("half", None, 0.5))  # scale, blend
Seen = dict[str, np.ndarray]  # features by layer, and "logits"


@dataclass(frozen=True, eq=False)
class Sets:
    """The fixed images that every model of an audit is asked about."""

    forget_class: int
    test: Images
    forget_train: Images
    forget_test: np.ndarray  # positions in `test`, as many as `forget_train` has
    retain_train: Images
    retain_test: np.ndarray  # positions in `test`, as many
    similar: np.ndarray  # positions in `test`, for CKA
    lesson: Images
    retained: Images
    watched: Images


def fixed_sets(data: Dataset, forget_class: int) -> Sets:
    """Choose them: the same for every model, no validation image among the training ones."""
    fit_images, _ = split_validation(data.train)
    split = split_by_class(fit_images.labels, forget_class)
    asked = split_by_class(data.test.labels, forget_class)
    rng = np.random.default_rng(forget_class)
    size = min(len(split.forget), len(asked.forget))
    few = per_class(fit_images, PER_CLASS_TRAIN)
    similar = [
        rng.permutation(np.flatnonzero(data.test.labels == digit))[:PER_CLASS_CKA]
        for digit in range(10)
    ]
    return Sets(
        forget_class,
        data.test,
        fit_images.take(np.sort(rng.permutation(split.forget)[:size])),
        np.sort(rng.permutation(asked.forget)[:size]),
        few.take(np.flatnonzero(few.labels != forget_class)),
        np.sort(rng.permutation(asked.retain)[:size]),
        np.sort(np.concatenate(similar)),
        fit_images.take(split.forget),
        fit_images.take(split.retain),
        watched_images(data.test, forget_class),
    )


@torch.no_grad()
def look(model: MnistCNN, images: Images) -> Seen:
    """Features of each layer and logits of all images, in one pass.

    Raises:
        ValueError: one of them is not finite.
    """
    found: dict[str, list[np.ndarray]] = {name: [] for name in (*LAYERS, "logits")}
    for start in range(0, len(images), EVAL_BATCH):
        part = np.arange(start, min(start + EVAL_BATCH, len(images)))
        hidden = model.hidden(model.features(as_pixels(images, part)))
        for name, value in zip(found, (*hidden, model.last(hidden[-1])), strict=True):
            found[name].append(value.numpy())
    seen = {name: np.concatenate(parts) for name, parts in found.items()}
    if not all(np.isfinite(values).all() for values in seen.values()):
        raise ValueError("the model answers with NaN or infinity; it diverged, nothing is measured")
    return seen


def channels(conv: np.ndarray) -> np.ndarray:
    """(N, 3136) → (N, 64): means over space, so that images outnumber features for CKA."""
    return conv.reshape(len(conv), NETWORK.maps[0], -1).mean(axis=2)


def measure_model(
    model: MnistCNN, sets: Sets, prototypes: int = 5, draws: int = 3
) -> tuple[dict[str, Any], Arrays]:
    """The numbers and arrays of a profile that need no training.

    Args:
        model: left alone.
        sets: from `fixed_sets`.
        prototypes: images of the class that a prototype attack has.
        draws: choices of them, averaged.
    Raises:
        ValueError: the model answers with NaN or infinity.
    """
    digit = sets.forget_class
    test, forget, retain = (
        look(model, images) for images in (sets.test, sets.forget_train, sets.retain_train)
    )
    members = cross_entropy(forget["logits"], sets.forget_train.labels)
    others = cross_entropy(test["logits"][sets.forget_test], sets.test.labels[sets.forget_test])
    half = min(len(members), len(sets.retain_train))
    spread = np.linspace(0, len(sets.retain_train) - 1, half).astype(int)
    positions = np.concatenate([sets.forget_test, sets.retain_test])
    is_forget = np.repeat([True, False], half)
    asked = sets.test.labels[positions] == digit
    probes = {
        layer: attacks.probe_accuracy(
            np.concatenate([forget[layer][:half], retain[layer][spread]]),
            is_forget,
            test[layer][positions],
            asked,
        )
        for layer in LAYERS
    }
    lifted = clone(model)  # an attacker sees a masked bias in the file, and does not keep it
    lift_mask(lifted, digit)
    weight, bias = (part.detach().numpy().astype(np.float64) for part in lifted.last.parameters())
    attacked: dict[str, Any] = {}
    for variant, scale, blend in PROTOTYPES:
        found = []
        for draw in range(draws):
            chosen = np.random.default_rng(draw).permutation(len(members))[:prototypes]
            seen = forget["fc2"][chosen]
            if not seen.any():  # dead features have no direction: nothing to rebuild from
                continue
            head = attacks.prototype_row(weight, bias, seen, digit, scale, blend)
            found.append(attacks.accuracy_of_head(test["fc2"], sets.test.labels, *head, digit))
        means = np.mean(found, axis=0).tolist() if found else [None, None]
        attacked[variant] = {"acc_forget": means[0], "acc_retain": means[1]}
    numbers = {
        "acc_forget_train": float(np.mean(forget["logits"].argmax(1) == digit)),
        "acc_retain_train": float(np.mean(retain["logits"].argmax(1) == sets.retain_train.labels)),
        "mia_auc": mia_auc(members, others),
        "mia_cv": attacks.membership_attack(members, others),
        "probe": probes,
        "prototype": attacked,
    }
    arrays = {layer: test[layer][sets.similar] for layer in LAYERS}
    arrays["conv"] = channels(arrays["conv"])
    return numbers, arrays | {"logits": test["logits"]}


ENTRY = "forgetdemo.audit.examine"  # its imports decide its numbers


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
        place = self._cache / self.key(weights, about, code_version(ENTRY))
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
        path = self._cache / f"{self.key(weights, asdict(config), code_version(ENTRY))}.json"
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
