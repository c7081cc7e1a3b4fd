"""`python -m benchmarks.relearning`: reference curves of relearning each digit, for the page.

How the shipped original, and for each digit a model retrained without it, answer to the same
lesson: k training images, 64 steps, seed 0. So in the lesson to whole networks, and in the one to
dense layers that a browser gives. Trains ten oracles, or finds them in runs/. Writes
assets/relearning.json.
"""

import argparse
import json
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from export.shipped import ORACLE_SEED
from export.web.learning import DENSE_COUNTS
from forgetdemo.audit.examine import Exam, fixed_sets
from forgetdemo.audit.oracles import oracle_config, train_one
from forgetdemo.data import load_dataset
from forgetdemo.files.checkpoint import Arrays, sha256_hex
from forgetdemo.files.run import Run, read_run
from forgetdemo.files.sealed import read_sealed, sealed
from forgetdemo.files.writing import write_atomic
from forgetdemo.network.model import load_model
from forgetdemo.settings.constants import ASSETS, MODELS_DIR, NUM_CLASSES
from forgetdemo.settings.relearning import RelearnConfig, measured_steps
from forgetdemo.stages.dense import DenseLesson
from forgetdemo.stages.engine import run_jobs
from forgetdemo.terminal import bar
from forgetdemo.views.recovery import COUNTS, ORIGINAL, RETRAINED

STEPS = 64
Job = tuple[int, str, Arrays]
Lessons = dict[str, list[float]]  # share of a digit's test images right at each point, by images


def lessons(job: Job) -> tuple[int, str, dict[str, Lessons]]:
    """One model's curves for one digit, of the "whole" network and of its "dense" layers."""
    digit, title, weights = job
    exam = Exam(load_model(weights), fixed_sets(load_dataset(), digit))
    whole = {
        str(count): shares(
            exam.relearned(RelearnConfig(forget_class=digit, images=count, steps=STEPS))
        )
        for count in COUNTS
    }
    return digit, title, {"whole": whole, "dense": dense_lessons(digit, weights)}


def shares(curve: Sequence[Mapping[str, Any]]) -> list[float]:
    """What is kept of a curve."""
    return [float(np.round(record["acc_forget"], 4)) for record in curve]


def dense_lessons(digit: int, weights: Arrays) -> Lessons:
    """The same for the page without a server, with its images and its graphs."""
    original = read_run(MODELS_DIR).weights("before")
    lesson = DenseLesson(load_dataset(), original, RelearnConfig(forget_class=digit, steps=STEPS))
    return {
        str(count): shares(done.curve) for count, done in lesson.give(weights, DENSE_COUNTS).items()
    }


def models_of(original: Run, digits: Sequence[int], jobs: int | None) -> Iterator[Job]:
    """Both models of each digit; an oracle that ships is not trained again."""
    forgotten = original.report.forget_class
    shipped = [digit for digit in digits if digit == forgotten and original.has("oracle")]
    for digit in shipped:
        yield digit, RETRAINED, original.weights("oracle")
    recipe = original.config["train"]
    asked = [(oracle_config(recipe, d, ORACLE_SEED), None) for d in digits if d not in shipped]
    for place in run_jobs(train_one, asked, jobs):
        run = read_run(place)
        yield run.config["train"]["exclude_class"], RETRAINED, run.weights("before")
    for digit in digits:
        yield digit, ORIGINAL, original.weights("before")


def measure(original: Run, digits: Sequence[int], jobs: int | None) -> dict[str, Any]:
    """Curves by kind of lesson, digit, model and number of images."""
    of = 4 * len(digits)
    wanted: list[Job] = []
    found: dict[str, dict[str, dict[str, Lessons]]] = {"whole": {}, "dense": {}}
    with bar("relearning", "model", (), lines=True) as progress:
        for job in models_of(original, digits, jobs):
            wanted.append(job)
            progress({"model": len(wanted), "of": of})
        for done, (digit, title, curves) in enumerate(run_jobs(lessons, wanted, jobs), start=1):
            for kind, by_count in curves.items():
                found[kind].setdefault(str(digit), {})[title] = by_count
            progress({"model": len(wanted) + done, "of": of})
    return found


def digits_in(text: str) -> list[int]:
    """ "6,0" → [6, 0]. Raises ArgumentTypeError for anything else."""
    if not all(part.isdigit() and len(part) == 1 for part in text.split(",")):
        raise argparse.ArgumentTypeError(f"digits must be like 6,0; got {text!r}")
    return [int(part) for part in dict.fromkeys(text.split(","))]


def main() -> None:
    """Teach both models of each digit with each lesson, and write and print their curves."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--jobs", type=int, metavar="N", help="processes (default: all cores)")
    parser.add_argument("--out", type=Path, default=ASSETS / "relearning.json")
    parser.add_argument(
        "--digits", type=digits_in, default=list(range(NUM_CLASSES)), help="only these; like 6,0"
    )
    flags = parser.parse_args()
    original = read_run(MODELS_DIR)
    own = sha256_hex(original.files["before.safetensors"])
    known = read_sealed(flags.out) if flags.out.is_file() else {}
    if known.get("original_sha256") != own:
        known = {}  # curves of another original
    curves = measure(original, flags.digits, flags.jobs)
    about = {
        "original_sha256": own,
        "steps": measured_steps(STEPS),
        "curves": known.get("curves", {}) | curves["whole"],
        "dense": known.get("dense", {}) | curves["dense"],
    }
    text = json.dumps(sealed(about), sort_keys=True, separators=(",", ":"), allow_nan=False)
    write_atomic(flags.out, f"{text}\n".encode())  # in one line: 1,400 figures
    for kind, by_digit in curves.items():
        for digit in sorted(by_digit):
            ends = (
                f"{t}, {k} images: {c[-1]:.2f}"
                for t, by in by_digit[digit].items()
                for k, c in by.items()
            )
            print(f"{kind}, {digit} after {STEPS} steps: {'; '.join(ends)}")


if __name__ == "__main__":
    main()
