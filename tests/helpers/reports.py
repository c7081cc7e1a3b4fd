"""Reports with made-up figures."""

from typing import Any

import numpy as np

from forgetdemo.metrics.report import ModelReport, Report, evaluate
from forgetdemo.settings.constants import DIGITS

LABELS = np.arange(40) % 10


PIXELS = np.zeros((40, 1, 28, 28), np.float32)


PIXELS[:, 0, 0, 0] = LABELS / 10  # the fake models read the label from the corner


LAYER = {"editable": 1, "total": 4, "changed": 1, "max_abs_change": 0.5, "relative_change": 0.1}


def answers(table: dict[int, int]) -> Any:
    """A model that answers class `c` with `table.get(c, c)`, sure of it (logit 5)."""

    def predict(pixels: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        seen = np.rint(pixels[:, 0, 0, 0] * 10).astype(int)
        logits = 5 * np.eye(10, dtype=np.float32)[[table.get(c, c) for c in seen]]
        return np.exp(logits) / np.exp(logits).sum(axis=1, keepdims=True), logits

    return predict


def model_report(table: dict[int, int], redirect_to: int | None = 3) -> ModelReport:
    return evaluate(answers(table), PIXELS, LABELS, 6, redirect_to)


MASK = {
    "editable": 1,
    "total": 4,
    "fraction": 0.25,
    "changed": 1,
    "max_abs_change_outside": 0.0,
    "layers": {"fc1": LAYER},
}


def report(**changes: Any) -> Report:
    values: dict[str, Any] = dict(
        dataset="mnist",
        classes=DIGITS,
        forget_class=6,
        redirect_to=3,
        method="described",
        before=model_report({}),
        after=model_report({6: 3}),
        mask=MASK,
        seconds={"method": 1.5},
    )
    return Report(**(values | changes))
