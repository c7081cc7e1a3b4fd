"""Measure models on the test images: for final figures only."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import torch

from forgetdemo.data import Dataset, load_dataset
from forgetdemo.files.run import read_run
from forgetdemo.metrics.report import ModelReport, Predict, Report, evaluate
from forgetdemo.network.model import MnistCNN, load_model

Measuring = Callable[[MnistCNN, Dataset, int, int | None], ModelReport]


def predictor(model: MnistCNN) -> Predict:
    """A torch model as `evaluate` asks for it: arrays in, (probabilities, logits) out."""

    @torch.no_grad()
    def predict(pixels: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        logits = model(torch.from_numpy(pixels))
        return torch.softmax(logits, 1).numpy(), logits.numpy()

    return predict


def measure(model: MnistCNN, data: Dataset, forget: int, substitute: int | None) -> ModelReport:
    """A model's report on the test images: for final figures only."""
    return evaluate(predictor(model), data.test.floats(), data.test.labels, forget, substitute)


def evaluate_run(directory: Path, data_dir: Path | None = None) -> Report:
    """Measure the models of a run folder again, from its weights and the test images.

    Raises:
        ValueError, OSError: as `read_run` and `load_dataset` do.
    """
    run = read_run(directory)
    data = load_dataset(run.dataset, data_dir)
    old = run.report
    models = {name: load_model(run.weights(name)) for name in ("before", "after") if run.has(name)}
    found = {
        name: measure(model, data, old.forget_class, old.redirect_to)
        for name, model in models.items()
    }
    return Report(
        dataset=old.dataset,
        classes=old.classes,
        forget_class=old.forget_class,
        redirect_to=old.redirect_to,
        method=old.method,
        before=found["before"],
        after=found.get("after"),
        mask=old.mask,
        seconds=old.seconds,
    )
