"""The commands that judge: relearn. Flags → settings → calls; heavy imports inside."""

import argparse
from collections.abc import Callable
from pathlib import Path
from typing import Any

Add = Callable[[str, Any, str], argparse.ArgumentParser]
Show = Callable[[dict[str, Any], bool, str], None]


def add_commands(add: Add, show: Show) -> None:
    """Add this module's commands to the parser.

    Args:
        add: makes a subparser of a name, a function of its flags, and one sentence of help.
        show: prints a result, as JSON or as text.
    """
    relearn = add("relearn", run_relearn, "Teach an unlearned model its forgotten class again.")
    relearn.set_defaults(show=show)
    relearn.add_argument("--run", type=Path, metavar="DIR", required=True)
    what = relearn.add_mutually_exclusive_group()
    what.add_argument("--images", type=int, metavar="K", default=50, help="training images of it")
    what.add_argument("--drawings", type=Path, nargs="+", metavar="FILE", help="pictures of it")
    relearn.add_argument("--forget", type=int, metavar="DIGIT", help="default: the run's own")
    relearn.add_argument("--steps", type=int, default=64)
    relearn.add_argument("--seed", type=int, default=0)
    relearn.add_argument("--data", type=Path, metavar="DIR", help="data folder (default: bundled)")
    relearn.add_argument("--out", type=Path, metavar="DIR", help="run folder (default: runs/<key>)")


def run_relearn(flags: argparse.Namespace) -> None:
    """relearn: an unlearned model and some images of the class → a run folder, and the curve."""
    import numpy as np

    from forgetdemo.preprocess import preprocess, read_image
    from forgetdemo.progress import bar
    from forgetdemo.relearn import relearn_run
    from forgetdemo.relearn_config import RelearnConfig
    from forgetdemo.rundir import read_run

    forget = read_run(flags.run).report.forget_class if flags.forget is None else flags.forget
    drawings = None
    if flags.drawings:
        drawings = np.stack([preprocess(read_image(path)).pixels for path in flags.drawings])
    config = RelearnConfig(
        forget_class=forget, images=flags.images, steps=flags.steps, seed=flags.seed
    )
    with bar("relearn", "step", ("acc_forget", "acc_retain")) as progress:
        run = relearn_run(config, flags.run, flags.out, flags.data, progress, drawings=drawings)
    curve = run.history["relearn"]
    lines = [f"{run.directory}", "step   class %  others %"]
    for point in curve:
        lines.append(
            f"{point['step']:>4}  {100 * point['acc_forget']:>8.2f}  "
            f"{100 * point['acc_retain']:>8.2f}"
        )
    result = {"run": str(run.directory), "curve": curve, **run.report.to_dict()}
    flags.show(result, flags.json, "\n".join(lines))
