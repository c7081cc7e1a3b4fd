"""Between two digits: what each model says along the way."""

from collections.abc import Sequence

import numpy as np

from forgetdemo.predict.entry import Entry
from forgetdemo.predict.preprocess import Drawing, png_url
from forgetdemo.views.records import Morph

STEPS = 11


def blend(start: np.ndarray, end: np.ndarray, share: float) -> np.ndarray:
    """Mix two 28×28 pictures: (1 - share) · start + share · end, rounded half up to uint8."""
    if not 0 <= share <= 1:
        raise ValueError(f"share must be in [0, 1], got {share!r}")
    mixed = (1 - share) * start.astype(np.float64) + share * end.astype(np.float64)
    return np.floor(mixed + 0.5).astype(np.uint8)


def strip(entries: Sequence[Entry], start: Drawing, end: Drawing) -> Morph | None:
    """What each model says along the way, as the `morph` view takes it; None without two digits."""
    if start.is_blank or end.is_blank:
        return None
    pictures = np.stack([blend(start.pixels, end.pixels, i / (STEPS - 1)) for i in range(STEPS)])
    pixels = (pictures[:, None] / np.float32(255)).astype(np.float32)
    said = [entry.classifier(pixels)[0] for entry in entries]  # each (STEPS, 10)
    return {
        "classes": entries[0].classes,
        "titles": [entry.title for entry in entries],
        "roles": [entry.role for entry in entries],
        "steps": [
            {
                "picture": png_url(pictures[i]),
                "answers": [
                    {"answer": int(p[i].argmax()), "confidence": float(p[i].max())} for p in said
                ],
            }
            for i in range(STEPS)
        ],
    }


def boundary_words(entries: Sequence[Entry], data: Morph | None) -> str:
    """Where each model changes its mind, in one sentence."""
    if data is None:
        return "Choose two digits."
    words = []
    for row, entry in enumerate(entries):
        answers = [step["answers"][row]["answer"] for step in data["steps"]]
        turns = [
            f"{entry.classes[a]} until {100 * i // (STEPS - 1)} %"
            for i, (a, b) in enumerate(zip(answers, answers[1:], strict=False))
            if a != b
        ]
        last = entry.classes[answers[-1]]
        words.append(f"{entry.title}: {', '.join([*turns, f'then {last}']) if turns else last}")
    return "; ".join(words) + "."
