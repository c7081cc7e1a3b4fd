"""Small pictures in a row: test digits to click, and the drawings of a visitor's lesson."""

import json
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from forgetdemo.predict.preprocess import Drawing, canvas_of, png_url
from forgetdemo.settings.constants import ASSETS, IMAGE_SIZE
from forgetdemo.views.picture_records import Picture, Pictures

MOST = 20  # drawings kept


def load_samples() -> list[dict[str, Any]]:
    """Test digits to click: label, 28×28 picture and what the pad shows, as data URLs."""
    samples = json.loads((ASSETS / "samples.json").read_text(encoding="utf-8"))
    result = []
    for sample in samples:
        pixels = square(sample["pixels"])
        picture, pad = png_url(pixels), png_url(canvas_of(pixels))
        result.append({"label": str(sample["label"]), "picture": picture, "pad": pad})
    return result


def square(row: Sequence[int]) -> np.ndarray:
    """784 grey values → (28, 28) uint8. Raises ValueError: they are not as many."""
    return np.array(row, np.uint8).reshape(IMAGE_SIZE, IMAGE_SIZE)


def samples_view(label: str, samples: Sequence[Mapping[str, Any]]) -> Pictures:
    """Samples as the `pictures` view takes them."""
    items: list[Picture] = [
        {"label": f"test digit {s['label']}", "picture": s["picture"]} for s in samples
    ]
    return {"label": label, "items": items}


def lesson_view(lesson: Sequence[Sequence[int]]) -> Pictures:
    """The drawings of a lesson, 784 grey values each, as the `pictures` view takes them."""
    items: list[Picture] = [
        {"label": f"drawing {i}", "picture": png_url(square(row))}
        for i, row in enumerate(lesson, 1)
    ]
    return {"label": "Your drawings", "items": items, "empty": "No drawings yet."}


def add_drawing(drawing: Drawing, kept: object) -> list[list[int]]:
    """One more drawing in a lesson; a blank one changes nothing, nor does one beyond `MOST`."""
    lesson = [row for row in kept if isinstance(row, list)] if isinstance(kept, list) else []
    if drawing.is_blank or len(lesson) >= MOST:
        return lesson
    return [*lesson, drawing.pixels.ravel().tolist()]
