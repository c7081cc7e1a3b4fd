"""Many pairs, methods and seeds: planned, done in worker processes, merged into one table.

A run leaves what moved, not a whole model; one that is there already is not made again.
"""

import csv
import io
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np

from forgetdemo.data import Dataset, load_dataset
from forgetdemo.files.checkpoint import (
    MANIFEST,
    Arrays,
    CheckpointError,
    json_bytes,
    pack_weights,
    read_manifest,
    sha256_hex,
    write_json,
)
from forgetdemo.files.folder import read_folder, remove_all_stale, write_folder
from forgetdemo.files.keys import run_key, stage_code
from forgetdemo.files.requests import unlearn_settings
from forgetdemo.files.run import Run, read_run
from forgetdemo.files.writing import make_folder, write_atomic
from forgetdemo.methods.unlearn import unlearn
from forgetdemo.network.features import Remembered
from forgetdemo.network.model import MnistCNN, arrays_of, load_model
from forgetdemo.network.train import Progress, silent, torch_threads
from forgetdemo.settings.checks import require_count
from forgetdemo.settings.constants import NUM_CLASSES
from forgetdemo.settings.methods import METHOD_DEFAULTS
from forgetdemo.settings.records import as_json
from forgetdemo.settings.unlearning import UnlearnConfig, unlearn_config
from forgetdemo.stages.engine import run_jobs
from forgetdemo.stages.unlearn import carried, recipe_of

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
class Planned:
    """One run of a sweep, as it travels to a worker."""

    key: str
    config: UnlearnConfig
    original: Path
    original_sha256: str
    out: Path
    data: Path | None


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
    """Only what moved, bit for bit: a tensor's positions and new values, or most of it: all of it.

    Returns:
        "<name>.index" int32 into the flattened tensor and "<name>.value" float32, or "<name>"
        itself where more than half of it moved; a tensor that is as it was has neither.
    """
    moved: Arrays = {}
    for name, old in before.items():
        new = after[name].ravel()
        index = np.flatnonzero(new != old.ravel()).astype(np.int32)
        if len(index) > DENSE * new.size:
            moved[name] = after[name]
        elif len(index):
            moved |= {f"{name}.index": index, f"{name}.value": new[index]}
    return moved or {"nothing": np.zeros(0, np.float32)}


def carry_out(planned: Planned) -> str:
    """Do one run and write its folder; a diverged one is a row that says so. Returns the key."""
    source, data, model, remembered = context(
        planned.original, planned.data, planned.original_sha256
    )
    config = planned.config
    row: dict[str, Any] = dict.fromkeys(COLUMNS)
    row |= {"key": planned.key, "method": config.method, "forget": config.forget_class}
    row |= {"redirect": config.redirect_to, "seed": config.seed}
    files = {"config.json": json_bytes({"unlearn": as_json(config)})}
    seconds: dict[str, float] = {}
    try:
        done = unlearn(
            model,
            data.train,
            config,
            moments=carried(source, config.method),
            training=recipe_of(source),
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
    about = {"row": row, "seconds": seconds, "code_version": stage_code("unlearn")}
    write_folder(planned.out, files, about, SWEEP_FORMAT)
    return planned.key


Pair = tuple[int, int | None]


def parse_pairs(text: str) -> list[Pair]:
    """'all' (90 pairs) or a list such as '6-3,2-7,6-none'.

    Raises:
        ValueError: anything else.
    """
    if text == "all":
        digits = range(NUM_CLASSES)
        return [(a, b) for a in digits for b in digits if a != b]
    try:
        halves = [part.split("-") for part in text.split(",")]
        return [(int(a), None if b == "none" else int(b)) for a, b in halves]
    except ValueError as error:
        raise ValueError(f"pairs must be 'all' or like 6-3,2-7,6-none; got {text!r}") from error


def parse_shard(text: str) -> tuple[int, int]:
    """'2/5' → (2, 5): the second of five equal parts.

    Raises:
        ValueError: not i/n with 1 ≤ i ≤ n.
    """
    part, _, parts = text.partition("/")
    if not (part.isdigit() and parts.isdigit() and 1 <= int(part) <= int(parts)):
        raise ValueError(f"shard must be i/n with 1 ≤ i ≤ n, got {text!r}")
    return int(part), int(parts)


def plan(
    original: Run,
    data: Dataset,
    pairs: Sequence[Pair],
    methods: Sequence[str],
    seeds: Sequence[int],
    out: Path,
    data_dir: Path | None = None,
    changes: dict[str, Any] | None = None,
) -> list[Planned]:
    """Every run of a sweep, once each, by ascending key.

    Methods without a substitute have one run per class, whatever the pairs' second half.
    """
    require_count("number of runs", len(pairs) * len(methods) * len(seeds), 1, 1_000_000)
    found: dict[str, Planned] = {}
    sha256 = sha256_hex(original.files["before.safetensors"])
    for method in methods:
        natural = METHOD_DEFAULTS.get(method, {}).get("redirect_to", 0) is None
        for forget, substitute in pairs:
            for seed in seeds:
                config = unlearn_config(
                    method,
                    **(changes or {}),
                    forget_class=forget,
                    redirect_to=None if natural else substitute,
                    seed=seed,
                )
                settings = unlearn_settings(original, config)
                key = run_key(settings, data.sha256, seed, stage_code("unlearn"))
                found[key] = Planned(key, config, original.directory, sha256, out / key, data_dir)
    return [found[key] for key in sorted(found)]


def is_done(planned: Planned) -> bool:
    """Whether a whole, verified folder of this run is there."""
    try:
        manifest, _ = read_folder(planned.out, (SWEEP_FORMAT,))
    except (OSError, CheckpointError):
        return False
    return bool(manifest.get("row", {}).get("key") == planned.key)


def sweep(
    wanted: Sequence[Planned],
    out: Path,
    *,
    jobs: int | None = None,
    shard: tuple[int, int] = (1, 1),
    engine: str = "joblib",
    address: str | None = None,
    progress: Progress = silent,
) -> dict[str, Any]:
    """Do what is not there yet of this shard's runs, then merge everything that is.

    Args:
        wanted: all runs of the sweep, whatever the shard; from `plan`.
        out: holds a folder per run, table.json, table.csv and timings.json.
        jobs: worker processes; default: all cores.
        shard: (i, n): every n-th run, beginning with the i-th.
        engine, address: see `engine.run_jobs`.
        progress: called with {"run", "of"} as runs are finished; first with "found" beside
            them for what was there already.
    Returns:
        What `merge` returns.
    """
    make_folder(out)
    remove_all_stale(out)
    part, parts = shard
    mine = list(wanted)[part - 1 :: parts]
    open_ones = [planned for planned in mine if not is_done(planned)]
    done = len(mine) - len(open_ones)
    if done:
        progress({"run": done, "of": len(mine), "found": True})
    for _ in run_jobs(carry_out, open_ones, jobs, engine, address):
        done += 1
        progress({"run": done, "of": len(mine)})
    return merge(wanted, out)


def merge(wanted: Sequence[Planned], out: Path) -> dict[str, Any]:
    """Read manifests and write table.json, table.csv and timings.json, rows by ascending key.

    Returns:
        {"rows": [...], "missing": how many runs are not there yet, "failed": how many diverged}.
    """
    rows, timings = [], {}
    for planned in sorted(wanted, key=lambda planned: planned.key):
        if (planned.out / MANIFEST).is_file():
            manifest = read_manifest(planned.out)
            if manifest.get("format") != SWEEP_FORMAT:
                raise CheckpointError(f"{planned.out} is no part of a sweep; choose another --out")
            rows.append({name: manifest["row"][name] for name in COLUMNS})
            timings[planned.key] = manifest["seconds"]
    table = io.StringIO(newline="")
    writer = csv.DictWriter(table, COLUMNS, lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    write_atomic(out / "table.csv", table.getvalue().encode())
    write_json(out / "table.json", rows)
    write_json(out / "timings.json", timings)
    failed = sum(row["failed"] is not None for row in rows)
    return {"rows": rows, "missing": len(wanted) - len(rows), "failed": failed}
