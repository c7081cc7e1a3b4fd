"""A live run's models as a folder that the page loads, in a fraction of a full export's time."""

from pathlib import Path

import numpy as np

from export.bundle import models_in, properties, write_models
from export.graph import patch_onnx
from export.to_onnx import export_onnx, measure_parity, torch_logits
from forgetdemo.data import load_dataset
from forgetdemo.files.run import Run, read_run
from forgetdemo.network.model import arrays_of, load_model

PARITY_IMAGES = 1000  # of the test set, at batch sizes 256, 7 and 1
TEMPLATE = "before.onnx"


def publish(run: Run, original: Path, out: Path, data: Path | None) -> None:
    """Write the run's models as a folder that the page loads: weights swapped into the template.

    Args:
        run: finished, with before and after; its own report is believed.
        original: the run or model folder that it started from; where that was exported, its
            `before.onnx` is the template, and what was measured of that file is not measured again.
        out: the model folder.
        data: folder of the data set; None: the bundled one.
    Raises:
        CheckpointError: a file does not follow its model on the first test images.
        OSError: see `write_folder`.
    """
    models = {name: load_model(run.weights(name)) for name in models_in(run)}
    reports = {name: getattr(run.report, name) for name in models}
    source = read_run(original)
    template = source.files.get(TEMPLATE)
    if template is None:  # a run that was never exported
        template = export_onnx(models["before"], {})
    files = {
        name: patch_onnx(template, arrays_of(model), properties(run, name, reports[name]))
        for name, model in models.items()
    }
    test = load_dataset(run.dataset, data).test
    pixels = test.take(np.arange(min(PARITY_IMAGES, len(test)))).floats()
    known = source.manifest.get("models", {}).get("before", {}).get("parity")
    parities = {
        name: known
        if name == "before" and known is not None
        else measure_parity(files[name], torch_logits(model, pixels), pixels).to_dict()
        for name, model in models.items()
    }
    write_models(out, run, files, reports, parities, run.files)
