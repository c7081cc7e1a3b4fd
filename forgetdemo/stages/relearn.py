"""An unlearned model and some images → a run folder with the class brought back."""

from dataclasses import replace
from pathlib import Path

import numpy as np

from forgetdemo.data import Images, load_dataset, split_by_class, split_validation
from forgetdemo.files.requests import relearn_settings, start_of
from forgetdemo.files.run import Run, read_run
from forgetdemo.network.model import arrays_of, load_model
from forgetdemo.network.relearn import WATCHED_RETAIN, relearn, watched_images
from forgetdemo.network.train import Progress, silent
from forgetdemo.settings.relearning import RelearnConfig, check_drawings
from forgetdemo.stages.evaluate import measure_all
from forgetdemo.stages.finish import Request, finish_run


def relearn_run(
    config: RelearnConfig,
    source_dir: Path,
    out: Path | None = None,
    data_dir: Path | None = None,
    progress: Progress = silent,
    *,
    drawings: np.ndarray | None = None,
    overwrite: bool = True,
) -> Run:
    """Teach a folder's unlearned model its class again, and write a run folder.

    Args:
        config: settings; with `drawings` their number replaces `config.images`.
        source_dir: a run or model folder; its "after" is taught, or "before" where it has none.
        out, overwrite: see `Request.find`; without `out` an equal, finished run is reused.
        data_dir: where the data set is; None: the bundled one.
        drawings: (N, 28, 28) uint8, the visitor's own, as `preprocess` centres them.
    Returns:
        A run whose "before" is the model before the lesson and "after" the taught one.
    Raises:
        ValueError, OSError: as `read_run`, `relearn` and `save_run` do.
    """
    source = read_run(source_dir)
    data = load_dataset(source.dataset, data_dir)
    forget, substitute = config.forget_class, source.report.redirect_to
    substitute = None if substitute == forget else substitute
    if drawings is not None:
        config = replace(config, images=len(check_drawings(drawings)))
    request = Request(
        stage="relearn",
        settings=relearn_settings(source, config, drawings),
        seed=config.seed,
        threads=config.threads,
        data=data,
    )
    out, known = request.find(out, overwrite)
    if known is not None:
        return known
    fit_images, _ = split_validation(data.train)
    split = split_by_class(fit_images.labels, forget)
    lesson = fit_images.take(split.forget)
    if drawings is not None:
        lesson = Images(drawings, np.full(len(drawings), forget))
    model = load_model(source.weights(start_of(source)))
    watched = watched_images(data.test, forget, WATCHED_RETAIN)
    done = relearn(model, lesson, fit_images.take(split.retain), watched, config, progress)
    models = {"before": model, "after": done.model}
    return finish_run(
        out,
        request,
        weights={name: arrays_of(model) for name, model in models.items()},
        reports=measure_all(models, request, (forget, substitute)),
        pair=(forget, substitute),
        method="relearn",
        history={"train": source.history.get("train", []), "relearn": done.curve},
        seconds={"relearn": done.seconds},
        about={"relearned_from": source.report.method, "image_visits": done.image_visits},
    )
