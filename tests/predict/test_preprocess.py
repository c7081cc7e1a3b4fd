"""Drawings become MNIST pictures: centred, blank-aware, equal in Python and JavaScript."""

import base64
import gzip
import hashlib
import io
import json
import shutil
import struct
import subprocess
import time
import warnings
import zlib
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from PIL import Image

from forgetdemo.data import Dataset
from forgetdemo.predict.inference import load_models
from forgetdemo.predict.picture import read_picture
from forgetdemo.predict.preprocess import (
    FAINTEST,
    MAX_URL,
    PAD_SIZE,
    PREFIX,
    canvas_of,
    decode_png,
    png_url,
    preprocess,
    resize,
)
from forgetdemo.settings.constants import MODELS_DIR, ROOT
from tests.helpers import drawings


def box(pixels: np.ndarray) -> tuple[int, int]:
    """Height and width of the ink."""
    rows, columns = np.flatnonzero(pixels.any(1)), np.flatnonzero(pixels.any(0))
    return int(np.ptp(rows)) + 1, int(np.ptp(columns)) + 1


def test_stored_fixtures_are_what_python_gives() -> None:
    records = drawings.read()
    assert len(records) >= 200
    for item in records:
        seen = preprocess(item["canvas"])
        assert seen.pixels.ravel().tolist() == item["pixels"]
        assert (seen.is_blank, seen.note) == (item["blank"], item["note"])


def test_javascript_gives_equal_pixels() -> None:
    node = shutil.which("node")
    assert node, "Node.js is needed to compare web/shared/preprocess.js: install nodejs"
    done = subprocess.run(
        [node, "tests/helpers/fixtures_in_node.mjs"],
        input=gzip.decompress(drawings.FIXTURE.read_bytes()),
        cwd=ROOT,
        check=True,
        capture_output=True,
    )
    result = json.loads(done.stdout)
    assert result["compared"] >= 200 and result["wrong"] == []
    small = [item["canvas"] for item in drawings.read() if item["canvas"].shape == (28, 28)]
    expected = [hashlib.sha256(canvas_of(pixels).tobytes()).hexdigest() for pixels in small]
    assert len(expected) > 20 and result["blown_up"] == expected


@settings(max_examples=60, deadline=None)
@given(arrays(np.uint8, st.tuples(st.integers(1, 60), st.integers(1, 60))))
def test_any_canvas_gives_a_picture_or_is_blank(canvas: np.ndarray) -> None:
    seen = preprocess(canvas)
    assert seen.pixels.shape == (28, 28) and seen.pixels.dtype == np.uint8
    bright = 2 * np.count_nonzero(canvas >= 128) > canvas.size
    assert seen.is_blank == bool((255 - canvas if bright else canvas).max() < FAINTEST)
    assert seen.is_blank == (seen.note == "draw a digit") == (not seen.pixels.any())
    assert seen.is_blank or max(box(seen.pixels)) <= 20
    assert seen.floats().shape == (1, 1, 28, 28) and seen.floats().max() <= 1


@settings(max_examples=60, deadline=None)
@given(*[st.integers(1, 150)] * 2, *[st.integers(0, 130)] * 2, st.integers(FAINTEST, 255))
def test_a_solid_box_is_twenty_long_and_centred(h: int, w: int, y: int, x: int, ink: int) -> None:
    canvas = np.zeros((PAD_SIZE, PAD_SIZE), np.uint8)
    canvas[y : y + h, x : x + w] = ink
    seen = preprocess(canvas).pixels
    longest = max(h, w)
    assert box(seen) == tuple(max(1, int(side * 20 / longest + 0.5)) for side in (h, w))
    for axis in (0, 1):
        middle = float(np.flatnonzero(seen.any(1 - axis)).mean())
        assert abs(middle - 13.5) <= 0.5
    assert seen[seen > 0].min() == seen.max() == ink


@settings(max_examples=40, deadline=None)
@given(st.integers(0, 60), st.integers(0, 60), st.integers(0, 400))
def test_the_place_on_the_pad_does_not_matter(mnist: Dataset, y: int, x: int, index: int) -> None:
    digit = resize(mnist.test.pixels[index], 200, 200)
    here, there = np.zeros((2, 300, 300), np.uint8)
    here[5:205, 5:205] = digit
    there[5 + y : 205 + y, 5 + x : 205 + x] = digit
    assert np.array_equal(preprocess(here).pixels, preprocess(there).pixels)


def test_digits_are_twenty_high_and_centred_by_mass(mnist: Dataset) -> None:
    for pixels in mnist.test.pixels[:50]:
        seen = preprocess(canvas_of(pixels)).pixels.astype(float)
        assert 19 <= max(box(seen > 10)) <= 20
        centre = (
            seen.sum(1) @ np.arange(28) / seen.sum(),
            seen.sum(0) @ np.arange(28) / seen.sum(),
        )
        assert max(abs(c - 13.5) for c in centre) <= 0.5 + 1e-9


def test_a_test_image_comes_back_from_the_pad_nearly_unchanged(mnist: Dataset) -> None:
    """Up to a pixel: MNIST's own centres of mass lie around 14.0, ours at most 0.5 from 13.5."""
    for pixels in mnist.test.pixels[:50].astype(int):
        back = preprocess(canvas_of(pixels.astype(np.uint8))).pixels.astype(int)
        moves = [(y, x) for y in (-1, 0, 1) for x in (-1, 0, 1)]
        assert min(np.abs(np.roll(back, by, (0, 1)) - pixels).mean() for by in moves) < 16


def test_small_pictures_are_answered_as_they_are(mnist: Dataset) -> None:
    """28×28 pictures as MNIST has them, either way round: ≥ 98 % right."""
    classifier = load_models(MODELS_DIR).classifiers["before"]
    for turn in (0, 255):
        seen = [preprocess(np.abs(turn - p.astype(int)).astype(np.uint8)) for p in few(mnist)]
        answers = classifier(np.concatenate([drawing.floats() for drawing in seen]))[1].argmax(1)
        assert np.mean(answers == mnist.test.labels[:500]) >= 0.98


def few(mnist: Dataset) -> np.ndarray:
    """The first 500 test images."""
    return mnist.test.pixels[:500]


def test_dark_on_bright_is_inverted_and_said(mnist: Dataset) -> None:
    canvas = canvas_of(mnist.test.pixels[0])
    light = preprocess(255 - canvas)
    assert np.array_equal(light.pixels, preprocess(canvas).pixels)
    assert "inverted" in light.note


def test_odd_drawings_are_explained() -> None:
    canvas = np.zeros((280, 280), np.uint8)
    assert preprocess(canvas).is_blank
    canvas[100:110, 100:110] = 255
    assert "only a dot" in preprocess(canvas).note
    canvas[0:200, 30:40] = 255
    assert "touches the edge" in preprocess(canvas).note
    with pytest.raises(ValueError, match="uint8"):
        preprocess(canvas.astype(float))


def test_blown_up_test_digits_are_still_recognised(mnist: Dataset) -> None:
    """1,000 digits, 90 to 240 pixels high, anywhere on the pad, through the PNG: ≥ 98 % right."""
    from benchmarks.paste import accuracy

    assert accuracy(load_models(MODELS_DIR).classifiers["before"], mnist.test, 1000) >= 0.98


def test_png_round_trip_and_empty(mnist: Dataset) -> None:
    canvas = canvas_of(mnist.test.pixels[3])
    assert np.array_equal(decode_png(png_url(canvas)), canvas)
    assert not decode_png(None).any() and not decode_png("").any()


def url(image: Image.Image, kind: str = "PNG", prefix: str = PREFIX) -> str:
    buffer = io.BytesIO()
    image.save(buffer, kind)
    return prefix + base64.b64encode(buffer.getvalue()).decode()


def chunk(kind: bytes, data: bytes) -> bytes:
    """One chunk of a PNG, with its checksum."""
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def crafted(width: int, height: int, depth: int = 8, extra: bytes = b"") -> str:
    """A PNG that claims this size, whatever its data hold."""
    header = chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, depth, 0, 0, 0, 0))
    body = chunk(b"IDAT", zlib.compress(b"\0" * 281 * 280)) + chunk(b"IEND", b"")
    data = b"\x89PNG\r\n\x1a\n" + header + extra + body
    return PREFIX + base64.b64encode(data).decode()


@pytest.mark.parametrize(
    "value",
    [
        7,
        b"data:image/png;base64,",
        ["x"],
        {"a": 1},
        True,
        "data:image/png;base64,%%%",
        "data:image/svg+xml;base64,PHN2Zy8+",
        PREFIX + "A" * MAX_URL,
        PREFIX + base64.b64encode(b"\x89PNG\r\n\x1a\n").decode(),
        url(Image.new("L", (281, 280))),
        url(Image.new("L", (28, 28))),
        url(Image.new("L", (280, 280)), "JPEG"),
        url(Image.new("L", (20_000, 20_000))),
        crafted(5_000, 5_000),
        crafted(20_000, 20_000),
        crafted(2**31 - 1, 2**31 - 1),
        crafted(0, 280),
        crafted(280, 280, depth=7),
        crafted(280, 280, extra=chunk(b"zTXt", b"a\0\0" + zlib.compress(bytes(10**7)))),
    ],
    ids=range(19),
)
def test_what_is_not_a_drawing_is_refused_with_one_sentence(value: object) -> None:
    with pytest.raises(ValueError, match="^expected a PNG data URL of 280×280"):
        decode_png(value)


@pytest.mark.parametrize("mode", ["L", "RGB", "RGBA", "P", "1", "LA", "I;16"])
def test_png_modes_do_not_matter(mode: str) -> None:
    image = Image.new(mode, (280, 280))
    assert decode_png(url(image)).shape == (PAD_SIZE, PAD_SIZE)


def test_an_animated_png_is_its_first_picture() -> None:
    first, second = Image.new("L", (280, 280), 90), Image.new("L", (280, 280), 200)
    buffer = io.BytesIO()
    first.save(buffer, "PNG", save_all=True, append_images=[second])
    value = PREFIX + base64.b64encode(buffer.getvalue()).decode()
    assert (decode_png(value) == 90).all()


PACKED = zlib.compress(bytes(1_000_000), 9)
EXTRA = {
    "packed text": [chunk(b"zTXt", b"k\0\0" + PACKED)] * 45,
    "text": [chunk(b"tEXt", b"k\0v")],
    "packed international text": [chunk(b"iTXt", b"k\0\1\0\0\0" + PACKED)],
    "colour profile": [chunk(b"iCCP", b"k\0\0" + PACKED)],
    "unknown": [chunk(b"abCd", b"")],
    "many pieces": [chunk(b"gAMA", b"\0\0\0\1")] * 500,
    "a length beyond the end": [struct.pack(">I", 2**31 - 1) + b"IDAT"],
}


@pytest.mark.parametrize("pieces", EXTRA.values(), ids=EXTRA)
def test_what_a_drawing_never_holds_is_refused_before_it_is_unpacked(pieces: list[bytes]) -> None:
    buffer = io.BytesIO()
    Image.fromarray(np.zeros((280, 280), np.uint8)).save(buffer, "PNG")
    data = buffer.getvalue()
    value = PREFIX + base64.b64encode(data[:33] + b"".join(pieces) + data[33:]).decode()
    decode_png(PREFIX + base64.b64encode(data).decode())
    start = time.thread_time()
    with pytest.raises(ValueError, match="expected a PNG data URL"):
        decode_png(value)
    assert time.thread_time() - start < 0.03


def test_a_drawing_whose_pixels_never_end_takes_no_longer() -> None:
    size = struct.pack(">IIBBBBB", 280, 280, 8, 0, 0, 0, 0)
    pixels = zlib.compress(bytes(40_000_000), 9)[:45_000]
    data = b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", size) + chunk(b"IDAT", pixels)
    start = time.thread_time()
    decode_png(PREFIX + base64.b64encode(data + chunk(b"IEND", b"")).decode())
    assert time.thread_time() - start < 0.1


def test_sixteen_bits_and_transparency_keep_their_grey() -> None:
    deep = Image.fromarray(np.full((280, 280), 40_000, np.uint16))
    assert (decode_png(url(deep)) == 40_000 >> 8).all()
    clear = np.zeros((280, 280, 4), np.uint8)  # nothing drawn: no ink, whatever lies under it
    clear[..., :3] = 255
    assert preprocess(decode_png(url(Image.fromarray(clear)))).is_blank
    assert preprocess(decode_png(url(Image.new("RGBA", (280, 280))))).is_blank


def test_decoding_leaves_the_filters_of_warnings_alone(
    mnist: Dataset, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """They belong to the process: two threads that change and restore them undo each other."""

    def refuse(*_: object, **__: object) -> None:
        raise AssertionError("changed the filters of the whole process")

    value = png_url(canvas_of(mnist.test.pixels[0]))
    Image.fromarray(mnist.test.pixels[0]).save(tmp_path / "seven.png")
    with monkeypatch.context() as patch:
        for name in ("catch_warnings", "simplefilter", "filterwarnings"):
            patch.setattr(warnings, name, refuse)
        assert decode_png(value).any()
        assert read_picture(tmp_path / "seven.png").grey.any()


@settings(max_examples=200, deadline=None)
@given(st.lists(st.tuples(st.integers(8, 60), st.integers(0, 255)), min_size=1, max_size=4))
def test_a_damaged_header_is_refused_or_read(changes: list[tuple[int, int]]) -> None:
    data = bytearray(base64.b64decode(png_url(np.zeros((280, 280), np.uint8))[len(PREFIX) :]))
    for at, value in changes:
        data[at] = value
    data[29:33] = struct.pack(">I", zlib.crc32(bytes(data[12:29])))
    try:
        assert decode_png(PREFIX + base64.b64encode(data).decode()).shape == (280, 280)
    except ValueError as error:
        assert str(error).startswith("expected a PNG data URL")


def test_a_png_cut_off_anywhere_is_refused(mnist: Dataset) -> None:
    data = base64.b64decode(png_url(canvas_of(mnist.test.pixels[0])).removeprefix(PREFIX))
    for end in range(0, len(data) - 12, max(1, len(data) // 60)):
        with pytest.raises(ValueError):
            decode_png(PREFIX + base64.b64encode(data[:end]).decode())


@settings(max_examples=100, deadline=None)
@given(st.binary(max_size=200))
def test_random_bytes_are_refused(data: bytes) -> None:
    with pytest.raises(ValueError):
        decode_png(PREFIX + base64.b64encode(data).decode())
