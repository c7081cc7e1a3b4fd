"""`python -m benchmarks.relearning`: reference curves of relearning each digit, for the page.

How the shipped original, and for each digit a model retrained without it, answer to the same
lesson: k training images, 64 steps, seed 0. Trains ten oracles, or finds them in runs/. Writes
assets/relearning.json.
"""

import argparse
import json
from pathlib import Path

import numpy as np

from export.shipped import ORACLE_SEED
from forgetdemo.audit.examine import Exam, fixed_sets
from forgetdemo.audit.oracles import oracle_config, train_one
from forgetdemo.data import load_dataset
from forgetdemo.files.checkpoint import Arrays, sha256_hex, write_atomic
from forgetdemo.files.run import Run, read_run
from forgetdemo.files.sealed import sealed
from forgetdemo.network.model import load_model
from forgetdemo.settings.constants import ASSETS, MODELS_DIR, NUM_CLASSES
from forgetdemo.settings.relearning import RelearnConfig, measured_steps
from forgetdemo.stages.engine import run_jobs
from forgetdemo.terminal import bar
from forgetdemo.views.recovery import COUNTS, ORIGINAL, RETRAINED

STEPS = 64
Job = tuple[int, str, Arrays]


def lessons(job: Job) -> tuple[int, str, dict[str, list[float]]]:
    """One model's curves for one digit: share of its test images right, by images and step."""
    digit, title, weights = job
    exam = Exam(load_model(weights), fixed_sets(load_dataset(), digit))
    found = {}
    for count in COUNTS:
        curve = exam.relearned(RelearnConfig(forget_class=digit, images=count, steps=STEPS))
        found[str(count)] = [float(np.round(record["acc_forget"], 4)) for record in curve]
    return digit, title, found


def measure(original: Run, jobs: int | None) -> dict[str, dict[str, dict[str, list[float]]]]:
    """Curves by digit, model and number of images."""
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
        found: dict[str, dict[str, dict[str, list[float]]]] = {}
        for done, (digit, title, curves) in enumerate(run_jobs(lessons, wanted, jobs), start=1):
            found.setdefault(str(digit), {})[title] = curves
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
        "curves": curves,
    }
    text = json.dumps(sealed(about), sort_keys=True, separators=(",", ":"), allow_nan=False)
    write_atomic(flags.out, f"{text}\n".encode())  # in one line: 1,400 figures
    for digit in sorted(curves):
        ends = (
            f"{t}, {k} images: {c[-1]:.2f}"
            for t, by in curves[digit].items()
            for k, c in by.items()
        )
        print(f"{digit} after {STEPS} steps: {'; '.join(ends)}")


if __name__ == "__main__":
    main()
