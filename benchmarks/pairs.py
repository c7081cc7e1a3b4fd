"""`python -m benchmarks.pairs`: all 90 pairs with the page's defaults, from the shipped original.

Convolution features are computed once. Test images, one seed. Writes docs/pairs.json and prints
the bounds with the worst pair of each; 1 if one does not hold.
"""

import argparse
from pathlib import Path
from typing import Any

from tqdm import tqdm

from forgetdemo.checkpoint import write_json
from forgetdemo.config import MODELS_DIR, NUM_CLASSES, ROOT, unlearn_config
from forgetdemo.data import load_dataset
from forgetdemo.model import load_model
from forgetdemo.remember import Remembered
from forgetdemo.rundir import read_run, versions
from forgetdemo.unlearn import unlearn

BOUNDS = (  # name, figure, limit, whether high is good
    ("forgotten class ≤ 0.1 %", "acc_forget", 0.001, False),
    ("other classes drop ≤ 0.2 points", "drop", 0.002, False),
    ("answered as the substitute ≥ 95 %", "redirect_rate", 0.95, True),
)


def measure(seed: int) -> list[dict[str, Any]]:
    """Unlearn every ordered pair once and measure it on the test images; shares 0..1."""
    run = read_run(MODELS_DIR)
    data, original = load_dataset(run.dataset), load_model(run.weights("before"))
    remembered = Remembered()
    pairs = [(f, s) for f in range(NUM_CLASSES) for s in range(NUM_CLASSES) if f != s]
    rows = []
    for forget, substitute in tqdm(pairs, desc="pairs", disable=None):
        config = unlearn_config("described", forget_class=forget, redirect_to=substitute, seed=seed)
        done = unlearn(original, data.train, config, featurise=remembered.features)
        before = remembered.measure(original, data, forget, substitute)
        after = remembered.measure(done.model, data, forget, substitute)
        rows.append(
            {
                "forget": forget,
                "substitute": substitute,
                "acc_forget": after.acc_forget,
                "acc_retain": after.acc_retain,
                "drop": before.acc_retain - after.acc_retain,
                "redirect_rate": after.redirect_rate,
                "seconds": done.seconds["mask"] + done.seconds["method"],
            }
        )
    return rows


def report(rows: list[dict[str, Any]]) -> bool:
    """Print each bound with its mean and its worst pair; whether all hold."""
    good = True
    for name, figure, limit, high in BOUNDS:
        worst = (min if high else max)(rows, key=lambda row: row[figure])
        holds = worst[figure] >= limit if high else worst[figure] <= limit
        mean = sum(row[figure] for row in rows) / len(rows)
        good = good and holds
        print(
            f"{'holds' if holds else 'FAILS'}  {name}: mean {100 * mean:.2f}, worst "
            f"{100 * worst[figure]:.2f} ({worst['forget']} → {worst['substitute']})"
        )
    seconds = sum(row["seconds"] for row in rows) / len(rows)
    print(f"{len(rows)} pairs, {seconds:.1f} s each (mask and method)")
    return good


def main() -> int:
    """Measure, write, print."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--out", type=Path, default=ROOT / "docs" / "pairs.json")
    flags = parser.parse_args()
    rows = measure(flags.seed)
    write_json(flags.out, {"seed": flags.seed, "pairs": rows, "versions": versions()})
    return 0 if report(rows) else 1


if __name__ == "__main__":
    raise SystemExit(main())
