"""One live run inside the worker: unlearn, publish the model at once, then draw and finish."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from torch import Tensor

from export.bundle import ACCURACIES, TITLES, manifest, properties
from export.graph import parse, patch_onnx
from export.to_onnx import export_onnx, measure_parity, torch_logits
from forgetdemo.config import UnlearnConfig, from_json
from forgetdemo.data import load_dataset, split_validation
from forgetdemo.folder import write_folder
from forgetdemo.model import arrays_of, load_model
from forgetdemo.orders import drawings_from
from forgetdemo.pipeline import unlearn_run
from forgetdemo.plots import plot_files
from forgetdemo.relearn import relearn_run
from forgetdemo.relearn_config import config_from
from forgetdemo.remember import Remembered
from forgetdemo.rundir import MODELS_FORMAT, Run, read_run, write_run
from forgetdemo.train import Progress
from forgetdemo.unlearn import MONITOR_PER_CLASS, per_class

PARITY_IMAGES = 1000  # of the test set, at batch sizes 256, 7 and 1
TEMPLATE = "before.onnx"


@dataclass(frozen=True)
class Work:
    """One request as the worker received it."""

    config: Mapping[str, Any]
    original: Path  # folder that holds the model to start from
    out: Path  # `run/` and `models/` are made in it
    data: Path | None
    remembered: Remembered
    progress: Progress
    ready: Callable[[], None]  # the model folder is there


def unlearn_live(work: Work) -> None:
    """Write `models/`, say that the model is ready, then `run/` with its plots."""
    config = from_json(UnlearnConfig, dict(work.config))
    run = unlearn_run(
        config,
        work.original,
        work.out / "run",
        work.data,
        work.progress,
        featurise=work.remembered.features,
        measured=work.remembered.measure,
        plots=False,
    )
    publish(run, work)
    work.ready()
    add_plots(run)


def relearn_live(work: Work) -> None:
    """The same for bringing a class back: before is the model that had forgotten it."""
    drawn = work.config.get("drawings")
    run = relearn_run(
        config_from(work.config["config"]),
        work.original,
        work.out / "run",
        work.data,
        work.progress,
        drawings=None if drawn is None else drawings_from(drawn),
        plots=False,
    )
    publish(run, work)
    work.ready()
    add_plots(run)


KINDS: dict[str, Callable[[Work], None]] = {"unlearn": unlearn_live, "relearn": relearn_live}


def publish(run: Run, work: Work) -> None:
    """Write the run's models as a folder that the page loads: weights swapped into the template.

    Raises:
        CheckpointError: a file does not follow its model on the first test images.
        OSError: see `write_folder`.
    """
    names = [name for name in TITLES if run.has(name)]
    models = {name: load_model(run.weights(name)) for name in names}
    reports = {name: getattr(run.report, name) for name in names}
    source = read_run(work.original)
    template = source.files.get(TEMPLATE)
    if template is None:  # a run that was never exported
        template = export_onnx(models["before"], {})
    files = {
        name: patch_onnx(template, arrays_of(model), properties(run, name, reports[name]))
        for name, model in models.items()
    }
    test = load_dataset(run.dataset, work.data).test
    pixels = test.take(np.arange(min(PARITY_IMAGES, len(test)))).floats()
    entries = {}
    for name, model in models.items():
        parity = source.manifest.get("models", {}).get(name, {}).get("parity")
        if name != "before" or parity is None:
            parity = measure_parity(files[name], torch_logits(model, pixels), pixels).to_dict()
        entries[name] = {
            "file": f"{name}.onnx",
            "title": TITLES[name],
            "accuracy": {key: getattr(reports[name], key) for key in ACCURACIES},
            "parity": parity,
        }
    proto = parse(template)
    opset = {"opset": proto.opset_import[0].version, "ir_version": proto.ir_version}
    everything = {f"{name}.onnx": content for name, content in files.items()} | dict(run.files)
    write_folder(work.out / "models", everything, manifest(run, entries, opset), MODELS_FORMAT)


def add_plots(run: Run) -> None:
    """Draw a run's report and write the folder again with the pictures: as the command does."""
    drawn = {f"plots/{name}": data for name, data in plot_files(run.report, run.history).items()}
    about = {name: value for name, value in run.manifest.items() if name not in ("files", "format")}
    write_run(run.directory, {**run.files, **drawn}, about)


def warm_up(original: Path, data_dir: Path | None, remembered: Remembered) -> None:
    """Do everything once that any run from this original needs: data, features, first calls."""
    source = read_run(original)
    data = load_dataset(source.dataset, data_dir)
    model = load_model(source.weights("before"))
    fit_images, validation = split_validation(data.train)
    pool = per_class(fit_images, UnlearnConfig().pool_per_class)
    for images in (pool, per_class(validation, MONITOR_PER_CLASS)):
        features: Tensor = remembered.features(model, images)
        assert len(features) == len(images)
    remembered.measure(model, data, 6, None)
