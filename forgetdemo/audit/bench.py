"""Methods by seeds, audited: which of them look as if they forgot, and which did.

Every run and every profile is content-addressed, so a benchmark that was killed goes on where it
was. A method that diverges is a row that says so.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from pathlib import Path
from statistics import fmean
from typing import TYPE_CHECKING, Any

from forgetdemo.audit.audit import CACHE, Audit
from forgetdemo.audit.oracles import BAND, oracle_configs, train_one, train_oracles
from forgetdemo.audit.profile import AuditSettings
from forgetdemo.audit.report import AuditReport, audit_row
from forgetdemo.audit.summary import REFERENCES, WORDS, scatters, table
from forgetdemo.data import load_dataset
from forgetdemo.files.checkpoint import write_json
from forgetdemo.files.keys import versions
from forgetdemo.files.run import read_run
from forgetdemo.files.writing import make_folder, write_atomic
from forgetdemo.network.features import Remembered
from forgetdemo.network.train import Progress, silent
from forgetdemo.settings.checks import require_count
from forgetdemo.settings.constants import CLASS_NAMES
from forgetdemo.settings.records import as_json
from forgetdemo.settings.training import TrainConfig, train_config
from forgetdemo.settings.unlearning import unlearn_config
from forgetdemo.stages.engine import run_jobs
from forgetdemo.stages.train import train_run
from forgetdemo.stages.unlearn import unlearn_run

if TYPE_CHECKING:
    from forgetdemo.plots.bench import Panel

LIGHT = AuditSettings(relearn_images=(50,))


@dataclass(frozen=True)
class Attempt:
    """One method and seed, as it travels to a worker; everything it needs is in folders."""

    method: str
    seed: int
    original: Path
    oracles: tuple[Path, ...]
    cache: Path
    data: Path | None
    settings: AuditSettings
    substitute: int
    changes: tuple[tuple[str, Any], ...] = ()


@lru_cache(maxsize=4)
def yardstick(
    original: Path,
    oracles: tuple[Path, ...],
    cache: Path,
    data: Path | None,
    settings: AuditSettings,
) -> Audit:
    """An `Audit` per original, kept by a worker process."""
    source, runs = read_run(original), [read_run(path) for path in oracles]
    forget = runs[0].report.forget_class
    return Audit(source, runs, forget, load_dataset(source.dataset, data), settings, cache)


@lru_cache(maxsize=1)
def memory() -> Remembered:
    """This process's convolution features."""
    return Remembered()


def try_method(attempt: Attempt) -> dict[str, Any]:
    """Unlearn (or find the run) and audit it: a flat record, with "failed" if it diverged."""
    about = {"method": attempt.method, "seed": attempt.seed}
    audit = yardstick(
        attempt.original, attempt.oracles, attempt.cache, attempt.data, attempt.settings
    )
    config = unlearn_config(
        attempt.method, seed=attempt.seed, forget_class=audit.forget_class, **dict(attempt.changes)
    )
    kept = memory()
    try:
        run = unlearn_run(
            config,
            attempt.original,
            None,
            attempt.data,
            featurise=kept.features,
            measured=kept.measure,
        )
        report = audit.report(run, substitute=attempt.substitute)
    except ValueError as error:
        return about | {"failed": str(error)}
    return audit_row(report) | about | {"failed": None, "references": references(report)}


def references(report: AuditReport) -> dict[str, dict[str, Any]]:
    """The original's, the oracles' and the held-out oracle's figures of an audit."""
    found = {key: {row.name: getattr(row, key) for row in report.rows} for key in REFERENCES}
    found["oracle_sd"] = {row.name: row.oracle_sd for row in report.rows}
    return found


def bench_methods(
    methods: Sequence[str],
    seeds: int,
    *,
    training: TrainConfig | None = None,
    jobs: int | None = None,
    oracles: int = BAND,
    data_dir: Path | None = None,
    cache: Path = CACHE,
    settings: AuditSettings = LIGHT,
    changes: Mapping[str, Any] | None = None,
    progress: Progress = silent,
) -> dict[str, Any]:
    """Run and audit every method on every seed, each seed from an original of its own.

    Args:
        methods: names from the registry.
        seeds: of originals and methods, from 0.
        training: the originals' recipe; default: robust.
        jobs: worker processes; default: all cores.
        oracles: in the band; one more is held out.
        data_dir, cache, settings: see `Audit`.
        changes: settings of every method, for a quick look.
        progress: called with {"run", "of"}.
    Returns:
        {"rows": [...], "references": {...}, "seeds", "versions", "dataset", "forget",
        "substitute"}: the last two are names of classes.
    """
    require_count("seeds", seeds, 1, 1000)
    base = training or train_config("robust")
    asked = unlearn_config("described", **dict(changes or {}))
    forget, substitute = asked.forget_class, asked.redirect_to
    assert substitute is not None  # `described` redirects; the others' answers are counted by it
    configs = [replace(base, seed=seed) for seed in range(seeds)]
    trainings = [*configs, *oracle_configs(as_json(configs[0]), forget, oracles + 1)]
    for done, _ in enumerate(run_jobs(train_one, [(c, data_dir) for c in trainings], jobs), 1):
        progress({"run": done, "of": len(trainings) + seeds * len(methods)})
    originals = [train_run(config, None, data_dir) for config in configs]
    band = train_oracles(originals[0], forget, oracles + 1, data_dir, jobs=jobs)
    places = tuple(run.directory for run in band)
    attempts = [
        Attempt(
            method,
            seed,
            original.directory,
            places,
            cache,
            data_dir,
            settings,
            substitute,
            changes=tuple((changes or {}).items()),
        )
        for seed, original in enumerate(originals)
        for method in methods
    ]
    for original in originals:  # profiles of the references, once, before workers ask for them
        yardstick(original.directory, places, cache, data_dir, settings)
    rows = []
    whole = len(trainings) + len(attempts)
    for row in run_jobs(try_method, attempts, jobs):
        rows.append(row)
        progress({"run": len(trainings) + len(rows), "of": whole})
    order = {method: place for place, method in enumerate(methods)}
    rows.sort(key=lambda row: (order[row["method"]], row["seed"]))
    known = [row.pop("references") for row in rows if row["failed"] is None]
    return {
        "rows": rows,
        "references": {
            key: average(reference[key] for reference in known)
            for key in (known[0] if known else {})
        },
        "seeds": seeds,
        "versions": versions(),
        "dataset": base.dataset,
        "forget": CLASS_NAMES[base.dataset][forget],
        "substitute": CLASS_NAMES[base.dataset][substitute],
    }


def average(records: Iterable[Mapping[str, Any]]) -> dict[str, float | None]:
    """Mean of each figure over records; None where one of them has none."""
    found = list(records)
    columns: dict[str, list[Any]] = {name: [r.get(name) for r in found] for name in found[0]}
    return {n: None if None in values else fmean(values) for n, values in columns.items()}


def panels(found: Mapping[str, Any]) -> "list[Panel]":
    """The benchmark's scatters as `plots.bench` draws them: methods, beside the references."""
    from forgetdemo.plots.bench import Panel

    original = found["references"].get("original", {}).get("acc_retain")
    return [
        Panel(
            title=f"{scatter.measure.axis} ({WORDS[scatter.measure.direction]} is better)",
            points={line.name: (x, y) for line, x, y in scatter.points if not line.reference},
            band=scatter.band,
            original=original,
        )
        for scatter in scatters(found)
    ]


def write_bench(found: Mapping[str, Any], out: Path) -> None:
    """Write methods.json, methods.md and methods.png into a folder."""
    from forgetdemo.plots.bench import looks_and_is
    from forgetdemo.plots.report import encode

    make_folder(out)
    write_json(out / "methods.json", dict(found))
    head = (
        f"{found['dataset']}, class {found['forget']}: mean ± sd over {found['seeds']} seeds; "
        "≈: closest to the oracles is best.\n\n"
    )
    write_atomic(out / "methods.md", (head + table(found) + "\n").encode())
    write_atomic(out / "methods.png", encode(looks_and_is(panels(found)), "png"))
