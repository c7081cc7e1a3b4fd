"""What a recovery says: its curve beside an original's and a retrained model's, and in words.

The reference curves were measured once, for every class of the shipped original; see
benchmarks/relearning.py. Another original has none: a curve of other models is no reference.
"""

from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Any

from forgetdemo.files.sealed import read_sealed
from forgetdemo.metrics.counts import t90
from forgetdemo.settings.constants import ASSETS
from forgetdemo.views import records

COUNTS = (1, 5, 10, 50, 500)  # training images of a lesson
BACK = 0.9
ORIGINAL, RETRAINED = "original", "retrained without it"
ROLES = {ORIGINAL: "before", RETRAINED: "oracle"}
Points = Sequence[Sequence[float]]  # [step, share of the class's test images that is recognised]
Curves = Mapping[str, Mapping[str, Points]]  # of ORIGINAL and RETRAINED, by number of images


@lru_cache(maxsize=1)
def measured() -> dict[str, Any]:
    """assets/relearning.json, verified. Raises CheckpointError: it is damaged."""
    return read_sealed(ASSETS / "relearning.json")


def references(manifest: Mapping[str, Any], forget: int) -> Curves:
    """The reference curves of one class; {} for models that start from another original.

    Args:
        manifest: a model folder's.
        forget: the class.
    """
    known, own = measured(), manifest["files"].get("before.safetensors", {}).get("sha256")
    if own != known["original_sha256"] or str(forget) not in known["curves"]:
        return {}
    return {
        name: {
            count: list(zip(known["steps"], shares, strict=True))
            for count, shares in lessons.items()
        }
        for name, lessons in known["curves"][str(forget)].items()
    }


def nearest(count: int) -> str:
    """The reference lesson that is closest to `count` images."""
    return str(min(COUNTS, key=lambda known: abs(known - count)))


def curves_of(points: Points, known: Curves, count: int) -> records.Curves:
    """The recovery after `count` images beside its references, as the `curves` view takes it."""
    lines: list[records.Line] = [{"name": "this model", "role": "after", "points": list(points)}]
    for name, lessons in known.items():
        lines.append({"name": name, "role": ROLES[name], "points": lessons[nearest(count)]})
    return {
        "title": "Share of the digit's test images answered right",
        "xLabel": "steps of relearning",
        "yRange": [0, 1],
        "lines": lines,
    }


def back_after(points: Points) -> int | None:
    """First step from which the share stays at 90 %."""
    return t90([int(step) for step, _ in points], [share for _, share in points], BACK)


def depth_words(name: str, points: Points, known: Curves, count: int) -> str:
    """What a recovery says about how deep the forgetting went: one or two sentences.

    Args:
        name: the class's.
        points: its curve, at least one point.
        known: its references; {}: nothing is compared.
        count: images that taught it.
    """
    here, steps = back_after(points), points[-1][0]
    oracle = known[RETRAINED][nearest(count)] if known else None
    if here is None:
        other = f"; a model that never saw it is at {100 * oracle[-1][1]:.0f} %" if oracle else ""
        return (
            f"After {steps:g} steps {name} is at {100 * points[-1][1]:.0f} %, "
            f"not at {100 * BACK:.0f} % to stay{other}."
        )
    back = f"{name} is back to stay " + (
        "at once" if here == 0 else f"after {here} step{'s' if here > 1 else ''}"
    )
    if oracle is None:
        return (
            f"{back}. No retrained model was measured from this original to compare with; "
            "`python -m forgetdemo audit` makes some."
        )
    there = back_after(oracle)
    if there is not None and here + 1 >= 0.5 * (there + 1):
        return f"{back}, about as late as in a model that never saw it ({there})."
    needs = f"needs {there}" if there is not None else f"is not back to stay within {steps:g}"
    return (
        f"{back}; a model that never saw it {needs}. "
        "The answer was forgotten, the features were not."
    )
