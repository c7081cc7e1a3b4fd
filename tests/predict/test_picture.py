"""Files of every kind come out as the grey values that people see, or as one sentence."""

import struct
import zlib
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from forgetdemo.data import Dataset
from forgetdemo.predict import picture
from forgetdemo.predict.picture import WORK, read_picture
from forgetdemo.predict.preprocess import preprocess
from tests.helpers.pictures import cut_out


def saved(pixels: np.ndarray, path: Path) -> Path:
    Image.fromarray(pixels).save(path)
    return path


def test_common_files_keep_every_pixel(tmp_path: Path, mnist: Dataset) -> None:
    pixels = mnist.test.pixels[0]
    assert np.array_equal(read_picture(saved(pixels, tmp_path / "seven.png")).grey, pixels)
    exif = Image.Exif()
    exif[0x0112] = 3  # taken upside down
    Image.fromarray(pixels[::-1, ::-1]).save(tmp_path / "turned.png", exif=exif)
    assert np.array_equal(read_picture(tmp_path / "turned.png").grey, pixels)
    Image.fromarray(pixels).convert("CMYK").save(tmp_path / "print.jpg")
    assert read_picture(tmp_path / "print.jpg").grey.shape == (28, 28)


@pytest.mark.parametrize("ink", [0, 40, 255])
def test_ink_on_nothing_is_laid_on_what_shows_it(ink: int, tmp_path: Path, mnist: Dataset) -> None:
    pixels = mnist.test.pixels[0]
    file = saved(np.dstack([np.full_like(pixels, ink)] * 3 + [pixels]), tmp_path / "clear.png")
    seen = preprocess(read_picture(file).grey).pixels.astype(int)
    strength = max(ink, 255 - ink) / 255
    assert np.abs(seen - preprocess(pixels).pixels * strength).max() <= 12


def test_nothing_at_all_and_a_sheet_on_nothing(tmp_path: Path, mnist: Dataset) -> None:
    clear = np.zeros((30, 30, 4), np.uint8)
    clear[..., :3] = 255
    assert np.ptp(read_picture(saved(clear, tmp_path / "nothing.png")).grey) == 0
    made = cut_out(mnist.test.pixels[0], np.random.default_rng(0))
    (tmp_path / "sheet.png").write_bytes(made.data())
    grey = read_picture(tmp_path / "sheet.png").grey
    assert grey[0, 0] == grey[45, 45] > 240, "nothing around the sheet is given its colour"


@pytest.mark.parametrize(
    ("values", "wanted", "note"),
    [
        (np.array([[0, 65_535]], np.uint16), [0, 255], ""),
        (np.array([[0, 4_095]], np.uint16), [0, 255], "values of 12 bits"),
        (np.array([[0, 1_023]], np.uint16), [0, 255], "values of 10 bits"),
        (np.array([[0, 255]], np.uint16), [0, 255], "values of 8 bits"),
        (np.array([[0, 1, 0.5]], np.float32), [0, 255, 127], "values from 0 to 1"),
        (np.array([[0, 200]], np.float32), [0, 200], ""),
        (np.array([[-3, 7, 2]], np.float32), [0, 255, 127], "values from -3 to 7"),
        (np.array([[0, 100_000]], np.int32), [0, 255], "values from 0 to 100000"),
        (np.array([[-5, -5]], np.int32), [0, 0], "values from -5 to -5"),
    ],
)
def test_deep_and_floating_values_are_scaled_and_said(
    values: np.ndarray, wanted: list[int], note: str, tmp_path: Path
) -> None:
    found = read_picture(saved(values, tmp_path / "deep.tiff"))
    assert (found.grey.tolist(), "; ".join(found.notes)) == ([wanted], note)
    assert found.colour.shape == (*values.shape, 1)


@pytest.mark.parametrize("value", [np.nan, np.inf])
def test_what_is_no_number_is_refused(value: float, tmp_path: Path) -> None:
    file = saved(np.array([[0, value]], np.float32), tmp_path / "odd.tiff")
    with pytest.raises(ValueError, match="odd.tiff holds values that are not numbers"):
        read_picture(file)


def test_of_several_pictures_in_a_file_the_first_is_read_and_said(tmp_path: Path) -> None:
    first, second = (Image.new("L", (20, 10), grey) for grey in (200, 3))
    first.save(tmp_path / "two.gif", save_all=True, append_images=[second])
    found = read_picture(tmp_path / "two.gif")
    assert (found.grey == 200).all() and "the first of several pictures" in found.notes[0]


@pytest.mark.parametrize(
    "values", [np.zeros((900, 1400), np.uint8), np.zeros((1400, 641), np.float32)]
)
def test_large_pictures_are_searched_small(values: np.ndarray, tmp_path: Path) -> None:
    found = read_picture(saved(values, tmp_path / "large.tiff"))
    assert found.grey.shape == values.shape and max(found.colour.shape) <= WORK
    assert found.colour.shape[0] / found.colour.shape[1] == pytest.approx(
        values.shape[0] / values.shape[1], rel=0.01
    )


def test_what_is_no_picture_is_one_sentence(
    tmp_path: Path, mnist: Dataset, monkeypatch: pytest.MonkeyPatch
) -> None:
    pixels = mnist.test.pixels[0]
    Image.fromarray(pixels).convert("RGB").save(tmp_path / "seven.eps")
    with pytest.raises(ValueError, match=r"seven.eps is not a picture"):
        read_picture(tmp_path / "seven.eps")
    whole = saved(pixels, tmp_path / "seven.png").read_bytes()
    (tmp_path / "half.png").write_bytes(whole[:-60])
    with pytest.raises(ValueError, match=r"half.png is not a picture"):
        read_picture(tmp_path / "half.png")
    (tmp_path / "notes.png").write_text("not a picture")
    with pytest.raises(ValueError, match=r"notes.png is not a picture"):
        read_picture(tmp_path / "notes.png")
    Image.new("L", (5000, 10)).save(tmp_path / "wide.png")
    with pytest.raises(ValueError, match="larger than"):
        read_picture(tmp_path / "wide.png")
    header = b"IHDR" + struct.pack(">IIBBBBB", 20_000, 20_000, 8, 0, 0, 0, 0)
    bomb = whole[:8] + struct.pack(">I", 13) + header + struct.pack(">I", zlib.crc32(header))
    (tmp_path / "bomb.png").write_bytes(bomb + whole[33:])
    with pytest.raises(ValueError, match="larger than 4096×4096"):
        read_picture(tmp_path / "bomb.png")
    with pytest.raises(FileNotFoundError, match="nothing.png not found"):
        read_picture(tmp_path / "nothing.png")
    with pytest.raises(FileNotFoundError, match="is a folder; give a picture"):
        read_picture(tmp_path)
    monkeypatch.setattr(picture, "MAX_BYTES", 10)
    with pytest.raises(ValueError, match="more than 10 bytes"):
        read_picture(tmp_path / "seven.png")
