"""Both models' answers to one drawing, side by side."""

import json
from collections.abc import Sequence
from typing import Any

import numpy as np

from forgetdemo.predict.answers import Column, ask, describe
from forgetdemo.predict.entry import Entry
from forgetdemo.predict.preprocess import Drawing, canvas_of, png_url
from forgetdemo.settings.constants import ASSETS, IMAGE_SIZE
from forgetdemo.views.records import show


def load_samples() -> list[dict[str, Any]]:
    """Test digits to click: label, 28×28 picture and what the pad shows, as data URLs."""
    samples = json.loads((ASSETS / "samples.json").read_text(encoding="utf-8"))
    result = []
    for sample in samples:
        pixels = np.array(sample["pixels"], np.uint8).reshape(IMAGE_SIZE, IMAGE_SIZE)
        result.append(
            {
                "label": str(sample["label"]),
                "picture": png_url(pixels),
                "pad": png_url(canvas_of(pixels)),
            }
        )
    return result


def columns_of(entries: Sequence[Entry], drawing: Drawing) -> list[Column]:
    """Ask every model about one drawing."""
    return [
        Column(
            title=entry.title,
            classes=entry.classes,
            probabilities=ask(entry.classifier, drawing),
            forget_class=entry.forget_class if entry.unlearned else None,
            redirect_to=entry.redirect_to,
        )
        for entry in entries
    ]


def compare(entries: Sequence[Entry], drawing: Drawing) -> tuple[str, str]:
    """Values of the comparison and of the preview for one drawing."""
    columns = columns_of(entries, drawing)
    comparison = {
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
    return show(comparison), show({"picture": picture, "note": drawing.note})
