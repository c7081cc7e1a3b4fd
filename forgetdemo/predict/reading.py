"""A picture file → the digits on it: ground, lines and dust left out, each as models see it.

A picture of pure black and white keeps every pixel; only what is none is searched for its ground.
The steps stay at hand, so that people see why an answer is what it is.
"""

import math
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from PIL import Image

from forgetdemo.files.writing import make_folder, write_atomic
from forgetdemo.predict.filters import blur, highest, noise_of
from forgetdemo.predict.ground import Ink, is_dark, separate
from forgetdemo.predict.lines import without_lines
from forgetdemo.predict.parts import Part, box_of, digits_of, label, parts_of, without_dust
from forgetdemo.predict.picture import Picture, read_picture
from forgetdemo.predict.preprocess import (
    INVERTED,
    THRESHOLD,
    Drawing,
    centred,
    png_bytes,
    upright,
)
from forgetdemo.predict.strokes import fault_of

MOST = 20  # digits that one picture is answered for
FAINT = 0.25  # of the brightest: what is fainter belongs to soft edges
SOFT = 0.5  # of the ink of a clean picture may be faint
FILLED = 0.8  # of a clean picture may be ink, if it is cut close
CLEAR = 0.02  # of a picture's edge may be ink where most of the picture is its ground
FIRM = 0.4  # of the strongest: what is weaker is no stroke, but a soft edge or noise
FLOOR = 0.12  # of a stroke's strength: what is weaker is no line
LEAST_SIDE = 20  # pixels of a digit's longer side, for full quality
ENLARGED = 10  # times, a 28×28 picture among the steps


@dataclass(frozen=True, eq=False)
class Digit:
    """One digit as models see it; `fault` says why it can be none, '' if it may be one."""

    drawing: Drawing
    fault: str = ""


@dataclass(frozen=True, eq=False)
class Reading:
    """What a picture holds.

    `picture` (H, W) uint8 as it came, grey; `ink` (h, w) uint8 as found, white on black; the
    digits, line by line from left to right; `quality` 0..1; `note`: what was done, '' if nothing.
    """

    picture: np.ndarray
    ink: np.ndarray
    digits: tuple[Digit, ...]
    quality: float
    note: str = ""


def read(path: Path) -> Reading:
    """Read a picture file. Raises as `read_picture`, and ValueError for more than 20 digits."""
    return reading_of(read_picture(path))


def read_digit(path: Path) -> Drawing:
    """Read a picture of one digit.

    Raises:
        FileNotFoundError, ValueError: as `read`, or it holds none, or several.
    """
    digits = read(path).digits
    if len(digits) != 1 or digits[0].fault:
        found = digits[0].fault if len(digits) == 1 else f"{len(digits) or 'no'} digits found"
        raise ValueError(f"{path}: {found}; give a picture of one digit")
    return digits[0].drawing


def reading_of(picture: Picture) -> Reading:
    """Read an opened picture.

    Raises:
        ValueError: more than 20 digits are on it.
    """
    notes = list(picture.notes)
    plain = clean(picture.grey)
    found = exact(*plain) if plain else separate(grey_of(picture.colour))
    canvas = plain[0] if plain else None
    if found is None:
        return Reading(picture.grey, np.zeros_like(picture.grey), (), 0.0, "; ".join(notes))
    if found.dark:
        notes.append(INVERTED)
    strength, lines = without_lines(found.strength, FLOOR)
    mask = found.mask & (strength > 0.2) if lines else found.mask
    if lines:
        notes.append(
            f"{lines} straight lines left out" if lines > 1 else "a straight line left out"
        )
    labels, count = label(mask)
    parts = parts_of(labels, count)
    meant = without_dust(parts)
    if len(meant) < len(parts):
        notes.append("specks left out")
    groups = digits_of(meant)
    if len(groups) > MOST:
        raise ValueError(
            f"{len(groups)} pieces of ink found; give a picture of at most {MOST} digits"
        )
    if canvas is not None and not lines and len(groups) == 1 and len(meant) == len(parts):
        inks = [canvas]
    else:
        inks = [lifted(strength, labels, group, canvas) for group in groups]
    sides = [max(box_of(group).height, box_of(group).width) for group in groups]
    quality = 1.0 if canvas is not None else quality_of(found, picture, max(sides, default=0))
    # Without the grain of chalk and noise, which are no loops and no strokes.
    smooth = blur(strength, max(sides, default=0) / 80)
    firm = smooth > FIRM * smooth.max(initial=0)
    digits = tuple(
        Digit(centred(ink), fault_of(firm & np.isin(labels, [part.label for part in group])))
        for ink, group in zip(inks, groups, strict=True)
    )
    ink = np.maximum.reduce([np.zeros(mask.shape, np.uint8), *inks])
    return Reading(picture.grey, ink, digits, quality, "; ".join(notes))


def clean(grey: np.ndarray) -> tuple[np.ndarray, bool] | None:
    """White ink on black, every pixel as it was, of a picture that is black and white but for
    soft edges, so that there is no ground to search for; and whether it was inverted.

    Args:
        grey: (H, W) uint8.
    Returns:
        None of any other picture.
    """
    canvas, inverted = upright(grey)
    edge = np.concatenate([canvas[0], canvas[-1], canvas[:, 0], canvas[:, -1]])
    if np.count_nonzero(edge > THRESHOLD) > CLEAR * edge.size:  # most of it may be ink
        inverted = is_dark(grey.astype(np.float32))
        canvas = 255 - grey if inverted else grey
    ink = canvas > THRESHOLD
    count = np.count_nonzero(ink)
    if not 0 < count < FILLED * ink.size or canvas.max() < 128:
        return None
    faint = np.count_nonzero(ink & (canvas < FAINT * canvas.max()))
    return (canvas, inverted) if faint <= SOFT * count else None


def exact(canvas: np.ndarray, inverted: bool) -> Ink:
    """The ink of a clean picture: as it is."""
    return Ink(canvas / 255.0, canvas > THRESHOLD, 255.0, 0.0, inverted)


def lifted(
    strength: np.ndarray, labels: np.ndarray, group: list[Part], canvas: np.ndarray | None
) -> np.ndarray:
    """The ink of some parts alone: (H, W) uint8; of a clean picture its own pixels."""
    chosen = np.isin(labels, [part.label for part in group])
    if canvas is not None:
        return np.where(chosen, np.floor(255 * strength + 0.5), 0).astype(np.uint8)
    near = highest(chosen.astype(np.float32), 3) > 0  # with its soft edge
    ink = np.where(near, np.floor(255 * strength + 0.5), 0).astype(np.uint8)
    ink[ink <= THRESHOLD] = 0
    return ink


def quality_of(ink: Ink, picture: Picture, side: int) -> float:
    """How well a picture shows its ink, 0..1.

    It falls with contrast below some 100 levels of 255, with noise and unevenness of the ground
    above a twentieth of the contrast, and with a digit below 20 pixels.
    """
    noise = max(ink.spread, noise_of(grey_of(picture.colour)), 0.1)
    clear = 1 - math.exp(-ink.contrast / noise / 6)
    strong = 1 - math.exp(-ink.contrast / 40)
    return clear * strong * min(1.0, side / LEAST_SIDE)


def grey_of(colour: np.ndarray) -> np.ndarray:
    """(h, w, C) floats as (h, w): brightness, or one colour if ink stands out far more in it."""
    if colour.shape[2] == 1:
        return colour[..., 0].astype(np.float64)
    grey = colour @ np.array([0.299, 0.587, 0.114], np.float32)
    best, span = grey, 1.4 * np.ptp(np.percentile(grey, (1, 99)))
    for channel in np.moveaxis(colour, 2, 0):
        reach = np.ptp(np.percentile(channel, (1, 99)))
        if reach > span:
            best, span = channel, reach
    return best.astype(np.float64)


def write_steps(reading: Reading, folder: Path) -> list[Path]:
    """Write a reading's steps as PNG: the picture, the ink found, each digit as models see it.

    Returns:
        The files, in order; files of these names are replaced.
    Raises:
        OSError: the folder cannot be written.
    """
    make_folder(folder)
    steps = {"1-picture": reading.picture, "2-ink": reading.ink}
    for number, digit in enumerate(reading.digits, start=1):
        large = Image.fromarray(digit.drawing.pixels).resize(
            [ENLARGED * side for side in digit.drawing.pixels.shape], Image.Resampling.NEAREST
        )
        steps[f"3-digit-{number}"] = np.asarray(large)
    files = [folder / f"{name}.png" for name in steps]
    for file, pixels in zip(files, steps.values(), strict=True):
        write_atomic(file, png_bytes(pixels))
    return files
