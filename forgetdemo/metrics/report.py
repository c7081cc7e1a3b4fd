"""One report for every model: torch and ONNX pass through the same lines, as `predict`."""

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, fields
from typing import Any

import numpy as np

from forgetdemo.metrics import counts
from forgetdemo.settings.checks import require_pair
from forgetdemo.settings.constants import IMAGE_SIZE, NUM_CLASSES

# pixels (B, 1, 28, 28) float32 in [0, 1] → probabilities (B, 10), logits (B, 10)
Predict = Callable[[np.ndarray], tuple[np.ndarray, np.ndarray]]
BATCH = 500
MASK_KEYS = {"editable", "total", "fraction", "changed", "max_abs_change_outside", "layers"}
LAYER_KEYS = {"editable", "total", "changed", "max_abs_change", "relative_change"}


@dataclass(frozen=True, kw_only=True)
class ModelReport:
    """What one model does with a set of images; shares are fractions 0..1."""

    acc_overall: float
    ceiling: float  # best acc_overall of a model that never gets forget_class right
    acc_forget: float
    acc_retain: float
    acc_per_class: tuple[float, ...]
    confusion: tuple[tuple[int, ...], ...]  # counts, rows true, columns predicted
    redirect_rate: float | None  # None without a substitute class
    destinations: tuple[float, ...]  # of the forgotten class
    precision_redirect: float | None  # None also where the substitute is never answered
    loss_retain: float  # mean cross-entropy of retained images, nats
    images: int

    def __post_init__(self) -> None:
        rows = self.confusion
        cells = [cell for row in rows for cell in row]
        if len(rows) != NUM_CLASSES or any(len(row) != NUM_CLASSES for row in rows):
            raise ValueError("confusion must be 10×10 counts")
        if any(type(cell) is not int or cell < 0 for cell in cells) or sum(cells) != self.images:
            raise ValueError("confusion must be counts that sum to images")
        for name in ("acc_per_class", "destinations"):
            shares = getattr(self, name)
            if len(shares) != NUM_CLASSES or not all(_is_share(share) for share in shares):
                raise ValueError(f"{name} must be 10 fractions in [0, 1]")
        for name in ("acc_overall", "ceiling", "acc_forget", "acc_retain"):
            if not _is_share(getattr(self, name)):
                raise ValueError(f"{name} must be a fraction in [0, 1]")
        for name in ("redirect_rate", "precision_redirect"):
            if getattr(self, name) is not None and not _is_share(getattr(self, name)):
                raise ValueError(f"{name} must be a fraction in [0, 1] or null")
        if not _is_number(self.loss_retain) or self.loss_retain < 0:
            raise ValueError("loss_retain must be a number ≥ 0")

    def to_dict(self) -> dict[str, Any]:
        """What json.dump takes; `from_dict` is the way back."""
        return {field.name: _lists(getattr(self, field.name)) for field in fields(self)}

    @classmethod
    def from_dict(cls, values: Mapping[str, Any]) -> "ModelReport":
        """Rebuild from JSON. Raises ValueError: a field is missing, unknown or impossible."""
        parts = _exactly(values, {field.name for field in fields(cls)}, "model report")
        try:
            return cls(**parts)
        except TypeError as error:
            raise ValueError(f"model report: a field has the wrong type ({error})") from error


@dataclass(frozen=True, kw_only=True)
class Report:
    """report.json: the original before, the unlearned model after, and what was allowed to move."""

    dataset: str
    classes: tuple[str, ...]
    forget_class: int
    redirect_to: int | None  # None: no substitute was asked for
    method: str | None  # None: nothing was unlearned yet
    before: ModelReport
    after: ModelReport | None = None
    mask: Mapping[str, Any] | None = None  # the certificate; see `mask.certify`
    seconds: Mapping[str, float]  # itemised: method, mask, features, …

    def __post_init__(self) -> None:
        require_pair(self.forget_class, self.redirect_to)
        if len(self.classes) != NUM_CLASSES or not all(isinstance(c, str) for c in self.classes):
            raise ValueError("classes must be 10 names")
        if not isinstance(self.dataset, str) or not isinstance(self.method, str | None):
            raise ValueError("dataset and method must be names")
        if not all(_is_number(value) and value >= 0 for value in self.seconds.values()):
            raise ValueError("seconds must be numbers ≥ 0")
        if self.mask is not None:
            _exactly(self.mask, MASK_KEYS, "mask")
            for layer, row in self.mask["layers"].items():
                _exactly(row, LAYER_KEYS, f"mask of {layer}")

    def to_dict(self) -> dict[str, Any]:
        """What json.dump takes; `from_dict` is the way back."""
        return {
            field.name: value.to_dict() if isinstance(value, ModelReport) else _lists(value)
            for field in fields(self)
            for value in [getattr(self, field.name)]
        }

    @classmethod
    def from_dict(cls, values: Mapping[str, Any]) -> "Report":
        """Rebuild from JSON.

        Raises:
            ValueError: a field is missing, unknown or impossible; the message names it.
        """
        parts = _exactly(values, {field.name for field in fields(cls)}, "report")
        parts["before"] = ModelReport.from_dict(parts["before"])
        if parts["after"] is not None:
            parts["after"] = ModelReport.from_dict(parts["after"])
        try:
            return cls(**parts)
        except (TypeError, AttributeError) as error:
            raise ValueError(f"report: a field has the wrong type ({error})") from error


def evaluate(
    predict: Predict,
    pixels: np.ndarray,
    labels: np.ndarray,
    forget_class: int,
    redirect_to: int | None,
) -> ModelReport:
    """Ask one model about every image and count.

    Args:
        predict: pixels (B, 1, 28, 28) float32 in [0, 1] → (probabilities, logits), both (B, 10);
            called with at most 500 images at a time.
        pixels: (N, 1, 28, 28) float32 in [0, 1]; every class must occur.
        labels: (N,) classes 0..9.
        forget_class, redirect_to: the pair that redirect rate and ceiling are about.
    Raises:
        ValueError: shapes or labels do not fit, or the model answers with NaN.
    """
    require_pair(forget_class, redirect_to)
    return report_of_logits(predict_logits(predict, pixels), labels, forget_class, redirect_to)


def predict_logits(predict: Predict, pixels: np.ndarray) -> np.ndarray:
    """Logits (N, 10) of all images, asked for in batches. Raises ValueError on a wrong shape."""
    if pixels.ndim != 4 or pixels.shape[1:] != (1, IMAGE_SIZE, IMAGE_SIZE) or len(pixels) == 0:
        raise ValueError(f"expected pixels (N, 1, 28, 28) with N ≥ 1, got {pixels.shape}")
    starts = range(0, len(pixels), BATCH)
    logits = np.concatenate([predict(pixels[start : start + BATCH])[1] for start in starts])
    if logits.shape != (len(pixels), NUM_CLASSES):
        raise ValueError(f"the model answered {logits.shape} for {len(pixels)} images")
    return logits


def report_of_logits(
    logits: np.ndarray, labels: np.ndarray, forget_class: int, redirect_to: int | None
) -> ModelReport:
    """Count answers that are there already: `evaluate` without asking the model again."""
    losses = counts.cross_entropy(logits, labels)  # refuses NaN
    confusion = counts.confusion_matrix(labels, logits.argmax(axis=1))
    sent = precision = None
    if redirect_to is not None:
        sent = counts.redirect_rate(confusion, forget_class, redirect_to)
        precision = counts.precision_of_class(confusion, redirect_to)
    return ModelReport(
        acc_overall=counts.acc_overall(confusion),
        ceiling=counts.ceiling(confusion, forget_class),
        acc_forget=counts.acc_forget(confusion, forget_class),
        acc_retain=counts.acc_retain(confusion, forget_class),
        acc_per_class=tuple(counts.per_class_accuracy(confusion).tolist()),
        confusion=tuple(tuple(row) for row in confusion.tolist()),
        redirect_rate=sent,
        destinations=tuple(counts.destinations(confusion, forget_class).tolist()),
        precision_redirect=precision,
        loss_retain=float(losses[np.asarray(labels) != forget_class].mean()),
        images=len(labels),
    )


def render_table(report: Report) -> str:
    """A report as plain text for a terminal: one row per figure, percent, change in points."""
    forgotten = report.classes[report.forget_class]
    rows: list[tuple[str, float | None, float | None]] = []

    def row(title: str, name: str) -> None:
        after = None if report.after is None else getattr(report.after, name)
        rows.append((title, getattr(report.before, name), after))

    row(f"overall (ceiling {100 * report.before.ceiling:.2f})", "acc_overall")
    row("retained classes", "acc_retain")
    row(f"forgotten class {forgotten}", "acc_forget")
    if report.redirect_to is not None:
        substitute = report.classes[report.redirect_to]
        row(f"{forgotten} answered as {substitute}", "redirect_rate")
        row(f"precision of {substitute}", "precision_redirect")
    for digit, name in enumerate(report.classes):
        after_share = None if report.after is None else report.after.acc_per_class[digit]
        rows.append((f"class {name}", report.before.acc_per_class[digit], after_share))
    width = max(len(title) for title, _, _ in rows)
    lines = [f"{'% of test images':<{width}}  {'before':>7}  {'after':>7}  {'change':>7}"]
    for title, old, new in rows:
        change = "" if old is None or new is None else f"{100 * (new - old):+.2f}"
        lines.append(f"{title:<{width}}  {_percent(old)}  {_percent(new)}  {change:>7}".rstrip())
    if report.mask is not None:
        lines.append(
            f"{report.mask['editable']:,} of {report.mask['total']:,} weights could change "
            f"({100 * report.mask['fraction']:.2f} %), {report.mask['changed']:,} did; "
            f"largest change outside: {report.mask['max_abs_change_outside']:g}"
        )
    if report.seconds:
        lines.append(", ".join(f"{name} {took:.1f} s" for name, took in report.seconds.items()))
    return "\n".join(lines)


def _percent(share: float | None) -> str:
    """A fraction as seven columns of percent, '–' for none."""
    return f"{'–':>7}" if share is None else f"{100 * share:7.2f}"


def _is_number(value: object) -> bool:
    """A finite int or float; True is not."""
    return not isinstance(value, bool) and isinstance(value, int | float) and math.isfinite(value)


def _is_share(value: Any) -> bool:
    """A number in [0, 1]."""
    return _is_number(value) and 0 <= value <= 1


def _exactly(values: Any, names: set[str], what: str) -> dict[str, Any]:
    """The fields, lists as tuples; ValueError unless they are exactly `names`."""
    if not isinstance(values, Mapping):
        raise ValueError(f"{what} must be an object, got {type(values).__name__}")
    if set(values) != names:
        missing, unknown = sorted(names - set(values)), sorted(set(values) - names)
        raise ValueError(f"{what}: missing fields {missing}, unknown fields {unknown}")
    return {name: _tuples(value) for name, value in values.items()}


def _tuples(value: Any) -> Any:
    """Lists to tuples, all the way down."""
    return tuple(_tuples(item) for item in value) if isinstance(value, list | tuple) else value


def _lists(value: Any) -> Any:
    """Tuples to lists and mappings to dicts, all the way down."""
    if isinstance(value, Mapping):
        return {key: _lists(item) for key, item in value.items()}
    return [_lists(item) for item in value] if isinstance(value, list | tuple) else value
