"""Models that never saw the class: the band that an unlearned model is judged by.

Each is a newly built model, trained by the original's own recipe from another seed. The last one
is held out: a measure that does not find it among the others is not to be trusted.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from forgetdemo.files.checkpoint import MANIFEST
from forgetdemo.files.run import Run, read_run
from forgetdemo.network.train import Progress, silent
from forgetdemo.settings.checks import require_count, require_digit
from forgetdemo.settings.records import as_json, from_json
from forgetdemo.settings.training import TrainConfig
from forgetdemo.stages.engine import run_jobs
from forgetdemo.stages.train import train_run

FIRST_SEED = 100
BAND = 5  # oracles, and one more held out
FREE = ("recipe", "threads")  # a name, and what a recipe does not decide


def oracle_config(train: Mapping[str, Any], forget_class: int, seed: int) -> TrainConfig:
    """The original's recipe without one class, from another seed.

    Raises:
        ValueError: not a digit, or the seed is the original's own.
    """
    require_digit("forget_class", forget_class)
    config = from_json(TrainConfig, dict(train))
    if seed == config.seed:
        raise ValueError(f"an oracle needs another seed than the original's {seed}")
    return replace(
        config, seed=seed, exclude_class=forget_class, oversample_class=None, oversample_factor=1
    )


def train_one(job: tuple[TrainConfig, Path | None]) -> Path:
    """Train by these settings, or find the run in runs/; returns its folder."""
    config, data_dir = job
    return train_run(config, None, data_dir).directory


def oracle_configs(
    train: Mapping[str, Any], forget_class: int, count: int = BAND + 1
) -> list[TrainConfig]:
    """Settings of `count` oracles: seeds from 100, the original's own left out.

    Raises:
        ValueError: fewer than 3, or not a digit.
    """
    require_count("number of oracles", count, 3, 100)
    own = from_json(TrainConfig, dict(train)).seed
    seeds = [seed for seed in range(FIRST_SEED, FIRST_SEED + count + 1) if seed != own][:count]
    return [oracle_config(train, forget_class, seed) for seed in seeds]


def train_oracles(
    original: Run,
    forget_class: int,
    count: int = BAND + 1,
    data_dir: Path | None = None,
    progress: Progress = silent,
    jobs: int | None = None,
) -> list[Run]:
    """Train oracles, or find them in runs/: the same request is never trained twice.

    Args:
        original: its recipe is followed; its weights are not looked at.
        forget_class: the class they never see.
        count: how many, at least 3; the last is the held-out one.
        data_dir: where the data set is; None: the bundled one.
        progress: called with {"oracle", "of", "acc_retain"} when one is there.
        jobs: processes, one training each; default: all cores. The weights do not depend on it.
    Returns:
        Runs, by ascending seed from 100.
    Raises:
        ValueError: too few.
    """
    train = original.config.get("train") or {"dataset": original.dataset}
    wanted = [(config, data_dir) for config in oracle_configs(train, forget_class, count)]
    runs: list[Run] = []
    for place in run_jobs(train_one, wanted, jobs):
        runs.append(read_run(place))
        kept = runs[-1].report.before.acc_retain
        progress({"oracle": len(runs), "of": count, "acc_retain": kept})
    return check_oracles(runs, original, forget_class)


def load_oracles(directory: Path, original: Run, forget_class: int) -> list[Run]:
    """Read every run folder in `directory` that was trained without the class, by seed.

    Raises:
        FileNotFoundError: no such folder.
        ValueError: fewer than 3, or one that is no oracle of this original.
    """
    if not directory.is_dir():
        raise FileNotFoundError(f"{directory} is not a folder; give one that holds oracles' runs")
    runs = [read_run(path.parent) for path in sorted(directory.glob(f"*/{MANIFEST}"))]
    runs = [run for run in runs if (run.config.get("train") or {}).get("exclude_class") is not None]
    runs = [run for run in runs if not run.has("after")]
    runs = [run for run in runs if run.config["train"]["exclude_class"] == forget_class]
    return check_oracles(runs, original, forget_class)


def check_oracles(runs: Sequence[Run], original: Run, forget_class: int) -> list[Run]:
    """Refuse what cannot be a yardstick; the rest by ascending seed.

    Raises:
        ValueError: fewer than 3, twice the same, another data set, class or recipe, or a tensor
            that is the original's.
    """
    if len(runs) < 3:
        raise ValueError(
            f"an audit needs at least 3 models retrained without class {forget_class} (2 and a "
            f"held-out one), got {len(runs)}; make them with: python -m forgetdemo oracles"
        )
    start = original.weights("before")
    for run in runs:
        train = run.config.get("train") or {}
        facts = (run.dataset, run.report.classes, run.manifest.get("data_sha256"))
        wanted = original.manifest.get("data_sha256", facts[2])
        if facts != (original.dataset, original.report.classes, wanted):
            raise ValueError(f"{run.directory} is from other data than {original.directory}")
        if train.get("exclude_class") != forget_class:
            raise ValueError(f"{run.directory} was not trained without class {forget_class}")
        same = [n for n, value in run.weights("before").items() if (value == start[n]).all()]
        if same:
            raise ValueError(f"{run.directory} shares {same[0]} with the original: no oracle")
        if original.config.get("train"):
            check_recipe(run, original.config["train"])
    if len({run.files["before.safetensors"] for run in runs}) != len(runs):
        raise ValueError("two of the oracles are the same model; train them from other seeds")
    return sorted(runs, key=lambda run: int(run.manifest["seed"]))


def check_recipe(run: Run, train: Mapping[str, Any]) -> None:
    """Refuse an oracle that was not trained as the original was, seed and class aside.

    Another recipe makes other models: a band of those says nothing about this original.

    Args:
        run: the oracle.
        train: the original's settings.
    Raises:
        ValueError: naming the first setting that differs.
    """
    own = from_json(TrainConfig, dict(run.config["train"]))
    assert own.exclude_class is not None  # `check_oracles` looked
    try:
        wanted = oracle_config(train, own.exclude_class, own.seed)
    except ValueError as error:
        raise ValueError(f"{run.directory} is no oracle: {error}") from error
    for name, value in as_json(wanted).items():
        if name not in FREE and as_json(own)[name] != value:
            raise ValueError(
                f"{run.directory} was trained with {name} {as_json(own)[name]}, the original with "
                f"{value}; retrain by the original's recipe: python -m forgetdemo oracles"
            )
