"""What a run may be asked for: constants, names and one frozen record of settings per stage."""

import math
from dataclasses import asdict, dataclass, fields
from pathlib import Path
from typing import Any, TypeVar

from forgetdemo import recipes
from forgetdemo.checks import (
    require_choice,
    require_count,
    require_digit,
    require_pair,
    require_range,
    require_seed,
)

NUM_CLASSES = 10  # checks.py knows that classes are digits 0..9
IMAGE_SIZE = 28  # pixels, both sides
MNIST_MEAN = 0.1307  # of pixels in [0, 1]; applied inside the model and nowhere else
MNIST_STD = 0.3081
PREPROCESS_VERSION = 1  # raise when the same drawing would give other pixels

ROOT = Path(__file__).resolve().parent.parent
ASSETS = ROOT / "assets"
MODELS_DIR = ASSETS / "models"

DIGITS = tuple("0123456789")
CLASS_NAMES: dict[str, tuple[str, ...]] = {
    "mnist": DIGITS,
    "fashion_mnist": (
        "T-shirt",
        "Trouser",
        "Pullover",
        "Dress",
        "Coat",
        "Sandal",
        "Shirt",
        "Sneaker",
        "Bag",
        "Ankle boot",
    ),
    "kmnist": (
        "お o",
        "き ki",
        "す su",
        "つ tsu",
        "な na",
        "は ha",
        "ま ma",
        "や ya",
        "れ re",
        "を wo",
    ),
}
DATASETS = tuple(CLASS_NAMES)

LAYERS = recipes.LAYERS
CONV_LAYERS = recipes.CONV_LAYERS
FC_LAYERS = recipes.FC_LAYERS
METHOD_NAMES = recipes.METHOD_NAMES
METHOD_DEFAULTS = recipes.METHOD_DEFAULTS
SCORES = ("relevance", "gradient", "ratio", "grad_weight", "random", "all", "output")
SCOPES = ("global", "per_layer")
RECIPES = ("robust", "paper", "as_coded")


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


@dataclass(frozen=True, kw_only=True)
class UnlearnConfig:
    """What to forget, and how. `unlearn_config(method)` fills in a method's own defaults."""

    method: str = "described"
    forget_class: int = 6  # digit
    redirect_to: int | None = 3  # digit, or None: the original's answer without the class
    seed: int = 0
    mask_fraction: float = 0.01  # share of all 429,258 weights that may change, in (0, 1]
    score: str = "relevance"
    scope: str = "global"
    layers: tuple[str, ...] = FC_LAYERS  # the mask chooses among these layers only
    steps: int = 300
    batch_forget: int = 64  # images of the forget class per step
    batch_retain: int = 192
    pool_per_class: int = 2000  # training images of each class that the run may see
    peak_lr: float = 3e-3
    one_cycle: bool = True
    weight_decay: float = 0.0
    weight_retain: float = 1.0  # of the three terms of the loss
    weight_penalty: float = 0.05  # mean of -log(1 - p(forget))
    weight_redirect: float = 0.05  # cross-entropy towards redirect_to
    strength: float | None = None  # a method's own dial, see recipes.DIALS; None: it has none
    damping: float = 1.0  # ssd: λ, in [0, 1]
    temperature: float = 1.0  # of the softmax where a method follows a teacher
    oversample_factor: int = 1  # as_coded: every forget image this many times
    epochs: int = 0  # as_coded: passes over all images instead of `steps`; retrain: 0 = recipe's
    threads: int = 1

    def __post_init__(self) -> None:
        require_choice("method", self.method, METHOD_NAMES)
        require_pair(self.forget_class, self.redirect_to)
        require_seed(self.seed)
        require_range("mask_fraction", self.mask_fraction, 0.0, 1.0)
        if self.mask_fraction == 0:
            raise ValueError("mask_fraction must be above 0, got 0: nothing could change")
        require_choice("score", self.score, SCORES)
        require_choice("scope", self.scope, SCOPES)
        if not self.layers or not set(self.layers) <= set(LAYERS):
            raise ValueError(f"layers must be some of {', '.join(LAYERS)}; got {self.layers!r}")
        require_count("steps", self.steps, 1, 100_000)
        require_count("batch_forget", self.batch_forget, 0, 10_000)
        require_count("batch_retain", self.batch_retain, 0, 10_000)
        require_count("pool_per_class", self.pool_per_class, 1, 100_000)
        require_range("peak_lr", self.peak_lr, 1e-8, 10.0)
        require_range("weight_decay", self.weight_decay, 0.0, 1.0)
        for name in ("weight_retain", "weight_penalty", "weight_redirect"):
            require_range(name, getattr(self, name), 0.0, 100.0)
        self._require_strength()
        require_range("damping", self.damping, 0.0, 1.0)
        require_range("temperature", self.temperature, 0.1, 100.0)
        require_count("oversample_factor", self.oversample_factor, 1, 100)
        require_count("epochs", self.epochs, 0, 1000)
        require_count("threads", self.threads, 1, 256)

    def _require_strength(self) -> None:
        """Raise ValueError unless `strength` is in its method's range, or None without a dial."""
        if self.method in recipes.DIALS:
            meaning, low, high = recipes.DIALS[self.method]
            require_range(f"strength of {self.method} ({meaning})", self.strength, low, high)
        elif self.strength is not None:
            raise ValueError(f"{self.method} has no strength to set, got {self.strength!r}")


Settings = TypeVar("Settings", TrainConfig, UnlearnConfig)


def unlearn_config(method: str, **changes: Any) -> UnlearnConfig:
    """Build the settings of a named method; `changes` override single fields.

    Raises:
        ValueError: an unknown method or a value out of its range.
    """
    require_choice("method", method, METHOD_NAMES)
    return UnlearnConfig(method=method, **(METHOD_DEFAULTS[method] | changes))


def as_json(config: TrainConfig | UnlearnConfig) -> dict[str, Any]:
    """Turn settings into what json.dump takes; `from_json` is the way back."""
    return {k: list(v) if isinstance(v, tuple) else v for k, v in asdict(config).items()}


def from_json(kind: type[Settings], values: dict[str, Any]) -> Settings:
    """Rebuild settings from JSON, refusing unknown names and values out of range.

    Raises:
        ValueError: an unknown field, or a value its dataclass refuses.
    """
    unknown = set(values) - {field.name for field in fields(kind)}
    if unknown:
        raise ValueError(f"unknown settings: {', '.join(sorted(unknown))}")
    settings: dict[str, Any] = {
        name: tuple(value) if isinstance(value, list) else value for name, value in values.items()
    }
    return kind(**settings)


def rank_count(fraction: float, total: int) -> int:
    """Number of weights that a share stands for: floor(fraction * total + 0.5), exact by rank."""
    return math.floor(fraction * total + 0.5)
