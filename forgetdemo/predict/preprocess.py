"""What the pad sent → the 28×28 picture that models see, centred the way MNIST is.

97 to 99 % of blown-up test digits survive it; without centring it would be about half.
web/shared/preprocess.js does the same to the bit: every step is a plain sum in a fixed order.
"""

import base64
import io
import warnings
from dataclasses import dataclass

import numpy as np
from PIL import Image, PngImagePlugin

from forgetdemo.settings.constants import IMAGE_SIZE

PAD_SIZE = 280  # pixels, both sides
DIGIT_SIZE = 20  # longest side of a digit inside the 28 pixels
CENTRE = 13.5
THRESHOLD = 10  # ink is brighter than this
FAINTEST = 32  # a picture whose brightest pixel is darker is blank
MAX_URL = 65_536  # characters
MAX_SIDE = 4096  # pixels of a picture file
MAX_TEXT = 2**20  # bytes of all texts inside one, unpacked
MAX_CHUNKS = 64  # of a drawing's PNG; a browser writes three
PREFIX = "data:image/png;base64,"
SIGNATURE = b"\x89PNG\r\n\x1a\n"
# Of a drawing: size, colours, transparency, pixels, end; how bright the screen was; and later
# pictures, which nobody looks at. No text and no colour profile: a megabyte of either packs into a
# kilobyte, and is unpacked before the pixels.
CHUNKS = set(b"IHDR PLTE tRNS IDAT IEND gAMA cHRM sRGB pHYs sBIT bKGD acTL fcTL fdAT".split())
INVERTED = "dark ink on a bright ground: inverted"
NOT_A_DRAWING = "expected a PNG data URL of 280×280 pixels, at most 65,536 characters"

# Once, here: warnings.catch_warnings around each call is not safe in a server's threads.
Image.MAX_IMAGE_PIXELS = MAX_SIDE * MAX_SIDE
PngImagePlugin.MAX_TEXT_CHUNK = PngImagePlugin.MAX_TEXT_MEMORY = MAX_TEXT
warnings.filterwarnings("error", category=Image.DecompressionBombWarning)


@dataclass(frozen=True, eq=False)
class Drawing:
    """`pixels` (28, 28) uint8, white on black; whether there is ink; a remark, '' if none."""

    pixels: np.ndarray
    is_blank: bool
    note: str = ""

    def floats(self) -> np.ndarray:
        """What a model takes: (1, 1, 28, 28) float32 in [0, 1]."""
        return (self.pixels[None, None] / np.float32(255)).astype(np.float32)


def cubic(distance: np.ndarray) -> np.ndarray:
    """Keys' cubic convolution kernel, a = -0.5 (Keys 1981); 0 from 2 on."""
    x = np.abs(distance)
    near = (1.5 * x - 2.5) * x * x + 1
    far = ((-0.5 * x + 2.5) * x - 4) * x + 2
    return np.where(x < 1, near, np.where(x < 2, far, 0.0))


def resample_rows(source: np.ndarray, count: int) -> np.ndarray:
    """Resize the first axis to `count`, the kernel widened by the shrink factor (anti-aliased).

    Args:
        source: (N, M) float64.
    Returns:
        (count, M) float64; not clipped. Sums run in ascending order, so JavaScript gets equal bits.
    """
    size = len(source)
    step = size / count
    width = max(step, 1.0)
    middle = (np.arange(count) + 0.5) * step - 0.5
    first = np.maximum(0, np.ceil(middle - 2 * width)).astype(np.int64)
    last = np.minimum(size - 1, np.floor(middle + 2 * width)).astype(np.int64)
    at = first[:, None] + np.arange((last - first).max() + 1)  # -> (count, taps)
    weights = np.where(at <= last[:, None], cubic((at - middle[:, None]) / width), 0.0)
    total = np.zeros(count)
    for column in weights.T:
        total += column
    result = np.zeros((count, source.shape[1]))
    for rows, share in zip(np.minimum(at, size - 1).T, (weights / total[:, None]).T, strict=True):
        result += source[rows] * share[:, None]
    return result


def resize(source: np.ndarray, height: int, width: int) -> np.ndarray:
    """Resize (H, W) grey values to (height, width) uint8, rounding half up."""
    rows = resample_rows(source.astype(np.float64), height)
    both = resample_rows(np.ascontiguousarray(rows.T), width).T
    return np.clip(np.floor(both + 0.5), 0, 255).astype(np.uint8)


def canvas_of(pixels: np.ndarray) -> np.ndarray:
    """A 28×28 picture as the pad would show it: (280, 280) uint8."""
    return resize(pixels, PAD_SIZE, PAD_SIZE)


def preprocess(canvas: np.ndarray) -> Drawing:
    """Box, longest side 20, anti-aliased, centre of mass at the centre of 28×28.

    Args:
        canvas: (H, W) uint8, any size ≥ 1; white ink on black, or the reverse, which is inverted
            and said.
    Raises:
        ValueError: not a 2-d uint8 array.
    """
    if canvas.ndim != 2 or canvas.dtype != np.uint8 or canvas.size == 0:
        raise ValueError(f"expected (H, W) uint8 pixels, got {canvas.dtype} {canvas.shape}")
    canvas, inverted = upright(canvas)
    return centred(canvas, INVERTED if inverted else "")


def upright(canvas: np.ndarray) -> tuple[np.ndarray, bool]:
    """White ink on black: (H, W) uint8, inverted where most of it is bright; whether it was."""
    if 2 * np.count_nonzero(canvas >= 128) > canvas.size:
        return 255 - canvas, True
    return canvas, False


def centred(canvas: np.ndarray, note: str = "") -> Drawing:
    """The ink of (H, W) uint8, white on black, as models see it; its remarks go on after `note`."""
    notes = [note] if note else []
    ink = canvas > THRESHOLD
    rows, columns = np.flatnonzero(ink.any(1)), np.flatnonzero(ink.any(0))
    picture = np.zeros((IMAGE_SIZE, IMAGE_SIZE), np.uint8)
    if len(rows) == 0 or canvas.max() < FAINTEST:
        return Drawing(picture, True, "draw a digit")
    top, bottom, left, right = rows[0], rows[-1], columns[0], columns[-1]
    digit = canvas[top : bottom + 1, left : right + 1]
    longest = max(digit.shape)
    if 10 * longest <= max(canvas.shape):
        notes.append("only a dot: draw larger")
    elif min(top, left) == 0 or bottom == len(canvas) - 1 or right == canvas.shape[1] - 1:
        notes.append("the ink touches the edge: some may be missing")
    height, width = (
        max(1, int(np.floor(side * DIGIT_SIZE / longest + 0.5))) for side in digit.shape
    )
    small = resize(digit, height, width)
    y, x = offsets(small)
    picture[y : y + height, x : x + width] = small
    return Drawing(picture, False, "; ".join(notes))


def offsets(small: np.ndarray) -> tuple[int, int]:
    """Where to paste so that the centre of mass comes nearest to (13.5, 13.5), all inside."""
    mass = small.astype(np.int64)
    total = int(mass.sum())
    result = []
    for axis, side in enumerate(small.shape):
        sums = mass.sum(1 - axis)
        centre = int((sums * np.arange(side)).sum()) / total if total else (side - 1) / 2
        result.append(min(max(int(np.floor(CENTRE - centre + 0.5)), 0), IMAGE_SIZE - side))
    return result[0], result[1]


def decode_png(value: object) -> np.ndarray:
    """What the pad sent, checked before anything is decoded: (280, 280) uint8.

    None and '' are an empty pad.

    Raises:
        ValueError: one fixed sentence, whatever came; nothing of it is repeated.
    """
    if value is None or value == "":
        return np.zeros((PAD_SIZE, PAD_SIZE), np.uint8)
    if type(value) is not str or len(value) > MAX_URL or not value.startswith(PREFIX):
        raise ValueError(NOT_A_DRAWING)
    try:
        data = base64.b64decode(value.removeprefix(PREFIX), validate=True)
        check_chunks(data)
        with Image.open(io.BytesIO(data), formats=["PNG"]) as image:
            if image.size != (PAD_SIZE, PAD_SIZE):
                raise ValueError(NOT_A_DRAWING)
            return grey_of(image)
    except Exception as error:  # Pillow raises errors of many families on damaged files
        raise ValueError(NOT_A_DRAWING) from error


def check_chunks(data: bytes) -> None:
    """Look through a PNG without unpacking anything.

    Raises:
        ValueError: it is none, is cut short, or holds anything but a drawing does.
    """
    at, found = len(SIGNATURE), 0
    while data.startswith(SIGNATURE) and found < MAX_CHUNKS:
        kind = data[at + 4 : at + 8]
        at += 12 + int.from_bytes(data[at : at + 4])
        found += 1
        if kind not in CHUNKS or at > len(data):
            break
        if kind == b"IEND":
            return
    raise ValueError(NOT_A_DRAWING)


def grey_of(image: Image.Image) -> np.ndarray:
    """An opened picture as (H, W) uint8; transparency is black, or white under black ink."""
    if image.mode.startswith("I"):  # 16 bits a pixel, which Pillow would clip
        return np.clip(np.asarray(image).astype(np.int64) >> 8, 0, 255).astype(np.uint8)
    if not image.has_transparency_data:
        return np.asarray(image.convert("L"), np.uint8)
    ink = image.convert("RGBA")
    on_black, on_white = (
        np.asarray(Image.alpha_composite(Image.new("RGBA", ink.size, ground), ink).convert("L"))
        for ground in ("black", "white")
    )
    return on_black if on_black.max() >= FAINTEST else on_white


def png_bytes(pixels: np.ndarray) -> bytes:
    """(H, W) uint8 as a PNG file's bytes."""
    buffer = io.BytesIO()
    Image.fromarray(pixels).save(buffer, "PNG")
    return buffer.getvalue()


def png_url(pixels: np.ndarray) -> str:
    """(H, W) uint8 as a PNG data URL."""
    return PREFIX + base64.b64encode(png_bytes(pixels)).decode()
