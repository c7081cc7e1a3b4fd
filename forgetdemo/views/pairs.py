"""The map of all 90 pairs."""

from collections.abc import Mapping
from typing import Any

from forgetdemo.predict.pairs import PairShelf
from forgetdemo.views.records import Pair, Pairs

HINT = "Click a cell to put that pair's model on the pad, beside Before. Arrow keys move."


def ceilings(report: Mapping[str, Any]) -> str:
    """What overall accuracy can reach without a class, in one line."""
    counts = [sum(row) for row in report["before"]["confusion"]]
    shares = [100 - 100 * count / sum(counts) for count in counts]
    low, high = (
        f"{at(shares):.2f} % without {report['classes'][shares.index(at(shares))]}"
        for at in (min, max)
    )
    return (
        "The images of the forgotten class count as wrong, so the ceiling of overall accuracy lies "
        f"below 100 %: from {low} to {high}."
    )


def pair_of(row: Mapping[str, Any]) -> Pair:
    """What the map shows of a pair."""
    return {
        "forget": row["forget"],
        "redirect": row["redirect"],
        "drop": row["drop"],
        "redirect_rate": row["redirect_rate"],
        "seconds": row["seconds"],
    }


def map_of(shelf: PairShelf, report: Mapping[str, Any]) -> Pairs:
    """The map, and what is to be known of it."""
    about = (
        f"One run each of {shelf.method}, from the shipped original; figures on the test images."
    )
    return {
        "classes": report["classes"],
        "rows": [pair_of(row) for row in shelf.rows],
        "notes": [HINT, ceilings(report), about],
    }
