"""A picture file → grey values, whatever kind of file it is; bounded before anything is decoded."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
from PIL import Image, ImageOps

from forgetdemo.predict.preprocess import MAX_SIDE

MAX_BYTES = 100_000_000  # of the file
WORK = 640  # pixels of the longer side that ink is looked for in
FORMATS = ("PNG", "JPEG", "BMP", "GIF", "TIFF", "WEBP", "PPM")  # EPS would start a program
BITS = (8, 10, 12, 14, 16)  # that cameras and scanners store in words of 16
FLAT = 24.0  # levels: visible pixels that differ less are one ink


@dataclass(frozen=True, eq=False)
class Picture:
    """A file's first picture, upright.

    `grey` (H, W) uint8, all its pixels; `colour` (h, w, C) float32 in 0..255, C 1 or 3, the longer
    side at most `WORK`; `notes` what was done to read it.
    """

    grey: np.ndarray
    colour: np.ndarray
    notes: tuple[str, ...] = ()


def read_picture(path: Path) -> Picture:
    """Read a picture file.

    Raises:
        FileNotFoundError: there is no such file.
        ValueError: not a picture of a common format, larger than 4096×4096, or without numbers.
    """
    if not path.is_file():
        what = "is a folder" if path.is_dir() else "not found"
        raise FileNotFoundError(f"{path} {what}; give a picture of one digit")
    too_large = f"{path} is larger than {MAX_SIDE}×{MAX_SIDE} pixels; give a smaller picture"
    if path.stat().st_size > MAX_BYTES:
        raise ValueError(f"{path} has more than {MAX_BYTES:,} bytes; give a smaller picture")
    try:
        with Image.open(path, formats=FORMATS) as image:
            if max(image.size) <= MAX_SIDE:
                several = bool(getattr(image, "is_animated", False))
                found = picture_of(ImageOps.exif_transpose(image))
                more = ("the first of several pictures in the file",) if several else ()
                return Picture(found.grey, found.colour, more + found.notes)
    except (Image.DecompressionBombError, Image.DecompressionBombWarning) as error:
        raise ValueError(too_large) from error
    except Unreadable as error:
        raise ValueError(f"{path} {error}") from error
    except Exception as error:  # Pillow raises errors of many families on damaged files
        raise ValueError(f"{path} is not a picture that can be read; give a PNG") from error
    raise ValueError(too_large)


class Unreadable(ValueError):
    """A picture that opens but cannot be meant; the message goes on after the file's name."""


def picture_of(image: Image.Image) -> Picture:
    """An opened picture. Raises Unreadable, and what Pillow raises on damaged files."""
    if image.mode[0] in "IF":
        values, notes = scaled(np.asarray(image))
        return Picture(values.astype(np.uint8), reduced(values), notes)
    if image.has_transparency_data:
        image = on_ground(image.convert("RGBA"))
    grey = np.asarray(image.convert("L"), np.uint8)
    times = -(-max(image.size) // WORK)
    small = image.convert("RGB")
    small = small.reduce(times) if times > 1 else small
    return Picture(grey, np.asarray(small, np.float32))


def scaled(values: np.ndarray) -> tuple[np.ndarray, tuple[str, ...]]:
    """Numbers of 16 or 32 bits or floats as (H, W) float32 in 0..255, and how that was done.

    Raises:
        Unreadable: some are not numbers.
    """
    if values.ndim != 2:
        raise Unreadable("is not a picture that can be read; give a PNG")
    kind, values = values.dtype.kind, values.astype(np.float64)
    if not np.isfinite(values).all():
        raise Unreadable("holds values that are not numbers (nan or infinite); give a PNG")
    low, high = float(values.min()), float(values.max())
    if kind == "f" and low >= 0 and high <= 1:
        return (values * 255).astype(np.float32), ("values from 0 to 1",)
    if kind == "f" and low >= 0 and high <= 255:
        return values.astype(np.float32), ()
    for bits in BITS:
        if low >= 0 and high < 2**bits:
            notes = () if bits == 16 else (f"values of {bits} bits",)
            whole = values / 257 if bits == 16 else values * (255 / (2**bits - 1))
            return whole.astype(np.float32), notes
    stretched = (values - low) * (255 / (high - low)) if high > low else np.zeros_like(values)
    return stretched.astype(np.float32), (f"values from {low:g} to {high:g}",)


def reduced(values: np.ndarray) -> np.ndarray:
    """(H, W) floats as (h, w, 1), averaged so that the longer side is at most `WORK`."""
    times = -(-max(values.shape) // WORK)
    height, width = (-(-side // times) * times for side in values.shape)
    whole = np.pad(
        values, ((0, height - values.shape[0]), (0, width - values.shape[1])), mode="edge"
    )
    blocks = whole.reshape(height // times, times, width // times, times)
    return blocks.mean((1, 3), dtype=np.float32)[..., None]


def on_ground(ink: Image.Image) -> Image.Image:
    """An RGBA picture laid on what makes its visible part stand out: black, white, or its paper."""
    alpha = np.asarray(ink.getchannel("A"))
    grey = np.asarray(ink.convert("RGB").convert("L"), np.float64)
    seen = grey[alpha >= 128] if (alpha >= 128).any() else grey[alpha > 0]
    if seen.size == 0:
        return Image.new("RGB", ink.size)
    low, middle, high = np.percentile(seen, (2, 50, 98))
    if high - low >= FLAT:  # ink on a sheet that was cut out: go on with the sheet's colour
        near = (alpha >= 128) & (np.abs(grey - middle) <= 2)
        sheet = np.median(np.asarray(ink)[near][:, :3], axis=0)
        ground = tuple(int(value) for value in sheet)
    else:
        ground = (0, 0, 0) if middle >= 128 else (255, 255, 255)
    return Image.alpha_composite(Image.new("RGBA", ink.size, (*ground, 255)), ink).convert("RGB")
