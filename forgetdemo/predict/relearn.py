"""Bring a class back without torch: the lesson of `network.relearn`, to the dense layers alone.

The convolutions stay as they are, so a lesson costs a tenth, and its curve is another one than
that of a whole network: compare it with curves of this lesson only. The same settings, images and
graphs in a browser give the same weights to the last digits.
"""

import math
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from forgetdemo.files.checkpoint import Arrays
from forgetdemo.predict.steps import Graphs, Seen, first_of
from forgetdemo.settings.architecture import NETWORK
from forgetdemo.settings.draws import FORGET, RETAIN, places
from forgetdemo.settings.relearning import MASKED_BELOW, RelearnConfig, measured_steps

Record = dict[str, Any]
PARTS = ("delta", "rest", "delta_velocity", "rest_velocity")


@dataclass(frozen=True)
class Taught:
    """The weights after a lesson, all by name, and its curve: step, of, loss, acc_forget."""

    weights: Arrays
    curve: list[Record]


def relearn(
    graphs: Graphs,
    weights: Arrays,
    taught: Seen,
    retained: Seen,
    watched: Seen,
    config: RelearnConfig,
    progress: Callable[[Record], None] = lambda record: None,
) -> Taught:
    """Teach a copy of a network some images of one class among others.

    Args:
        weights: of the network, all by name; left alone.
        taught: the images to teach with, as the network sees them; none: retained ones only.
        retained: images of other classes.
        watched: images of the class that the curve is measured on.
        config: steps, batches, rates and seed; `images` is what `taught` holds already.
        progress: called with each point of the curve, step 0 included; what it raises ends it.
            Step 0 is the network as it is; a masked output is lifted after it (`lifted`).
    Raises:
        ValueError: nothing retained, nothing watched, or the loss is not finite.
    """
    if not len(retained.labels) or not len(watched.labels):
        raise ValueError("relearning needs retained images, and images of the class to watch")
    shapes = graphs.rest
    state = dict.fromkeys(("delta", "delta_velocity"), np.zeros_like(first_of(weights)))
    rest = np.concatenate([weights[name].ravel() for name in shapes])
    state |= {"rest": rest, "rest_velocity": np.zeros_like(rest)}
    dials = {name: np.array(getattr(config, name), np.float32) for name in ("lr", "momentum")}
    others = places(config.seed, RETAIN, config.steps, config.batch_retain, len(retained.labels))
    count = config.batch_forget if len(taught.labels) else 0
    some = places(config.seed, FORGET, config.steps, count, len(taught.labels))
    curve: list[Record] = []

    def report(step: int, loss: float | None) -> None:
        """Measure one point of the curve."""
        given = {**state, "base": watched.base, "columns": watched.features}
        right = graphs["answers"](given)["logits"].argmax(1) == watched.labels
        curve.append({"step": step, "of": config.steps, "loss": loss})
        curve[-1]["acc_forget"] = float(np.mean(right))
        progress(curve[-1])

    points = set(measured_steps(config.steps))
    report(0, None)
    state["rest"] = np.concatenate(
        [value.ravel() for value in lifted(weights, shapes, config.forget_class)]
    )
    for step in range(1, config.steps + 1):
        drawn = (retained, others[step - 1]), (taught, some[step - 1])
        found = graphs["lesson"](
            {
                "base": np.concatenate([seen.base[index] for seen, index in drawn]),
                "columns": np.concatenate([seen.features[index] for seen, index in drawn]),
                "labels": np.concatenate([s.labels[index] for s, index in drawn]).astype(np.int32),
                **dials,
                **state,
            }
        )
        state = {name: found[f"next_{name}"] for name in PARTS}
        loss = float(found["loss"])
        if not math.isfinite(loss):
            raise ValueError(f"relearning diverged at step {step} (the loss is not finite)")
        if step in points:
            report(step, loss)
    return Taught(weights_after(weights, state, shapes), curve)


def lifted(
    weights: Mapping[str, np.ndarray], names: Iterable[str], digit: int
) -> Iterator[np.ndarray]:
    """These weights, a masked output's bias set to the mean of the others'; copies nothing else.

    As `network.outputs.lift_mask`: out of a bias of -1e4 no lesson would climb, and a masked output
    would be called forgotten.
    """
    for name in names:
        value = weights[name]
        if name == f"{NETWORK.last.name}.bias" and value[digit] < MASKED_BELOW:
            value = value.copy()
            value[digit] = np.delete(value, digit).mean()
        yield value


def weights_after(
    weights: Mapping[str, np.ndarray],
    state: Mapping[str, np.ndarray],
    shapes: Mapping[str, tuple[int, ...]],
) -> Arrays:
    """All weights by name after a lesson: what was there, and what its state holds."""
    found = {name: value.copy() for name, value in weights.items()}
    first_of(found)[...] += state["delta"]
    parts = np.split(state["rest"], np.cumsum([math.prod(s) for s in shapes.values()])[:-1])
    for (name, shape), part in zip(shapes.items(), parts, strict=True):
        found[name] = part.reshape(shape)
    return found
