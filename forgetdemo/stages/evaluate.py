"""Measure models on the test images: for final figures only."""

from collections.abc import Callable, Mapping
from pathlib import Path

from forgetdemo.data import Dataset, load_dataset
from forgetdemo.files.run import read_run
from forgetdemo.metrics.report import ModelReport, Report
from forgetdemo.network.features import conv_features, report_of_features
from forgetdemo.network.model import MnistCNN, load_model
from forgetdemo.network.train import torch_threads
from forgetdemo.stages.finish import Request

Measuring = Callable[[MnistCNN, Dataset, int, int | None], ModelReport]


def measure(model: MnistCNN, data: Dataset, forget: int, substitute: int | None) -> ModelReport:
    """A model's report on the test images: for final figures only."""
    return report_of_features(model, conv_features(model, data.test), data, forget, substitute)


def measure_all(
    models: Mapping[str, MnistCNN],
    request: Request,
    pair: tuple[int, int | None],
    measured: Measuring = measure,
) -> dict[str, ModelReport]:
    """Reports of a request's models by name, on as many threads as it asked for.

    Args:
        pair: forgotten class, and its substitute or None.
        measured: as `measure`; a caller that runs often passes one that remembers.
    """
    with torch_threads(request.threads):
        return {name: measured(model, request.data, *pair) for name, model in models.items()}


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
