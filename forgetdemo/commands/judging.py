"""The commands that judge one model: relearn, oracles, audit. Heavy imports stay inside."""

import argparse
import sys
from functools import partial
from pathlib import Path

from forgetdemo.commands.flags import Add
from forgetdemo.settings.constants import MODELS_DIR
from forgetdemo.terminal import show


def add_commands(add: Add) -> None:
    """Add this module's commands to the parser.

    Args:
        add: makes a subparser of a name, a function of its flags, and one sentence of help.
    """
    relearn = add("relearn", run_relearn, "Teach an unlearned model its forgotten class again.")
    relearn.add_argument("--run", type=Path, metavar="DIR", required=True)
    what = relearn.add_mutually_exclusive_group()
    what.add_argument("--images", type=int, metavar="K", default=50, help="training images of it")
    what.add_argument("--drawings", type=Path, nargs="+", metavar="FILE", help="pictures of it")
    relearn.add_argument("--forget", type=int, metavar="DIGIT", help="default: the run's own")
    relearn.add_argument("--steps", type=int, default=64)
    relearn.add_argument("--seed", type=int, default=0)
    relearn.add_argument("--data", type=Path, metavar="DIR", help="data folder (default: bundled)")
    relearn.add_argument("--out", type=Path, metavar="DIR", help="run folder (default: runs/<key>)")
    relearn.add_argument("--force", action="store_true", help="replace another run in --out")

    oracles = add("oracles", run_oracles, "Train models without the class: an audit's yardstick.")
    oracles.add_argument("--original", type=Path, metavar="DIR", default=MODELS_DIR)
    oracles.add_argument("--forget", type=int, metavar="DIGIT", help="default: the original's own")
    oracles.add_argument("--count", type=int, metavar="N", default=6, help="one is held out")
    oracles.add_argument("--data", type=Path, metavar="DIR", help="data folder (default: bundled)")

    audit = add("audit", run_audit, "Is it really forgotten? Compare a run with retrained models.")
    audit.add_argument("--run", type=Path, metavar="DIR", required=True)
    audit.add_argument("--original", type=Path, metavar="DIR", help="default: the run's own before")
    audit.add_argument(
        "--oracles", metavar="DIR|N", default="5", help="their folder, or how many to find or train"
    )
    audit.add_argument("--data", type=Path, metavar="DIR", help="data folder (default: bundled)")
    audit.add_argument("--out", type=Path, metavar="DIR", help="write audit.json here")


def run_relearn(flags: argparse.Namespace) -> None:
    """relearn: an unlearned model and some images of the class → a run folder, and the curve."""
    import numpy as np

    from forgetdemo.files.run import read_run
    from forgetdemo.predict.reading import read_digit
    from forgetdemo.settings.relearning import RelearnConfig
    from forgetdemo.stages.pictures import with_plots
    from forgetdemo.stages.relearn import relearn_run
    from forgetdemo.terminal import bar

    source = read_run(flags.run)
    forget = source.report.forget_class if flags.forget is None else flags.forget
    excluded = (source.config.get("train") or {}).get("exclude_class")
    if not source.has("after") and excluded != forget:
        raise ValueError(
            f"{flags.run} holds a model that never lost class {forget}; give an unlearned run, or "
            "one that was trained without the class"
        )
    drawings = None
    if flags.drawings:
        drawings = np.stack([read_digit(path).pixels for path in flags.drawings])
    config = RelearnConfig(
        forget_class=forget, images=flags.images, steps=flags.steps, seed=flags.seed
    )
    with bar("relearn", "step", ("acc_forget", "acc_retain")) as progress:
        run = relearn_run(
            config,
            flags.run,
            flags.out,
            flags.data,
            progress,
            drawings=drawings,
            overwrite=flags.force,
        )
    run = with_plots(run)
    curve = run.history["relearn"]
    lines = [f"{run.directory}", "step   class %  others %"]
    for point in curve:
        lines.append(
            f"{point['step']:>4}  {100 * point['acc_forget']:>8.2f}  "
            f"{100 * point['acc_retain']:>8.2f}"
        )
    result = {"run": str(run.directory), "curve": curve, **run.report.to_dict()}
    show(result, flags.json, "\n".join(lines))


def run_oracles(flags: argparse.Namespace) -> None:
    """oracles: an original and a class → models that never saw it, in runs/."""
    from forgetdemo.audit.oracles import train_oracles
    from forgetdemo.files.run import read_run
    from forgetdemo.terminal import bar

    original = read_run(flags.original)
    forget = original.report.forget_class if flags.forget is None else flags.forget
    with bar("oracles", "oracle", ("acc_retain",)) as progress:
        runs = train_oracles(original, forget, flags.count, flags.data, progress)
    found = [
        {"run": str(run.directory), "seed": run.manifest["seed"], **run.report.before.to_dict()}
        for run in runs
    ]
    lines = [f"{row['run']}  seed {row['seed']}  {100 * row['acc_retain']:.2f} %" for row in found]
    show({"oracles": found}, flags.json, "\n".join(lines))


def run_audit(flags: argparse.Namespace) -> None:
    """audit: a run and its yardstick → a table, and audit.json."""
    from forgetdemo.audit.audit import audit_run
    from forgetdemo.audit.report import render_audit
    from forgetdemo.files.checkpoint import write_json
    from forgetdemo.files.sealed import sealed
    from forgetdemo.files.writing import make_folder

    if flags.out:
        make_folder(flags.out)  # before the long work
    oracles = int(flags.oracles) if flags.oracles.isdigit() else Path(flags.oracles)
    say = partial(print, file=sys.stderr)
    report = audit_run(flags.run, oracles, flags.original, flags.data, say=say)
    if flags.out:
        write_json(flags.out / "audit.json", sealed(report.to_dict()))
    show(report.to_dict(), flags.json, render_audit(report))
