"""Settings and an original → a run folder with before and after, without torch.

A page without a server runs the same graphs on the same draws: equal settings, `--pool` and
`--pool-per-class` among them, give its weights to the last digits. Against torch's engine, which
draws other batches, the figures are of the same kind, the weights are not the same.
"""

import time
from pathlib import Path

import numpy as np

from forgetdemo.data import load_dataset, per_class, split_validation
from forgetdemo.files.requests import unlearn_settings
from forgetdemo.files.run import Run, read_run
from forgetdemo.metrics.report import report_of_logits
from forgetdemo.predict.steps import Graphs, features_of, logits_of, see, study
from forgetdemo.predict.unlearn import Progress, unlearn
from forgetdemo.settings.unlearning import MONITOR_PER_CLASS, UnlearnConfig
from forgetdemo.stages.finish import Request, finish_run
from forgetdemo.stages.pool import pool_of


def unlearn_run(
    config: UnlearnConfig,
    original: Path,
    out: Path | None = None,
    data_dir: Path | None = None,
    progress: Progress = lambda record: None,
    *,
    overwrite: bool = True,
) -> Run:
    """Unlearn from the original in a run or model folder, and write a run folder.

    Args: as `stages.unlearn.unlearn_run`.
    Raises:
        ValueError: no graph serves these settings, before anything is read.
        ValueError, OSError: as `read_run`, `unlearn` and `save_run` do.
    """
    graphs = Graphs()
    graphs.step(config)
    source = read_run(original)
    data = load_dataset(source.dataset, data_dir)
    request = Request(
        stage="unlearn_onnx",
        settings=unlearn_settings(source, config) | {"graphs_sha256": graphs.sha256},
        seed=config.seed,
        threads=config.threads,
        data=data,
    )
    out, known = request.find(out, overwrite)
    if known is not None:
        return known
    before = source.weights("before")
    clock = time.perf_counter()
    fit_images, validation = split_validation(data.train)
    images = pool_of(graphs, before, fit_images, config)
    pool = study(graphs, before, images.pixels, images.labels)
    held = per_class(validation, MONITOR_PER_CLASS)
    watched = see(graphs, before, held.pixels, held.labels)
    seconds = {"features": time.perf_counter() - clock}
    done = unlearn(graphs, pool, watched, config, progress)
    pair, models = (
        (config.forget_class, config.redirect_to),
        {"before": before, "after": done.weights},
    )
    features = features_of(graphs, before, data.test.pixels)
    return finish_run(
        out,
        request,
        weights=models | {"mask": {n: part.astype(np.uint8) for n, part in done.mask.items()}},
        reports={
            name: report_of_logits(logits_of(graphs, weights, features), data.test.labels, *pair)
            for name, weights in models.items()
        },
        pair=pair,
        method=config.method,
        history={"train": source.history.get("train", []), "unlearn": done.history},
        seconds=seconds | dict(done.seconds),
        about={
            "engine": "onnx",
            "recipe": source.manifest.get("recipe"),
            "mask_fraction": config.mask_fraction,
            "image_visits": done.image_visits,
            "carried_moments": False,
        },
        certificate=done.certificate,
    )
