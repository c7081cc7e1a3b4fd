"""`python -m export.inside`: assets/inside, what both pages need to look into models.

The tail that makes exported files give their layers, a gallery of test digits and a projection of
their features, figures along the line from Before to After, and thresholds of how sure a model is.
"""

import argparse
import base64
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from export.inside import line, sure
from export.inside.tail import tail_of
from export.pairs import layout
from forgetdemo.data import Dataset, load_dataset, per_class, split_validation
from forgetdemo.files.checkpoint import pack_weights
from forgetdemo.files.folder import check_target, write_folder
from forgetdemo.predict.inference import Models, load_models
from forgetdemo.predict.inside import GALLERY, HIDDEN, INSIDE_DIR, INSIDE_FORMAT, Opened
from forgetdemo.predict.steps import floats, parts
from forgetdemo.settings.constants import MODELS_DIR, NUM_CLASSES
from forgetdemo.terminal import ended

PER_CLASS = 50  # test digits of the gallery


def projection_of(features: np.ndarray, labels: np.ndarray) -> np.ndarray:
    """The plane in which class means lie apart most: (N, D) → (D, 2) float32, orthonormal columns.

    The two main axes of the ten means, each pointing where its largest entry is positive.
    """
    wide = features.astype(np.float64)
    means = np.stack([wide[labels == digit].mean(axis=0) for digit in range(NUM_CLASSES)])
    axes = np.linalg.svd(means - means.mean(axis=0), full_matrices=False)[2][:2].T
    signs = np.sign(axes[np.abs(axes).argmax(axis=0), [0, 1]])
    return np.ascontiguousarray(axes * signs, np.float32)


def gallery_of(data: Dataset, before: Opened) -> dict[str, np.ndarray]:
    """Pictures, labels and the projection, as the folder's file holds them."""
    shown, test = per_class(data.test, PER_CLASS), data.test
    hidden = [before(floats(test.pixels[part]))[HIDDEN] for part in parts(np.arange(len(test)))]
    return {
        "pixels": shown.pixels.reshape(len(shown), -1),
        "label": shown.labels.astype(np.uint8),
        "projection": projection_of(np.concatenate(hidden), test.labels),
    }


def lines_of(models: Models, data: Dataset, say: Callable[[str], None]) -> dict[str, Any]:
    """Figures from Before to After and beyond, and the barriers of each line from Before."""
    files = {name: models.file(about["file"]) for name, about in models.manifest["models"].items()}
    forget, before = models.manifest["forget_class"], files["before"]
    found = {}
    for name in ("after", "oracle"):
        if name in files:
            say(f"from before to {name}")
            alphas = line.ALPHAS if name == "after" else line.COARSE
            found[name] = line.along(
                before, files[name], layout(before), data.test, forget, alphas, say
            )
    return {
        "points": found["after"],
        "barriers": {name: line.barrier(points) for name, points in found.items()},
    }


def build(models_dir: Path, out: Path, say: Callable[[str], None]) -> dict[str, Any]:
    """Measure, write the folder, and return its manifest.

    Raises:
        ValueError: `out` is in use.
        FileNotFoundError, CheckpointError: the models or their data are gone or damaged.
        OSError: `out` is not writable.
    """
    check_target(out, INSIDE_FORMAT)
    models = load_models(models_dir)
    data = load_dataset(models.manifest["dataset"])
    before = models.file(models.manifest["models"]["before"]["file"])
    tail, layers = tail_of(before)
    gallery = gallery_of(data, Opened(before + tail, layers, "before.onnx"))
    first = models.classifiers["before"]
    found = sure.thresholds(first, split_validation(data.train)[1])
    sets = sure.counted(models.classifiers, data.test, models.manifest["forget_class"], found)
    taken = sure.accepted(first, data.test, found["energy"])
    say(sure.table(sets))
    say(f"test digits taken for digits: {taken:.2%}")
    about = {
        "tail": base64.b64encode(tail).decode(),
        "layers": layers,
        "tensors": layout(before),
        "original_sha256": models.manifest["files"]["before.safetensors"]["sha256"],
        "unlearned_sha256": models.manifest["files"]["after.safetensors"]["sha256"],
        "line": lines_of(models, data, say),
        "sure": {**found, "sets": sets, "accepted": taken},
    }
    return write_folder(out, {GALLERY: pack_weights(gallery)}, about, INSIDE_FORMAT)


def main(arguments: Sequence[str] | None = None) -> int:
    """Parse and run; returns the exit code."""
    parser = argparse.ArgumentParser(
        prog="python -m export.inside", description=__doc__.partition("\n")[0]
    )
    parser.add_argument("--models", type=Path, metavar="DIR", default=MODELS_DIR)
    parser.add_argument("--out", type=Path, metavar="DIR", default=INSIDE_DIR)
    flags = parser.parse_args(arguments)

    def say(text: str) -> None:
        print(text, file=sys.stderr)

    def run() -> None:
        build(flags.models, flags.out, say)
        print(f"wrote {flags.out}")

    return ended(run)
