"""Compare profiled models: every figure of one model, beside the oracles it is judged by."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from math import inf
from statistics import median
from typing import Any

import numpy as np

from forgetdemo.audit.examine import LAYERS, Profile
from forgetdemo.audit.measures import Value
from forgetdemo.files.checkpoint import Arrays
from forgetdemo.files.run import Run
from forgetdemo.metrics import counts, distances
from forgetdemo.metrics.report import ModelReport, report_of_logits
from forgetdemo.settings.architecture import NETWORK
from forgetdemo.settings.constants import NUM_CLASSES


@dataclass(frozen=True, eq=False)
class Subject:
    """One model of an audit: its profile, its weights, and what it cost to make."""

    profile: Profile
    weights: Arrays
    seconds: Value = None
    image_visits: Value = None

    @cached_property
    def probabilities(self) -> np.ndarray:
        """(N, 10) float64 on the test images."""
        from scipy.special import softmax

        return softmax(self.profile.arrays["logits"].astype(np.float64), axis=1)


@dataclass(frozen=True, eq=False)
class Yard:
    """What all subjects of an audit share: labels, the pair, and the original."""

    labels: np.ndarray
    forget_class: int
    redirect_to: int | None
    original: Subject
    forget: np.ndarray = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "forget", self.labels == self.forget_class)

    def report(self, subject: Subject) -> ModelReport:
        """Counts on the test images."""
        logits = subject.profile.arrays["logits"]
        return report_of_logits(logits, self.labels, self.forget_class, self.redirect_to)

    def ranks(self, subject: Subject) -> list[float]:
        """Share of the class's test images with rank 1, 2, … 10; a tied rank is rounded up."""
        logits = subject.profile.arrays["logits"][self.forget]
        found = np.ceil(counts.rank_of_class(logits, self.forget_class)).astype(int)
        shares = np.bincount(found, minlength=NUM_CLASSES + 1)[1:] / len(found)
        return [float(share) for share in shares]


def t90_of(profile: Profile, images: int) -> int | None:
    """The relearning time of a profile's mean curve; None: not within it."""
    return counts.t90(profile.steps, profile.curves[images])


def answers(subject: Subject, oracles: Sequence[Subject], yard: Yard) -> dict[str, Value]:
    """Accuracies, destinations and what is left of the class."""
    report, digit = yard.report(subject), yard.forget_class
    others = [share for c, share in enumerate(report.acc_per_class) if c != digit]
    typical = np.mean([yard.report(oracle).destinations for oracle in oracles], axis=0)
    own = np.array([report.destinations])
    logits = subject.profile.arrays["logits"][yard.forget]
    return {
        "acc_forget": report.acc_forget,
        "acc_retain": report.acc_retain,
        "acc_retain_macro": float(np.mean(others)),
        "acc_worst": min(others),
        "acc_overall": report.acc_overall,
        "redirect_rate": report.redirect_rate,
        "precision_redirect": report.precision_redirect,
        "dest_entropy": counts.destination_entropy(report.destinations),
        "dest_tv": distances.tv_distance(own, typical[None]),
        "rank": float(np.median(counts.rank_of_class(logits, digit))),
        "p_forget": float(subject.probabilities[yard.forget, digit].mean()),
    }


def apart(subject: Subject, oracles: Sequence[Subject], yard: Yard) -> dict[str, Value]:
    """Distances to the oracles, and tug of war with their mean accuracies."""
    own, forget = subject.probabilities, yard.forget
    js = [distances.js_divergence(own[forget], o.probabilities[forget]) for o in oracles]
    kept = [distances.js_divergence(own[~forget], o.probabilities[~forget]) for o in oracles]
    tv = [distances.tv_distance(own[forget], o.probabilities[forget]) for o in oracles]
    three = [
        (
            one.profile.numbers["acc_forget_train"],
            one.profile.numbers["acc_retain_train"],
            yard.report(one).acc_overall,
        )
        for one in (subject, *oracles)
    ]
    return {
        "js_forget": float(np.mean(js)),
        "js_reference": js[0],
        "js_retain": float(np.mean(kept)),
        "tv_forget": float(np.mean(tv)),
        "tow": counts.tug_of_war(three[0], tuple(np.mean(three[1:], axis=0))),
    }


def attacked(subject: Subject, oracles: Sequence[Subject], yard: Yard) -> dict[str, Value]:
    """Membership, probes with their leakage, prototypes."""
    numbers, original = subject.profile.numbers, yard.original.profile.numbers
    found: dict[str, Value] = {"mia_auc": numbers["mia_auc"], "mia_cv": numbers["mia_cv"]}
    for layer in LAYERS:
        typical = float(np.mean([o.profile.numbers["probe"][layer] for o in oracles]))
        own = numbers["probe"][layer]
        found[f"probe_{layer}"] = own
        found[f"leak_{layer}"] = counts.probe_leakage(own, typical, original["probe"][layer])
    for short, variant in (("proto", "mean_norm"), ("proto_unit", "unit"), ("proto_half", "half")):
        found[f"{short}_forget"] = numbers["prototype"][variant]["acc_forget"]
        found[f"{short}_retain"] = numbers["prototype"][variant]["acc_retain"]
    return found


def relearned(subject: Subject, oracles: Sequence[Subject]) -> dict[str, Value]:
    """Per number of images: t90, mean height of the curve, and t90 against the oracles' median."""
    profile, found = subject.profile, dict[str, Value]()
    for images, heights in profile.curves.items():
        own = t90_of(profile, images)
        times = [t90_of(oracle.profile, images) for oracle in oracles]
        typical = median(inf if time is None else time for time in times)
        found[f"t90_{images}"] = own
        found[f"area_{images}"] = float(np.mean(heights))
        found[f"ratio_{images}"] = counts.relearn_ratio(own, None if typical == inf else typical)
    return found


def edited(subject: Subject, oracles: Sequence[Subject], yard: Yard) -> dict[str, Value]:
    """How far the weights are from the original's, and how alike the features are."""
    names = sorted(subject.weights)
    own, start = (
        np.concatenate([w[name].ravel() for name in names]).astype(np.float64)
        for w in (subject.weights, yard.original.weights)
    )
    found: dict[str, Value] = {
        "moved": float(np.linalg.norm(own - start) / np.linalg.norm(start)),
        "changed": float(np.mean(own != start)),
    }
    for layer in NETWORK.names:
        parts = [
            {layer: np.concatenate([w[f"{layer}.{kind}"].ravel() for kind in ("weight", "bias")])}
            for w in (yard.original.weights, subject.weights)
        ]
        size = distances.edit_size(*parts)[layer]
        found[f"moved_{layer}"] = size["relative_change"]
        found[f"changed_{layer}"] = size["changed"]
    for layer in LAYERS:
        features = subject.profile.arrays[layer]
        found[f"cka_original_{layer}"] = distances.linear_cka(
            features, yard.original.profile.arrays[layer]
        )
        alike = [distances.linear_cka(features, o.profile.arrays[layer]) for o in oracles]
        known = [value for value in alike if value is not None]
        found[f"cka_oracle_{layer}"] = float(np.mean(known)) if known else None
    return found


def working(seconds: Mapping[str, float]) -> float:
    """Seconds of a run but for its convolution features.

    A process computes those once per original, so the first run would pay for all that follow.
    """
    return sum(spent for part, spent in seconds.items() if part != "features")


def cost(subject: Subject, oracles: Sequence[Subject]) -> dict[str, Value]:
    """Seconds and image visits as multiples of the oracles' mean."""
    found: dict[str, Value] = {}
    for name, key in (("seconds_ratio", "seconds"), ("visits_ratio", "image_visits")):
        own, theirs = getattr(subject, key), [getattr(o, key) for o in oracles]
        known = [value for value in theirs if value]
        found[name] = None if own is None or not known else own / float(np.mean(known))
    return found


def figures(subject: Subject, oracles: Sequence[Subject], yard: Yard) -> dict[str, Value]:
    """Every measure of one model.

    Args:
        subject: the model.
        oracles: what it is compared with; an oracle is compared with the others.
        yard: what all models share.
    """
    return {
        **answers(subject, oracles, yard),
        **apart(subject, oracles, yard),
        **attacked(subject, oracles, yard),
        **relearned(subject, oracles),
        **edited(subject, oracles, yard),
        **cost(subject, oracles),
    }


def same_weights(one: Arrays, other: Arrays) -> bool:
    """Equal weights, bit by bit."""
    return all(np.array_equal(value, other[name]) for name, value in one.items())


def certificate(run: Run) -> dict[str, Any] | None:
    """The run's mask certificate, and the largest change outside the mask, computed again."""
    if run.report.mask is None or not run.has("mask"):
        return None
    parts = (run.weights(name) for name in ("before", "after", "mask"))
    return {**run.report.to_dict()["mask"], "integrity": distances.mask_integrity(*parts)}
