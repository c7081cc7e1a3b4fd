"""What the static page needs to make a model forget by itself: graphs, images, settings."""

import json
from typing import Any, cast

import numpy as np

from export.graph import weights_of
from export.pairs import layout
from export.web.records import Learning, LessonSettings, RunSettings, Weight
from forgetdemo.data import Images, load_dataset, per_class, split_validation
from forgetdemo.files.checkpoint import pack_weights
from forgetdemo.files.folder import read_folder
from forgetdemo.predict.inference import Models
from forgetdemo.predict.steps import STEPS_DIR, STEPS_FORMAT, Graphs
from forgetdemo.settings.architecture import NETWORK
from forgetdemo.settings.checks import MAX_SEED
from forgetdemo.settings.constants import IMAGE_SIZE
from forgetdemo.settings.relearning import RelearnConfig, measured_steps
from forgetdemo.settings.unlearning import unlearn_config
from forgetdemo.stages.dense import BROWSER, POOL_PER_CLASS, WATCHED
from forgetdemo.stages.pool import pool_of
from forgetdemo.views.form import HIGH, LOW, WEIGHTS
from forgetdemo.views.recovery import measured

WATCHED_PER_CLASS = 50  # held-out images of a run's curves
DENSE_COUNTS = (1, 5, 10, 50, POOL_PER_CLASS)  # of the pool's images that a lesson takes
KEPT = (  # of the shipped manifest, in that of a pair that the page makes
    *("format", "dataset", "classes", "preprocess_version", "recipe", "data_sha256"),
    *("input", "outputs", "onnx"),
)
METHODS = {True: "described", False: "natural_target"}  # with a substitute, and without


def graph_files() -> tuple[dict[str, bytes], dict[str, Any]]:
    """The graphs of assets/steps, verified, and what their manifest says of them.

    Raises:
        FileNotFoundError, CheckpointError: they are gone or damaged.
    """
    about, files = read_folder(STEPS_DIR, (STEPS_FORMAT,))
    return files, about


def learning(models: Models) -> Learning:
    """What the page's learner must know besides images: see the record.

    Raises:
        CheckpointError: before.onnx is not an exported file.
    """
    _, about = graph_files()
    forget, redirect = models.manifest["forget_class"], models.manifest["redirect_to"]
    start = {"forget_class": forget} | ({} if redirect is None else {"redirect_to": redirect})
    before = models.manifest["models"]["before"]["file"]
    lesson = RelearnConfig(forget_class=forget)
    return {
        "tensors": cast(list[Weight], layout(models.file(before))),
        "shapes": {name: list(shape) for name, shape in NETWORK.shapes.items()},
        "dense": list(NETWORK.dense_names),
        "maps": list(NETWORK.maps),
        "rest": [name for name, _ in about["rest"]],
        "places": about["places"],
        "steps": about["steps"],
        "redirecting": part(RunSettings, unlearn_config(METHODS[True], **(start | BROWSER))),
        "natural": part(
            RunSettings, unlearn_config(METHODS[False], forget_class=forget, **BROWSER)
        ),
        "lesson": part(LessonSettings, lesson),
        "points": measured_steps(lesson.steps),
        "ranges": {"share": [LOW, HIGH], "seed": [0, MAX_SEED], **dict.fromkeys(WEIGHTS, [0, 100])},
        "watched": WATCHED,
        "counts": list(DENSE_COUNTS),
        "recovery": reference_curves(models),
        "manifest": json.dumps({name: models.manifest[name] for name in KEPT}, sort_keys=True),
    }


def reference_curves(models: Models) -> dict[str, Any]:
    """Curves of the lesson to dense layers by digit, model and count; {}: of another original.

    Raises:
        CheckpointError: assets/relearning.json is damaged.
    """
    known = measured()
    own = models.manifest["files"].get("before.safetensors", {}).get("sha256")
    return dict(known["dense"]) if own == known["original_sha256"] else {}


def part(record: Any, settings: Any) -> Any:
    """The fields of a settings record that a record of the page has."""
    return {name: getattr(settings, name) for name in record.__annotations__}


def graphs_file() -> bytes:
    """All graphs as safetensors: their bytes by name."""
    files, _ = graph_files()
    return pack_weights(
        {name.removesuffix(".onnx"): np.frombuffer(data, np.uint8) for name, data in files.items()}
    )


def pool_images(models: Models) -> tuple[Images, Images]:
    """What the page learns from, and what its curves are measured on: fixed choices, disjoint.

    The pool is the one of `unlearn --engine onnx` under the page's settings.

    Raises:
        FileNotFoundError, CheckpointError: as `load_dataset` does.
    """
    fit, validation = split_validation(load_dataset(models.manifest["dataset"]).train)
    original = weights_of(models.file(models.manifest["models"]["before"]["file"]))
    pool = pool_of(Graphs(), original, fit, unlearn_config(METHODS[True], **BROWSER))
    return pool, per_class(validation, WATCHED_PER_CLASS)


def pool_file(models: Models) -> bytes:
    """`pixels` (N, 784) and `label` (N,) of the pool, `watched_pixels` and `watched_label`, uint8.

    Raises: as `pool_images`.
    """
    arrays = {}
    for prefix, images in zip(("", "watched_"), pool_images(models), strict=True):
        arrays[f"{prefix}pixels"] = images.pixels.reshape(-1, IMAGE_SIZE * IMAGE_SIZE)
        arrays[f"{prefix}label"] = images.labels.astype(np.uint8)
    return pack_weights(arrays)
