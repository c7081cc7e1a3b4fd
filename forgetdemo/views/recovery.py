"""What a recovery says: its curve beside an original's and retrained models', and in words.

The reference curves were measured once, for every class of the shipped original; see
benchmarks/relearning.py. Another original has none: a curve of other models is no reference.
"""

from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Any

from forgetdemo.files.sealed import read_sealed
from forgetdemo.metrics.counts import curve_height, t90
from forgetdemo.predict.inference import Models
from forgetdemo.settings.constants import ASSETS
from forgetdemo.views import records
from forgetdemo.views.audit import read_audit

COUNTS = (1, 5, 10, 50, 500)  # training images of a lesson
BACK = 0.9
ORIGINAL, RETRAINED = "original", "retrained without it"
ROLES = {ORIGINAL: "before", RETRAINED: "oracle"}
Points = Sequence[Sequence[float]]  # [step, share of the class's test images that is recognised]
Curves = Mapping[str, Mapping[str, Points]]  # of ORIGINAL and RETRAINED, by number of images
Band = Mapping[str, Sequence[Points]]  # of several retrained models, by number of images
MARGIN = 0.05  # in height of a curve: a lesson's own chance
VERDICTS = {  # by how high the curve lies; web/page/relearntab.js says the same
    "deep": "Its curve lies as low as a retrained model's: here, nothing shows that it knew more.",
    "between": "In between: its curve lies above a retrained model's, but nearer to it than to the "
    "original's. Part of what it knew is left.",
    "shallow": "The answer was forgotten, the features were not.",
}


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


def band(models: Models, forget: int) -> Band:
    """Curves of all retrained models that the folder's audit measured; {} for another class.

    Raises:
        CheckpointError: the audit is damaged.
    """
    try:
        audit = read_audit(models)
    except FileNotFoundError:
        return {}
    if audit["forget_class"] != forget:
        return {}
    found: dict[str, list[Points]] = {}
    for model, lessons in audit["curves"].items():
        if model.startswith("oracle") or model == "held_out":
            for count, shares in lessons.items():
                points = list(zip(audit["steps"], shares, strict=True))
                found.setdefault(count, []).append(points)
    return found


def edges(curves: Sequence[Points]) -> list[list[float]]:
    """Several curves over the same steps → [step, lowest, highest] of each."""
    by_step = [[point[1] for point in points] for points in zip(*curves, strict=True)]
    steps = [step for step, _ in curves[0]] if curves else []
    return [[step, min(s), max(s)] for step, s in zip(steps, by_step, strict=True)]


def curves_of(
    points: Points, known: Curves, count: int, among: Band | None = None
) -> records.Curves:
    """The recovery after `count` images beside its references, as the `curves` view takes it."""
    lines: list[records.Line] = [{"name": "this model", "role": "after", "points": list(points)}]
    for name, lessons in known.items():
        lines.append({"name": name, "role": ROLES[name], "points": lessons[nearest(count)]})
    found: records.Curves = {
        "title": "Share of the digit's test images answered right",
        "xLabel": "steps of relearning",
        "yRange": [0, 1],
        "lines": lines,
    }
    if several := (among or {}).get(str(count), ()):
        name = f"{len(several)} retrained models (mean curves), lowest to highest"
        found["band"] = {"name": name, "role": ROLES[RETRAINED], "points": edges(several)}
    return found


def height(points: Points, steps: Sequence[float]) -> float:
    """The mean height of a curve at those steps. Raises ValueError: it has none of them."""
    return curve_height([share for step, share in points if step in steps])


def depth(points: Points, original: Points, retrained: Sequence[Points]) -> str:
    """How deep a class was gone, a key of `VERDICTS`: by where the curve lies, not by one moment.

    Args:
        points: the model's curve.
        original, retrained: curves of the same lesson; of retrained models at least one.
    """
    steps = [step for step, _ in points]
    here, top = height(points, steps), height(original, steps)
    highest = max(height(curve, steps) for curve in retrained)
    if here <= highest + MARGIN:
        return "deep"
    return "between" if here < (highest + top) / 2 else "shallow"


def back_after(points: Points) -> int | None:
    """First step from which the share stays at 90 %."""
    return t90([int(step) for step, _ in points], [share for _, share in points], BACK)


def depth_words(
    name: str, points: Points, known: Curves, count: int, among: Band | None = None
) -> str:
    """What a recovery says about how deep the forgetting went: two sentences.

    Args:
        name: the class's.
        points: its curve, at least one point.
        known: its references; {}: nothing is compared.
        count: images that taught it.
        among: further retrained models, where several are known.
    """
    here, steps = back_after(points), points[-1][0]
    oracle = known[RETRAINED][nearest(count)] if known else []
    there = back_after(oracle) if oracle else None
    if here is None:
        said = (
            f"After {steps:g} steps {name} is at {100 * points[-1][1]:.0f} %, "
            f"not at {100 * BACK:.0f} % to stay"
        )
        other = f"is at {100 * oracle[-1][1]:.0f} %" if oracle else ""
    else:
        when = "at once" if here == 0 else f"after {here} step{'s' if here > 1 else ''}"
        said = f"{name} is back to stay {when}"
        other = f"needs {there}" if there is not None else f"is not within {steps:g}"
    if not oracle:
        return (
            f"{said}. No retrained model was measured from this original to compare with; "
            "`python -m forgetdemo audit` makes some."
        )
    retrained = [oracle, *(among or {}).get(str(count), ())]
    verdict = VERDICTS[depth(points, known[ORIGINAL][nearest(count)], retrained)]
    return f"{said}; a model that never saw it {other}. {verdict}"
