"""How a forgotten class is brought back."""

from dataclasses import dataclass

import numpy as np

from forgetdemo.settings.checks import require_count, require_digit, require_range, require_seed
from forgetdemo.settings.constants import IMAGE_SIZE

MAX_DRAWINGS = 100
MASKED = -1e4  # a logit that never wins; finite: exports cleanly where -inf gives NaN
MASKED_BELOW = MASKED / 100  # no bias that was learned comes near it


@dataclass(frozen=True, kw_only=True)
class RelearnConfig:
    """How a forgotten class is brought back: plain SGD on a copy, all weights free."""

    forget_class: int = 6  # digit to bring back
    images: int = 50  # of that class, 0 = retained images only
    steps: int = 64
    seed: int = 0
    lr: float = 0.02  # of SGD
    momentum: float = 0.9
    batch_forget: int = 10  # of the `images`, drawn with replacement; none where `images` is 0
    batch_retain: int = 90
    threads: int = 1

    def __post_init__(self) -> None:
        require_digit("forget_class", self.forget_class)
        require_count("images", self.images, 0, 10_000)
        require_count("steps", self.steps, 1, 4096)
        require_seed(self.seed)
        require_range("lr", self.lr, 1e-8, 10.0)
        require_range("momentum", self.momentum, 0.0, 0.9999)
        require_count("batch_forget", self.batch_forget, 1, 1000)
        require_count("batch_retain", self.batch_retain, 1, 1000)
        require_count("threads", self.threads, 1, 256)


def measured_steps(steps: int) -> list[int]:
    """When the curve is measured: 0, 1, 2, 4, … with a point half way between, and the last step.

    Raises:
        ValueError: `steps` is not at least 1.
    """
    require_count("steps", steps, 1, 4096)
    points = {0, steps, *(2**i for i in range(13)), *(3 * 2**i for i in range(13))}
    return sorted(point for point in points if point <= steps)


def check_drawings(drawings: np.ndarray) -> np.ndarray:
    """Drawn digits as `preprocess` centres them: (N, 28, 28) uint8, 1 to 100, none blank.

    Raises:
        ValueError: anything else.
    """
    size = (IMAGE_SIZE, IMAGE_SIZE)
    if drawings.dtype != np.uint8 or drawings.ndim != 3 or drawings.shape[1:] != size:
        raise ValueError(
            f"drawings must be N×28×28 bytes, got {drawings.dtype} {list(drawings.shape)}"
        )
    require_count("number of drawings", len(drawings), 1, MAX_DRAWINGS)
    blank = np.flatnonzero(drawings.reshape(len(drawings), -1).max(axis=1) == 0)
    if len(blank):
        raise ValueError(f"drawing {blank[0] + 1} is blank; draw a digit or leave it out")
    return drawings
