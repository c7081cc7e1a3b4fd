"""What models answer to a picture file: to each digit on it, or why there is none; torch-free."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from forgetdemo.predict.answers import answer
from forgetdemo.predict.entry import folder_entries
from forgetdemo.predict.inference import Models, OnnxClassifier, load_models
from forgetdemo.predict.preprocess import Drawing
from forgetdemo.predict.reading import Digit, Reading, read
from forgetdemo.settings.constants import IMAGE_SIZE

NO_INK = "No ink found: the picture is all ground."
UNKNOWN = "like none of the digits"
STRANGE = 4.5  # log of the sum of e^logits; 998 of 1,000 digits have more than 5.1
POOR = 0.7  # a lower quality is named in the sentence


def answer_file(image: Path, models: Path) -> dict[str, Any]:
    """Answer a picture file with the models of a folder: the body of `predict --json`.

    Raises:
        FileNotFoundError, ValueError, CheckpointError: as `reading.read` and `load_models` do.
    """
    return answer_reading(load_models(models), read(image))


def answer_reading(models: Models, reading: Reading) -> dict[str, Any]:
    """Answer what was read from a picture.

    Returns:
        As `answers.answer` does for the one digit on it, and: "digits", such an answer for each
        piece of ink in the order of reading, with a "fault", why it is none, or ""; "answered",
        how many were; "quality", 0..1. Without exactly one answer, the outer models' are None.
    """
    first = folder_entries(models)[0].classifier
    digits = [answered(models, first, digit, reading.quality) for digit in reading.digits]
    asked = [one for one in digits if not one["blank"]]
    blank = Drawing(np.zeros((IMAGE_SIZE, IMAGE_SIZE), np.uint8), True)
    outer = digits[0] if len(digits) == 1 else answer(models, blank)
    notes = [reading.note, outer["note"]]
    return {
        **{name: value for name, value in outer.items() if name != "fault"},
        "note": "; ".join(note for note in notes if note),
        "sentence": sentence_of(digits, reading.quality),
        "digits": digits,
        "answered": len(asked),
        "quality": reading.quality,
    }


def answered(models: Models, first: OnnxClassifier, digit: Digit, quality: float) -> dict[str, Any]:
    """One digit's answer; what is none is asked about no further, and says why in "fault"."""
    fault, drawing = digit.fault, digit.drawing
    if not fault and not drawing.is_blank:
        logits = first(drawing.floats())[1][0]
        strange = float(np.logaddexp.reduce(logits.astype(np.float64))) < STRANGE
        fault = UNKNOWN if strange else ""
    shown = Drawing(drawing.pixels, True, drawing.note) if fault else drawing
    return {**answer(models, shown, quality), "fault": fault}


def sentence_of(digits: Sequence[Mapping[str, Any]], quality: float) -> str:
    """What was found, in one sentence for each digit."""
    if not digits:
        return NO_INK
    said = [f"No digit: {one['fault']}." if one["fault"] else one["sentence"] for one in digits]
    poor = f" Hard to read (quality {quality:.2f} of 1)." if quality < POOR else ""
    if len(said) == 1:
        return said[0] + poor
    numbered = "\n".join(f"{number}. {words}" for number, words in enumerate(said, start=1))
    return f"{len(said)} digits, as one reads.{poor}\n{numbered}"
