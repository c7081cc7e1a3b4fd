"""One run of a sweep: what a worker process is told, does, and leaves behind."""

from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np
import torch

from forgetdemo.checkpoint import Arrays, json_bytes, pack_weights
from forgetdemo.config import TrainConfig, UnlearnConfig, as_json, from_json
from forgetdemo.data import Dataset, load_dataset
from forgetdemo.folder import write_folder
from forgetdemo.model import MnistCNN, arrays_of, load_model
from forgetdemo.remember import Remembered
from forgetdemo.rundir import Run, code_version, read_run
from forgetdemo.train import Moments, torch_threads
from forgetdemo.unlearn import unlearn

SWEEP_FORMAT = "forgetdemo-sweep/1"
DENSE = 0.5  # of a tensor's weights moved: from there on it is stored whole
FIGURES = ("acc_forget", "acc_retain", "acc_overall", "ceiling", "redirect_rate")
COLUMNS = (
    *("key", "method", "forget", "redirect", "seed", "failed", "acc_retain_before", "drop"),
    *FIGURES,
    "editable",
    "changed",
)


@dataclass(frozen=True)
class Order:
    """One run of a sweep, as it travels to a worker."""

    key: str
    config: UnlearnConfig
    original: Path
    original_sha256: str
    out: Path
    data: Path | None


def carried(source: Run, method: str) -> Moments:
    """Adam's state of the original's training, for `as_coded` where it was kept."""
    if method != "as_coded" or not source.has("moments"):
        return {}
    return {name: torch.from_numpy(value) for name, value in source.weights("moments").items()}


@lru_cache(maxsize=1)
def context(
    original: Path, data_dir: Path | None, key: str
) -> tuple[Run, Dataset, MnistCNN, Remembered]:
    """What a worker process needs for every run, read once; `key` is the original's hash."""
    source = read_run(original)
    assert source.manifest["files"]["before.safetensors"]["sha256"] == key, "it changed meanwhile"
    data = load_dataset(source.dataset, data_dir)
    return source, data, load_model(source.weights("before")), Remembered()


def delta(before: Arrays, after: Arrays) -> Arrays:
    """Only what moved: positions and new values per tensor, or the tensor where most of it did."""
    moved: Arrays = {}
    for name, old in before.items():
        new = after[name].ravel()
        index = np.flatnonzero(new != old.ravel()).astype(np.int32)
        if len(index) > DENSE * new.size:
            moved[name] = after[name]
        elif len(index):
            moved |= {f"{name}.index": index, f"{name}.value": new[index]}
    return moved or {"nothing": np.zeros(0, np.float32)}


def apply_delta(before: Arrays, moved: Arrays) -> Arrays:
    """The way back: bit for bit what `delta` was given as `after`."""
    after = {name: moved.get(name, old).copy() for name, old in before.items()}
    for name in before:
        if f"{name}.index" in moved:
            after[name].reshape(-1)[moved[f"{name}.index"]] = moved[f"{name}.value"]
    return after


def run_order(order: Order) -> str:
    """Do one run and write its folder; a diverged one is a row that says so. Returns the key."""
    source, data, model, remembered = context(order.original, order.data, order.original_sha256)
    config, recipe = order.config, source.config.get("train")
    row: dict[str, Any] = dict.fromkeys(COLUMNS)
    row |= {"key": order.key, "method": config.method, "forget": config.forget_class}
    row |= {"redirect": config.redirect_to, "seed": config.seed}
    files = {"config.json": json_bytes({"unlearn": as_json(config)})}
    seconds: dict[str, float] = {}
    try:
        done = unlearn(
            model,
            data.train,
            config,
            moments=carried(source, config.method),
            training=from_json(TrainConfig, recipe) if recipe else None,
            featurise=remembered.features,
        )
        with torch_threads(config.threads):
            pair = config.forget_class, config.redirect_to
            before, after = (remembered.measure(m, data, *pair) for m in (model, done.model))
        row |= {name: getattr(after, name) for name in FIGURES}
        row["acc_retain_before"] = before.acc_retain
        row["drop"] = before.acc_retain - after.acc_retain
        row |= {name: done.certificate[name] for name in ("editable", "changed")}
        seconds = dict(done.seconds)
        files["report.json"] = json_bytes(after.to_dict())
        files["delta.safetensors"] = pack_weights(delta(arrays_of(model), arrays_of(done.model)))
    except ValueError as error:  # diverged, or answers with NaN: a failed row, never a result
        row["failed"] = str(error)
    about = {"row": row, "seconds": seconds, "code_version": code_version()}
    write_folder(order.out, files, about, SWEEP_FORMAT)
    return order.key
