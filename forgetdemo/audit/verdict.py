"""An audit in one or two sentences: what was measured, said no stronger than it was measured."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from forgetdemo.audit.figures import Value
from forgetdemo.audit.rows import Row
from forgetdemo.settings.text import percent

COLLAPSED = 0.5  # of retained accuracy: below it, a model forgot everything
DAMAGED = 0.01  # points of retained accuracy under the original's, as a fraction
BY_CHANCE = 0.1  # share of 95 % bands that a true retrain may miss as well
REMEMBERED = 0.05  # of the class still recognised, over the oracles'
LEVELS = ("failed", "remembered", "damaged", "shallow", "different", "alike")


@dataclass(frozen=True)
class Verdict:
    """A level, worst first in `LEVELS`, and sentences for people."""

    level: str
    sentence: str


def steps_of(value: Value, cap: Value) -> str:
    """'2 steps', 'more than 64 steps'."""
    if value is None:
        return f"more than {cap:g} steps" if cap is not None else "an unknown number of steps"
    return f"{value:g} step" + ("" if value == 1 else "s")


def destinations_of(shares: tuple[float, ...], classes: tuple[str, ...]) -> str:
    """The answers that most of a class gets: '0: 37 %, 5: 35 %, 4: 20 %'."""
    order = sorted(range(len(shares)), key=lambda c: -shares[c])
    return ", ".join(f"{classes[c]}: {100 * shares[c]:.0f} %" for c in order if shares[c] >= 0.05)


def reading(
    rows: Mapping[str, Row],
    facts: Mapping[str, Any],
) -> Verdict:
    """Put an audit into words.

    Args:
        rows: by name.
        facts: "class" (its name), "classes", "relearn" (images of the longest curve, or None),
            "typical_t90" (the oracles' median, None: beyond the curve), and "run", "oracle":
            destination histograms.
    """
    name, forget, retain = facts["class"], rows["acc_forget"], rows["acc_retain"]
    if forget.run is None or retain.run is None or retain.run < COLLAPSED:
        return Verdict(
            "failed",
            f"failed: only {percent(retain.run, 1)} of the retained classes are left; "
            "a model that knows nothing has forgotten nothing in particular",
        )
    if forget.run > (forget.oracle_mean or 0) + REMEMBERED:
        return Verdict(
            "remembered",
            f"not forgotten: {percent(forget.run, 1)} of class {name} are still recognised; "
            f"a model retrained without it has {percent(forget.oracle_mean, 1)}",
        )
    parts = []
    drop = (retain.original or 0) - retain.run
    damaged = drop > DAMAGED
    if damaged:
        parts.append(f"the other classes lose {100 * drop:.1f} points")
    returns, shallow = _return(rows, facts)
    spread = rows["dest_tv"]
    if spread.inside is False:
        parts.append(
            f"its answers for class {name} ({destinations_of(facts['run'], facts['classes'])}) are "
            f"not a retrain's ({destinations_of(facts['oracle'], facts['classes'])})"
        )
    judged = [row for row in rows.values() if row.inside is not None and row.reliable]
    outside = [row for row in judged if not row.inside]
    within = f"{len(judged) - len(outside)} of {len(judged)}"
    tail = f"{within} reliable measures lie among the oracles' or better"
    if damaged:
        level, head = "damaged", "answers forgotten, at the cost of the rest"
    elif shallow:
        level, head = "shallow", "answers forgotten, features intact"
    elif len(outside) > BY_CHANCE * len(judged):
        level, head = "different", "answers forgotten, features changed, yet not as by retraining"
    else:
        level, head = "alike", "not told apart from a retrain by these measures"
    sentence = "; ".join(part for part in (f"{head}: {returns}" if returns else head, *parts, tail))
    return Verdict(level, sentence)


def _return(rows: Mapping[str, Row], facts: Mapping[str, Any]) -> tuple[str, bool]:
    """How the class comes back, in words; and whether its curve is above the oracles' band."""
    images = facts["relearn"]
    if images is None:
        return "", False
    row, height = rows[f"t90_{images}"], rows[f"area_{images}"]
    what = f"{images} of its images bring" if images != 1 else "1 of its images brings"
    text = (
        f"{what} it back in {steps_of(row.run, row.cap)}; "
        f"a true retrain needs {steps_of(facts['typical_t90'], row.cap)}"
    )
    high = height.run is not None and height.run > (height.oracle_mean or 0)
    return text, height.inside is False and high
