"""Stages that meet through run folders: settings in, a verified folder out. Commands call these."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import torch

from forgetdemo.config import TrainConfig, UnlearnConfig, as_json, from_json
from forgetdemo.data import Dataset, load_dataset
from forgetdemo.evaluate import ModelReport, Predict, Report, evaluate
from forgetdemo.folder import check_target
from forgetdemo.model import MnistCNN, arrays_of, load_model
from forgetdemo.rundir import (
    RUN_FORMAT,
    TRAINING,
    Run,
    code_version,
    read_run,
    run_key,
    save_run,
    unlearn_settings,
)
from forgetdemo.train import Moments, Progress, silent, torch_threads, train_original
from forgetdemo.unlearn import Featurise, conv_features, unlearn

RUNS = Path("runs")
REFERENCE_CLASS = 6  # the class that an original's report puts in the "forget" line
Measure = Callable[[MnistCNN, Dataset, int, int | None], ModelReport]


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


def finished(out: Path) -> bool:
    """Whether a whole, verified run is already there."""
    try:
        read_run(out)
    except (OSError, ValueError):
        return False
    return True


def train_run(
    config: TrainConfig,
    out: Path | None = None,
    data_dir: Path | None = None,
    progress: Progress = silent,
) -> Run:
    """Train by `config` and write a run folder; without `out` an equal, finished run is reused.

    Raises:
        ValueError, OSError: as data, training and `save_run` do.
    """
    data = load_dataset(config.dataset, data_dir)
    settings, code = {"train": as_json(config)}, code_version(TRAINING)
    if out is None:
        out = RUNS / run_key(settings, data.sha256, config.seed, code)
        if finished(out):
            return read_run(out)
    check_target(out, RUN_FORMAT)
    trained = train_original(data.train, config, progress)
    forget = REFERENCE_CLASS if config.exclude_class is None else config.exclude_class
    with torch_threads(config.threads):
        before = measure(trained.model, data, forget, None)
    weights: dict[str, Any] = {"before": arrays_of(trained.model)}
    if config.recipe == "as_coded":
        weights["moments"] = {name: value.numpy() for name, value in trained.moments.items()}
    report = Report(
        dataset=data.name,
        classes=data.classes,
        forget_class=forget,
        redirect_to=None,
        method=None,
        before=before,
        seconds={"train": trained.seconds},
    )
    save_run(
        out,
        config=settings,
        seed=config.seed,
        data_sha256=data.sha256,
        report=report,
        history={"train": trained.history},
        weights=weights,
        about={"recipe": config.recipe, "image_visits": trained.image_visits},
        code=code,
    )
    return read_run(out)


def unlearn_run(
    config: UnlearnConfig,
    original: Path,
    out: Path | None = None,
    data_dir: Path | None = None,
    progress: Progress = silent,
    *,
    featurise: Featurise = conv_features,
    measured: Measure = measure,
    plots: bool = True,
) -> Run:
    """Unlearn from the original in a run or model folder, and write a run folder.

    Args:
        config: the method and its settings.
        original: a folder whose before.safetensors is the original.
        out: without it an equal, finished run is reused.
        data_dir: where the original's data set is; None: the bundled one.
        progress: see `unlearn`.
        featurise, measured: a caller that runs often passes functions that remember.
        plots: draw the report as files, too.
    Raises:
        ValueError, OSError: as `read_run`, `unlearn` and `save_run` do.
    """
    source = read_run(original)
    data = load_dataset(source.dataset, data_dir)
    settings = unlearn_settings(source, config)
    if out is None:
        out = RUNS / run_key(settings, data.sha256, config.seed)
        if finished(out):
            return read_run(out)
    check_target(out, RUN_FORMAT)
    model = load_model(source.weights("before"))
    moments: Moments = {}
    if config.method == "as_coded" and source.has("moments"):
        moments = {k: torch.from_numpy(v) for k, v in source.weights("moments").items()}
    recipe = source.config.get("train")
    done = unlearn(
        model,
        data.train,
        config,
        progress,
        moments=moments,
        training=from_json(TrainConfig, recipe) if recipe else None,
        featurise=featurise,
    )
    forget, substitute = config.forget_class, config.redirect_to
    with torch_threads(config.threads):
        before = measured(model, data, forget, substitute)
        after = measured(done.model, data, forget, substitute)
    report = Report(
        dataset=data.name,
        classes=data.classes,
        forget_class=forget,
        redirect_to=substitute,
        method=config.method,
        before=before,
        after=after,
        mask=done.certificate,
        seconds=done.seconds,
    )
    save_run(
        out,
        config=settings,
        seed=config.seed,
        data_sha256=data.sha256,
        report=report,
        history={"train": source.history.get("train", []), "unlearn": done.history},
        weights={
            "before": arrays_of(model),
            "after": arrays_of(done.model),
            "mask": {name: part.numpy().astype(np.uint8) for name, part in done.mask.items()},
        },
        plots=plots,
        about={
            "recipe": source.manifest.get("recipe"),
            "mask_fraction": config.mask_fraction,
            "image_visits": done.image_visits,
            "carried_moments": bool(moments),
        },
    )
    return read_run(out)


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
