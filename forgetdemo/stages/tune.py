"""Search each method's settings on the validation split of the training set; no test image is read.

The rule, lower is better: cost = acc_forget + 10 · drop of acc_retain + 0.1 · JS to the original's
answers without the class. A tenth of a point of retained accuracy thus weighs as much as a point
of the class left over. What was tried, with every figure, is written to docs/tuning.json; the best
points are copied into `settings.methods` by hand.
"""

import itertools
import json
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import torch

from forgetdemo.data import Images, load_dataset, split_validation
from forgetdemo.files.checkpoint import read_json, sha256_hex, write_json
from forgetdemo.files.run import read_run
from forgetdemo.files.writing import make_folder
from forgetdemo.methods.losses import natural_targets
from forgetdemo.methods.unlearn import unlearn
from forgetdemo.metrics.distances import js_divergence
from forgetdemo.network.batches import EVAL_BATCH
from forgetdemo.network.features import Remembered
from forgetdemo.network.model import MnistCNN, load_model
from forgetdemo.network.train import DivergedError, torch_threads
from forgetdemo.settings.checks import require_choice, require_count
from forgetdemo.settings.methods import METHOD_NAMES
from forgetdemo.settings.records import as_json
from forgetdemo.settings.unlearning import UnlearnConfig, unlearn_config

Point = dict[str, Any]
Say = Callable[[str], None]
RULE = "cost = acc_forget + 10 * drop + 0.1 * js_natural, on the validation split; lowest wins"
DROP_WEIGHT, JS_WEIGHT = 10.0, 0.1
TUNING_FILE = Path("docs/tuning.json")
AXES: dict[str, dict[str, tuple[Any, ...]]] = {
    "finetune": {"peak_lr": (1e-3, 3e-3, 6e-3)},
    "neggrad_plus": {"strength": (0.01, 0.02, 0.05), "peak_lr": (3e-4,), "steps": (100, 125, 150)},
    "random_label": {"weight_redirect": (0.02, 0.05, 0.2), "peak_lr": (1e-3, 3e-3)},
    "salun": {"weight_redirect": (0.02, 0.05, 0.2), "peak_lr": (1e-3, 3e-3)},
    "ssd": {"strength": (4.0, 5.0, 6.0, 7.0), "damping": (0.0, 0.1, 0.5)},
    "fisher": {"strength": (1e-9, 1e-8, 1e-7, 3e-7, 1e-6)},
    "ewc_redirect": {"strength": (3e3, 1e4, 3e4, 1e5), "peak_lr": (1e-4, 3e-4)},
    "scrub": {"strength": (0.3, 0.4, 0.5), "peak_lr": (1e-3, 2e-3)},
    "bad_teacher": {"weight_redirect": (0.1, 0.3, 1.0), "peak_lr": (1e-3, 3e-3)},
    "boundary_shrink": {"strength": (0.05, 0.1), "peak_lr": (3e-5, 1e-4, 2e-4)},
    "unsir": {"weight_redirect": (0.03, 0.1, 1.0), "peak_lr": (3e-3, 1e-2)},
    "eu_k": {"peak_lr": (2e-3, 4e-3), "steps": (800, 1600)},
    "cf_k": {"peak_lr": (1e-3, 3e-3, 6e-3, 1e-2)},
    "deep_natural": {"temperature": (1.0, 2.0, 3.0, 4.0, 8.0), "steps": (1600,)},
}


def points(method: str, budget: int) -> Iterator[Point]:
    """The first `budget` combinations of a method's axes, in an order fixed by a seed."""
    axes = AXES[method]
    every = [dict(zip(axes, values, strict=True)) for values in itertools.product(*axes.values())]
    order = np.random.default_rng(0).permutation(len(every))
    yield from (every[i] for i in order[:budget])


def point_key(config: UnlearnConfig) -> str:
    """Name of a point: a hash over all its settings, the untuned ones included."""
    return sha256_hex(json.dumps(as_json(config), sort_keys=True).encode())[:16]


def scored(
    before: np.ndarray, after: np.ndarray, labels: np.ndarray, forget_class: int
) -> dict[str, float]:
    """The figures of one point and its cost, lower is better.

    Args:
        before, after: (N, 10) logits of the original and of the unlearned model.
        labels: (N,) true classes of the same images.
    Returns:
        acc_forget and acc_retain in [0, 1], drop (positive: worse than before), js_natural in
        nats, cost.
    """
    forget = labels == forget_class
    kept = [np.mean(z[~forget].argmax(1) == labels[~forget]) for z in (before, after)]
    natural = natural_targets(torch.from_numpy(before[forget]).double(), forget_class)
    answers = torch.softmax(torch.from_numpy(after[forget]).double(), 1)
    acc_forget = float(np.mean(after[forget].argmax(1) == forget_class))
    drop, js = float(kept[0] - kept[1]), js_divergence(answers.numpy(), natural.numpy())
    return {
        "acc_forget": acc_forget,
        "acc_retain": float(kept[1]),
        "drop": drop,
        "js_natural": js,
        "cost": acc_forget + DROP_WEIGHT * max(0.0, drop) + JS_WEIGHT * js,
    }


def try_point(
    original: MnistCNN,
    train: Images,
    config: UnlearnConfig,
    settings: Point,
    remembered: Remembered,
) -> Point:
    """Run one point and score it on the validation split; a diverged run has no figures."""
    _, validation = split_validation(train)

    def logits(model: MnistCNN) -> np.ndarray:
        """(N, 10) on the validation split."""
        with torch.no_grad():
            parts = remembered.features(model, validation).split(EVAL_BATCH)
            return torch.cat([model.head(part) for part in parts]).numpy()

    started = time.perf_counter()
    try:
        done = unlearn(original, train, config, featurise=remembered.features)
    except DivergedError as error:
        return {"settings": settings, "key": point_key(config), "failed": str(error)}
    figures = scored(logits(original), logits(done.model), validation.labels, config.forget_class)
    return {
        "settings": settings,
        "key": point_key(config),
        **figures,
        "seconds_method": done.seconds["method"],
        "seconds": time.perf_counter() - started,
    }


def tune(
    original: Path,
    methods: Sequence[str],
    budget: int = 12,
    out: Path = TUNING_FILE,
    data_dir: Path | None = None,
    say: Say = print,
) -> dict[str, Any]:
    """Search the settings of these methods and record every point, method by method.

    Points that `out` holds already, by all their settings, are not tried again; they compete.

    Args:
        original: run or model folder whose "before" is unlearned; its class is `UnlearnConfig`'s.
        methods: keys of `AXES`; the rest have nothing to tune. Other methods' records stay.
        budget: most points per method.
        out: a JSON file, replaced atomically after each method.
    Raises:
        ValueError: a method without axes, or `out` holds a search from another original.
    """
    for method in methods:
        require_choice("method", method, tuple(name for name in METHOD_NAMES if name in AXES))
    require_count("budget", budget, 1, 1000)
    run = read_run(original)
    train = load_dataset(run.dataset, data_dir).train
    source = sha256_hex(run.files["before.safetensors"])
    record: dict[str, Any] = {"original_sha256": source, "rule": RULE, "methods": {}}
    if out.is_file():
        earlier = read_json(out)
        if earlier.get("original_sha256") != source:
            raise ValueError(f"{out} was made from another original; give --out another name")
        record["methods"] = earlier["methods"]
    make_folder(out.parent)
    model, remembered = load_model(run.weights("before")), Remembered()
    for method in methods:
        tried = record["methods"].get(method, {"points": []})["points"]
        known = {point["key"] for point in tried}
        for settings in points(method, budget):
            config = unlearn_config(method, **settings)
            if point_key(config) in known:
                continue
            with torch_threads(config.threads):
                tried.append(try_point(model, train, config, settings, remembered))
            say(f"{method} {json.dumps(tried[-1])}")
        best = min(tried, key=lambda point: point.get("cost", float("inf")))
        record["methods"][method] = {"chosen": best["settings"], "points": tried}
        write_json(out, record)
    return record
