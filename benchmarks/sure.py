"""`python -m benchmarks.sure`: how often a drawing that is no digit is said to be none.

Drawn on the pad's 280 × 280 pixels, 500 of each kind: test digits, scribbles of straight and of
round strokes, printed letters, two digits side by side, dashes and dots. Beside each rate: how many
the original would have answered with more than 90 %.
"""

from collections.abc import Callable
from functools import cache

import numpy as np
from PIL import Image, ImageDraw, ImageFont

from forgetdemo.data import Images, load_dataset
from forgetdemo.predict.inference import load_models
from forgetdemo.predict.preprocess import PAD_SIZE, preprocess
from forgetdemo.settings.constants import MODELS_DIR
from forgetdemo.views.sure import thresholds

COUNT, PEN, FINE = 500, 20, 2  # drawings of a kind; pixels; times as fine while they are drawn
LETTERS = "ABCDEFGHJKLMNPQRTUVWXYabdefhkmnrtwxy"  # those that are no digits
Maker = Callable[[np.random.Generator], np.ndarray]


@cache
def digits() -> Images:
    """Where digits come from."""
    return load_dataset("mnist").test


def stroke(points: np.ndarray) -> np.ndarray:
    """One stroke of the pad's pen through points (N, 2) → (280, 280) uint8."""
    drawn = Image.new("L", (FINE * PAD_SIZE, FINE * PAD_SIZE))
    brush, radius = ImageDraw.Draw(drawn), FINE * PEN / 2
    places = [(FINE * float(x), FINE * float(y)) for x, y in points]
    brush.line(places, fill=255, width=FINE * PEN, joint="curve")
    for x, y in places:
        brush.ellipse((x - radius, y - radius, x + radius, y + radius), fill=255)
    return np.asarray(drawn.resize((PAD_SIZE, PAD_SIZE), Image.Resampling.BOX))


def straight(rng: np.random.Generator) -> np.ndarray:
    """To and fro, 7 to 23 times."""
    return stroke(rng.uniform(40, 240, (int(rng.integers(8, 25)), 2)))


def round_(rng: np.random.Generator) -> np.ndarray:
    """A curve that crosses itself."""
    time, waves = np.linspace(0, 2 * np.pi, 200), np.arange(1, 7)[:, None]
    turns = [
        (rng.normal(size=(6, 1)) * np.sin(waves * time + rng.uniform(0, 2 * np.pi, (6, 1)))).sum(0)
        for _ in range(2)
    ]
    return stroke(np.clip(140 + 40 * np.stack(turns, 1), 20, 260))


def letter(rng: np.random.Generator) -> np.ndarray:
    """A printed letter."""
    drawn = Image.new("L", (PAD_SIZE, PAD_SIZE))
    font = ImageFont.load_default(int(rng.integers(140, 230)))
    at = LETTERS[int(rng.integers(len(LETTERS)))]
    ImageDraw.Draw(drawn).text((140, 140), at, fill=255, font=font, anchor="mm")
    return np.asarray(drawn)


def placed(count: int) -> Maker:
    """So many test digits side by side."""

    def make(rng: np.random.Generator) -> np.ndarray:
        side = PAD_SIZE // count
        page = np.zeros((PAD_SIZE, PAD_SIZE), np.uint8)
        for place, at in enumerate(rng.integers(0, len(digits()), count)):
            one = Image.fromarray(digits().pixels[at]).resize((side, side))
            top = (PAD_SIZE - side) // 2
            page[top : top + side, place * side : (place + 1) * side] = np.asarray(one)
        return page

    return make


def dash(rng: np.random.Generator) -> np.ndarray:
    """A level stroke."""
    x, y = rng.uniform(80, 200, 2)
    return stroke(np.array([[x - 60, y], [x + 60, y + rng.uniform(-5, 5)]]))


def dot(rng: np.random.Generator) -> np.ndarray:
    """A tap."""
    return stroke(rng.uniform(40, 240, (1, 2)) + rng.uniform(-3, 3, (2, 2)))


KINDS: dict[str, Maker] = {
    "a test digit": placed(1),
    "straight scribble": straight,
    "round scribble": round_,
    "printed letter": letter,
    "two digits": placed(2),
    "dash": dash,
    "dot": dot,
}


def main() -> None:
    """Measure and print."""
    models = load_models(MODELS_DIR)
    found = thresholds(models)
    assert found is not None, "made for the shipped models"
    print("| drawn | said to be no digit | answered with more than 90 % |\n|---|---:|---:|")
    for name, make in KINDS.items():
        doubted = sure = 0
        for at in range(COUNT):
            drawing = preprocess(make(np.random.default_rng([at, *name.encode()])))
            probabilities, logits = models.classifiers["before"](drawing.floats())
            doubted += found.is_strange(logits[0])
            sure += float(probabilities.max()) > 0.9
        print(f"| {name} | {doubted / COUNT:.1%} | {sure / COUNT:.1%} |")


if __name__ == "__main__":
    main()
