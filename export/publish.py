"""A live run's models as a folder that the page loads, in a fraction of a full export's time."""

from pathlib import Path

import numpy as np

from export.bundle import ACCURACIES, TITLES, manifest, properties
from export.graph import parse, patch_onnx
from export.to_onnx import export_onnx, measure_parity, torch_logits
from forgetdemo.data import load_dataset
from forgetdemo.files.folder import MODELS_FORMAT, write_folder
from forgetdemo.files.run import Run, read_run
from forgetdemo.network.model import arrays_of, load_model

PARITY_IMAGES = 1000  # of the test set, at batch sizes 256, 7 and 1
TEMPLATE = "before.onnx"


def publish(run: Run, original: Path, out: Path, data: Path | None) -> None:
    """Write the run's models as a folder that the page loads: weights swapped into the template.

    Raises:
        CheckpointError: a file does not follow its model on the first test images.
        OSError: see `write_folder`.
    """
    names = [name for name in TITLES if run.has(name)]
    models = {name: load_model(run.weights(name)) for name in names}
    reports = {name: getattr(run.report, name) for name in names}
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
    write_folder(out, everything, manifest(run, entries, opset), MODELS_FORMAT)
