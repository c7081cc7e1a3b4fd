"""One live run inside the worker: unlearn, publish the model at once, then draw and finish."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from torch import Tensor

from forgetdemo.data import load_dataset, per_class, split_validation
from forgetdemo.files.run import Run, read_run
from forgetdemo.live.orders import drawings_from
from forgetdemo.network.features import Remembered
from forgetdemo.network.model import load_model
from forgetdemo.network.train import Progress
from forgetdemo.settings.records import from_json
from forgetdemo.settings.relearning import RelearnConfig
from forgetdemo.settings.unlearning import MONITOR_PER_CLASS, UnlearnConfig
from forgetdemo.stages.pictures import with_plots
from forgetdemo.stages.relearn import relearn_run
from forgetdemo.stages.train import REFERENCE_CLASS
from forgetdemo.stages.unlearn import unlearn_run

# A run, where it started from, the folder to write, the data folder. Handed in by whoever starts
# the worker: making ONNX files is not this package's business.
Publish = Callable[[Run, Path, Path, Path | None], None]


@dataclass(frozen=True)
class Work:
    """One request as the worker received it."""

    config: Mapping[str, Any]
    original: Path  # folder that holds the model to start from
    out: Path  # `run/` and `models/` are made in it
    data: Path | None
    remembered: Remembered
    publish: Publish
    progress: Progress
    ready: Callable[[], None]  # the model folder is there


def unlearn_live(work: Work) -> None:
    """Write `models/`, say that the model is ready, then `run/` with its plots."""
    config = from_json(UnlearnConfig, work.config)
    run = unlearn_run(
        config,
        work.original,
        work.out / "run",
        work.data,
        work.progress,
        featurise=work.remembered.features,
        measured=work.remembered.measure,
    )
    work.publish(run, work.original, work.out / "models", work.data)
    work.ready()
    with_plots(run)


def relearn_live(work: Work) -> None:
    """The same for bringing a class back: before is the model that had forgotten it."""
    drawn = work.config.get("drawings")
    run = relearn_run(
        from_json(RelearnConfig, work.config["config"]),
        work.original,
        work.out / "run",
        work.data,
        work.progress,
        drawings=None if drawn is None else drawings_from(drawn),
    )
    work.publish(run, work.original, work.out / "models", work.data)
    work.ready()
    with_plots(run)


KINDS: dict[str, Callable[[Work], None]] = {"unlearn": unlearn_live, "relearn": relearn_live}


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
    remembered.measure(model, data, REFERENCE_CLASS, None)
