"""A run → the model folder that the app serves: ONNX files, their report, the manifest last."""

import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from export.graph import OUTPUT_SHAPE, PIXELS_SHAPE, parse
from forgetdemo.files.folder import MODELS_FORMAT, check_target, write_folder
from forgetdemo.files.run import Run, read_run
from forgetdemo.metrics.report import ModelReport, Report
from forgetdemo.predict.entry import KNOWN
from forgetdemo.predict.inference import INPUT, OUTPUTS
from forgetdemo.settings.constants import MNIST_MEAN, MNIST_STD, PREPROCESS_VERSION

ACCURACIES = ("acc_overall", "acc_forget", "acc_retain")
REPORT_TOLERANCE = 5e-4  # share of images; rounding may turn one near tie, other weights turn more
COPIED = (".safetensors", ".json", "plots/")


def export_run(
    directory: Path,
    out: Path,
    data: Path | None = None,
    say: Callable[[str], None] = lambda text: None,
) -> dict[str, Any]:
    """Export every model of a run, compare each with torch on all test images, write the folder.

    Args:
        directory: a finished run with before and after.
        out: the model folder; an older one is replaced once the new one is whole.
        data: folder of the data set, where it is not the bundled one.
        say: told what happens, for people.
    Returns:
        The manifest.
    Raises:
        ValueError: `out` is in use, or the run holds nothing to compare.
        FileNotFoundError, CheckpointError: the run or the data are missing or damaged, or a file
            does not follow its model; nothing is written then.
        OSError: `out` is unwritable or the disk full; what was there still loads.
    """
    check_target(out, MODELS_FORMAT)
    run = read_run(directory)
    names = models_in(run)
    if "after" not in names:
        raise ValueError(
            f"{directory} holds only the original; run "
            f"`python -m forgetdemo unlearn --original {directory}` and export that run"
        )
    from export.to_onnx import export_models, measure_parity, torch_logits
    from forgetdemo.data import load_dataset
    from forgetdemo.metrics.report import report_of_logits
    from forgetdemo.network.model import load_model
    from forgetdemo.network.train import torch_threads

    dataset = load_dataset(run.dataset, data)
    if run.manifest.get("data_sha256", dataset.sha256) != dataset.sha256:
        raise ValueError(
            f"{directory} was made from other {run.dataset} files; give them as --data"
        )
    pixels, labels = dataset.test.floats(), dataset.test.labels
    models = {name: load_model(run.weights(name)) for name in names}
    logits, reports = {}, {}
    for name, model in models.items():
        say(f"{name}: {len(pixels):,} test images through torch")
        with torch_threads(1):  # the same last bits wherever it runs
            logits[name] = torch_logits(model, pixels)
        pair = run.report.forget_class, run.report.redirect_to
        reports[name] = report_of_logits(logits[name], labels, *pair)
        check_report(name, reports[name], run.report)
    say(f"exporting {', '.join(names)}")
    files = export_models(models, {name: properties(run, name, reports[name]) for name in names})
    parities = {}
    for name in names:
        say(f"{name}.onnx: comparing with torch at batch sizes 256, 7, 1")
        parities[name] = measure_parity(files[name], logits[name], pixels).to_dict()
    return write_models(out, run, files, reports, parities, copies(run))


def models_in(run: Run) -> list[str]:
    """Names of the models that a run holds, the original first."""
    return [name for name in KNOWN if run.has(name)]


def write_models(
    out: Path,
    run: Run,
    files: Mapping[str, bytes],
    reports: Mapping[str, ModelReport],
    parities: Mapping[str, Mapping[str, Any]],
    copied: Mapping[str, bytes],
) -> dict[str, Any]:
    """Write the folder that the page loads: ONNX files, what travels with them, the manifest.

    Args:
        out: the model folder; an older one is replaced once the new one is whole.
        run: where the models come from.
        files: an ONNX file by model, "before" among them.
        reports: what was measured of each, by the same names.
        parities: how closely each file follows torch, as `Parity.to_dict` gives it.
        copied: further files of the folder, as they are.
    Returns:
        The manifest.
    Raises:
        CheckpointError: `before` is no ONNX file.
        ValueError, OSError: see `write_folder`.
    """
    entries: dict[str, dict[str, Any]] = {
        name: {
            "file": f"{name}.onnx",
            "title": KNOWN[name].in_file,
            "accuracy": {key: getattr(reports[name], key) for key in ACCURACIES},
            "parity": parities[name],
        }
        for name in files
    }
    proto = parse(files["before"])
    opset = {"opset": proto.opset_import[0].version, "ir_version": proto.ir_version}
    onnx = {entries[name]["file"]: content for name, content in files.items()}
    return write_folder(out, onnx | dict(copied), manifest(run, entries, opset), MODELS_FORMAT)


def manifest(run: Run, models: Mapping[str, Any], opset: Mapping[str, int]) -> dict[str, Any]:
    """What the model folder's manifest says, but for its files."""
    output = {"dtype": "float32", "shape": list(OUTPUT_SHAPE)}
    return facts(run) | {
        "input": {
            "name": INPUT,
            "dtype": "float32",
            "shape": list(PIXELS_SHAPE),
            "range": [0, 1],
            "meaning": "white ink on black",
        },
        "outputs": dict.fromkeys(OUTPUTS, output),
        "onnx": dict(opset),
        "models": dict(models),
        "data_sha256": run.manifest.get("data_sha256"),
        "code_version": run.manifest.get("code_version"),
        "versions": run.manifest.get("versions", {}),  # of what made the weights
        "git_commit": run.manifest.get("git_commit"),
        "image_visits": run.manifest.get("image_visits"),  # of making the last model: an audit's
    }


def facts(run: Run) -> dict[str, Any]:
    """What was forgotten, and how: the part that manifest and ONNX metadata share."""
    report = run.report
    return {
        "dataset": report.dataset,
        "classes": list(report.classes),
        "forget_class": report.forget_class,
        "redirect_to": report.redirect_to,
        "method": report.method,
        "mask_fraction": run.manifest.get("mask_fraction", (report.mask or {}).get("fraction")),
        "seed": run.manifest.get("seed"),
        "recipe": run.manifest.get("recipe", run.config.get("recipe")),
        "preprocess_version": PREPROCESS_VERSION,
    }


def properties(run: Run, name: str, report: ModelReport) -> dict[str, str]:
    """Metadata inside one ONNX file, so that it explains itself without the manifest.

    No commit and no time: the same weights give the same bytes from any checkout.
    """
    return {
        "title": KNOWN[name].in_file,
        **{key: _text(value) for key, value in facts(run).items()},
        **{key: _text(getattr(report, key)) for key in ACCURACIES},
        "normalisation": f"(pixels - {MNIST_MEAN}) / {MNIST_STD}, inside the graph",
        "input": f"{INPUT}: float32 {_shape(PIXELS_SHAPE)} in [0, 1], white ink on black",
        "outputs": f"probabilities: softmax of logits; logits; both float32 {_shape(OUTPUT_SHAPE)}",
    }


def copies(run: Run) -> dict[str, bytes]:
    """Files that travel from the run unchanged; plots are drawn where the run has none."""
    kept = {n: data for n, data in run.files.items() if n.endswith(COPIED[:2]) or n[:6] in COPIED}
    if not any(name.startswith("plots/") for name in kept):
        from forgetdemo.plots.report import plot_files

        drawn = plot_files(run.report, run.history)
        kept |= {f"plots/{name}": data for name, data in drawn.items()}
    return kept


def check_report(name: str, measured: ModelReport, report: Report) -> None:
    """Refuse a run whose report is about other weights.

    Raises:
        ValueError: the overall accuracy measured now is not the report's.
    """
    claimed = getattr(report, name, None)
    if claimed is None:
        return
    if abs(claimed.acc_overall - measured.acc_overall) > REPORT_TOLERANCE:
        raise ValueError(
            f"report.json says {name} is right on {100 * claimed.acc_overall:.2f} % of the test "
            f"images, measured {100 * measured.acc_overall:.2f} %; make the run again"
        )


def _shape(shape: tuple[str | int, ...]) -> str:
    """(batch, 10)."""
    return f"({', '.join(map(str, shape))})"


def _text(value: object) -> str:
    """A metadata value as text: strings as they are, the rest as JSON."""
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
