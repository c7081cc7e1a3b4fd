"""`python -m export.steps`: the graphs of learning without torch, as the folder assets/steps."""

import argparse
import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn

from export import graph
from export.steps import functions
from export.steps.functions import DENSE, DIALS, FIRST, REST, STATE
from export.steps.trace import FREE, Shapes, trace, write
from forgetdemo.files.folder import check_target, write_folder
from forgetdemo.methods import losses
from forgetdemo.network.model import MnistCNN, new_model
from forgetdemo.predict.steps import STEPS_DIR, STEPS_FORMAT
from forgetdemo.settings.architecture import NETWORK
from forgetdemo.settings.unlearning import unlearn_config
from forgetdemo.terminal import ended


@dataclass(frozen=True)
class Kind:
    """A gradient step that ships: the loss it follows, and whose settings it serves."""

    name: str
    loss: losses.Loss
    methods: tuple[str, ...]  # with their default batches
    redirects: bool | None = None  # with a substitute, without, or None: both

    @property
    def serves(self) -> dict[str, Any]:
        """What a run's settings must say to use it."""
        config = unlearn_config(self.methods[0])
        return {
            "name": self.name,
            "methods": self.methods,
            "redirects": self.redirects,
            "batch_forget": config.batch_forget,
            "batch_retain": config.batch_retain,
        }


KINDS = (
    Kind("described", losses.described, ("described",), redirects=True),
    Kind("described_free", losses.described, ("described",), redirects=False),
    Kind("natural", losses.natural, ("natural_target",)),
    Kind("retained", losses.retained, ("finetune", "cf_k")),
)
WIDE, CLASSES = NETWORK.dense[0].outputs, NETWORK.last.outputs
SIZE_OF_REST = sum(math.prod(shape) for shape in REST.values())
INPUTS: Shapes = {
    "features": ("images", NETWORK.features),
    "first": DENSE[FIRST],
    "base": ("images", WIDE),
    "columns": ("images", "columns"),
    "labels": ("images",),
    "teacher": ("images", CLASSES),
    **{name: () for name in (*DIALS, "lr", "step", "peak", "steps")},
    "momentum": (),
    "place": ("steps",),
    **{
        name: (WIDE, "columns") if name.startswith("delta") else (SIZE_OF_REST,)
        for name in (*STATE, "delta_mask", "rest_mask", "delta_velocity", "rest_velocity")
    },
    **DENSE,
}
LESSON = (
    *("base", "columns", "labels", "lr", "momentum"),
    *("delta", "rest", "delta_velocity", "rest_velocity"),
)
SUMS: Shapes = {
    "count": (),
    **{f"gradient:{name}": shape for name, shape in DENSE.items()},
    **{f"inputs:{layer.name}": (layer.inputs,) for layer in NETWORK.dense},
}


def take(*names: str) -> dict[str, tuple[int | str, ...]]:
    """The shapes of some inputs."""
    return {name: INPUTS[name] for name in names}


def step_graph(kind: Kind) -> bytes:
    """One gradient step; its batch is of fixed size, as each group's mean is."""
    config = unlearn_config(kind.methods[0])
    size = config.batch_forget + config.batch_retain
    batch = {
        name: (size, *shape[1:])
        for name, shape in take("base", "columns", "labels", "teacher").items()
    }
    others = take(*DIALS, "lr", "step", *STATE, "delta_mask", "rest_mask")
    step = functions.step_of(kind.loss, config.batch_forget, bool(kind.redirects))
    return trace(step, batch | others)


class Featuriser(nn.Module):
    """The frozen part of a network: pixels → features."""

    def __init__(self, model: MnistCNN) -> None:
        super().__init__()
        self.model = model

    def forward(self, pixels: Tensor) -> Tensor:
        """(B, 1, 28, 28) in [0, 1] → (B, 3136)."""
        return self.model.features(pixels)


def features_graph() -> tuple[bytes, dict[str, int]]:
    """Pixels → features, all weights 0, and where in its bytes each weight's values begin.

    Whoever knows an original's weights writes them there: a runtime makes features twice as fast
    with weights that are constants of the graph as with weights that are handed in.
    """
    module = Featuriser(new_model(0)).eval()
    given = {"pixels": torch.zeros(FREE, *NETWORK.image)}
    data = write(module, given, ["features"], {"pixels": ("images", *NETWORK.image)})
    places = {}
    for tensor in graph.parse(data).graph.initializer:
        if tensor.name in NETWORK.shapes:
            places[tensor.name] = data.index(tensor.raw_data)
            data = data.replace(tensor.raw_data, bytes(len(tensor.raw_data)))
    return data, places


def graphs() -> tuple[dict[str, bytes], dict[str, Any]]:
    """All files of the folder, and what else its manifest says."""
    features, places = features_graph()
    groups = {f"{g}:{name}": shape for g in ("forget", "retain") for name, shape in SUMS.items()}
    files = {
        "features": features,
        "base": trace(functions.base, take("features", "first")),
        "gradients": trace(functions.gradients, take("features", "labels", *DENSE)),
        "relevance": trace(functions.relevance, groups),
        "schedule": trace(functions.schedule, take("place", "peak", "steps")),
        "answers": trace(functions.answers, take("base", "columns", "delta", "rest")),
        "lesson": trace(functions.lesson, take(*LESSON)),
        **{kind.name: step_graph(kind) for kind in KINDS},
    }
    about = {"rest": list(REST.items()), "places": places, "steps": [kind.serves for kind in KINDS]}
    return {f"{name}.onnx": data for name, data in files.items()}, about


def build(out: Path, say: Callable[[str], None] = lambda text: None) -> dict[str, Any]:
    """Write the folder, and return its manifest. Raises as `write_folder` and `trace` do."""
    check_target(out, STEPS_FORMAT)
    files, about = graphs()
    for name, data in files.items():
        say(f"{name:<20} {len(graph.parse(data).graph.node):>4} nodes {len(data):>8,} bytes")
    return write_folder(out, files, about, STEPS_FORMAT)


def main(arguments: Sequence[str] | None = None) -> int:
    """Parse and run; returns the exit code."""
    parser = argparse.ArgumentParser(prog="python -m export.steps", description=__doc__)
    parser.add_argument("--out", type=Path, metavar="DIR", default=STEPS_DIR)
    flags = parser.parse_args(arguments)

    def run() -> None:
        build(flags.out, print)

    return ended(run)
