"""`python -m benchmarks.pictures`: digits as people have them, read and answered as files.

Each kind of `tests/helpers/pictures.py` is made of test digits from 1,000 on, written to a file,
read and answered by the shipped original. Prints the table of docs/COMPATIBILITY.md and writes
docs/pictures.json.
"""

import argparse
import os
import tempfile
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

from forgetdemo.data import Images, load_dataset
from forgetdemo.files.checkpoint import write_json
from forgetdemo.predict.asking import answer_reading
from forgetdemo.predict.inference import Models, load_models
from forgetdemo.predict.reading import read
from forgetdemo.settings.checks import require_count
from forgetdemo.settings.constants import MODELS_DIR
from tests.helpers.pictures import KINDS, NO_DIGITS, Made, noise, several

FIRST = 1000  # of the test digits; some before it were looked at while the reader was made
NOISE = (0, 5, 10, 20, 40, 60)  # levels of 255


def unseen() -> Images:
    """Test digits that nothing was chosen by."""
    test = load_dataset("mnist").test
    return test.take(np.arange(FIRST, len(test)))


def answered(models: Models, made: Made, file: Path) -> dict[str, Any]:
    """One picture, through a file."""
    file.write_bytes(made.data())
    return answer_reading(models, read(file))


def label_of(found: dict[str, Any]) -> int | None:
    """What the original answers; None where there is not exactly one digit."""
    answer: int | None = found["models"]["before"]["answer"]
    return answer


def seed(name: str, at: int) -> np.random.Generator:
    """The draws of one picture: of its kind and its digit."""
    return np.random.default_rng([at, *name.encode()])


def kind(name: str, count: int) -> dict[str, Any]:
    """How many of the first `count` unseen digits are answered rightly in pictures of one kind."""
    models, test = load_models(MODELS_DIR), unseen()
    right, none = 0, 0
    with tempfile.TemporaryDirectory() as folder:
        for at in range(count):
            made = KINDS[name].make(test.pixels[at], seed(name, at))
            found = label_of(answered(models, made, Path(folder) / "picture"))
            right += found == int(test.labels[at])
            none += found is None
    return {"kind": name, "right": right, "none": none, "of": count, "goal": KINDS[name].goal}


def no_digit(name: str, count: int) -> dict[str, Any]:
    """How many pictures that hold no digit are said to hold none."""
    models = load_models(MODELS_DIR)
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "picture"
        found = [answered(models, NO_DIGITS[name](seed(name, at)), file) for at in range(count)]
    return {"kind": name, "refused": sum(one["answered"] == 0 for one in found), "of": count}


def rows_of(count: int, test: Images) -> dict[str, int]:
    """Rows of two to five digits: how many are counted rightly, and answered rightly throughout."""
    models = load_models(MODELS_DIR)
    counted, right = 0, 0
    with tempfile.TemporaryDirectory() as folder:
        for at in range(count):
            rng = seed("several", at)
            index = rng.integers(0, len(test), int(rng.integers(2, 6)))
            made = several(list(test.pixels[index]), rng)
            digits = answered(models, made, Path(folder) / "picture")["digits"]
            counted += len(digits) == len(index)
            right += [label_of(digit) for digit in digits] == test.labels[index].tolist()
    return {"counted": counted, "right": right, "of": count}


def doubt(count: int, test: Images) -> list[dict[str, float]]:
    """Share answered rightly, mean confidence and mean quality under more and more noise."""
    models = load_models(MODELS_DIR)
    found = []
    with tempfile.TemporaryDirectory() as folder:
        for sigma in NOISE:
            made = [noise(sigma)(test.pixels[at], seed("doubt", at)) for at in range(count)]
            asked = [answered(models, one, Path(folder) / "picture") for one in made]
            right = [label_of(a) == label for a, label in zip(asked, test.labels, strict=False)]
            sure = [a["models"]["before"]["confidence"] or 0.1 for a in asked]
            found.append(
                {
                    "noise": sigma,
                    "right": float(np.mean(right)),
                    "confidence": float(np.mean(sure)),
                    "quality": float(np.mean([a["quality"] for a in asked])),
                }
            )
    return found


def table(found: dict[str, Any]) -> str:
    """The tables of docs/COMPATIBILITY.md."""
    of = found["digits"][0]["of"]
    lines = [f"| picture of one digit | right of {of} | goal |", "|---|---:|---:|"]
    lines += [f"| {r['kind']} | {r['right']} | {r['goal']} |" for r in found["digits"]]
    of = found["no digits"][0]["of"]
    lines += ["", f"| picture of no digit | refused of {of} |", "|---|---:|"]
    lines += [f"| {r['kind']} | {r['refused']} |" for r in found["no digits"]]
    rows = found["several"]
    lines += [
        "",
        f"Of {rows['of']} rows of two to five digits {rows['counted']} were counted rightly, "
        f"and in {rows['right']} every digit was answered rightly.",
        "",
        "| noise, levels of 255 | right, % | mean confidence, % | mean quality |",
        "|---:|---:|---:|---:|",
    ]
    for r in found["noise"]:
        shares = f"{100 * r['right']:.0f} | {100 * r['confidence']:.1f}"
        lines.append(f"| {r['noise']} | {shares} | {r['quality']:.2f} |")
    return "\n".join(lines)


def measure(count: int, kinds: Sequence[str] = tuple(KINDS), jobs: int = 1) -> dict[str, Any]:
    """Everything, on the first `count` unseen digits.

    Raises:
        ValueError: `count` is not in 1..9,000.
    """
    test = unseen()
    require_count("count", count, 1, len(test))
    with ProcessPoolExecutor(jobs) as pool:
        digits = list(pool.map(partial(kind, count=count), kinds))
        none = list(pool.map(partial(no_digit, count=count), NO_DIGITS))
    rows, noisy = rows_of(count, test), doubt(count, test)
    return {"digits": digits, "no digits": none, "several": rows, "noise": noisy}


def main() -> None:
    """Measure, print and write."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--count", type=int, default=100, help="test digits of each kind")
    parser.add_argument("--jobs", type=int, default=os.cpu_count() or 1, help="processes")
    parser.add_argument("--out", type=Path, default=Path("docs/pictures.json"))
    flags = parser.parse_args()
    try:
        found = measure(flags.count, jobs=flags.jobs)
    except ValueError as error:
        parser.error(str(error))
    write_json(flags.out, found)
    print(table(found))


if __name__ == "__main__":
    main()
