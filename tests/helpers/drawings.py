"""The shared drawings that Python and JavaScript must turn into equal pixels.

`python -m tests.helpers.drawings` writes tests/fixtures/drawings.json.gz: 220 canvases, packed,
with the 28×28 picture, the blank flag and the note that `preprocess` gives for each.
"""

import base64
import gzip
import json
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image, ImageDraw

from forgetdemo.data import load_dataset
from forgetdemo.predict.preprocess import PAD_SIZE, preprocess, resize

FIXTURE = Path(__file__).parent.parent / "fixtures" / "drawings.json.gz"


def strokes(rng: np.random.Generator, pen: int) -> np.ndarray:
    """Random curves of a pen of this width, as the pad would hold them."""
    image = Image.new("L", (PAD_SIZE, PAD_SIZE))
    pencil = ImageDraw.Draw(image)
    for _ in range(rng.integers(1, 4)):
        points = [tuple(p) for p in rng.integers(0, PAD_SIZE, (rng.integers(2, 6), 2)).tolist()]
        pencil.line(points, fill=int(rng.integers(60, 256)), width=pen, joint="curve")
    return np.asarray(image, np.uint8)


def placed(picture: np.ndarray, size: int, y: int, x: int) -> np.ndarray:
    """A picture of `size` pixels on an empty pad, cut off where it leaves it."""
    canvas = np.zeros((PAD_SIZE * 2, PAD_SIZE * 2), np.uint8)
    canvas[y : y + size, x : x + size] = resize(picture, size, size)
    return canvas[:PAD_SIZE, :PAD_SIZE]


def special() -> Iterator[np.ndarray]:
    """Blanks, dots, full, edges, faint, inverted, thin lines, and other sizes."""
    empty = np.zeros((PAD_SIZE, PAD_SIZE), np.uint8)
    yield empty
    yield empty + np.uint8(255)
    yield empty + np.uint8(10)
    yield empty + np.uint8(31)
    yield np.zeros((1, 1), np.uint8)
    yield np.full((1, 1), 200, np.uint8)
    for y, x in ((0, 0), (140, 140), (279, 279), (0, 279)):
        dot = empty.copy()
        dot[y, x] = 255
        yield dot
    for value in (11, 31, 32, 33):
        faint = empty.copy()
        faint[100:150, 100:120] = value
        yield faint
    for index in (slice(0, 1), slice(139, 140), slice(0, 280)):
        line = empty.copy()
        line[:, index] = 255
        yield line
        yield line.T.copy()


def canvases() -> list[np.ndarray]:
    """All of them, in a fixed order."""
    rng = np.random.default_rng(7)
    digits = load_dataset("mnist").test.pixels
    found = list(special())
    while len(found) < 220:
        kind, digit = len(found) % 5, digits[rng.integers(len(digits))]
        size = int(rng.integers(12, 270))
        if kind == 0:
            found.append(strokes(rng, int(rng.integers(1, 60))))
        elif kind == 1:
            found.append(255 - placed(digit, 200, 30, 40))
        elif kind == 2:
            found.append(digit.copy())  # 28×28, as `predict` may be given
        else:
            found.append(placed(digit, size, *rng.integers(0, 290 - size, 2).tolist()))
    return found


def record(canvas: np.ndarray) -> dict[str, Any]:
    """One fixture: the canvas and what Python makes of it."""
    drawing = preprocess(canvas)
    packed = zlib.compress(np.ascontiguousarray(canvas).tobytes(), 9)
    return {
        "height": canvas.shape[0],
        "width": canvas.shape[1],
        "zlib": base64.b64encode(packed).decode(),
        "pixels": drawing.pixels.ravel().tolist(),
        "blank": drawing.is_blank,
        "note": drawing.note,
    }


def read() -> list[dict[str, Any]]:
    """The stored fixtures, canvases unpacked to (H, W) uint8 under "canvas"."""
    records = json.loads(gzip.decompress(FIXTURE.read_bytes()))
    for item in records:
        raw = zlib.decompress(base64.b64decode(item["zlib"]))
        item["canvas"] = np.frombuffer(raw, np.uint8).reshape(item["height"], item["width"])
    return records


if __name__ == "__main__":
    FIXTURE.parent.mkdir(exist_ok=True)
    text = json.dumps([record(canvas) for canvas in canvases()], separators=(",", ":"))
    FIXTURE.write_bytes(gzip.compress(text.encode(), 9, mtime=0))
    print(f"wrote {FIXTURE.name}, {FIXTURE.stat().st_size:,} bytes")
