"""How sure each model is of one drawing, beside its bars. The same as web/page/sure.js."""

from collections.abc import Sequence

from forgetdemo.predict.entry import Entry
from forgetdemo.predict.inference import Models, OnnxClassifier
from forgetdemo.predict.inside import belongs, load_inside
from forgetdemo.predict.preprocess import Drawing
from forgetdemo.predict.sure import Thresholds, candidates
from forgetdemo.views.picture_records import Sureness

STRANGE = "This does not look like a digit: the answers mean little."


def thresholds(models: Models) -> Thresholds | None:
    """What is measured for these models' original; None: nothing is, or it cannot be read."""
    try:
        inside = load_inside()
    except (OSError, ValueError):
        return None
    return Thresholds.of(inside.about["sure"]) if belongs(inside, models) else None


def sureness(
    found: Thresholds | None, before: OnnxClassifier, entries: Sequence[Entry], drawing: Drawing
) -> Sureness | None:
    """The digits that no model can exclude, and whether it is one; None without thresholds.

    Args:
        found: `thresholds` of the shipped models.
        before: their original, which judges whether it is a digit.
        entries: the models of the columns.
        drawing: what they were asked about.
    """
    if found is None:
        return None
    pixels, blank = drawing.floats(), drawing.is_blank
    return {
        "doubt": STRANGE if not blank and found.is_strange(before(pixels)[1][0]) else "",
        "columns": [
            {
                "title": entry.title,
                "role": entry.role,
                "asked": not blank,
                "sets": [
                    {
                        "level": level,
                        "names": []
                        if blank
                        else [
                            entry.classes[digit]
                            for digit in candidates(entry.classifier(pixels)[0][0].tolist(), least)
                        ],
                    }
                    for level, least in found.least.items()
                ],
            }
            for entry in entries
        ],
    }
