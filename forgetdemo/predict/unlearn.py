"""Make a model forget one class without torch: mask, steps, certificate, on one thread.

The same settings, draws and graphs in a browser give the same weights to the last digits.
"""

import math
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from forgetdemo.files.checkpoint import Arrays
from forgetdemo.metrics.counts import confusion_matrix
from forgetdemo.metrics.masks import certify, select
from forgetdemo.predict.steps import Graph, Graphs, Pool, Seen, first_of
from forgetdemo.settings.architecture import NETWORK, layer_of
from forgetdemo.settings.constants import NUM_CLASSES
from forgetdemo.settings.draws import FORGET, RETAIN, places
from forgetdemo.settings.unlearning import UnlearnConfig

REPORT_EVERY = 10  # steps between progress records, at least; at most REPORTS of them
REPORTS = 60
DIALS = ("weight_retain", "weight_penalty", "weight_redirect", "temperature")
Record = dict[str, Any]
Progress = Callable[[Record], None]
Masks = dict[str, np.ndarray]


@dataclass(frozen=True)
class Forgotten:
    """A finished run: the new model's weights, all by name, the mask, and what it took."""

    weights: Arrays
    mask: Masks
    certificate: dict[str, Any]
    history: list[Record]
    seconds: Mapping[str, float]  # "mask", "method"
    image_visits: int


class Changed:
    """A network that differs from its original in what a mask lets go: the state of a run.

    Its last layer counts classes in `order`: the forgotten one, the substitute, the others.
    """

    def __init__(self, graphs: Graphs, weights: Arrays, mask: Masks, config: UnlearnConfig) -> None:
        self._answers, self._shapes = graphs["answers"], graphs.rest
        self._weights, self._mask = weights, mask
        named = [config.forget_class]
        named += [] if config.redirect_to is None else [config.redirect_to]
        self.order = np.array(named + [c for c in range(NUM_CLASSES) if c not in named])
        touched = np.flatnonzero(first_of(mask).any(axis=0))
        self.columns = touched if len(touched) else np.arange(1)  # no graph takes none
        delta = np.zeros((NETWORK.dense[0].outputs, len(self.columns)), np.float32)
        rest = self._flat(weights)
        self.state = {"delta": delta, "rest": rest} | {
            f"{name}_{moment}": np.zeros_like(value)
            for name, value in (("delta", delta), ("rest", rest))
            for moment in ("mean", "square")
        }
        self.masks = {
            "delta_mask": first_of(mask)[:, self.columns].astype(np.float32),
            "rest_mask": self._flat(mask).astype(np.float32),
        }

    def _rows(self, name: str) -> Any:
        """Which row comes first, second, … in `rest`: of the last layer, classes in `order`."""
        return self.order if layer_of(name) == NETWORK.last.name else slice(None)

    def _flat(self, arrays: Mapping[str, np.ndarray]) -> np.ndarray:
        """The tensors of `rest`, one after the other."""
        return np.concatenate([arrays[name][self._rows(name)].ravel() for name in self._shapes])

    def step(self, graph: Graph, given: Mapping[str, np.ndarray]) -> dict[str, float]:
        """Take one step, in place; returns the loss's weighted terms before it."""
        found = graph({**given, **self.state, **self.masks})
        self.state = {name: found[f"next_{name}"] for name in self.state}
        return {n: float(value) for n, value in found.items() if n.startswith("loss_")}

    def predicted(self, base: np.ndarray, columns: np.ndarray) -> np.ndarray:
        """Answers (N,) for images of which `base` and the touched columns are given."""
        found = self._answers({**self.state, "base": base, "columns": columns})
        return self.order[found["logits"].argmax(axis=1)]

    def arrays(self) -> Arrays:
        """All weights by name; outside the mask, the original's bits."""
        weights = {name: value.copy() for name, value in self._weights.items()}
        first, free = first_of(weights), first_of(self._mask)[:, self.columns]
        moved = first[:, self.columns]
        first[:, self.columns] = np.where(free, moved + self.state["delta"], moved)
        sizes = [math.prod(shape) for shape in self._shapes.values()]
        found = np.split(self.state["rest"], np.cumsum(sizes)[:-1])
        for (name, shape), part in zip(self._shapes.items(), found, strict=True):
            new = np.empty(shape, np.float32)
            new[self._rows(name)] = part.reshape(shape)
            weights[name] = np.where(self._mask[name], new, weights[name])
        return weights


def build_mask(graphs: Graphs, pool: Pool, config: UnlearnConfig) -> Masks:
    """Score every weight by the settings' score, and select by rank.

    Raises:
        ValueError: the share is so small that it selects no weight at all.
    """
    scores = {n: np.zeros(value.shape, np.float32) for n, value in pool.weights.items()}
    if config.score == "relevance":
        given: Arrays = {}
        for group, digits in groups(config).items():
            given[f"{group}:count"] = scalar(pool.counts[digits].sum())
            for name, value in pool.sums.items():
                given[f"{group}:{name}"] = value[digits].sum(axis=0)
        found = graphs["relevance"](given)
        scores |= {name.removeprefix("score:"): value for name, value in found.items()}
    mask = select(scores, config.mask_fraction, config.scope, config.layers)
    if not any(part.any() for part in mask.values()):
        raise ValueError(
            f"mask_fraction {config.mask_fraction:g} selects none of the weights; raise it"
        )
    return mask


def scalar(value: float) -> np.ndarray:
    """A number as a graph takes it."""
    return np.array(value, np.float32)


def groups(config: UnlearnConfig) -> dict[str, list[int]]:
    """The classes of both groups."""
    rest = [digit for digit in range(NUM_CLASSES) if digit != config.forget_class]
    return {"forget": [config.forget_class], "retain": rest}


def batches(labels: np.ndarray, config: UnlearnConfig) -> np.ndarray:
    """Which of the pool's images each step sees: (steps, B) positions, forget images first.

    Drawn with replacement, as in `methods.loop`, by the portable generator.
    """
    drawn = []
    for stream, count, digits in (
        (FORGET, config.batch_forget, groups(config)["forget"]),
        (RETAIN, config.batch_retain, groups(config)["retain"]),
    ):
        index = np.flatnonzero(np.isin(labels, digits))
        drawn.append(index[places(config.seed, stream, config.steps, count, len(index))])
    return np.concatenate(drawn, axis=1)


def rates(graphs: Graphs, config: UnlearnConfig) -> np.ndarray:
    """The learning rate of each step, (steps,) float32."""
    if not config.one_cycle or config.steps == 1:
        return np.full(config.steps, config.peak_lr, np.float32)
    return graphs["schedule"](
        {
            "place": np.arange(config.steps, dtype=np.float32),
            "peak": scalar(config.peak_lr),
            "steps": scalar(config.steps),
        }
    )["lr"]


def unlearn(
    graphs: Graphs,
    pool: Pool,
    watched: Seen,
    config: UnlearnConfig,
    progress: Progress = lambda record: None,
    mask: Masks | None = None,
) -> Forgotten:
    """Run one method from the pool's original, which is left alone.

    Args:
        pool: training images, `study`ed.
        watched: images for the curves alone, of the same original.
        config: the method and its settings; same settings, same weights.
        progress: called with a record of the curves every few steps; what it raises ends the run.
        mask: True = may change, in dense layers only; None: built by the settings.
    Raises:
        ValueError: no graph serves these settings, or the loss is not finite.
    """
    graph = graphs.step(config)
    clock = time.perf_counter()
    mask = build_mask(graphs, pool, config) if mask is None else mask
    seconds = {"mask": time.perf_counter() - clock}
    clock, watching = time.perf_counter(), 0.0
    model = Changed(graphs, pool.weights, mask, config)
    labels = np.argsort(model.order).astype(np.int32)[pool.labels]  # as the graph counts classes
    teacher = pool.logits[:, model.order]
    columns, watched_columns = pool.features[:, model.columns], watched.features[:, model.columns]
    dials = {name: scalar(getattr(config, name)) for name in DIALS}
    every = max(REPORT_EVERY, config.steps // REPORTS)
    history: list[Record] = []

    def watch() -> np.ndarray:
        """What the model answers to the watched images; its time is not the method's."""
        nonlocal watching
        begin = time.perf_counter()
        predicted = model.predicted(watched.base, watched_columns)
        watching += time.perf_counter() - begin
        return predicted

    def report(step: int, terms: dict[str, float], predicted: np.ndarray) -> None:
        """Append one point of the curves and hand it on."""
        nonlocal watching
        begin = time.perf_counter()
        forget, right = watched.labels == config.forget_class, predicted == watched.labels
        record = {
            "step": step,
            "of": config.steps,
            "loss": sum(terms.values()),
            **terms,
            "acc_forget": float(np.mean(right[forget])),
            "acc_retain": float(np.mean(right[~forget])),
            "confusion": confusion_matrix(watched.labels, predicted).tolist(),
        }
        history.append(record)
        progress(record)
        watching += time.perf_counter() - begin

    lr, drawn, at_first = rates(graphs, config), batches(pool.labels, config), watch()
    for step, index in enumerate(drawn, start=1):
        given = {
            "base": pool.base[index],
            "columns": columns[index],
            "labels": labels[index],
            "teacher": teacher[index],
            "lr": scalar(lr[step - 1]),
            "step": scalar(step - 1),
            **dials,
        }
        terms = model.step(graph, given)
        if not math.isfinite(sum(terms.values())):
            raise ValueError(f"unlearning diverged at step {step} (the loss is not finite)")
        if step == 1:
            report(0, terms, at_first)
        if step % every == 0 or step == config.steps:
            report(step, terms, watch())
    seconds["method"] = time.perf_counter() - clock - watching
    weights = model.arrays()
    bad = [name for name, value in weights.items() if not np.isfinite(value).all()]
    if bad:
        raise ValueError(f"{config.method} diverged ({', '.join(bad)} not finite)")
    certificate = certify(weights, pool.weights, mask)
    return Forgotten(weights, mask, certificate, history, seconds, drawn.size)
