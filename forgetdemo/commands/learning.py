"""The commands that make models: train, unlearn, evaluate, tune, predict."""

import argparse
import sys
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from forgetdemo.commands.flags import Add, given, name_list, substitute
from forgetdemo.settings.architecture import NETWORK
from forgetdemo.settings.constants import (
    DATASETS,
    ENGINES,
    MODELS_DIR,
    RECIPES,
    SCOPES,
    SCORES,
)
from forgetdemo.settings.methods import METHOD_NAMES
from forgetdemo.settings.training import train_config
from forgetdemo.settings.unlearning import POOLS, unlearn_config
from forgetdemo.terminal import show

if TYPE_CHECKING:
    from forgetdemo.files.run import Run

TRAIN_FLAGS = "seed epochs batch_size peak_lr exclude_class threads dataset".split()
UNLEARN_FLAGS = (
    "seed forget_class mask_fraction score scope layers steps batch_forget batch_retain "
    "pool_per_class pool peak_lr weight_decay weight_retain weight_penalty weight_redirect "
    "strength damping temperature epochs threads"
).split()


def show_run(run: "Run", as_json: bool) -> None:
    """Draw a run's pictures, print where it is and what it found."""
    from forgetdemo.metrics.report import render_table
    from forgetdemo.stages.pictures import with_plots

    run = with_plots(run)
    result = {"run": str(run.directory), **run.report.to_dict()}
    show(result, as_json, f"{run.directory}\n{render_table(run.report)}")


def add_commands(add: Add) -> None:
    """Add this module's commands to the parser.

    Args:
        add: makes a subparser of a name, a function of its flags, and one sentence of help.
    """

    def common(sub: argparse.ArgumentParser) -> None:
        sub.add_argument("--seed", type=int, help="same seed, same weights (default 0)")
        sub.add_argument("--data", type=Path, metavar="DIR", help="data folder (default: bundled)")
        sub.add_argument("--out", type=Path, metavar="DIR", help="run folder (default: runs/<key>)")
        sub.add_argument("--force", action="store_true", help="replace another run in --out")
        sub.add_argument("--threads", type=int, help="torch threads (default 1)")

    train = add("train", run_train, "Train an original model, or an oracle without one class.")
    common(train)
    train.add_argument("--recipe", choices=RECIPES, default="robust")
    train.add_argument("--dataset", choices=DATASETS)
    train.add_argument("--epochs", type=int)
    train.add_argument("--batch-size", type=int)
    train.add_argument("--peak-lr", type=float, metavar="LR")
    train.add_argument(
        "--exclude-class", type=int, metavar="DIGIT", help="never show this class: an oracle"
    )

    unlearn = add("unlearn", run_unlearn, "Make a trained model forget one class.")
    common(unlearn)
    unlearn.add_argument("--original", type=Path, metavar="DIR", default=MODELS_DIR)
    unlearn.add_argument("--method", choices=METHOD_NAMES, default="described")
    unlearn.add_argument(
        "--engine",
        choices=ENGINES,
        default=ENGINES[0],
        help="onnx: without torch, as the page without a server does it (some methods only)",
    )
    unlearn.add_argument("--forget", type=int, metavar="DIGIT", dest="forget_class")
    unlearn.add_argument(
        "--replace",
        type=substitute,
        metavar="DIGIT|none",
        dest="redirect_to",
        default=argparse.SUPPRESS,
        help="answer this instead; none: the original's runner-up",
    )
    unlearn.add_argument("--mask-fraction", type=float, metavar="SHARE", help="in (0, 1]")
    unlearn.add_argument("--score", choices=SCORES)
    unlearn.add_argument("--scope", choices=SCOPES)
    unlearn.add_argument("--layers", type=name_list, help=f"some of {','.join(NETWORK.names)}")
    for name in ("steps", "epochs", "batch-forget", "batch-retain", "pool-per-class"):
        unlearn.add_argument(f"--{name}", type=int, metavar="N")
    unlearn.add_argument(
        "--pool", choices=POOLS, help="border: half of the images where the original is least sure"
    )
    for name in ("peak-lr", "weight-decay", "strength", "damping", "temperature"):
        unlearn.add_argument(f"--{name}", type=float, metavar="X")
    for name in ("retain", "penalty", "redirect"):
        unlearn.add_argument(f"--weight-{name}", type=float, metavar="X")

    evaluate = add("evaluate", run_evaluate, "Measure a run's models on the test images again.")
    folder = evaluate.add_mutually_exclusive_group(required=True)
    folder.add_argument("--run", type=Path, metavar="DIR", help="a run, by its weights")
    folder.add_argument(
        "--models", type=Path, metavar="DIR", help="a model folder, by its ONNX files"
    )
    evaluate.add_argument("--data", type=Path, metavar="DIR")

    tune = add("tune", run_tune, "Search methods' settings on the validation split.")
    tune.add_argument("--methods", type=name_list, metavar="A,B", help="default: all with axes")
    tune.add_argument("--budget", type=int, metavar="N", default=12, help="points per method")
    tune.add_argument("--original", type=Path, metavar="DIR", default=MODELS_DIR)
    tune.add_argument("--data", type=Path, metavar="DIR")
    tune.add_argument("--out", type=Path, metavar="FILE", default=Path("docs/tuning.json"))

    predict = add(
        "predict",
        run_predict,
        "Ask the before and after models about a picture; 1 if it holds no digit.",
    )
    predict.add_argument(
        "image", type=Path, help="a picture of a digit, or of several: a file, scan or photo"
    )
    predict.add_argument(
        "--steps", type=Path, metavar="DIR", help="write picture, ink found, and what models see"
    )
    predict.add_argument("--models", type=Path, metavar="DIR", default=MODELS_DIR)


def run_train(flags: argparse.Namespace) -> None:
    """train: settings → a run folder with before.safetensors."""
    config = train_config(flags.recipe, **given(flags, TRAIN_FLAGS))
    from forgetdemo.stages.train import train_run
    from forgetdemo.terminal import bar

    with bar("train", "epoch", ("loss", "acc_val")) as progress:
        run = train_run(config, flags.out, flags.data, progress, overwrite=flags.force)
    show_run(run, flags.json)


def run_unlearn(flags: argparse.Namespace) -> None:
    """unlearn: settings and an original → a run folder with before and after."""
    changes = given(flags, UNLEARN_FLAGS)
    if "redirect_to" in flags:
        changes["redirect_to"] = flags.redirect_to
    config = unlearn_config(flags.method, **changes)
    from forgetdemo.terminal import bar

    if flags.engine == "onnx":
        from forgetdemo.stages.unlearn_onnx import unlearn_run
    else:
        from forgetdemo.stages.unlearn import unlearn_run

    with bar("unlearn", "step", ("acc_forget", "acc_retain")) as progress:
        run = unlearn_run(
            config, flags.original, flags.out, flags.data, progress, overwrite=flags.force
        )
    show_run(run, flags.json)


def run_evaluate(flags: argparse.Namespace) -> None:
    """evaluate: a run or model folder → its report, measured again."""
    from forgetdemo.metrics.report import render_table

    if flags.models is not None:
        from forgetdemo.stages.evaluate_onnx import evaluate_models

        report = evaluate_models(flags.models, flags.data)
    else:
        from forgetdemo.stages.evaluate import evaluate_run

        report = evaluate_run(flags.run, flags.data)
    show(report.to_dict(), flags.json, render_table(report))


def run_tune(flags: argparse.Namespace) -> None:
    """tune: methods and a budget → every point tried, on record."""
    from forgetdemo.stages.tune import AXES, tune

    methods = flags.methods or tuple(AXES)
    say = partial(print, file=sys.stderr)
    found = tune(flags.original, methods, flags.budget, flags.out, flags.data, say)
    best = {method: found["methods"][method]["chosen"] for method in methods}
    text = "\n".join(f"{method}: {settings}" for method, settings in best.items())
    show(best, flags.json, f"{flags.out}\n{text}")


def run_predict(flags: argparse.Namespace) -> int:
    """predict: a picture → both models' probabilities, on onnxruntime alone.

    Returns:
        1 where no digit was answered, so that a script notices.
    """
    from forgetdemo.predict.asking import answer_reading
    from forgetdemo.predict.inference import load_models
    from forgetdemo.predict.reading import read, write_steps

    reading = read(flags.image)
    if flags.steps:
        for file in write_steps(reading, flags.steps):
            print(file, file=sys.stderr)
    answer = answer_reading(load_models(flags.models), reading)
    if not answer["answered"] and not flags.json:
        raise ValueError(f"{flags.image}: {answer['sentence']}")
    show(answer, flags.json, answer["sentence"])
    return 0 if answer["answered"] else 1
