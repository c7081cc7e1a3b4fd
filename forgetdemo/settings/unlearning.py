"""What to forget, and how."""

import math
from dataclasses import dataclass
from typing import Any

from forgetdemo.settings.architecture import NETWORK
from forgetdemo.settings.checks import (
    require_choice,
    require_count,
    require_pair,
    require_range,
    require_seed,
)
from forgetdemo.settings.constants import SCOPES, SCORES
from forgetdemo.settings.methods import DIALS, METHOD_DEFAULTS, METHOD_NAMES

POOLS = ("random", "border")  # which images `pool_per_class` stands for
BORDER_OF = 2000  # images of each class that the pool "border" is chosen from
MONITOR_PER_CLASS = 200  # held-out images that a run's curves are measured on


@dataclass(frozen=True, kw_only=True)
class UnlearnConfig:
    """What to forget, and how. `unlearn_config(method)` fills in a method's own defaults."""

    method: str = "described"
    forget_class: int = 6  # digit
    redirect_to: int | None = 3  # digit, or None: the original's answer without the class
    seed: int = 0
    mask_fraction: float = 0.01  # share of all weights that may change, in (0, 1]
    score: str = "relevance"
    scope: str = "global"
    layers: tuple[str, ...] = NETWORK.dense_names  # the mask chooses among these layers only
    steps: int = 300
    batch_forget: int = 64  # images of the forget class per step
    batch_retain: int = 192
    pool_per_class: int = 2000  # training images of each class that the run may see
    pool: str = "random"  # or "border": of 2,000, half of them where the original is least sure
    peak_lr: float = 3e-3
    one_cycle: bool = True
    weight_decay: float = 0.0
    weight_retain: float = 1.0  # of the three terms of the loss
    weight_penalty: float = 0.05  # mean of -log(1 - p(forget))
    weight_redirect: float = 0.05  # cross-entropy towards redirect_to
    strength: float | None = None  # a method's own dial, see `methods.DIALS`; None: it has none
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
        known = NETWORK.names
        if not self.layers or not set(self.layers) <= set(known):
            raise ValueError(f"layers must be some of {', '.join(known)}; got {self.layers!r}")
        require_count("steps", self.steps, 1, 100_000)
        require_count("batch_forget", self.batch_forget, 0, 10_000)
        require_count("batch_retain", self.batch_retain, 0, 10_000)
        require_count("pool_per_class", self.pool_per_class, 1, 100_000)
        require_choice("pool", self.pool, POOLS)
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
        if self.method in DIALS:
            meaning, low, high = DIALS[self.method]
            require_range(f"strength of {self.method} ({meaning})", self.strength, low, high)
        elif self.strength is not None:
            raise ValueError(f"{self.method} has no strength to set, got {self.strength!r}")


def unlearn_config(method: str, **changes: Any) -> UnlearnConfig:
    """Build the settings of a named method; `changes` override single fields.

    Raises:
        ValueError: an unknown method or a value out of its range.
    """
    require_choice("method", method, METHOD_NAMES)
    return UnlearnConfig(method=method, **(METHOD_DEFAULTS[method] | changes))


def rank_count(fraction: float, total: int) -> int:
    """Number of weights that a share stands for: floor(fraction * total + 0.5), exact by rank."""
    return math.floor(fraction * total + 0.5)
