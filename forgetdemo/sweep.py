"""Many pairs, methods and seeds: one small folder a run, skipped where it exists, then one table.

A run folder holds settings, report and only the weights that moved; its manifest holds the row of
the table, so that merging reads manifests alone. Tables have no times in them (those are in
timings.json), which is why any engine, any split into shards and any restart gives equal bytes.
"""

import csv
import io
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from forgetdemo.checkpoint import (
    MANIFEST,
    CheckpointError,
    read_manifest,
    sha256_hex,
    write_atomic,
    write_json,
)
from forgetdemo.checks import require_count
from forgetdemo.config import (
    METHOD_DEFAULTS,
    NUM_CLASSES,
    unlearn_config,
)
from forgetdemo.data import Dataset
from forgetdemo.engine import run_jobs
from forgetdemo.folder import read_folder, remove_all_stale
from forgetdemo.rundir import Run, run_key, unlearn_settings
from forgetdemo.sweeprun import COLUMNS, SWEEP_FORMAT, Order, run_order
from forgetdemo.train import Progress, silent

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


def orders(
    original: Run,
    data: Dataset,
    pairs: Sequence[Pair],
    methods: Sequence[str],
    seeds: Sequence[int],
    out: Path,
    data_dir: Path | None = None,
    changes: dict[str, Any] | None = None,
) -> list[Order]:
    """Every run of a sweep, once each, by ascending key.

    Methods without a substitute have one run per class, whatever the pairs' second half.
    """
    require_count("number of runs", len(pairs) * len(methods) * len(seeds), 1, 1_000_000)
    found: dict[str, Order] = {}
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
                key = run_key(unlearn_settings(original, config), data.sha256, seed)
                found[key] = Order(key, config, original.directory, sha256, out / key, data_dir)
    return [found[key] for key in sorted(found)]


def is_done(order: Order) -> bool:
    """Whether a whole, verified folder of this run is there."""
    try:
        manifest, _ = read_folder(order.out, (SWEEP_FORMAT,))
    except (OSError, CheckpointError):
        return False
    return bool(manifest.get("row", {}).get("key") == order.key)


def sweep(
    wanted: Sequence[Order],
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
        wanted: all runs of the sweep, whatever the shard.
        out: holds a folder per run, table.json, table.csv and timings.json.
        jobs: worker processes; default: all cores.
        shard: (i, n): every n-th run, beginning with the i-th.
        engine, address: see `engine.run_jobs`.
        progress: called with {"run", "of"} as runs are finished; first with "found" beside
            them for what was there already.
    Returns:
        What `merge` returns.
    """
    out.mkdir(parents=True, exist_ok=True)
    remove_all_stale(out)
    part, parts = shard
    mine = list(wanted)[part - 1 :: parts]
    open_ones = [order for order in mine if not is_done(order)]
    done = len(mine) - len(open_ones)
    if done:
        progress({"run": done, "of": len(mine), "found": True})
    for _ in run_jobs(run_order, open_ones, jobs, engine, address):
        done += 1
        progress({"run": done, "of": len(mine)})
    return merge(wanted, out)


def merge(wanted: Sequence[Order], out: Path) -> dict[str, Any]:
    """Read manifests and write table.json, table.csv and timings.json, rows by ascending key.

    Returns:
        {"rows": [...], "missing": how many runs are not there yet, "failed": how many diverged}.
    """
    rows, timings = [], {}
    for order in sorted(wanted, key=lambda order: order.key):
        if (order.out / MANIFEST).is_file():
            manifest = read_manifest(order.out)
            if manifest.get("format") != SWEEP_FORMAT:
                raise CheckpointError(f"{order.out} is no part of a sweep; choose another --out")
            rows.append({name: manifest["row"][name] for name in COLUMNS})
            timings[order.key] = manifest["seconds"]
    table = io.StringIO(newline="")
    writer = csv.DictWriter(table, COLUMNS, lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    write_atomic(out / "table.csv", table.getvalue().encode())
    write_json(out / "table.json", rows)
    write_json(out / "timings.json", timings)
    failed = sum(row["failed"] is not None for row in rows)
    return {"rows": rows, "missing": len(wanted) - len(rows), "failed": failed}
