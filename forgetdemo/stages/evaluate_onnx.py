"""Measure a model folder's ONNX files on the test images, on onnxruntime alone."""

from pathlib import Path

from forgetdemo.data import load_dataset
from forgetdemo.metrics.report import Report, evaluate
from forgetdemo.predict.inference import load_models


def evaluate_models(directory: Path, data_dir: Path | None = None) -> Report:
    """Measure before and after of a folder as an export, a download or a browser made it.

    Args:
        directory: of the models; verified against its manifest.
        data_dir: where their data set is; None: the bundled one.
    Returns:
        A report without a certificate, which needs the weights' history.
    Raises:
        ValueError, OSError: as `load_models` and `load_dataset` do.
    """
    models = load_models(directory)
    about = models.manifest
    data = load_dataset(about["dataset"], data_dir)
    forget, redirect = about["forget_class"], about["redirect_to"]
    pixels, labels = data.test.floats(), data.test.labels
    before, after = (
        evaluate(models.classifiers[name], pixels, labels, forget, redirect)
        for name in ("before", "after")
    )
    return Report(
        dataset=data.name,
        classes=tuple(about["classes"]),
        forget_class=forget,
        redirect_to=redirect,
        method=about["method"],
        before=before,
        after=after,
        seconds={},
    )
