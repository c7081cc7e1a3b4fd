"""`python -m benchmarks.pools`: which small pool of training images keeps the other classes best?

Makes the shipped original forget, all 90 pairs by `described` without torch, from pools of several
kinds and sizes, and measures on the validation images: what is chosen here is not chosen on the
test images. Prints a row each, about a minute a row; kept in docs/LOG.md.
"""

import argparse
from collections.abc import Sequence
from itertools import permutations
from typing import NamedTuple

import numpy as np

from forgetdemo.data import load_dataset, per_class, split_validation
from forgetdemo.files.run import read_run
from forgetdemo.metrics.counts import acc_forget, acc_retain, confusion_matrix, redirect_rate
from forgetdemo.predict.steps import Graphs, features_of, logits_of, see, study
from forgetdemo.predict.unlearn import unlearn
from forgetdemo.settings.constants import MODELS_DIR, NUM_CLASSES
from forgetdemo.settings.unlearning import MONITOR_PER_CLASS, POOLS, unlearn_config
from forgetdemo.stages.pool import pool_of

COUNTS = (200, 250, 300)
PAIRS = list(permutations(range(NUM_CLASSES), 2))
HEAD = (
    "| pool | images a class | left | drop, mean | drop, worst | redirected, worst |\n" + 6 * "|---"
)


class Figures(NamedTuple):
    """Of some pairs, shares: what is left at worst, the drop, and what is redirected at worst."""

    left: float
    drop: float
    worst_drop: float
    redirected: float


class Trials:
    """The shipped original, and what it is tried on."""

    def __init__(self) -> None:
        self._graphs, self._original = Graphs(), read_run(MODELS_DIR).weights("before")
        self._fit, validation = split_validation(load_dataset("mnist").train)
        self._labels = validation.labels
        self._features = features_of(self._graphs, self._original, validation.pixels)
        few = per_class(validation, MONITOR_PER_CLASS)
        self._watched = see(self._graphs, self._original, few.pixels, few.labels)

    def figures(self, kind: str, count: int, pairs: Sequence[tuple[int, int]]) -> Figures:
        """Forget each pair's first class, answered as the second, from one pool."""
        shared = {"pool": kind, "pool_per_class": count}
        images = pool_of(
            self._graphs, self._original, self._fit, unlearn_config("described", **shared)
        )
        pool = study(self._graphs, self._original, images.pixels, images.labels)
        before, found = self._counts(pool.weights), []
        for forget, redirect in pairs:
            config = unlearn_config(
                "described", forget_class=forget, redirect_to=redirect, **shared
            )
            after = self._counts(unlearn(self._graphs, pool, self._watched, config).weights)
            drop = acc_retain(before, forget) - acc_retain(after, forget)
            found.append((acc_forget(after, forget), drop, redirect_rate(after, forget, redirect)))
        left, drops, redirected = np.array(found).T
        return Figures(
            float(left.max()), float(drops.mean()), float(drops.max()), float(redirected.min())
        )

    def _counts(self, weights: dict[str, np.ndarray]) -> np.ndarray:
        """Confusion matrix on the validation images."""
        logits = logits_of(self._graphs, weights, self._features)
        return confusion_matrix(self._labels, logits.argmax(axis=1))


def main(words: Sequence[str] | None = None) -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--counts", type=int, nargs="+", default=COUNTS, metavar="N")
    parser.add_argument("--pairs", type=int, default=len(PAIRS), metavar="N", help="the first N")
    flags = parser.parse_args(words)
    trials = Trials()
    print(HEAD + "|")
    for kind in POOLS:
        for count in flags.counts:
            row = trials.figures(kind, count, PAIRS[: flags.pairs])
            print(
                f"| {kind} | {count} | {row.left:.2%} | {100 * row.drop:.3f} | "
                f"{100 * row.worst_drop:.2f} | {row.redirected:.2%} |",
                flush=True,
            )


if __name__ == "__main__":
    main()
