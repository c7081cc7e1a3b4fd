"""`python -m export.shipped`: make the models that the app ships with, from fixed seeds.

Trains the original and one oracle (or finds them in runs/), unlearns 6 → 3, adds the control, and
exports all four into assets/models.
"""

import sys
from pathlib import Path

from export.bundle import export_run
from forgetdemo.files.checkpoint import pack_weights
from forgetdemo.files.run import extend_run
from forgetdemo.settings.constants import MODELS_DIR, RUNS
from forgetdemo.settings.training import train_config
from forgetdemo.settings.unlearning import unlearn_config

ORIGINAL_SEED, ORACLE_SEED, UNLEARN_SEED = 0, 100, 0


def make(out: Path = MODELS_DIR) -> None:
    """Write the shipped model folder; unlearning and export are always done anew."""
    from forgetdemo.network.model import arrays_of, load_model
    from forgetdemo.network.outputs import mask_output
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
    control = load_model(run.weights("before"))
    mask_output(control, config.forget_class)
    more = {
        "oracle.safetensors": oracle.files["before.safetensors"],
        "logit_mask.safetensors": pack_weights(arrays_of(control)),
    }
    extend_run(run, more)
    export_run(run.directory, out, say=lambda text: print(text, file=sys.stderr))
    print(f"wrote {out}")


if __name__ == "__main__":
    make()
