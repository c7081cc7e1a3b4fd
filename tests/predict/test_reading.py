"""A picture is read as a person would read it; what is right already keeps its pixels."""

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from forgetdemo.data import Dataset
from forgetdemo.predict.picture import picture_of
from forgetdemo.predict.preprocess import canvas_of, decode_png, png_url, preprocess
from forgetdemo.predict.reading import (
    MOST,
    Reading,
    read,
    read_digit,
    reading_of,
    write_steps,
)
from tests.helpers.pictures import (
    KINDS,
    NO_DIGITS,
    Made,
    enlarged,
    noisy,
    painted,
    picture,
    several,
)

RNG = np.random.default_rng


def reading(values: np.ndarray) -> Reading:
    return reading_of(picture_of(picture(values)))


def test_black_and_white_keeps_every_pixel(mnist: Dataset) -> None:
    """So do the pad's own drawings, which do not come this way."""
    for digit in mnist.test.pixels[:60]:
        for canvas in (digit, canvas_of(digit), 255 - digit, 255 - canvas_of(digit)):
            found = reading(canvas.astype(float))
            wanted = preprocess(decode_png(png_url(canvas)) if canvas.shape[0] == 280 else canvas)
            assert np.array_equal(found.digits[0].drawing.pixels, wanted.pixels)
            assert (len(found.digits), found.digits[0].fault, found.quality) == (1, "", 1)


def test_a_ground_changes_pixels_little(mnist: Dataset) -> None:
    alike = []
    for digit in mnist.test.pixels[:20]:
        ink = enlarged(digit, 280)
        clean = preprocess(np.round(255 * ink).astype(np.uint8)).pixels
        on_grey = reading(painted(ink, 220, 0)).digits[0].drawing.pixels
        alike.append(np.corrcoef(on_grey.ravel(), clean.ravel())[0, 1])
    assert np.median(alike) > 0.98 and min(alike) > 0.8


def test_quality_falls_with_noise_contrast_and_size(mnist: Dataset) -> None:
    def quality(sigma: float, colour: float, side: int) -> float:
        values = painted(enlarged(mnist.test.pixels[0], side), 230, colour)
        return reading(noisy(values, RNG(0), sigma)).quality

    for falling in (
        [quality(sigma, 30, 140) for sigma in (2, 8, 16, 32)],
        [quality(2, colour, 140) for colour in (30, 120, 180, 205)],
        [quality(2, 30, side) for side in (140, 20, 12)],
    ):
        assert all(one > next_one for one, next_one in zip(falling, falling[1:], strict=False))
        assert 0 < falling[-1] < falling[0] <= 1


@pytest.mark.parametrize("count", [2, 3, 5])
def test_several_digits_are_told_apart_from_left_to_right(count: int, mnist: Dataset) -> None:
    chosen = mnist.test.pixels[10 : 10 + count]
    found = reading_of(picture_of(several(list(chosen), RNG(count)).image))
    assert len(found.digits) == count
    for digit, pixels in zip(found.digits, chosen, strict=True):
        alone = preprocess(canvas_of(pixels)).pixels.astype(float).ravel()
        assert np.corrcoef(digit.drawing.pixels.ravel(), alone)[0, 1] > 0.9


def test_more_pieces_than_anybody_asks_about_are_refused(mnist: Dataset) -> None:
    many = np.tile(enlarged(mnist.test.pixels[0], 40), (4, 6))
    with pytest.raises(ValueError, match=f"24 pieces of ink found; give .* at most {MOST} digits"):
        reading(painted(many, 255, 0))


@pytest.mark.parametrize("kind", NO_DIGITS)
def test_what_is_no_digit_is_none(kind: str) -> None:
    for seed in range(6):
        found = reading_of(picture_of(NO_DIGITS[kind](RNG(seed)).image))
        assert all(digit.fault for digit in found.digits), (kind, seed)
        assert found.digits or found.ink.max() == 0


def test_notes_say_what_was_done(mnist: Dataset) -> None:
    values = painted(enlarged(mnist.test.pixels[0], 280), 240, 20)
    values[40:42] = values[240:242] = 120
    values[5:9, 5:9] = 20
    note = reading(values).note
    assert note == (
        "dark ink on a bright ground: inverted; 2 straight lines left out; specks left out"
    )


def test_one_digit_is_asked_for(tmp_path: Path, mnist: Dataset) -> None:
    def file(name: str, made: Made) -> Path:
        (tmp_path / name).write_bytes(made.data())
        return tmp_path / name

    one, two = mnist.test.pixels[:2]
    assert not read_digit(file("one.png", KINDS["pencil"].make(one, RNG(0)))).is_blank
    with pytest.raises(ValueError, match="two.png: 2 digits found; give a picture of one"):
        read_digit(file("two.png", several([one, two], RNG(0))))
    with pytest.raises(ValueError, match="none.png: no digits found"):
        read_digit(file("none.png", NO_DIGITS["grey"](RNG(0))))
    with pytest.raises(ValueError, match="blot.png: a blot"):
        read_digit(file("blot.png", NO_DIGITS["blot"](RNG(0))))


def test_steps_are_written_for_people(tmp_path: Path, mnist: Dataset) -> None:
    made = several(list(mnist.test.pixels[:2]), RNG(1))
    (tmp_path / "two.png").write_bytes(made.data())
    found = read(tmp_path / "two.png")
    files = write_steps(found, tmp_path / "steps")
    assert [file.name for file in files] == [
        *("1-picture.png", "2-ink.png", "3-digit-1.png", "3-digit-2.png")
    ]
    with Image.open(files[1]) as ink:
        assert np.array_equal(np.asarray(ink), found.ink)
    with Image.open(files[2]) as digit:
        assert np.array_equal(np.asarray(digit)[::10, ::10], found.digits[0].drawing.pixels)
    assert write_steps(found, tmp_path / "steps") == files, "files of these names are replaced"
