"""Between two models: what was measured along the line, as the Inside tab shows it.

The same as web/page/between.js.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from forgetdemo.predict.entry import Entry
from forgetdemo.predict.inside import Inside
from forgetdemo.views.records import Comparison, Curves, Line

UNMEASURED = "Test images were measured for the shipped pair alone."


def line_curves(inside: Inside, about: Mapping[str, Any]) -> Curves:
    """Curves over alpha of the shipped pair, whose manifest is `about`."""
    points, classes = inside.about["line"]["points"], about["classes"]
    forget, redirect = about["forget_class"], about["redirect_to"]
    name = classes[forget]
    lines: list[Line] = [
        {
            "name": f"{name} answered as {name}",
            "role": "before",
            "points": [[point["alpha"], point["row"][forget]] for point in points],
        }
    ]
    if redirect is not None:
        lines.append(
            {
                "name": f"{name} answered as {classes[redirect]}",
                "role": "after",
                "points": [[point["alpha"], point["row"][redirect]] for point in points],
            }
        )
    lines.append(
        {
            "name": "other digits right",
            "role": "other",
            "points": [[point["alpha"], point["acc_retain"]] for point in points],
        }
    )
    return {
        "title": "All test images, from Before (0) over After (1) to 1.5",
        "xLabel": "α",
        "yRange": [0, 1],
        "lines": lines,
    }


def point_at(inside: Inside, alpha: float | None) -> Mapping[str, Any] | None:
    """What was measured at this alpha of the shipped pair; None: nothing was."""
    points = inside.about["line"]["points"]
    return next((point for point in points if point["alpha"] == alpha), None)


def line_at(
    inside: Inside, entry: Entry, said: Sequence[float] | None, alpha: float | None
) -> Comparison:
    """What the model at alpha says of the drawing, and of the class's test images.

    Args:
        inside: has the figures.
        entry: the left end, which names the classes.
        said: probabilities of the drawing; None: it is blank.
        alpha: None where nothing was measured.
    """
    comparison: Comparison = {
        "classes": entry.classes,
        "columns": [
            {"key": "between", "title": "Your drawing", "role": "after", "probabilities": said}
        ],
        "sentence": "",
    }
    point = point_at(inside, alpha)
    if point is not None:
        title = f"Test images of {entry.classes[entry.forget_class]}"
        comparison["columns"].append(
            {"key": "row", "title": title, "role": "masked", "probabilities": point["row"]}
        )
    return comparison


def line_words(inside: Inside, entry: Entry, alpha: float | None) -> str:
    """What was measured at alpha, in one sentence."""
    point = point_at(inside, alpha)
    if point is None:
        return UNMEASURED
    name, own = entry.classes[entry.forget_class], point["row"][entry.forget_class]
    return (
        f"At α = {alpha:.2f}: {100 * own:.1f} % of the test images of {name} are answered {name}, "
        f"{100 * point['acc_retain']:.2f} % of the others rightly."
    )


def barrier_words(inside: Inside) -> str:
    """How high the way from one model to another leads, in one sentence."""
    barriers = inside.about["line"]["barriers"]
    start = (
        "On the way from Before to After the loss on the other digits rises at most "
        f"{barriers['after']:.3f} nats above a straight line"
    )
    if "oracle" not in barriers:
        return f"{start}."
    return (
        f"{start}; on the way to a retrained network {barriers['oracle']:.1f}: After lies in the "
        "same valley as Before, a network that never saw the class in another."
    )
