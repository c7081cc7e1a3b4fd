"""Measures of what is left inside a model: attacks, relearning, edits, features, cost. Torch-free.

Families, one entry per layer, prototype or lesson, are made by one function each.
"""

from collections.abc import Callable, Sequence
from math import inf
from operator import attrgetter
from statistics import median
from typing import Any

import numpy as np

from forgetdemo.audit.attacks import ATTACKS
from forgetdemo.audit.figures import Case, Column, Measure, Subject, Value, share
from forgetdemo.audit.looks import CLASS, OTHERS
from forgetdemo.audit.profile import PROBED
from forgetdemo.metrics import counts, distances
from forgetdemo.settings.architecture import NETWORK

CONVOLUTIONS = PROBED[0]


def leakage(case: Case, layer: str) -> Value:
    """How much more a probe of a layer finds than in the oracles."""
    typical = float(np.mean([o.profile.attacks["probe"][layer] for o in case.oracles]))
    original = case.yard.original.profile.attacks["probe"][layer]
    return counts.probe_leakage(case.attack("probe", layer), typical, original)


def t90(subject: Subject, images: int) -> int | None:
    """The relearning time of a model's mean curve; None: not within it."""
    return counts.t90(subject.profile.steps, subject.profile.curves[images])


def typical_t90(oracles: Sequence[Subject], images: int) -> float | None:
    """The oracles' median relearning time; None: half of them are not back within the curve."""
    times = [t90(oracle, images) for oracle in oracles]
    middle = median(inf if time is None else time for time in times)
    return None if middle == inf else middle


def similarity(case: Case, others: Sequence[Subject], layer: str) -> Value:
    """Mean CKA of a layer's features to those of other models; None: features are constant."""
    own = case.subject.profile.arrays[layer]
    found = [distances.linear_cka(own, other.profile.arrays[layer]) for other in others]
    known = [value for value in found if value is not None]
    return float(np.mean(known)) if known else None


def cost_ratio(case: Case, cost: Callable[[Subject], Value]) -> Value:
    """A cost as a multiple of the oracles' mean; None where it is not known."""
    own, theirs = cost(case.subject), [cost(oracle) for oracle in case.oracles]
    known = [value for value in theirs if value]
    return None if own is None or not known else own / float(np.mean(known))


def membership(trial: str, title: str, explain: str) -> Measure:
    """What a trial of the membership attack finds."""
    return Measure(
        title=title,
        group="attacks",
        direction="≈",
        low=0,
        high=1,
        population=ATTACKS["membership"].population,
        explain=explain,
        compute=lambda case: case.attack("membership", trial),
        tolerance=0.01,
    )


def title_of(layer: str) -> str:
    """Probed features in words."""
    return "convolutions" if layer == CONVOLUTIONS else layer


def probe(layer: str) -> Measure:
    """What a probe of one layer finds."""
    which = {PROBED[1]: "the first dense layer", PROBED[-1]: "the last hidden layer"}
    same = f"the same on {which.get(layer, 'a hidden layer')}"
    return share(
        title=f"probe, {title_of(layer)}",
        group="attacks",
        direction="≈",
        population=ATTACKS["probe"].population,
        explain="linear, class against rest, balanced" if layer == CONVOLUTIONS else same,
        compute=lambda case: case.attack("probe", layer),
        contrast=counts.NOT_DISCRIMINATIVE,
        untrained=True,
    )


def leak(layer: str) -> Measure:
    """How much of that no oracle has."""
    return Measure(
        title=f"leakage, {title_of(layer)}",
        group="attacks",
        direction="↓",
        low=None,
        high=None,
        population=ATTACKS["probe"].population,
        explain="0 oracle, 1 original",
        compute=lambda case: leakage(case, layer),
    )


def prototype(name: str, trial: str, title: str, explain: str, **more: Any) -> dict[str, Measure]:
    """What one prototype attack gets back of the class, and what it costs the others."""

    def part(figure: str, title: str, population: str, explain: str, **more: Any) -> Measure:
        return share(
            title=title,
            group="attacks",
            direction="≈",
            population=population,
            explain=explain,
            compute=lambda case: case.attack("prototype", trial)[figure],
            untrained=True,
            **more,
        )

    damage = "retained classes after that attack"
    return {
        f"{name}_forget": part("acc_forget", title, CLASS, explain, **more),
        f"{name}_retain": part("acc_retain", "… its damage", OTHERS, damage),
    }


def moved(layer: str, title: str, population: str, explain: str) -> Measure:
    """How far a layer is from the original's."""
    return Measure(
        title=title,
        group="edit",
        direction="≈",
        low=0,
        high=None,
        population=population,
        explain=explain,
        compute=lambda case: case.edits[layer]["relative_change"],
        tolerance=1e-3,
        judged=False,
    )


def changed(layer: str, title: str, population: str, explain: str) -> Measure:
    """How much of a layer is not as in the original."""
    return share(
        title=title,
        group="edit",
        direction="≈",
        population=population,
        explain=explain,
        compute=lambda case: case.edits[layer]["changed"],
        judged=False,
    )


def cka(layer: str, to: str, explain: str, others: Callable[[Case], Sequence[Subject]]) -> Measure:
    """How alike a layer's features are to other models'."""
    return Measure(
        title=f"CKA to {to}, {layer}",
        group="edit",
        direction="≈",
        low=0,
        high=1,
        population="test images, equally many of each class",
        explain=explain,
        compute=lambda case: similarity(case, others(case), layer),
        untrained=True,
    )


def cost(title: str, what: str, explain: str, column: Column | None = None) -> Measure:
    """A cost as a multiple of the oracles'."""
    return Measure(
        title=title,
        group="cost",
        direction="↓",
        unit="×",
        low=0,
        high=None,
        population="the run",
        explain=explain,
        compute=lambda case: cost_ratio(case, attrgetter(what)),
        tolerance=0,
        judged=False,
        column=column,
    )


def relearning(images: int, steps: int) -> dict[str, Measure]:
    """Three measures of the curve that a lesson of so many images gives."""
    what = "1 image" if images == 1 else f"{images} images"
    about: dict[str, Any] = {
        "group": "relearning",
        "direction": "≈",
        "population": ATTACKS["relearning"].population,
    }
    return {
        f"t90_{images}": Measure(
            title=f"back in, {what}",
            unit="steps",
            low=0,
            high=steps,
            explain="90 % from there on",
            compute=lambda case: t90(case.subject, images),
            tolerance=0.5,
            untrained=True,
            cap=float(steps),
            column=Column("t90", 1, none="beyond"),
            **about,
        ),
        f"area_{images}": share(
            title=f"curve height, {what}",
            explain="mean over the measured steps",
            compute=lambda case: counts.curve_height(case.subject.profile.curves[images]),
            untrained=True,
            column=Column("relearning", 1),
            axis=f"height of the relearning curve, {what}",
            **about,
        ),
        f"ratio_{images}": Measure(
            title=f"t90 ratio, {what}",
            unit="×",
            low=0,
            high=None,
            explain="1: like never seen; 0: known",
            compute=lambda case: counts.relearn_ratio(
                t90(case.subject, images), typical_t90(case.oracles, images)
            ),
            tolerance=0.1,
            column=Column("t90 ratio", 2, none="beyond"),
            **about,
        ),
    }


DEPTH: dict[str, Measure] = {
    "mia_auc": membership("loss", "membership, by loss", "AUC; 0.5: cannot tell"),
    "mia_cv": membership("fitted", "membership, fitted", "AUC of a cross-validated attack"),
    **{f"probe_{layer}": probe(layer) for layer in PROBED},
    **{f"leak_{layer}": leak(layer) for layer in PROBED},
    **prototype("proto", "mean_norm", "prototype attack", "class after 5 images rebuild a row"),
    **prototype("proto_unit", "unit", "prototype, length 1", "as published: row of norm 1"),
    **prototype(
        "proto_half",
        "half",
        "prototype, blended",
        "half prototype, half the row",
        column=Column("prototype", 1),
    ),
    "moved": moved("all", "weights moved by", "all weights", "‖Δ‖ / ‖original‖, all layers"),
    "changed": changed("all", "weights changed", "all weights", "share that differs at all"),
    **{
        f"moved_{layer}": moved(
            layer, f"… {layer} by", f"weights of {layer}", "the same in one layer"
        )
        for layer in NETWORK.names
    },
    **{
        f"changed_{layer}": changed(
            layer,
            f"… {layer} changed",
            f"weights of {layer}",
            "share of that layer's weights",
        )
        for layer in NETWORK.names
    },
    **{
        f"cka_original_{layer}": cka(
            layer, "original", "1: the same features", lambda case: [case.yard.original]
        )
        for layer in PROBED
    },
    **{
        f"cka_oracle_{layer}": cka(
            layer, "oracles", "beside oracle to oracle", lambda case: case.oracles
        )
        for layer in PROBED
    },
    "seconds_ratio": cost(
        "seconds", "seconds", "of a retrain's; mask and method", Column("seconds", 3)
    ),
    "visits_ratio": cost("image visits", "image_visits", "of a retrain's"),
}
