"""Measures of what a model answers: whether it looks as if it had forgotten. Torch-free."""

import math
from collections.abc import Callable
from operator import attrgetter
from typing import Any

import numpy as np

from forgetdemo.audit.figures import Case, Column, Direction, Measure, share
from forgetdemo.metrics import counts, distances
from forgetdemo.settings.constants import NUM_CLASSES

CLASS, OTHERS, TEST = "the class's test images", "test images of other classes", "all test images"


def worst(case: Case) -> float:
    """Accuracy of the least recognised retained class."""
    shares = case.report.acc_per_class
    return min(value for c, value in enumerate(shares) if c != case.yard.forget_class)


def rank(case: Case) -> float:
    """Median rank of the class's logit on its own test images."""
    logits = case.subject.profile.arrays["logits"][case.yard.forget]
    return float(np.median(counts.rank_of_class(logits, case.yard.forget_class)))


def probability(case: Case) -> float:
    """Mean probability of the class on its own test images."""
    found = case.subject.probabilities[case.yard.forget, case.yard.forget_class]
    return float(found.mean())


def tug_of_war(case: Case) -> float:
    """Three accuracies against the oracles' means."""
    own, *others = (
        (
            one.profile.acc_forget_train,
            one.profile.acc_retain_train,
            case.yard.report(one).acc_overall,
        )
        for one in (case.subject, *case.oracles)
    )
    return counts.tug_of_war(own, tuple(np.mean(others, axis=0)))


def _answers(
    title: str,
    direction: Direction,
    population: str,
    explain: str,
    compute: Callable[[Case], float | None],
    column: Column | None = None,
) -> Measure:
    """A share of some test images."""
    return share(
        title=title,
        group="answers",
        direction=direction,
        population=population,
        explain=explain,
        compute=compute,
        column=column,
    )


def _js(title: str, population: str, explain: str, **more: Any) -> Measure:
    """A Jensen-Shannon divergence."""
    return Measure(
        title=title,
        group="distance",
        direction="↓",
        unit="nats",
        low=0,
        high=math.log(2),
        population=population,
        explain=explain,
        **more,
    )


LOOKS: dict[str, Measure] = {
    "acc_forget": _answers(
        "forgotten class",
        "≈",
        CLASS,
        "still recognised; 0 is trivial",
        attrgetter("report.acc_forget"),
        Column("class {forget}", 2),
    ),
    "acc_retain": _answers(
        "retained classes",
        "↑",
        OTHERS,
        "recognised among the nine others",
        attrgetter("report.acc_retain"),
        Column("retained", 2),
    ),
    "acc_retain_macro": _answers(
        "retained, per class",
        "↑",
        OTHERS,
        "each class counts the same",
        lambda case: counts.acc_retain_macro(case.report.confusion, case.yard.forget_class),
    ),
    "acc_worst": _answers(
        "worst retained class", "↑", OTHERS, "the least recognised of the nine", worst
    ),
    "acc_overall": _answers(
        "overall",
        "↑",
        TEST,
        "of all test images; see the ceiling",
        attrgetter("report.acc_overall"),
        Column("overall", 2),
    ),
    "redirect_rate": _answers(
        "sent to the substitute",
        "≈",
        CLASS,
        "answered as the substitute; a retrain does not",
        attrgetter("report.redirect_rate"),
        Column("{forget} → {substitute}", 1),
    ),
    "precision_redirect": _answers(
        "precision of the substitute",
        "≈",
        "test images answered as the substitute",
        "of its answers, how many are right",
        attrgetter("report.precision_redirect"),
    ),
    "dest_entropy": Measure(
        title="spread of answers",
        group="answers",
        direction="≈",
        unit="nats",
        low=0,
        high=math.log(NUM_CLASSES),
        population=CLASS,
        explain="0: one answer for all of the class",
        compute=lambda case: counts.destination_entropy(case.report.destinations),
    ),
    "dest_tv": _answers(
        "answers unlike a retrain's",
        "↓",
        CLASS,
        "histogram against the oracles' mean (TV)",
        lambda case: distances.tv_distance([case.report.destinations], [case.typical]),
    ),
    "rank": Measure(
        title="rank of the logit",
        group="residue",
        direction="≈",
        low=1,
        high=NUM_CLASSES,
        population=CLASS,
        explain="median; 1 top, 2 merely suppressed",
        compute=rank,
    ),
    "p_forget": share(
        title="probability left",
        group="residue",
        direction="≈",
        population=CLASS,
        explain="mean p(class) on its own images",
        compute=probability,
    ),
    "js_forget": _js(
        "JS to the oracles",
        CLASS,
        "on the class; mean over oracles",
        compute=lambda case: float(np.mean(case.js)),
        column=Column("JS", 3),
        axis="JS to the oracles on the class, nats",
    ),
    "js_reference": _js(
        "JS to one oracle",
        CLASS,
        "to the first of them alone",
        compute=lambda case: case.js[0],
    ),
    "js_retain": _js(
        "JS on other classes",
        OTHERS,
        "collateral change; mean",
        compute=lambda case: float(
            np.mean(case.to_oracles(distances.js_divergence, ~case.yard.forget))
        ),
        tolerance=1e-4,
    ),
    "tv_forget": share(
        title="TV to the oracles",
        group="distance",
        direction="↓",
        population=CLASS,
        explain="of mean answers on the class",
        compute=lambda case: float(
            np.mean(case.to_oracles(distances.tv_distance, case.yard.forget))
        ),
        column=Column("TV", 1),
    ),
    "tow": share(
        title="tug of war",
        group="distance",
        direction="↑",
        population="training images of the class and of others, and all test images",
        explain="three accuracies against the oracles' at once",
        compute=tug_of_war,
    ),
}
