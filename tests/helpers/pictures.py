"""Digits as people have them: on paper, on a board, in files of every kind.

`KINDS[name](digit, rng)` makes one picture of a 28×28 MNIST digit (white on black) and says in
which file it comes. Sizes vary within a kind, from 28 pixels to a photo's thousands.
"""

import io
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from PIL import Image, ImageDraw, ImageFilter

SIZES = (28, 56, 112, 280, 560)  # sides of a picture that holds one digit


@dataclass(frozen=True, eq=False)
class Made:
    """A picture, and how it is written to a file: Pillow's format and its settings."""

    image: Image.Image
    format: str = "PNG"
    settings: Mapping[str, Any] = field(default_factory=dict)

    def data(self) -> bytes:
        """The file's bytes."""
        buffer = io.BytesIO()
        self.image.save(buffer, self.format, **self.settings)
        return buffer.getvalue()


Maker = Callable[[np.ndarray, np.random.Generator], Made]


def enlarged(digit: np.ndarray, side: int) -> np.ndarray:
    """How much ink there is: (side, side) floats in [0, 1]."""
    if side == len(digit):
        return digit / 255.0
    picture = Image.fromarray(digit).resize((side, side), Image.Resampling.BICUBIC)
    return np.asarray(picture) / 255.0


def any_size(digit: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """A digit's ink at one of the sizes."""
    return enlarged(digit, int(rng.choice(SIZES)))


def on_page(digit: np.ndarray, rng: np.random.Generator, size: tuple[int, int]) -> np.ndarray:
    """A digit's ink somewhere on a page of (height, width)."""
    side = int(min(size) * rng.uniform(0.3, 0.6))
    page = np.zeros(size)
    y, x = (int(rng.integers(0, whole - side + 1)) for whole in size)
    page[y : y + side, x : x + side] = enlarged(digit, side)
    return page


def painted(ink: np.ndarray, ground: Any, colour: Any) -> np.ndarray:
    """Ink of a colour over a ground; both grey values, pictures, or colours: floats 0..255."""
    if np.ndim(ground) == 1 or np.ndim(colour) == 1 or np.ndim(ground) == 3:
        ink = ink[..., None]
    return np.asarray(ground, float) * (1 - ink) + np.asarray(colour, float) * ink


def noisy(values: np.ndarray, rng: np.random.Generator, sigma: float) -> np.ndarray:
    """With Gaussian noise of so many levels on every pixel."""
    return values + rng.normal(0, sigma, values.shape)


def picture(values: np.ndarray) -> Image.Image:
    """(H, W) or (H, W, 3) floats as a picture of 8 bits."""
    return Image.fromarray(np.clip(np.round(values), 0, 255).astype(np.uint8))


def places(shape: tuple[int, ...]) -> tuple[np.ndarray, np.ndarray]:
    """Rows (H, 1) and columns (1, W) of a picture, each from -1 to 1."""
    return np.linspace(-1, 1, shape[0])[:, None], np.linspace(-1, 1, shape[1])[None]


def ramp(shape: tuple[int, ...], rng: np.random.Generator, least: float) -> np.ndarray:
    """Light that falls off to one side: 1 down to `least`."""
    y, x = places(shape)
    angle = rng.uniform(0, 2 * np.pi)
    along = (np.cos(angle) * x + np.sin(angle) * y) / (abs(np.cos(angle)) + abs(np.sin(angle)))
    return 1 - (1 - least) * (along + 1) / 2


def shade(shape: tuple[int, ...], rng: np.random.Generator, least: float) -> np.ndarray:
    """A shadow with a soft edge over part of the picture: 1 and `least`."""
    y, x = places(shape)
    angle, soft = rng.uniform(0, 2 * np.pi), rng.uniform(0.05, 0.3)
    along = np.cos(angle) * x + np.sin(angle) * y - rng.uniform(-0.4, 0.4)
    return 1 - (1 - least) / (1 + np.exp(-along / soft))


def vignette(shape: tuple[int, ...], least: float) -> np.ndarray:
    """Corners darker than the middle: 1 down to `least`."""
    y, x = places(shape)
    return 1 - (1 - least) * (x * x + y * y) / 2


def scan(ground: float) -> Maker:
    """Black ink on paper of one grey."""
    return lambda digit, rng: Made(picture(painted(any_size(digit, rng), ground, 0)))


def noise(sigma: float) -> Maker:
    """Dark ink on bright paper, each pixel with noise."""

    def make(digit: np.ndarray, rng: np.random.Generator) -> Made:
        paper = painted(any_size(digit, rng), rng.uniform(215, 250), 20)
        return Made(picture(noisy(paper, rng, sigma)))

    return make


def lit(light: Callable[..., np.ndarray], *given: Any) -> Maker:
    """Dark ink on bright paper under uneven light."""

    def make(digit: np.ndarray, rng: np.random.Generator) -> Made:
        ink = any_size(digit, rng)
        uneven = (
            light(ink.shape, rng, *given) if light is not vignette else light(ink.shape, *given)
        )
        return Made(picture(noisy(painted(ink, 240, 30) * uneven, rng, 2)))

    return make


def ruled(colour: Any, *, grid: bool = False, tilt: float = 0.0) -> Maker:
    """Ink on lined or squared paper; `tilt`: degrees at most."""

    def make(digit: np.ndarray, rng: np.random.Generator) -> Made:
        size = int(rng.choice([112, 280, 560]))
        paper = Image.new("RGB", (2 * size, 2 * size), (250, 250, 246))
        pen, step = ImageDraw.Draw(paper), size * rng.uniform(0.1, 0.3)
        thick = max(1, size // 140)
        for at in np.arange(rng.uniform(0, step), 2 * size, step):
            pen.line((0, at, 2 * size, at), fill=colour, width=thick)
            if grid:
                pen.line((at, 0, at, 2 * size), fill=colour, width=thick)
        turned = paper.rotate(rng.uniform(-tilt, tilt), Image.Resampling.BICUBIC)
        near = turned.crop((size // 2, size // 2, size // 2 + size, size // 2 + size))
        ink = enlarged(digit, size)
        return Made(picture(noisy(painted(ink, np.asarray(near), (30, 32, 60)), rng, 2)))

    return make


def chalk(digit: np.ndarray, rng: np.random.Generator) -> Made:
    """White chalk with gaps in it on a green, wiped board."""
    size = int(rng.choice([112, 280, 560]))
    ink = enlarged(digit, size)
    coarse = rng.uniform(0, 1, (size // 2, size // 2))
    grain = np.asarray(Image.fromarray((255 * coarse).astype(np.uint8)).resize((size, size))) / 255
    ink = ink * (0.55 + 0.45 * grain)
    wiped = Image.fromarray(rng.integers(0, 256, (8, 8)).astype(np.uint8))
    smear = np.asarray(wiped.resize((size, size), Image.Resampling.BICUBIC))[..., None] / 255
    board = np.array([38, 62, 50]) + 22 * smear
    return Made(picture(noisy(painted(ink, board, (232, 232, 224)), rng, 4)), "JPEG")


def dust(digit: np.ndarray, rng: np.random.Generator) -> Made:
    """Specks all over white paper."""
    size = int(rng.choice([112, 280, 560]))
    ink = painted(enlarged(digit, size), 255, 0)
    pen_on = picture(ink)
    pen = ImageDraw.Draw(pen_on)
    for _ in range(int(rng.integers(5, 25))):
        x, y = rng.integers(0, size, 2)
        r = rng.uniform(0, size / 120)
        pen.ellipse((x - r, y - r, x + r, y + r), fill=int(rng.integers(0, 120)))
    return Made(pen_on)


def border(digit: np.ndarray, rng: np.random.Generator) -> Made:
    """A frame around the digit, at the edge or a little inside it."""
    size = int(rng.choice([112, 280, 560]))
    framed = picture(painted(enlarged(digit, size), rng.choice([255, 240]), 0))
    inset, thick = int(size * rng.choice([0, 0.02, 0.04])), max(1, int(size * rng.uniform(0, 0.03)))
    box = (inset, inset, size - 1 - inset, size - 1 - inset)
    ImageDraw.Draw(framed).rectangle(box, outline=int(rng.integers(0, 80)), width=thick)
    return Made(framed)


def tight(ground: float, colour: float) -> Maker:
    """Cut to the ink."""

    def make(digit: np.ndarray, rng: np.random.Generator) -> Made:
        rows, columns = (np.flatnonzero((digit > 10).any(axis)) for axis in (1, 0))
        part = digit[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1]
        times = int(rng.choice([1, 4, 10]))
        big = Image.fromarray(part).resize(
            (part.shape[1] * times, part.shape[0] * times), Image.Resampling.BICUBIC
        )
        return Made(picture(painted(np.asarray(big) / 255, ground, colour)))

    return make


def flat(ground: Any, colour: Any, sigma: float = 0, **settings: Any) -> Maker:
    """Ink of one colour on a ground of another; `settings` of the file, PNG if none."""

    def make(digit: np.ndarray, rng: np.random.Generator) -> Made:
        made = picture(noisy(painted(any_size(digit, rng), ground, colour), rng, sigma))
        return Made(made, "JPEG" if settings else "PNG", settings)

    return make


def transparent(colour: tuple[int, int, int]) -> Maker:
    """Ink on nothing."""

    def make(digit: np.ndarray, rng: np.random.Generator) -> Made:
        ink = np.round(255 * any_size(digit, rng)).astype(np.uint8)
        return Made(Image.fromarray(np.dstack([np.full_like(ink, c) for c in colour] + [ink])))

    return make


def cut_out(digit: np.ndarray, rng: np.random.Generator) -> Made:
    """A sheet of paper with ink, on nothing."""
    paper = picture(painted(enlarged(digit, 200), (250, 250, 245), (20, 20, 60))).convert("RGBA")
    whole = Image.new("RGBA", (280, 280), (0, 0, 0, 0))
    whole.paste(paper, (40, 40))
    return Made(whole)


def palette(digit: np.ndarray, rng: np.random.Generator) -> Made:
    """A GIF of few colours."""
    made = picture(painted(any_size(digit, rng), (255, 255, 255), (20, 60, 160)))
    return Made(made.quantize(16), "GIF")


def rotated(digit: np.ndarray, rng: np.random.Generator) -> Made:
    """Lying on its side, and the file says so."""
    made = picture(painted(any_size(digit, rng), 255, 0)).convert("RGB")
    orientation, turn = [(3, 180), (6, 90), (8, 270)][int(rng.integers(3))]
    exif = Image.Exif()
    exif[0x0112] = orientation
    return Made(made.rotate(turn, expand=True), "JPEG", {"exif": exif, "quality": 95})


def cmyk(digit: np.ndarray, rng: np.random.Generator) -> Made:
    """As printers want it."""
    made = picture(painted(any_size(digit, rng), (255, 255, 255), (10, 10, 40)))
    return Made(made.convert("CMYK"), "JPEG", {"quality": 95})


def deep(bits: int, kind: str = "TIFF") -> Maker:
    """Values of so many bits in words of 16."""

    def make(digit: np.ndarray, rng: np.random.Generator) -> Made:
        values = painted(any_size(digit, rng), 0.95, 0.05) * (2**bits - 1)
        return Made(Image.fromarray(values.astype(np.uint16)), kind)

    return make


def floating(digit: np.ndarray, rng: np.random.Generator) -> Made:
    """Floats from 0 to 1 in a TIFF."""
    return Made(Image.fromarray(painted(any_size(digit, rng), 0.9, 0.1).astype(np.float32)), "TIFF")


def one_bit(digit: np.ndarray, rng: np.random.Generator) -> Made:
    """Black or white, as a fax has it."""
    ink = any_size(digit, rng)
    return Made(Image.fromarray(ink < 0.5))


def combined(digit: np.ndarray, rng: np.random.Generator) -> Made:
    """Uneven light, noise, a low quality of JPEG."""
    ink = enlarged(digit, int(rng.choice([112, 280, 560])))
    light = ramp(ink.shape, rng, 0.75)
    made = picture(noisy(painted(ink, 235, 40) * light, rng, 8))
    return Made(made, "JPEG", {"quality": 40})


def photo(digit: np.ndarray, rng: np.random.Generator) -> Made:
    """A large photo of a sheet: a small digit, uneven light, noise, JPEG."""
    shape = (3000, 2000) if rng.random() < 0.5 else (2000, 3000)
    light = vignette(shape, 0.7) * ramp(shape, rng, 0.85)
    values = painted(on_page(digit, rng, shape), 225, 50) * light
    grain = rng.normal(0, 8, (500, 500))
    values += np.tile(grain, (6, 6))[: shape[0], : shape[1]]
    return Made(picture(values), "JPEG", {"quality": 80})


def page(digit: np.ndarray, rng: np.random.Generator) -> Made:
    """Somewhere on a scanned page."""
    return Made(picture(noisy(painted(on_page(digit, rng, (640, 480)), 244, 40), rng, 3)), "JPEG")


def pencil(digit: np.ndarray, rng: np.random.Generator) -> Made:
    """Little contrast."""
    ink = any_size(digit, rng)
    return Made(picture(noisy(painted(ink, 225, rng.uniform(150, 180)), rng, 4)))


def ballpoint(digit: np.ndarray, rng: np.random.Generator) -> Made:
    """A thin blue line on coloured paper."""
    ink = thinner(enlarged(digit, 280), 11)
    paper = [(250, 250, 240), (255, 243, 190), (252, 222, 226), (214, 240, 214)][rng.integers(4)]
    return Made(picture(noisy(painted(ink, paper, (48, 62, 170)), rng, 3)), "JPEG")


def thinner(ink: np.ndarray, width: int) -> np.ndarray:
    """Less ink on every side; `width` odd, in pixels. Softened again."""
    less = Image.fromarray((255 * ink).astype(np.uint8)).filter(ImageFilter.MinFilter(width))
    return np.asarray(less.filter(ImageFilter.GaussianBlur(1))) / 255


def thick(digit: np.ndarray, rng: np.random.Generator) -> Made:
    """A broad pen on grey paper."""
    more = Image.fromarray((255 * enlarged(digit, 280)).astype(np.uint8))
    ink = np.asarray(more.filter(ImageFilter.MaxFilter(13))) / 255
    return Made(picture(noisy(painted(ink, 230, 20), rng, 3)))


def thin(digit: np.ndarray, rng: np.random.Generator) -> Made:
    """A fine pen on grey paper."""
    return Made(picture(noisy(painted(thinner(enlarged(digit, 280), 9), 230, 20), rng, 3)))


def tiny(digit: np.ndarray, rng: np.random.Generator) -> Made:
    """20×20 pixels."""
    return Made(picture(painted(enlarged(digit, 20), 230, 20)))


def edge(digit: np.ndarray, rng: np.random.Generator) -> Made:
    """A scan with the dark edge of the lid on one or two sides."""
    values = painted(enlarged(digit, 280), 245, 20)
    for side in rng.choice(4, int(rng.integers(1, 3)), replace=False):
        np.rot90(values, side)[: int(rng.integers(3, 14))] = rng.uniform(20, 90)
    return Made(picture(noisy(values, rng, 2)))


def frames(digit: np.ndarray, rng: np.random.Generator) -> Made:
    """The first of two pictures."""
    made = picture(painted(any_size(digit, rng), 255, 0))
    return Made(made, "GIF", {"save_all": True, "append_images": [Image.new("L", made.size)]})


@dataclass(frozen=True)
class Kind:
    """Pictures of one kind; of 100 test digits at least `goal` are to be read rightly."""

    make: Maker
    goal: int


def _kinds() -> dict[str, Kind]:
    found = {f"paper of grey {g}": Kind(scan(g), 97) for g in (255, 250, 245, 244, 230, 215, 200)}
    found |= {f"noise of {s} levels": Kind(noise(s), 95) for s in (3, 5, 10)}
    found |= {
        "light from one side": Kind(lit(ramp, 0.8), 90),
        "light from one side, more": Kind(lit(ramp, 0.6), 90),
        "shadow": Kind(lit(shade, 0.8), 90),
        "shadow, more": Kind(lit(shade, 0.65), 90),
        "dark corners": Kind(lit(vignette, 0.6), 90),
        "lined paper, blue": Kind(ruled((150, 180, 225)), 85),
        "lined paper, dark": Kind(ruled((110, 110, 120)), 85),
        "lined paper, tilted": Kind(ruled((140, 170, 215), tilt=2), 85),
        "squared paper": Kind(ruled((165, 190, 220), grid=True), 85),
        "chalk on a board": Kind(chalk, 90),
        "dust": Kind(dust, 95),
        "frame": Kind(border, 95),
        "dark edge of a scan": Kind(edge, 95),
        "cut to the ink, dark on white": Kind(tight(255, 0), 95),
        "cut to the ink, white on black": Kind(tight(0, 255), 95),
        "cut to the ink, grey paper": Kind(tight(225, 30), 95),
        "white on grey": Kind(flat(128, 255), 95),
        "white on dark, scan inverted": Kind(flat(30, 235, 3), 95),
        "pencil": Kind(pencil, 90),
        "blue ballpoint, coloured paper": Kind(ballpoint, 90),
        "sepia": Kind(flat((222, 196, 150), (92, 60, 30), 3), 95),
        "red on green": Kind(flat((120, 200, 120), (230, 60, 60), 2), 95),
        "yellow on white": Kind(flat((255, 255, 255), (255, 230, 0)), 95),
        "broad pen": Kind(thick, 90),
        "fine pen": Kind(thin, 90),
        "20×20 pixels": Kind(tiny, 95),
        "a page of 640×480": Kind(page, 95),
        "photo of 2000×3000": Kind(photo, 90),
        "light, noise and JPEG": Kind(combined, 90),
        "JPEG of quality 30": Kind(flat(255, 0, quality=30), 95),
        "JPEG of quality 95": Kind(flat(255, 0, quality=95), 96),
        "coloured ink": Kind(flat((255, 255, 255), (200, 30, 40)), 96),
        "transparent, black ink": Kind(transparent((0, 0, 0)), 96),
        "transparent, white ink": Kind(transparent((255, 255, 255)), 96),
        "transparent, blue ink": Kind(transparent((32, 60, 170)), 96),
        "a cut-out sheet": Kind(cut_out, 95),
        "palette": Kind(palette, 96),
        "turned, EXIF says how": Kind(rotated, 96),
        "CMYK": Kind(cmyk, 96),
        "one bit": Kind(one_bit, 96),
        "16 bits": Kind(deep(16, "PNG"), 96),
        "12 bits in 16": Kind(deep(12), 96),
        "8 bits in 16": Kind(deep(8), 96),
        "floats from 0 to 1": Kind(floating, 96),
        "first of several frames": Kind(frames, 96),
    }
    return found


KINDS = _kinds()


def several(digits: Sequence[np.ndarray], rng: np.random.Generator) -> Made:
    """Digits in a row on paper, a little up and down, in a row's size each."""
    side = 120
    page = np.zeros((200, side * len(digits) + 40))
    for place, digit in enumerate(digits):
        top, left = int(rng.integers(20, 60)), 20 + side * place
        page[top : top + side, left : left + side] = enlarged(digit, side)
    return Made(picture(noisy(painted(page, 236, 40), rng, 3)))


def scribble(rng: np.random.Generator) -> Made:
    """Twenty strokes to and fro."""
    made = Image.new("L", (280, 280), 235)
    points = [tuple(at) for at in rng.uniform(30, 250, (21, 2))]
    ImageDraw.Draw(made).line(points, fill=30, width=int(rng.integers(4, 12)), joint="curve")
    return Made(picture(noisy(np.asarray(made, float), rng, 3)))


def hatching(rng: np.random.Generator) -> Made:
    """Up and down, side by side."""
    made = Image.new("L", (280, 280), 255)
    count = int(rng.integers(8, 16))
    points = [(30 + 220 * k / count, 40 if k % 2 else 240) for k in range(count + 1)]
    ImageDraw.Draw(made).line(points, fill=0, width=int(rng.integers(4, 9)), joint="curve")
    return Made(made)


def blot(rng: np.random.Generator) -> Made:
    """A round spot of ink."""
    made = Image.new("L", (280, 280), 240)
    r = rng.uniform(40, 110)
    ImageDraw.Draw(made).ellipse((140 - r, 140 - r, 140 + r, 140 + r), fill=20)
    return Made(made)


def nothing(ground: float, sigma: float, least: float = 1.0) -> Callable[..., Made]:
    """Paper alone, of one grey, with noise, under light that falls off."""

    def make(rng: np.random.Generator) -> Made:
        side = int(rng.choice(SIZES))
        light = ramp((side, side), rng, least)
        return Made(picture(noisy(np.full((side, side), float(ground)) * light, rng, sigma)))

    return make


NO_DIGITS: dict[str, Callable[[np.random.Generator], Made]] = {
    "black": nothing(0, 0),
    "white": nothing(255, 0),
    "grey": nothing(128, 0),
    "paper with noise": nothing(235, 8),
    "paper under uneven light": nothing(235, 4, 0.6),
    "dark with noise": nothing(20, 8),
    "scribble": scribble,
    "hatching": hatching,
    "blot": blot,
}
