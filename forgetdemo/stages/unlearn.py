"""Settings and an original → a run folder with before and after."""

from pathlib import Path

import numpy as np
import torch

from forgetdemo.data import load_dataset
from forgetdemo.files.requests import unlearn_settings
from forgetdemo.files.run import Run, read_run
from forgetdemo.methods.unlearn import unlearn
from forgetdemo.network.features import Featurise, conv_features
from forgetdemo.network.model import arrays_of, load_model
from forgetdemo.network.train import Moments, Progress, silent
from forgetdemo.settings.records import from_json
from forgetdemo.settings.training import TrainConfig
from forgetdemo.settings.unlearning import UnlearnConfig
from forgetdemo.stages.evaluate import Measuring, measure, measure_all
from forgetdemo.stages.finish import Request, finish_run


def carried(source: Run, method: str) -> Moments:
    """Adam's state of the original's training, for `as_coded` where it was kept."""
    if method != "as_coded" or not source.has("moments"):
        return {}
    return {name: torch.from_numpy(value) for name, value in source.weights("moments").items()}


def recipe_of(source: Run) -> TrainConfig | None:
    """How the original was trained, where its folder says so."""
    recipe = source.config.get("train")
    return from_json(TrainConfig, recipe) if recipe else None


def unlearn_run(
    config: UnlearnConfig,
    original: Path,
    out: Path | None = None,
    data_dir: Path | None = None,
    progress: Progress = silent,
    *,
    overwrite: bool = True,
    featurise: Featurise = conv_features,
    measured: Measuring = measure,
) -> Run:
    """Unlearn from the original in a run or model folder, and write a run folder.

    Args:
        config: the method and its settings.
        original: a folder whose before.safetensors is the original.
        out, overwrite: see `Request.find`; without `out` an equal, finished run is reused.
        data_dir: where the original's data set is; None: the bundled one.
        progress: see `unlearn`.
        featurise, measured: a caller that runs often passes functions that remember.
    Raises:
        ValueError, OSError: as `read_run`, `unlearn` and `save_run` do.
    """
    source = read_run(original)
    data = load_dataset(source.dataset, data_dir)
    request = Request(
        stage="unlearn",
        settings=unlearn_settings(source, config),
        seed=config.seed,
        threads=config.threads,
        data=data,
    )
    out, known = request.find(out, overwrite)
    if known is not None:
        return known
    model = load_model(source.weights("before"))
    moments = carried(source, config.method)
    done = unlearn(
        model,
        data.train,
        config,
        progress,
        moments=moments,
        training=recipe_of(source),
        featurise=featurise,
    )
    pair, models = (config.forget_class, config.redirect_to), {"before": model, "after": done.model}
    mask = {name: part.numpy().astype(np.uint8) for name, part in done.mask.items()}
    return finish_run(
        out,
        request,
        weights={name: arrays_of(model) for name, model in models.items()} | {"mask": mask},
        reports=measure_all(models, request, pair, measured),
        pair=pair,
        method=config.method,
        history={"train": source.history.get("train", []), "unlearn": done.history},
        seconds=done.seconds,
        about={
            "engine": "torch",
            "recipe": source.manifest.get("recipe"),
            "mask_fraction": config.mask_fraction,
            "image_visits": done.image_visits,
            "carried_moments": bool(moments),
        },
        certificate=done.certificate,
    )
