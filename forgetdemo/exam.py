"""One model asked about fixed images: answers, features, and what attackers get out of them."""

from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from torch.nn import functional as F

from forgetdemo import attacks
from forgetdemo.checkpoint import Arrays
from forgetdemo.data import Dataset, Images, split_by_class, split_validation
from forgetdemo.distances import mia_auc
from forgetdemo.metrics import cross_entropy
from forgetdemo.model import MnistCNN, clone
from forgetdemo.relearn import lift_mask, watched_images
from forgetdemo.train import EVAL_BATCH, as_pixels
from forgetdemo.unlearn import per_class

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
        conv = model.features(
            as_pixels(images, np.arange(start, min(start + EVAL_BATCH, len(images))))
        )
        fc1 = F.relu(model.fc1(conv))
        fc2 = F.relu(model.fc2(fc1))
        for name, value in zip(found, (conv, fc1, fc2, model.fc3(fc2)), strict=True):
            found[name].append(value.numpy())
    seen = {name: np.concatenate(parts) for name, parts in found.items()}
    if not all(np.isfinite(values).all() for values in seen.values()):
        raise ValueError("the model answers with NaN or infinity; it diverged, nothing is measured")
    return seen


def channels(conv: np.ndarray) -> np.ndarray:
    """(N, 3136) → (N, 64): means over space, so that images outnumber features for CKA."""
    return conv.reshape(len(conv), 64, -1).mean(axis=2)


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
    weight, bias = (part.detach().numpy().astype(np.float64) for part in lifted.fc3.parameters())
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
