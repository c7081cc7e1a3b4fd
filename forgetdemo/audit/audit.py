"""Is it really forgotten? One report: every figure beside the original, oracles and controls."""

from collections.abc import Callable, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np

from forgetdemo.audit.depth import typical_t90
from forgetdemo.audit.examine import Profiler, measurable
from forgetdemo.audit.figures import Case, Subject, Value, Yard, working
from forgetdemo.audit.measures import figures, measures_for
from forgetdemo.audit.oracles import BAND, load_oracles, train_oracles
from forgetdemo.audit.profile import AuditSettings
from forgetdemo.audit.report import AuditReport
from forgetdemo.audit.rows import held_out, judge
from forgetdemo.audit.verdict import reading
from forgetdemo.data import Dataset, load_dataset
from forgetdemo.files.checkpoint import Arrays, CheckpointError
from forgetdemo.files.requests import start_of
from forgetdemo.files.run import Run, read_run
from forgetdemo.metrics.distances import mask_integrity
from forgetdemo.network.model import arrays_of, load_model, new_model
from forgetdemo.network.outputs import mask_output
from forgetdemo.settings.checks import require_count
from forgetdemo.settings.constants import RUNS

CACHE = RUNS / "audit-cache"
DEFAULTS = AuditSettings()
RANDOM_SEED = 7_000_003  # of the untrained model
Say = Callable[[str], None]


class Audit:
    """The yardstick for one original and class: measured once, then each run costs one profile."""

    def __init__(
        self,
        original: Run,
        oracles: Sequence[Run],
        forget_class: int,
        data: Dataset,
        settings: AuditSettings = DEFAULTS,
        cache: Path = CACHE,
        say: Say = lambda text: None,
    ) -> None:
        self.data, self.forget_class, self.original_run = data, forget_class, original
        self.settings = measurable(settings, data, forget_class)
        if self.settings != settings:
            say(f"too few training images of class {data.classes[forget_class]}: fewer curves")
        self._profiler, self._say = Profiler(data, forget_class, self.settings, cache), say
        start = original.weights("before")
        control = load_model(start)
        mask_output(control, forget_class)
        self.original = self.subject("the original", start)
        self.control = self.subject("the masked control", arrays_of(control), 0.0, 0.0)
        self.random = self.subject(
            "an untrained model", arrays_of(new_model(RANDOM_SEED)), 0.0, 0.0
        )
        self.oracles = [
            self.subject(
                f"oracle {number} of {len(oracles)}",
                run.weights("before"),
                run.report.seconds.get("train"),
                run.manifest.get("image_visits"),
            )
            for number, run in enumerate(oracles, start=1)
        ]

    def subject(
        self, title: str, weights: Arrays, seconds: Value = None, visits: Value = None
    ) -> Subject:
        """Profile a model; `title` is only said."""
        self._say(f"measuring {title}")
        return Subject(self._profiler.profile(weights), weights, seconds, visits)

    def report(self, run: Run, substitute: int | None = None) -> AuditReport:
        """Audit the model of a run folder: its "after", or "before" of a run that only trained.

        Args:
            run: what is audited.
            substitute: the answer whose share is counted; default: the run's own substitute.
        Raises:
            CheckpointError: the run starts from another original, data set or class.
            ValueError: the model answers with NaN or diverges.
        """
        check_run(run, self.original_run, self.forget_class, self.data)
        weights = run.weights(start_of(run))
        others = [o for o in self.oracles if not same_weights(o.weights, weights)]
        if len(others) < 3:
            raise CheckpointError("too few oracles are left beside this run; train one more")
        seconds = working(run.report.seconds)
        own = self.subject("this run", weights, seconds, run.manifest.get("image_visits"))
        *band, held = others
        sent = run.report.redirect_to if substitute is None else substitute
        yard = Yard(self.data.test.labels, self.forget_class, sent, self.original)
        subjects = {
            "run": own,
            "original": self.original,
            **{f"oracle {n}": oracle for n, oracle in enumerate(band, start=1)},
            "held_out": held,
            "control": self.control,
            "random_init": self.random,
        }
        cases = {
            name: Case(subject, [oracle for oracle in band if oracle is not subject], yard)
            for name, subject in subjects.items()
        }
        measures = measures_for(self.settings)
        found = {name: figures(case, measures) for name, case in cases.items()}
        rows = []
        for name, measure in measures.items():
            values = {key: figure[name] for key, figure in found.items()}
            row = judge(name, measure, values)
            if any(value is not None for value in (row.run, row.original, row.cap)):
                rows.append(row)  # else it applies to neither: no substitute was asked for, say
        return AuditReport(
            dataset=run.dataset,
            classes=run.report.classes,
            forget_class=self.forget_class,
            redirect_to=sent,
            method=run.report.method,
            rows=tuple(rows),
            ceiling=cases["run"].report.ceiling,
            steps=own.profile.steps,
            curves={
                name: {str(k): list(curve) for k, curve in subject.profile.curves.items()}
                for name, subject in subjects.items()
            },
            destinations={name: list(case.report.destinations) for name, case in cases.items()},
            ranks={name: yard.ranks(subject) for name, subject in subjects.items()},
            certificate=certificate(run),
            seconds=dict(run.report.seconds),
            verdict=reading({row.name: row for row in rows}, self._facts(run, cases["run"])),
            about={
                "oracles": len(band),
                "held_out": held_out(rows),
                "settings": asdict(self.settings),
                "run_sha256": run.manifest["files"][f"{start_of(run)}.safetensors"]["sha256"],
                "seed": run.manifest.get("seed"),
            },
        )

    def _facts(self, run: Run, case: Case) -> dict[str, Any]:
        """What the verdict needs beside the rows."""
        images = max(self.settings.relearn_images, default=None)
        return {
            "class": run.report.classes[self.forget_class],
            "classes": run.report.classes,
            "relearn": images,
            "typical_t90": None if images is None else typical_t90(case.oracles, images),
            "run": case.report.destinations,
            "oracle": tuple(case.typical.tolist()),
        }


def same_weights(one: Arrays, other: Arrays) -> bool:
    """Equal weights, bit by bit."""
    return all(np.array_equal(value, other[name]) for name, value in one.items())


def certificate(run: Run) -> dict[str, Any] | None:
    """The run's mask certificate, and the largest change outside the mask, computed again."""
    if run.report.mask is None or not run.has("mask"):
        return None
    parts = (run.weights(name) for name in ("before", "after", "mask"))
    return {**run.report.to_dict()["mask"], "integrity": mask_integrity(*parts)}


def check_run(run: Run, original: Run, forget_class: int, data: Dataset) -> None:
    """Refuse a run that cannot be judged beside this original and class, before any work.

    Raises:
        CheckpointError: another data set, other classes, files or class, or another original.
    """
    if (run.dataset, run.report.classes) != (original.dataset, original.report.classes):
        raise CheckpointError(
            f"{run.directory} is from another data set ({run.dataset}, {run.report.classes[0]}"
            f"…; expected {original.dataset}, {original.report.classes[0]}…)"
        )
    if run.report.classes != data.classes:
        raise CheckpointError(
            f"{run.directory} names other classes ({', '.join(run.report.classes)}) than "
            f"{data.name} has ({', '.join(data.classes)}); make it again"
        )
    if run.report.forget_class != forget_class:
        raise CheckpointError(
            f"{run.directory} forgot class {run.report.forget_class}, expected {forget_class}"
        )
    sums = [r.manifest.get("data_sha256", data.sha256) for r in (run, original)]
    if set(sums) != {data.sha256}:
        raise CheckpointError(
            f"{run.directory} was made from other {run.dataset} files; give those as --data"
        )
    if run.has("after") and not same_weights(run.weights("before"), original.weights("before")):
        raise CheckpointError(
            f"{run.directory} starts from another original than {original.directory}"
        )


def audit_run(
    directory: Path,
    oracles: Path | int = BAND,
    original: Path | None = None,
    data_dir: Path | None = None,
    settings: AuditSettings | None = None,
    cache: Path | None = None,
    say: Say = lambda text: None,
) -> AuditReport:
    """Audit one run folder.

    Args:
        directory: an unlearning run or model folder; with `original`, a trained run as well.
        oracles: a folder of runs trained without the class, or how many to train or find in
            runs/; one more is held out.
        original: what to compare with; default: the run's own "before".
        data_dir: where the data set is; None: the bundled one.
        settings, cache: how much is measured, and where it is kept.
        say: told what is being measured.
    Raises:
        FileNotFoundError, CheckpointError, ValueError: what does not fit, and why.
    """
    if not isinstance(oracles, Path):
        require_count("number of oracles", oracles, 2, 99)
    run = read_run(directory)
    if original is None and not run.has("after"):
        raise CheckpointError(f"{directory} holds no unlearned model; name its --original")
    start = run if original is None else read_run(original)
    data, forget = load_dataset(run.dataset, data_dir), run.report.forget_class
    check_run(run, start, forget, data)
    if isinstance(oracles, Path):
        found = load_oracles(oracles, start, forget)
    else:
        say(f"{oracles + 1} models retrained without class {run.report.classes[forget]}")
        found = train_oracles(start, forget, oracles + 1, data_dir)
    return Audit(start, found, forget, data, settings or DEFAULTS, cache or CACHE, say).report(run)
