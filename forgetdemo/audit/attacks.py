"""What attackers try on every model of an audit: the registry, one entry each.

An entry says what the attacker has, whom the figure is about, how often it is tried and with which
settings, and does it. Torch-free: the model's side of it is `examine.Exam`.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from forgetdemo.audit.profile import PROBED, AuditSettings
from forgetdemo.metrics.attacks import (
    accuracy_of_head,
    membership_attack,
    probe_accuracy,
    prototype_row,
)
from forgetdemo.metrics.distances import mia_auc
from forgetdemo.settings.relearning import RelearnConfig

if TYPE_CHECKING:
    from forgetdemo.audit.examine import Exam

Trials = dict[str, dict[str, Any]]  # by name: the settings that `run` takes as keywords


@dataclass(frozen=True, kw_only=True)
class Attack:
    """One attack: `run(exam, **trial)` for each of `trials(settings)`, kept as JSON.

    No result depends on what else is tried, so that each is kept by its own settings.
    """

    title: str
    given: str  # what the attacker has
    population: str  # whom the result is about
    trials: Callable[[AuditSettings], Trials]
    run: Callable[..., Any]


def membership(exam: "Exam", fitted: bool) -> float:
    """AUC of telling the class's training images from its test images by their loss."""
    return (membership_attack if fitted else mia_auc)(*exam.losses)


def probe(exam: "Exam", layer: str) -> float:
    """Balanced accuracy of a linear probe: the class against the rest."""
    forget, retain, test = (seen[layer] for seen in (exam.forget, exam.retain, exam.test))
    half = min(len(forget), len(retain))
    spread = np.linspace(0, len(retain) - 1, half).astype(int)
    asked = np.concatenate([exam.sets.forget_test, exam.sets.retain_test])
    return probe_accuracy(
        np.concatenate([forget[:half], retain[spread]]),
        np.repeat([True, False], half),
        test[asked],
        exam.sets.test.labels[asked] == exam.sets.forget_class,
    )


def prototype(
    exam: "Exam", scale: float | None, blend: float, images: int, draws: int
) -> dict[str, float | None]:
    """acc_forget and acc_retain after a few images' features became the class's row.

    Means over `draws` choices of the images. None where those features are all 0: dead features
    have no direction, there is nothing to rebuild from.
    """
    digit, features = exam.sets.forget_class, PROBED[-1]
    found = []
    for draw in range(draws):
        chosen = np.random.default_rng(draw).permutation(len(exam.sets.forget_train))[:images]
        seen = exam.forget[features][chosen]
        if seen.any():
            head = prototype_row(*exam.head, seen, digit, scale, blend)
            found.append(accuracy_of_head(exam.test[features], exam.sets.test.labels, *head, digit))
    means = np.mean(found, axis=0).tolist() if found else [None, None]
    return {"acc_forget": means[0], "acc_retain": means[1]}


def relearning(
    exam: "Exam", images: int, seeds: int, steps: int, threads: int
) -> dict[str, list[float]]:
    """The mean curve of acc_forget over `steps` of relearning, each seed with other images."""
    curves = [
        exam.relearned(
            RelearnConfig(
                forget_class=exam.sets.forget_class,
                images=images,
                steps=steps,
                seed=seed,
                threads=threads,
            )
        )
        for seed in range(seeds)
    ]
    return {
        "steps": [point["step"] for point in curves[0]],
        "acc_forget": np.mean([[p["acc_forget"] for p in c] for c in curves], axis=0).tolist(),
    }


def _lessons(settings: AuditSettings) -> Trials:
    """A trial per number of images, named by it."""
    about = {"steps": settings.relearn_steps, "threads": settings.threads}
    return {
        str(images): {"images": images, "seeds": settings.relearn_seeds if images else 1, **about}
        for images in settings.relearn_images
    }


def _prototypes(settings: AuditSettings) -> Trials:
    """Lengths and shares of the prototype: as published, as long as the other rows, half of it."""
    about = {"images": settings.prototypes, "draws": settings.prototype_draws}
    return {
        name: {"scale": scale, "blend": blend, **about}
        for name, scale, blend in (
            ("mean_norm", None, 1.0),
            ("unit", 1.0, 1.0),
            ("half", None, 0.5),
        )
    }


ATTACKS: dict[str, Attack] = {
    "membership": Attack(
        title="membership",
        given="the loss of each image",
        population="the class: training images against as many test images",
        trials=lambda settings: {"loss": {"fitted": False}, "fitted": {"fitted": True}},
        run=membership,
    ),
    "probe": Attack(
        title="linear probe",
        given="features of a layer, for training images of the class and as many others",
        population="test images: the class and as many others",
        trials=lambda settings: {layer: {"layer": layer} for layer in PROBED},
        run=probe,
    ),
    "prototype": Attack(
        title="prototype attack",
        given="the last layer, and its features of a few training images of the class",
        population="test images",
        trials=_prototypes,
        run=prototype,
    ),
    "relearning": Attack(
        title="relearning",
        given="all weights, some training images of the class and all others",
        population="300 test images of the class",
        trials=_lessons,
        run=relearning,
    ),
}
