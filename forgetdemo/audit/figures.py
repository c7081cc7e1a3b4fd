"""What figures are computed from, and the entry that says how. Torch-free."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, Literal

import numpy as np

from forgetdemo.audit.profile import Profile
from forgetdemo.files.checkpoint import Arrays
from forgetdemo.metrics import counts, distances
from forgetdemo.metrics.report import ModelReport, report_of_logits
from forgetdemo.settings.architecture import NETWORK
from forgetdemo.settings.constants import NUM_CLASSES

Value = float | None  # None: does not apply, or beyond the end of a curve
Distance = Callable[[np.ndarray, np.ndarray], float]  # of two models' answers (N, 10)
Direction = Literal["↑", "↓", "≈"]  # high is good, low is good, close to a retrain is good
SHARE_TOLERANCE = 0.002  # half a band, at least: two images of the class


@dataclass(frozen=True, eq=False)
class Subject:
    """One model of an audit: its profile, its weights, and what it cost to make."""

    profile: Profile
    weights: Arrays
    seconds: Value = None
    image_visits: Value = None

    @cached_property
    def probabilities(self) -> np.ndarray:
        """(N, 10) float64 on the test images."""
        from scipy.special import softmax

        return softmax(self.profile.arrays["logits"].astype(np.float64), axis=1)


def working(seconds: Mapping[str, float]) -> float:
    """Seconds of a run but for its convolution features.

    A process computes those once per original, so the first run would pay for all that follow.
    """
    return sum(spent for part, spent in seconds.items() if part != "features")


@dataclass(frozen=True, eq=False)
class Yard:
    """What all subjects of an audit share: labels, the pair, and the original."""

    labels: np.ndarray  # of the test images
    forget_class: int
    redirect_to: int | None
    original: Subject
    forget: np.ndarray = field(init=False)  # which test images are the class's
    _reports: dict[Subject, ModelReport] = field(init=False, default_factory=dict)

    def __post_init__(self) -> None:
        object.__setattr__(self, "forget", self.labels == self.forget_class)

    def report(self, subject: Subject) -> ModelReport:
        """Counts on the test images, made once for each subject."""
        if subject not in self._reports:
            self._reports[subject] = report_of_logits(
                subject.profile.arrays["logits"], self.labels, self.forget_class, self.redirect_to
            )
        return self._reports[subject]

    def ranks(self, subject: Subject) -> list[float]:
        """Share of the class's test images with rank 1, 2, … 10; a tied rank is rounded up."""
        logits = subject.profile.arrays["logits"][self.forget]
        found = np.ceil(counts.rank_of_class(logits, self.forget_class)).astype(int)
        shares = np.bincount(found, minlength=NUM_CLASSES + 1)[1:] / len(found)
        return [float(share) for share in shares]


@dataclass(frozen=True, eq=False)
class Case:
    """One model beside the oracles that it is compared with: what a measure is computed from.

    An oracle is compared with the others, every other model with all of them.
    """

    subject: Subject
    oracles: Sequence[Subject]
    yard: Yard

    @property
    def report(self) -> ModelReport:
        """The model's counts on the test images."""
        return self.yard.report(self.subject)

    @cached_property
    def typical(self) -> np.ndarray:
        """(10,) shares: where the oracles send the class, on average."""
        return np.mean([self.yard.report(oracle).destinations for oracle in self.oracles], axis=0)

    @cached_property
    def js(self) -> list[float]:
        """Jensen-Shannon divergence to each oracle on the class's test images."""
        return self.to_oracles(distances.js_divergence, self.yard.forget)

    @cached_property
    def edits(self) -> dict[str, Any]:
        """Size of the edit of each layer and of "all"; see `distances.edit_size`."""
        return distances.edit_size(_by_layer(self.yard.original), _by_layer(self.subject))

    def to_oracles(self, distance: Distance, of: np.ndarray) -> list[float]:
        """Distance to each oracle on the test images that `of` is true for."""
        own = self.subject.probabilities[of]
        return [distance(own, oracle.probabilities[of]) for oracle in self.oracles]

    def attack(self, name: str, trial: str) -> Any:
        """What an attack of `attacks.ATTACKS` got out of this model."""
        return self.subject.profile.attacks[name][trial]


def _by_layer(subject: Subject) -> Arrays:
    """All weights of each layer, and "all" of the network, flat."""
    weights = {name: array.ravel() for name, array in sorted(subject.weights.items())}
    layers = {
        layer: np.concatenate([weights[f"{layer}.weight"], weights[f"{layer}.bias"]])
        for layer in NETWORK.names
    }
    return {"all": np.concatenate(list(weights.values())), **layers}


@dataclass(frozen=True)
class Column:
    """How the benchmark's table shows a measure.

    `title` is short and may name {forget} and {substitute}; `none` stands where no run has a value.
    """

    title: str
    digits: int  # decimals, as printed
    none: str = "–"


@dataclass(frozen=True, kw_only=True)
class Measure:
    """One measure: what it is, how it is computed, and how it is judged and shown."""

    title: str
    group: str
    direction: Direction
    unit: str = ""  # "%" (of fractions 0..1), "nats", "steps", "×"
    low: Value  # the range; None: without a bound
    high: Value
    population: str  # what it is measured on
    explain: str
    compute: Callable[[Case], Value]
    tolerance: float = SHARE_TOLERANCE  # half width of the oracles' band, at least
    judged: bool = True  # whether a place in the oracles' band means anything
    contrast: float = 0.0  # original minus oracles: below it, the measure tells nothing
    untrained: bool = False  # whether an untrained model has a say in it
    cap: Value = None  # a missing value lies beyond this step, the curve's end
    column: Column | None = None  # in the benchmark's table
    axis: str = ""  # its title beside the axis of a figure

    def __post_init__(self) -> None:
        for name in ("title", "group", "population", "explain"):
            if not getattr(self, name):
                raise ValueError(f"a measure says its {name}; {self.title or self} does not")


def share(**entry: Any) -> Measure:
    """A measure that is a fraction 0..1 and is printed in percent."""
    return Measure(unit="%", low=0.0, high=1.0, **entry)
