"""What an audit holds of one model, and how much of it is measured. Torch-free."""

from dataclasses import dataclass
from typing import Any

from forgetdemo.files.checkpoint import Arrays
from forgetdemo.settings.architecture import NETWORK
from forgetdemo.settings.checks import require_count

PROBED = ("conv", *NETWORK.dense_names[:-1])  # features that are probed and compared, in order


@dataclass(frozen=True, kw_only=True)
class AuditSettings:
    """How much is measured. Less of it gives fewer rows, never other numbers in the same row."""

    relearn_images: tuple[int, ...] = (0, 1, 5, 10, 50)
    relearn_seeds: int = 3  # choices of those images; one where there are none to choose
    relearn_steps: int = 64
    prototypes: int = 5  # images per attack
    prototype_draws: int = 3
    threads: int = 1

    def __post_init__(self) -> None:
        for count in self.relearn_images:
            require_count("relearn_images", count, 0, 10_000)
        require_count("relearn_seeds", self.relearn_seeds, 1, 100)
        require_count("relearn_steps", self.relearn_steps, 1, 4096)
        require_count("prototypes", self.prototypes, 1, 1000)
        require_count("prototype_draws", self.prototype_draws, 1, 100)


@dataclass(frozen=True, eq=False)
class Profile:
    """One model, measured: what it answers, and what each attack got out of it."""

    acc_forget_train: float  # of the class's training images, as many as it has test images
    acc_retain_train: float  # of some other training images
    arrays: Arrays  # "logits" (N, 10) of the test images; by `PROBED`, features of some of them
    attacks: dict[str, dict[str, Any]]  # by `attacks.ATTACKS`, then by trial

    @property
    def steps(self) -> tuple[int, ...]:
        """When relearning curves were measured; () where there are none."""
        return next((tuple(found["steps"]) for found in self.attacks["relearning"].values()), ())

    @property
    def curves(self) -> dict[int, tuple[float, ...]]:
        """Images taught → mean acc_forget at `steps`."""
        return {
            int(images): tuple(found["acc_forget"])
            for images, found in self.attacks["relearning"].items()
        }
