"""`python -m benchmarks.relearning`: reference curves of relearning each digit, for the page.

How the shipped original, and for each digit a model retrained without it, answer to the same
lesson: k training images, 64 steps, seed 0. So in the lesson to whole networks, and in the one to
dense layers that a browser gives. Trains ten oracles, or finds them in runs/. Writes
assets/relearning.json.
"""

import argparse
import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from export.shipped import ORACLE_SEED
from export.web.learning import DENSE_COUNTS, WATCHED, pool_images
from forgetdemo.audit.examine import Exam, fixed_sets
from forgetdemo.audit.oracles import oracle_config, train_one
from forgetdemo.data import load_dataset
from forgetdemo.files.checkpoint import Arrays, sha256_hex, write_atomic
from forgetdemo.files.run import Run, read_run
from forgetdemo.files.sealed import sealed
from forgetdemo.network.model import load_model
from forgetdemo.predict.relearn import relearn
from forgetdemo.predict.steps import Graphs, see
from forgetdemo.settings.constants import ASSETS, MODELS_DIR, NUM_CLASSES
from forgetdemo.settings.relearning import RelearnConfig, measured_steps
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
    graphs, data = Graphs(), load_dataset()
    pool, _ = pool_images(data.name)
    seen = see(graphs, weights, pool.pixels, pool.labels)
    own = np.flatnonzero(pool.labels == digit)
    test = np.flatnonzero(data.test.labels == digit)[:WATCHED]
    watched = see(graphs, weights, data.test.pixels[test], data.test.labels[test])
    retained = seen.take(np.flatnonzero(pool.labels != digit))
    config = RelearnConfig(forget_class=digit, steps=STEPS)
    return {
        str(count): shares(
            relearn(graphs, weights, seen.take(own[:count]), retained, watched, config).curve
        )
        for count in DENSE_COUNTS
    }


def measure(original: Run, jobs: int | None) -> dict[str, Any]:
    """Curves by kind of lesson, digit, model and number of images."""
    wanted: list[Job] = []
    asked = [
        (oracle_config(original.config["train"], digit, ORACLE_SEED), None)
        for digit in range(NUM_CLASSES)
    ]
    with bar("relearning", "model", (), lines=True) as progress:
        for place in run_jobs(train_one, asked, jobs):
            run = read_run(place)
            digit = run.config["train"]["exclude_class"]
            wanted.append((digit, RETRAINED, run.weights("before")))
            wanted.append((digit, ORIGINAL, original.weights("before")))
            progress({"model": len(wanted) // 2, "of": 2 * NUM_CLASSES})
        found: dict[str, dict[str, dict[str, Lessons]]] = {"whole": {}, "dense": {}}
        for done, (digit, title, curves) in enumerate(run_jobs(lessons, wanted, jobs), start=1):
            for kind, by_count in curves.items():
                found[kind].setdefault(str(digit), {})[title] = by_count
            progress({"model": NUM_CLASSES + done // 2, "of": 2 * NUM_CLASSES})
    return found


def main() -> None:
    """Teach both models of each digit with each lesson, and write and print their curves."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--jobs", type=int, metavar="N", help="processes (default: all cores)")
    parser.add_argument("--out", type=Path, default=ASSETS / "relearning.json")
    flags = parser.parse_args()
    original = read_run(MODELS_DIR)
    curves = measure(original, flags.jobs)
    about = {
        "original_sha256": sha256_hex(original.files["before.safetensors"]),
        "steps": measured_steps(STEPS),
        "curves": curves["whole"],
        "dense": curves["dense"],
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
