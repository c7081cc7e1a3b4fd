"""Both models' answers to one drawing, side by side."""

from collections.abc import Sequence

from forgetdemo.predict.answers import columns_of, describe
from forgetdemo.predict.entry import Entry
from forgetdemo.predict.preprocess import Drawing, png_url
from forgetdemo.views.records import Comparison, Preview


def compare(entries: Sequence[Entry], drawing: Drawing) -> tuple[Comparison, Preview]:
    """What models say of one drawing, and what they see of it."""
    columns = columns_of(entries, drawing)
    comparison: Comparison = {
        "classes": entries[0].classes,
        "columns": [
            {
                "key": entry.key,
                "title": entry.title,
                "role": entry.role,
                "probabilities": column.probabilities,
            }
            for entry, column in zip(entries, columns, strict=True)
        ],
        "sentence": describe(columns, drawing.is_blank),
    }
    picture = None if drawing.is_blank else png_url(drawing.pixels)
    return comparison, {"picture": picture, "note": drawing.note}
