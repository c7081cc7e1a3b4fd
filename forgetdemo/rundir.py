"""Runs on disk: a key from what decides the result, one way to write a run, one way to read it."""

import hashlib
import json
import platform
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from importlib import metadata
from pathlib import Path
from typing import Any

from forgetdemo.checkpoint import (
    Arrays,
    CheckpointError,
    json_bytes,
    pack_weights,
    sha256_hex,
    unpack_weights,
)
from forgetdemo.config import ROOT, UnlearnConfig, as_json
from forgetdemo.evaluate import Report
from forgetdemo.folder import read_folder, write_folder

RUN_FORMAT = "forgetdemo-run/1"
MODELS_FORMAT = "forgetdemo-models/1"
KEY_LENGTH = 16
REQUIRED = ("before.safetensors", "config.json", "history.json", "report.json")
PACKAGES = ("numpy", "torch", "onnx", "onnxscript", "onnxruntime", "safetensors", "scipy")
PRESENTATION = frozenset(  # modules that show or judge results: a change there makes no other run
    (
        "__init__ __main__ cli commands manycommands progress plots preprocess inference answers "
        "folder rundir runs wire process orders shelf worker driver live remember relearn "
        "relearn_config oracles attacks exam profile audit auditing auditreport measures verdict "
        "bench benchplot sweep sweeprun engine hosting pairs ending"
    ).split()
)
TRAINING = ("augment", "data", "model", "train")


@lru_cache(maxsize=4)
def code_version(modules: tuple[str, ...] | None = None) -> str:
    """SHA-256 over the modules that influence results: these, or all but `PRESENTATION`.

    Training depends on `TRAINING` alone (its settings are in the key), so that a new method does
    not make every original and oracle stale.
    """
    digest = hashlib.sha256()
    for path in sorted((ROOT / "forgetdemo").glob("*.py")):
        if path.stem in modules if modules else path.stem not in PRESENTATION:
            source = path.read_bytes().replace(b"\r\n", b"\n")
            digest.update(f"{path.name} {sha256_hex(source)}\n".encode())
    return digest.hexdigest()


def run_key(config: Mapping[str, Any], data_sha256: str, seed: int, code: str | None = None) -> str:
    """Name of a run: the same request finds the same folder.

    Args:
        config: all settings, as JSON takes them; the order of keys does not matter.
        data_sha256: of the data set; add the original's hash to `config` where there is one.
        seed: of the run.
        code: of the code; default `code_version()`.
    Returns:
        16 lower-case hex digits.
    """
    code = code_version() if code is None else code
    whole = {"config": config, "data": data_sha256, "seed": seed, "code": code}
    text = json.dumps(whole, sort_keys=True, separators=(",", ":"), allow_nan=False)
    return sha256_hex(text.encode())[:KEY_LENGTH]


@lru_cache(maxsize=1)
def versions() -> dict[str, str]:
    """Versions of Python and of the libraries that are installed, without importing them."""
    found = {"python": platform.python_version(), "system": f"{sys.platform} {platform.machine()}"}
    for name in PACKAGES:
        try:
            found[name] = metadata.version(name)
        except metadata.PackageNotFoundError:
            continue
    return found


@lru_cache(maxsize=1)
def git_commit() -> str | None:
    """The commit that is checked out; None without git, or outside a clone of this repository."""
    command = ["git", "-C", str(ROOT), "rev-parse", "--show-toplevel", "HEAD"]
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=10, check=True)
    except (OSError, subprocess.SubprocessError):
        return None
    top, _, commit = done.stdout.strip().partition("\n")
    return commit if Path(top).resolve() == ROOT else None


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


def unlearn_settings(source: Run, config: UnlearnConfig) -> dict[str, Any]:
    """Everything that decides what unlearning from `source` gives: config.json, and the key."""
    return {
        "train": source.config.get("train"),
        "unlearn": as_json(config),
        "original_sha256": sha256_hex(source.files["before.safetensors"]),
    }


def save_run(
    out: Path,
    *,
    config: Mapping[str, Any],
    seed: int,
    data_sha256: str,
    report: Report,
    history: Mapping[str, Any],
    weights: Mapping[str, Mapping[str, Any]],
    plots: bool = True,
    about: Mapping[str, Any] | None = None,
    code: str | None = None,
) -> dict[str, Any]:
    """Write a run folder, atomically; an older run at the same place is replaced.

    Args:
        out: the folder; refused if it holds anything but a run.
        config: settings as JSON takes them, also the base of the run's key.
        seed, data_sha256: see `run_key`.
        report: what evaluation found.
        history: {"train": [...], "unlearn": [...]}, curves.
        weights: "before" and, after unlearning, "after" and "mask": named arrays each.
        plots: draw the report, too (needs matplotlib; a second or two).
        about: more for the manifest.
        code: version of the code that decides the result; default `code_version()`.
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
    if plots:
        from forgetdemo.plots import plot_files

        files |= {f"plots/{name}": data for name, data in plot_files(report, history).items()}
    code = code_version() if code is None else code
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
