"""`python -m export.shipped`: make the models that the app ships with, from fixed seeds.

Trains the original and one oracle (or finds them in runs/), unlearns 6 → 3, adds the control, and
exports all four into assets/models.
"""

import sys
from pathlib import Path

import numpy as np

from export.bundle import export_run
from forgetdemo.files.checkpoint import Arrays, pack_weights
from forgetdemo.files.run import write_run
from forgetdemo.settings.constants import MODELS_DIR
from forgetdemo.settings.training import train_config
from forgetdemo.settings.unlearning import unlearn_config

ORIGINAL_SEED, ORACLE_SEED, UNLEARN_SEED = 0, 100, 0
MASKED_LOGIT = -1e4  # finite: minus infinity would turn into NaN in a parity check


def logit_mask(arrays: Arrays, digit: int) -> Arrays:
    """The control: the same weights, with one output row set so that it never wins. A copy.

    Weights 0 and bias -1e4: the class gets probability 0, everything else is as before.
    """
    masked = {name: value.copy() for name, value in arrays.items()}
    masked["fc3.weight"][digit] = 0
    masked["fc3.bias"][digit] = np.float32(MASKED_LOGIT)
    return masked


def make(out: Path = MODELS_DIR) -> None:
    """Write the shipped model folder; unlearning and export are always done anew."""
    from forgetdemo.settings.constants import RUNS
    from forgetdemo.stages.train import train_run
    from forgetdemo.stages.unlearn import unlearn_run
    from forgetdemo.terminal import bar

    with bar("original", "epoch", ("loss", "acc_val")) as progress:
        original = train_run(train_config("robust", seed=ORIGINAL_SEED), progress=progress)
    config = unlearn_config("described", seed=UNLEARN_SEED)
    oracle_config = train_config("robust", seed=ORACLE_SEED, exclude_class=config.forget_class)
    with bar("oracle", "epoch", ("loss", "acc_val")) as progress:
        oracle = train_run(oracle_config, progress=progress)
    with bar("unlearn", "step", ("acc_forget", "acc_retain")) as progress:
        run = unlearn_run(config, original.directory, RUNS / "shipped", progress=progress)
    more = {
        "oracle.safetensors": oracle.files["before.safetensors"],
        "logit_mask.safetensors": pack_weights(
            logit_mask(run.weights("before"), config.forget_class)
        ),
    }
    about = {key: value for key, value in run.manifest.items() if key not in ("files", "format")}
    write_run(RUNS / "shipped", {**run.files, **more}, about)
    export_run(RUNS / "shipped", out, say=lambda text: print(text, file=sys.stderr))
    print(f"wrote {out}")


if __name__ == "__main__":
    make()
