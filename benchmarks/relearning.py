"""`python -m benchmarks.relearning`: reference curves of relearning 6, for the page.

How the shipped original and the shipped oracle (which never saw a six) answer to the same lesson:
k training images, 64 steps, seed 0. Writes assets/relearning.json.
"""

import numpy as np

from forgetdemo.checkpoint import write_json
from forgetdemo.config import ASSETS, MODELS_DIR
from forgetdemo.data import load_dataset, split_by_class, split_validation
from forgetdemo.model import load_model
from forgetdemo.relearn import relearn, watched_images
from forgetdemo.relearn_config import RelearnConfig
from forgetdemo.rundir import read_run

COUNTS = (1, 5, 10, 50, 500)
MODELS = {"before": "original", "oracle": "retrained without it"}


def main() -> None:
    """Teach both with each lesson and write their curves."""
    run = read_run(MODELS_DIR)
    digit = run.report.forget_class
    data = load_dataset(run.dataset)
    fit, _ = split_validation(data.train)
    split = split_by_class(fit.labels, digit)
    lesson, retained = fit.take(split.forget), fit.take(split.retain)
    watched = watched_images(data.test, digit)
    found: dict[str, dict[str, list[list[float]]]] = {}
    for name, title in MODELS.items():
        model = load_model(run.weights(name))
        for count in COUNTS:
            config = RelearnConfig(forget_class=digit, images=count)
            curve = relearn(model, lesson, retained, watched, config).curve
            points = [
                [record["step"], float(np.round(record["acc_forget"], 4))] for record in curve
            ]
            found.setdefault(title, {})[str(count)] = points
            print(f"{title}, {count} images: {points[-1][1]:.2f} after {points[-1][0]} steps")
    write_json(ASSETS / "relearning.json", {"forget_class": digit, "curves": found})


if __name__ == "__main__":
    main()
