"""One model asked about fixed images: answers, features, and what attackers get out of them."""

from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
import torch

from forgetdemo.audit.attacks import ATTACKS
from forgetdemo.audit.profile import PROBED, AuditSettings, Profile
from forgetdemo.data import Dataset, Images, per_class, split_by_class, split_validation
from forgetdemo.files.checkpoint import (
    Arrays,
    CheckpointError,
    json_bytes,
    load_weights,
    pack_weights,
    read_json,
    sha256_hex,
    write_json,
)
from forgetdemo.files.keys import code_version
from forgetdemo.files.writing import make_folder, write_atomic
from forgetdemo.metrics.counts import cross_entropy
from forgetdemo.network.batches import EVAL_BATCH, as_pixels
from forgetdemo.network.model import MnistCNN, clone, load_model
from forgetdemo.network.outputs import lift_mask
from forgetdemo.network.relearn import relearn, watched_images
from forgetdemo.network.train import Record, torch_threads
from forgetdemo.settings.architecture import NETWORK
from forgetdemo.settings.constants import NUM_CLASSES
from forgetdemo.settings.relearning import RelearnConfig

ENTRY = __name__  # its imports decide its numbers
PER_CLASS_TRAIN = 200  # retained training images, for ToW and the probe
PER_CLASS_CKA = 100  # test images; 1,000 in all, against at most 128 features
Seen = dict[str, np.ndarray]  # features by `PROBED`, and "logits"


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
        for digit in range(NUM_CLASSES)
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
    found: dict[str, list[np.ndarray]] = {name: [] for name in (*PROBED, "logits")}
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


@dataclass(frozen=True, eq=False)
class Exam:
    """A model under attack: the fixed images, and what it makes of them, computed when asked for.

    Raises, from what is computed:
        ValueError: the model answers with NaN or infinity.
    """

    model: MnistCNN  # left alone
    sets: Sets

    @cached_property
    def test(self) -> Seen:
        """Of all test images."""
        return look(self.model, self.sets.test)

    @cached_property
    def forget(self) -> Seen:
        """Of the class's training images."""
        return look(self.model, self.sets.forget_train)

    @cached_property
    def retain(self) -> Seen:
        """Of some other training images."""
        return look(self.model, self.sets.retain_train)

    @property
    def losses(self) -> tuple[np.ndarray, np.ndarray]:
        """Losses of the class's training images, and of as many test images of it."""
        asked, labels = self.sets.forget_test, self.sets.test.labels
        return (
            cross_entropy(self.forget["logits"], self.sets.forget_train.labels),
            cross_entropy(self.test["logits"][asked], labels[asked]),
        )

    @cached_property
    def head(self) -> tuple[np.ndarray, np.ndarray]:
        """Weight (10, 64) and bias (10,) of the last layer, float64, a masked output let go.

        An attacker sees a masked bias in the file, and does not keep it.
        """
        lifted = clone(self.model)
        lift_mask(lifted, self.sets.forget_class)
        weight, bias = (part.detach().numpy() for part in lifted.last.parameters())
        return weight.astype(np.float64), bias.astype(np.float64)

    def relearned(self, config: RelearnConfig) -> list[Record]:
        """The curve of a copy that is taught the class again. DivergedError: the loss is NaN."""
        sets = self.sets
        return relearn(self.model, sets.lesson, sets.retained, sets.watched, config).curve

    def answers(self) -> tuple[dict[str, float], Arrays]:
        """Accuracies on training images by `Profile`'s names, and its arrays."""
        found = {
            "acc_forget_train": self.forget["logits"].argmax(1) == self.sets.forget_class,
            "acc_retain_train": self.retain["logits"].argmax(1) == self.sets.retain_train.labels,
        }
        arrays = {layer: self.test[layer][self.sets.similar] for layer in PROBED}
        arrays["conv"] = channels(arrays["conv"])
        arrays["logits"] = self.test["logits"]
        return {name: float(np.mean(right)) for name, right in found.items()}, arrays


def measurable(settings: AuditSettings, data: Dataset, forget_class: int) -> AuditSettings:
    """Leave out the curves that ask for more training images of the class than there are."""
    fit_images, _ = split_validation(data.train)
    have = int(np.count_nonzero(fit_images.labels == forget_class))
    possible = tuple(count for count in settings.relearn_images if count <= have)
    return replace(settings, relearn_images=possible)


class Profiler:
    """Profiles of models on one data set and class, kept in a folder, each attack by itself."""

    def __init__(
        self, data: Dataset, forget_class: int, settings: AuditSettings, cache: Path
    ) -> None:
        self.data, self.forget_class, self.settings = data, forget_class, settings
        self._cache, self._sets = cache, fixed_sets(data, forget_class)

    def profile(self, weights: Arrays) -> Profile:
        """Measure a model, or read what was measured before.

        Raises:
            ValueError: the model answers with NaN, or diverges while it relearns.
            OSError: the cache folder cannot be written.
        """
        exam, name = Exam(load_model(weights), self._sets), sha256_hex(pack_weights(weights))
        make_folder(self._cache)
        with torch_threads(self.settings.threads):
            accuracies, arrays = self._answers(exam, name)
            attacks = {
                key: {
                    trial: self._attacked(exam, name, key, asked)
                    for trial, asked in attack.trials(self.settings).items()
                }
                for key, attack in ATTACKS.items()
            }
        return Profile(**accuracies, arrays=arrays, attacks=attacks)

    def _place(self, model: str, what: str, asked: dict[str, Any]) -> Path:
        """Where a result is kept: equal weights, data, class, settings and code, equal name."""
        facts = [model, self.data.sha256, self.forget_class, what, asked, code_version(ENTRY)]
        return self._cache / f"{sha256_hex(json_bytes(facts))[:24]}.json"

    def _answers(self, exam: Exam, model: str) -> tuple[dict[str, float], Arrays]:
        """What needs no attack; the arrays lie beside the accuracies, which hold their hash."""
        place = self._place(model, "answers", {})
        arrays = place.with_suffix(".safetensors")
        try:
            kept = read_json(place)
            if sha256_hex(arrays.read_bytes()) == kept["arrays_sha256"]:
                return kept["accuracies"], load_weights(arrays)
        except (OSError, CheckpointError, KeyError, TypeError):
            pass  # nothing there, or damaged: measure it again
        accuracies, seen = exam.answers()
        packed = pack_weights(seen)
        write_atomic(arrays, packed)
        write_json(place, {"accuracies": accuracies, "arrays_sha256": sha256_hex(packed)})
        return accuracies, seen

    def _attacked(self, exam: Exam, model: str, attack: str, trial: dict[str, Any]) -> Any:
        """One trial of one attack."""
        place = self._place(model, attack, trial)
        try:
            return read_json(place)["found"]
        except (OSError, CheckpointError, KeyError, TypeError):
            pass
        found = ATTACKS[attack].run(exam, **trial)
        write_json(place, {"found": found})
        return found
