"""How an original or an oracle is trained."""

from dataclasses import dataclass
from typing import Any

from forgetdemo.settings.checks import (
    require_choice,
    require_count,
    require_digit,
    require_range,
    require_seed,
)
from forgetdemo.settings.constants import DATASETS, RECIPES


@dataclass(frozen=True, kw_only=True)
class TrainConfig:
    """How an original or an oracle is trained. `train_config(recipe)` fills in a recipe."""

    recipe: str = "robust"
    dataset: str = "mnist"
    seed: int = 0
    epochs: int = 12
    batch_size: int = 128
    peak_lr: float = 3e-3  # of OneCycle where `one_cycle`, else constant
    one_cycle: bool = True
    augment: bool = True  # batched distortions on tensors
    ema_decay: float = 0.998  # 0: keep the last weights; else their moving average
    bfloat16: bool = True  # autocast where the CPU has it; float32 where not
    exclude_class: int | None = None  # a digit: train an oracle that never sees it
    oversample_class: int | None = None  # a digit repeated `oversample_factor` times
    oversample_factor: int = 1
    threads: int = 1  # part of the promise "same seed, same weights"

    def __post_init__(self) -> None:
        require_choice("recipe", self.recipe, RECIPES)
        require_choice("dataset", self.dataset, DATASETS)
        require_seed(self.seed)
        require_count("epochs", self.epochs, 1, 1000)
        require_count("batch_size", self.batch_size, 1, 10_000)
        require_range("peak_lr", self.peak_lr, 1e-8, 10.0)
        require_range("ema_decay", self.ema_decay, 0.0, 0.99999)
        for name in ("exclude_class", "oversample_class"):
            if getattr(self, name) is not None:
                require_digit(name, getattr(self, name))
        require_count("oversample_factor", self.oversample_factor, 1, 100)
        require_count("threads", self.threads, 1, 256)


def train_config(recipe: str, **changes: Any) -> TrainConfig:
    """Build the settings of a named training recipe; `changes` override single fields.

    robust: augmentation, OneCycle, weight averaging. paper: plain, Adam 1e-3, batch 64, 3 epochs.
    as_coded: `paper` with the forget class repeated ten times, as the seed paper's code does.

    Raises:
        ValueError: an unknown recipe or a value out of its range.
    """
    require_choice("recipe", recipe, RECIPES)
    plain: dict[str, Any] = dict(
        epochs=3,
        batch_size=64,
        peak_lr=1e-3,
        one_cycle=False,
        augment=False,
        ema_decay=0.0,
        bfloat16=False,
    )
    settings: dict[str, dict[str, Any]] = {
        "robust": {},
        "paper": plain,
        "as_coded": plain | {"oversample_class": 6, "oversample_factor": 10},
    }
    return TrainConfig(recipe=recipe, **(settings[recipe] | changes))
