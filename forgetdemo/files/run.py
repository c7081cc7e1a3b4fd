"""Runs on disk: a key from what decides the result, one way to write a run, one way to read it."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from forgetdemo.files.checkpoint import (
    Arrays,
    CheckpointError,
    json_bytes,
    pack_weights,
    unpack_weights,
)
from forgetdemo.files.folder import MODELS_FORMAT, RUN_FORMAT, read_folder, write_folder
from forgetdemo.files.keys import git_commit, run_key, versions
from forgetdemo.metrics.report import Report

REQUIRED = ("before.safetensors", "config.json", "history.json", "report.json")


@dataclass(frozen=True, eq=False)
class Run:
    """A folder that was read whole and verified: a run, or a shipped model folder.

    Bytes stay as they were verified; the methods parse them.
    """

    directory: Path
    manifest: Mapping[str, Any]
    files: Mapping[str, bytes]
    report: Report
    config: Mapping[str, Any]
    history: Mapping[str, Any]

    @property
    def dataset(self) -> str:
        """Name of the data set the models were trained on."""
        return self.report.dataset

    def has(self, name: str) -> bool:
        """Whether there are weights of that name ("before", "after", "mask")."""
        return f"{name}.safetensors" in self.files

    def weights(self, name: str) -> Arrays:
        """Named arrays of "before", "after" or "mask".

        Raises:
            CheckpointError: there are none, or the file is no safetensors file.
        """
        if not self.has(name):
            raise CheckpointError(f"{self.directory} holds no {name}.safetensors; unlearn first")
        return unpack_weights(self.files[f"{name}.safetensors"], f"{name}.safetensors")


def save_run(
    out: Path,
    *,
    config: Mapping[str, Any],
    seed: int,
    data_sha256: str,
    report: Report,
    history: Mapping[str, Any],
    weights: Mapping[str, Mapping[str, Any]],
    code: str,
    about: Mapping[str, Any] | None = None,
) -> dict[str, Any]:
    """Write a run folder, atomically; an older run at the same place is replaced.

    Args:
        out: the folder; refused if it holds anything but a run.
        config: settings as JSON takes them, also the base of the run's key.
        seed, data_sha256: see `run_key`.
        report: what evaluation found.
        history: {"train": [...], "unlearn": [...]}, curves.
        weights: "before" and, after unlearning, "after" and "mask": named arrays each.
        code: version of the code that decides the result, see `code_version`.
        about: more for the manifest.
    Returns:
        The manifest.
    Raises:
        ValueError: `out` is in use by something else, or a value is not finite.
        OSError: unwritable or full; one sentence. What was there before still loads.
    """
    files = {f"{name}.safetensors": pack_weights(arrays) for name, arrays in weights.items()}
    files["config.json"] = json_bytes(dict(config))
    files["history.json"] = json_bytes(dict(history))
    files["report.json"] = json_bytes(report.to_dict())
    facts = {
        "dataset": report.dataset,
        "classes": list(report.classes),
        "forget_class": report.forget_class,
        "redirect_to": report.redirect_to,
        "method": report.method,
        "seed": seed,
        "key": run_key(config, data_sha256, seed, code),
        "data_sha256": data_sha256,
        "code_version": code,
        "versions": versions(),
        "git_commit": git_commit(),
    }
    return write_run(out, files, facts | dict(about or {}))


def write_run(out: Path, files: Mapping[str, bytes], about: Mapping[str, Any]) -> dict[str, Any]:
    """Write ready-made files as a run folder; `save_run` without the packing.

    Raises:
        ValueError: a file that every run has is missing, or `out` is in use by something else.
        OSError: unwritable or full; see `write_folder`.
    """
    missing = [name for name in REQUIRED if name not in files]
    if missing:
        raise ValueError(f"a run needs {', '.join(missing)}")
    return write_folder(out, files, about, RUN_FORMAT)


def extend_run(run: Run, more: Mapping[str, bytes]) -> Run:
    """Write a run's folder again with further files, and read it back; its manifest says the same.

    Raises:
        ValueError, OSError: as `write_run` does; the run as it was is still whole.
    """
    about = {name: value for name, value in run.manifest.items() if name not in ("files", "format")}
    write_run(run.directory, {**run.files, **more}, about)
    return read_run(run.directory)


def read_run(directory: Path, dataset: str | None = None) -> Run:
    """Read a run or model folder whole, verifying every file first.

    Args:
        directory: as `save_run` or the export wrote it.
        dataset: refuse a folder made from any other data set.
    Raises:
        FileNotFoundError: no such folder, or one that was never finished.
        CheckpointError: incomplete, tampered with, or from another data set.
    """
    manifest, files = read_folder(directory, (RUN_FORMAT, MODELS_FORMAT))
    missing = [name for name in REQUIRED if name not in files]
    if missing:
        raise CheckpointError(f"{directory} is incomplete (no {missing[0]}); make it again")
    try:
        parsed = {name: json.loads(files[name]) for name in REQUIRED if name.endswith(".json")}
        report = Report.from_dict(parsed["report.json"])
        config, history = parsed["config.json"], parsed["history.json"]
    except (ValueError, RecursionError) as error:
        raise CheckpointError(f"{directory} is damaged ({error}); make it again") from error
    if not isinstance(config, dict) or not isinstance(history, dict):
        raise CheckpointError(f"{directory} is damaged (config or history); make it again")
    if (manifest.get("dataset"), manifest.get("classes")) != (report.dataset, [*report.classes]):
        raise CheckpointError(
            f"{directory} is damaged (manifest and report disagree); make it again"
        )
    if dataset is not None and report.dataset != dataset:
        raise CheckpointError(
            f"{directory} is from another data set ({report.dataset}, expected {dataset})"
        )
    return Run(directory, manifest, files, report, config, history)
