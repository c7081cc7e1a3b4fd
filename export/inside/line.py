"""From Before over After and beyond: what models on the line between two say of all test images."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np

from forgetdemo.data import Images
from forgetdemo.predict.inference import OnnxClassifier
from forgetdemo.predict.inside import between
from forgetdemo.predict.steps import parts
from forgetdemo.settings.constants import NUM_CLASSES

ALPHAS = tuple(round(0.05 * step, 2) for step in range(31))  # 0..1.5, as the page's slider steps
COARSE = tuple(round(0.1 * step, 1) for step in range(11))  # where only the barrier counts
DIGITS = 6  # after the point


def measure(data: bytes, test: Images, forget: int) -> dict[str, Any]:
    """One model: how it answers the class, and how well it keeps the others.

    Returns:
        row (10,): of the class's test images, the share that gets each answer. acc_retain: share
        of the others answered rightly. loss_retain: their mean -ln p(truth), in nats.
    """
    predict = OnnxClassifier(data)
    logits = np.concatenate(
        [predict(test.take(part).floats())[1] for part in parts(np.arange(len(test)))]
    ).astype(np.float64)
    answers, others = logits.argmax(axis=1), test.labels != forget
    counts = np.bincount(answers[~others], minlength=NUM_CLASSES)
    log_sum = np.logaddexp.reduce(logits, axis=1)
    loss = log_sum - logits[np.arange(len(logits)), test.labels]
    return {
        "row": (counts / counts.sum()).round(DIGITS).tolist(),
        "acc_retain": round(float((answers == test.labels)[others].mean()), DIGITS),
        "loss_retain": round(float(loss[others].mean()), DIGITS),
    }


def along(
    before: bytes,
    after: bytes,
    tensors: Sequence[Mapping[str, Any]],
    test: Images,
    forget: int,
    alphas: Sequence[float],
    say: Callable[[str], None],
) -> list[dict[str, Any]]:
    """`measure` at each alpha, which stands beside it. Raises as `between`."""
    found = []
    for alpha in alphas:
        figures = measure(between(before, after, tensors, alpha), test, forget)
        say(f"alpha {alpha:4.2f}  retained {figures['acc_retain']:.4f}")
        found.append({"alpha": alpha, **figures})
    return found


def barrier(points: Sequence[Mapping[str, Any]]) -> float:
    """How far the loss on what is retained rises above the straight line between two models.

    The largest rise over alpha in [0, 1], in nats; 0: as connected as can be. Source: Frankle,
    Dziugaite, Roy and Carbin 2020, linear mode connectivity; here on test images of the classes
    that both must know.
    """
    inside = [point for point in points if 0 <= point["alpha"] <= 1]
    first, last = inside[0]["loss_retain"], inside[-1]["loss_retain"]
    rises = [p["loss_retain"] - first - p["alpha"] * (last - first) for p in inside]
    return round(max(0.0, *rises), DIGITS)
