"""Settings → a trained original or oracle in a run folder."""

from pathlib import Path

from forgetdemo.data import load_dataset
from forgetdemo.files.run import Run
from forgetdemo.network.model import arrays_of
from forgetdemo.network.train import Progress, silent, train_original
from forgetdemo.settings.records import as_json
from forgetdemo.settings.training import TrainConfig
from forgetdemo.stages.evaluate import measure_all
from forgetdemo.stages.finish import Request, finish_run

REFERENCE_CLASS = 6  # the class that an original's report puts in the "forget" line


def train_run(
    config: TrainConfig,
    out: Path | None = None,
    data_dir: Path | None = None,
    progress: Progress = silent,
    *,
    overwrite: bool = True,
) -> Run:
    """Train by `config` and write a run folder; without `out` an equal, finished run is reused.

    Args:
        config: settings.
        out, overwrite: see `Request.find`.
        data_dir: where the data set is; None: the bundled one.
        progress: see `network.train.fit`.
    Raises:
        ValueError, OSError: as data, training and `save_run` do.
    """
    data = load_dataset(config.dataset, data_dir)
    request = Request(
        stage="train",
        settings={"train": as_json(config)},
        seed=config.seed,
        threads=config.threads,
        data=data,
    )
    out, known = request.find(out, overwrite)
    if known is not None:
        return known
    trained = train_original(data.train, config, progress)
    forget = REFERENCE_CLASS if config.exclude_class is None else config.exclude_class
    weights = {"before": arrays_of(trained.model)}
    if config.recipe == "as_coded":
        weights["moments"] = {name: value.numpy() for name, value in trained.moments.items()}
    return finish_run(
        out,
        request,
        weights=weights,
        reports=measure_all({"before": trained.model}, request, (forget, None)),
        pair=(forget, None),
        method=None,
        history={"train": trained.history},
        seconds={"train": trained.seconds},
        about={"recipe": config.recipe, "image_visits": trained.image_visits},
    )
