"""What the static page's Report tab shows, computed here so that the page only draws it."""

import json
from pathlib import Path

import numpy as np

from export.web.data import Wire, pictures, to_wire
from export.web.records import ReportViews
from forgetdemo.data import load_dataset
from forgetdemo.files.checkpoint import json_bytes
from forgetdemo.predict.inference import Models
from forgetdemo.settings.constants import ASSETS, IMAGE_SIZE
from forgetdemo.views.report import (
    headline,
    honest_words,
    matrix,
    per_class,
    training_curves,
    unlearning_curves,
)

BATCH = 500


def report_views(models: Models) -> ReportViews:
    """The Report tab.

    Raises:
        CheckpointError, FileNotFoundError: the folder's report or history is damaged or gone.
    """
    report = json.loads(models.file("report.json"))
    history = json.loads(models.file("history.json"))
    return {
        "honest": honest_words(report),
        "headline": headline(report),
        "before": matrix(report, "before", "Before"),
        "after": matrix(report, "after", "After"),
        "perClass": per_class(report),
        "maskShares": report["mask"],
        "curves": [*training_curves(history), *unlearning_curves(history)],
    }


def sample_digits(cache: Path) -> Wire:
    """The digits to click: `label` (N,) and `pixels` (N, 784), uint8."""
    samples = json.loads((ASSETS / "samples.json").read_text(encoding="utf-8"))
    arrays = {
        "label": np.array([sample["label"] for sample in samples]),
        "pixels": np.array([sample["pixels"] for sample in samples]),
    }
    return to_wire("samples", pictures(arrays), cache)


def test_images(models: Models, cache: Path) -> Wire:
    """The images behind the matrices: `pixels` (N, 784), `label` (N,), and both models' answers.

    Raises:
        FileNotFoundError, CheckpointError: as `load_dataset` does.
    """
    test = load_dataset(models.manifest["dataset"]).test
    arrays = {
        "pixels": test.pixels.reshape(-1, IMAGE_SIZE * IMAGE_SIZE),
        "label": test.labels,
    }
    for key in ("before", "after"):
        parts = [
            models.classifiers[key](test.take(index).floats())[1].argmax(1)
            for index in np.array_split(np.arange(len(test)), max(1, len(test) // BATCH))
        ]
        arrays[key] = np.concatenate(parts)
    return to_wire("test-images", pictures(arrays), cache)


def report_file(models: Models, cache: Path) -> Wire:
    """`report_views` as it travels."""
    return to_wire("report-views", json_bytes(report_views(models)), cache)
