"""Thresholds of how sure a model is: sets of digits that cannot be excluded, and what is no digit.

Calibrated on the validation split, which no model was trained on; counted on the test set.
"""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from forgetdemo.data import Images
from forgetdemo.predict.inference import OnnxClassifier
from forgetdemo.predict.steps import parts
from forgetdemo.predict.sure import LEVELS, energy_of

REFUSED = 0.003  # of validation digits; 0.5 % of test digits may be


def answers_of(model: OnnxClassifier, images: Images) -> tuple[np.ndarray, np.ndarray]:
    """Probabilities and logits of all images, (N, 10) each."""
    found = [model(images.take(part).floats()) for part in parts(np.arange(len(images)))]
    return np.concatenate([p for p, _ in found]), np.concatenate([z for _, z in found])


def least(probabilities: np.ndarray, labels: np.ndarray, level: float) -> float:
    """The least probability of a digit that cannot be excluded at a level.

    Split conformal prediction with the score 1 - p(truth): the set holds the truth of a new image
    with at least this probability, as long as it comes from where the images here do. Source:
    Sadinle, Lei and Wasserman 2019.

    Args:
        probabilities: (N, 10) of images that the model was not trained on.
        labels: (N,).
        level: in (0, 1).
    Raises:
        ValueError: too few images for this level.
    """
    scores = np.sort(1 - probabilities[np.arange(len(labels)), labels].astype(np.float64))
    place = int(np.ceil((len(scores) + 1) * level)) - 1
    if place >= len(scores):
        raise ValueError(f"{len(scores)} images are too few for sets of {level:.0%}")
    return float(1 - scores[place])


def thresholds(before: OnnxClassifier, validation: Images) -> dict[str, Any]:
    """`least` by level, and the energy below which a drawing is called no digit."""
    probabilities, logits = answers_of(before, validation)
    return {
        "least": {
            level: least(probabilities, validation.labels, share) for level, share in LEVELS.items()
        },
        "energy": float(np.quantile(energy_of(logits), REFUSED)),
    }


def counted(
    models: Mapping[str, OnnxClassifier], test: Images, forget: int, found: Mapping[str, Any]
) -> list[dict[str, Any]]:
    """What the sets are worth on test images, for each model and level.

    Returns:
        Per row: model, level; coverage: share of images whose truth is in the set; retained: the
        same without the class to forget; digits: how many a set holds on average; class_in: of
        the class's images, the share whose set holds it; empty: share of empty sets.
    """
    rows = []
    ours = test.labels == forget
    for name, model in models.items():
        probabilities, _ = answers_of(model, test)
        for level, least_p in found["least"].items():
            kept = probabilities >= least_p
            right = kept[np.arange(len(test)), test.labels]
            rows.append(
                {
                    "model": name,
                    "level": level,
                    "coverage": float(right.mean()),
                    "retained": float(right[~ours].mean()),
                    "digits": float(kept.sum(axis=1).mean()),
                    "class_in": float(kept[ours, forget].mean()),
                    "empty": float((~kept.any(axis=1)).mean()),
                }
            )
    return rows


def accepted(before: OnnxClassifier, test: Images, energy: float) -> float:
    """Share of test digits that are taken for digits."""
    return float((energy_of(answers_of(before, test)[1]) >= energy).mean())


def table(rows: Sequence[Mapping[str, Any]]) -> str:
    """`counted` for people."""
    lines = ["model        level  covered  retained  class in set  empty  digits"]
    lines += [
        f"{r['model']:<12} {r['level']:>5}  {r['coverage']:7.2%}  {r['retained']:8.2%}"
        f"  {r['class_in']:12.2%}  {r['empty']:5.1%}  {r['digits']:.3f}"
        for r in rows
    ]
    return "\n".join(lines)
