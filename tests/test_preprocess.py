"""Drawings become MNIST pictures: centred, blank-aware, equal in Python and JavaScript."""

import base64
import gzip
import io
import json
import shutil
import subprocess
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from PIL import Image

from forgetdemo.config import MODELS_DIR, ROOT
from forgetdemo.data import Dataset
from forgetdemo.inference import load_models
from forgetdemo.preprocess import (
    MAX_URL,
    PAD_SIZE,
    PREFIX,
    canvas_of,
    decode_png,
    png_url,
    preprocess,
    read_image,
    resize,
)
from tests import drawings


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
    assert node, "Node.js is needed to compare web/preprocess.js: install nodejs"
    done = subprocess.run(
        [node, "tests/fixtures_in_node.js"],
        input=gzip.decompress(drawings.FIXTURE.read_bytes()),
        cwd=ROOT,
        check=True,
        capture_output=True,
    )
    result = json.loads(done.stdout)
    assert result["compared"] >= 200 and result["wrong"] == []


@settings(max_examples=60, deadline=None)
@given(arrays(np.uint8, st.tuples(st.integers(1, 60), st.integers(1, 60))))
def test_any_canvas_gives_a_picture_or_is_blank(canvas: np.ndarray) -> None:
    seen = preprocess(canvas)
    assert seen.pixels.shape == (28, 28) and seen.pixels.dtype == np.uint8
    assert seen.is_blank == (seen.note == "draw a digit")
    assert seen.is_blank or max(box(seen.pixels)) <= 20
    assert seen.floats().shape == (1, 1, 28, 28) and seen.floats().max() <= 1


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
    ],
    ids=range(13),
)
def test_what_is_not_a_drawing_is_refused_with_one_sentence(value: object) -> None:
    with pytest.raises(ValueError, match="^expected a PNG data URL of 280×280"):
        decode_png(value)


@pytest.mark.parametrize("mode", ["L", "RGB", "RGBA", "P", "1", "LA", "I;16"])
def test_png_modes_do_not_matter(mode: str) -> None:
    image = Image.new(mode, (280, 280))
    assert decode_png(url(image)).shape == (PAD_SIZE, PAD_SIZE)


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


def test_picture_files(tmp_path: Path, mnist: Dataset) -> None:
    pixels = mnist.test.pixels[0]
    Image.fromarray(pixels).save(tmp_path / "seven.png")
    assert np.array_equal(read_image(tmp_path / "seven.png"), pixels)
    ink = Image.fromarray(np.dstack([np.full_like(pixels, 255)] * 3 + [pixels]))
    ink.save(tmp_path / "clear.png")
    assert np.abs(read_image(tmp_path / "clear.png").astype(int) - pixels).max() <= 1
    (tmp_path / "notes.png").write_text("not a picture")
    with pytest.raises(ValueError, match=r"notes.png is not a picture"):
        read_image(tmp_path / "notes.png")
    Image.new("L", (5000, 10)).save(tmp_path / "wide.png")
    with pytest.raises(ValueError, match="larger than"):
        read_image(tmp_path / "wide.png")
    with pytest.raises(FileNotFoundError, match="nothing.png not found"):
        read_image(tmp_path / "nothing.png")
