"""What learning without torch works with: verified ONNX graphs, and images as a network sees them.

The graphs (`export.steps`) change dense layers only. So the convolutions' features are computed
once per original and set of images, and so is `base`, the first dense layer's part of them.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import numpy as np
import onnxruntime as ort

from forgetdemo.files.checkpoint import Arrays, CheckpointError, json_bytes, sha256_hex
from forgetdemo.files.folder import read_folder
from forgetdemo.predict.inference import session_options
from forgetdemo.settings.architecture import NETWORK
from forgetdemo.settings.constants import ASSETS, NUM_CLASSES
from forgetdemo.settings.unlearning import UnlearnConfig

STEPS_DIR = ASSETS / "steps"
STEPS_FORMAT = "forgetdemo-steps/1"
BATCH = 250  # images at a time, where nothing is learned
SCORES = ("relevance", "all")


class Graph:
    """One ONNX graph: named arrays in, named arrays out; given what it does not read, it looks
    away. Immutable.
    """

    def __init__(self, data: bytes, name: str) -> None:
        """Start a session. Raises CheckpointError where onnxruntime refuses the bytes."""
        try:
            self._session = ort.InferenceSession(
                data, session_options(), providers=["CPUExecutionProvider"]
            )
        except Exception as error:  # onnxruntime raises its own family without a common base
            raise CheckpointError(f"{name} is damaged (not an ONNX graph)") from error
        self._reads = [value.name for value in self._session.get_inputs()]
        self.gives = [value.name for value in self._session.get_outputs()]

    def __call__(self, given: Mapping[str, np.ndarray]) -> Arrays:
        """Run it once."""
        found = self._session.run(self.gives, {name: given[name] for name in self._reads})
        return dict(zip(self.gives, found, strict=True))


class Graphs:
    """The folder of graphs; a session starts when it is first needed. Keep one per process."""

    def __init__(self, directory: Path = STEPS_DIR) -> None:
        """Read and verify. Raises as `read_folder`."""
        self._about, self._files = read_folder(directory, (STEPS_FORMAT,))
        self._open: dict[str, Graph] = {}

    @property
    def sha256(self) -> str:
        """A name for exactly these graphs."""
        return sha256_hex(json_bytes(self._about))

    def __getitem__(self, name: str) -> Graph:
        """A graph by its name: "answers"."""
        if name not in self._open:
            self._open[name] = Graph(self._files[f"{name}.onnx"], f"{name}.onnx")
        return self._open[name]

    @property
    def rest(self) -> dict[str, tuple[int, ...]]:
        """The dense tensors that a state's `rest` holds one after the other, and their shapes."""
        return {name: tuple(shape) for name, shape in self._about["rest"]}

    def featuriser(self, weights: Mapping[str, np.ndarray]) -> Graph:
        """Pixels → features of the network whose convolutions these are."""
        data = bytearray(self._files["features.onnx"])
        for name, place in self._about["places"].items():
            values = np.ascontiguousarray(weights[name], "<f4").tobytes()
            data[place : place + len(values)] = values
        return Graph(bytes(data), "features.onnx")

    def step(self, config: UnlearnConfig) -> Graph:
        """The graph of one gradient step under these settings.

        Raises:
            ValueError: no graph serves them; the message says what does not fit.
        """
        fits = [
            entry
            for entry in self._about["steps"]
            if config.method in entry["methods"]
            and entry["redirects"] in (None, config.redirect_to is not None)
        ]
        if not fits:
            known = sorted({name for entry in self._about["steps"] for name in entry["methods"]})
            raise ValueError(f"{config.method} needs torch; {', '.join(known)} do without")
        wanted = {
            "batch_forget": fits[0]["batch_forget"],
            "batch_retain": fits[0]["batch_retain"],
            "weight_decay": 0.0,
            "epochs": 0,
            "oversample_factor": 1,
            "threads": 1,
        }
        for name, value in wanted.items():
            if getattr(config, name) != value:
                raise ValueError(
                    f"without torch {name} must be {value}, got {getattr(config, name)!r}"
                )
        if not set(config.layers) <= set(NETWORK.dense_names):
            raise ValueError(
                f"without torch layers must be some of {', '.join(NETWORK.dense_names)}, "
                f"got {', '.join(config.layers)}"
            )
        if config.score not in SCORES:
            raise ValueError(
                f"without torch the score must be {' or '.join(SCORES)}, got {config.score!r}"
            )
        return self[fits[0]["name"]]


@dataclass(frozen=True, eq=False)
class Seen:
    """Images as the frozen part of an original sees them: serves every run from that original.

    `labels` (N,) int64, `features` (N, 3136), `base` (N, 128) = features · W1ᵀ.
    """

    labels: np.ndarray
    features: np.ndarray
    base: np.ndarray

    def take(self, index: np.ndarray) -> "Seen":
        """Those at some positions."""
        return Seen(self.labels[index], self.features[index], self.base[index])


@dataclass(frozen=True, eq=False)
class Pool(Seen):
    """Training images, with what learning needs to know of the original.

    `weights`: the original, all by name. `logits` (N, 10): its answers. `sums`: by name, (10, …),
    what `export.steps.functions.gradients` sums up, for each class apart: no run needs them again.
    """

    weights: Arrays
    logits: np.ndarray
    sums: Arrays

    @cached_property
    def counts(self) -> np.ndarray:
        """Images of each class, (10,)."""
        return np.bincount(self.labels, minlength=NUM_CLASSES)


def features_of(
    graphs: Graphs, weights: Mapping[str, np.ndarray], pixels: np.ndarray
) -> np.ndarray:
    """Convolution features (N, 3136) of pixels (N, 28, 28) uint8, in batches."""
    featurise = graphs.featuriser(weights)
    found = np.empty((len(pixels), NETWORK.features), np.float32)
    for part in parts(np.arange(len(pixels))):
        found[part] = featurise({"pixels": floats(pixels[part])})["features"]
    return found


def logits_of(
    graphs: Graphs, weights: Mapping[str, np.ndarray], features: np.ndarray
) -> np.ndarray:
    """Logits (N, 10) of a network, from convolution features (N, 3136), N ≥ 1."""
    base = graphs["base"]({"features": features, "first": first_of(weights)})["base"]
    rest = np.concatenate([weights[name].ravel() for name in graphs.rest])
    none = np.zeros((NETWORK.dense[0].outputs, 1), np.float32)  # no column was touched
    given = {"base": base, "columns": features[:, :1], "delta": none, "rest": rest}
    return graphs["answers"](given)["logits"]


def see(
    graphs: Graphs, weights: Mapping[str, np.ndarray], pixels: np.ndarray, labels: np.ndarray
) -> Seen:
    """Look at images through an original's eyes.

    Args:
        weights: of the original, all by name.
        pixels: (N, 28, 28) uint8, N ≥ 1.
        labels: (N,).
    """
    features = features_of(graphs, weights, pixels)
    given = {"features": features, "first": first_of(weights)}
    return Seen(labels, features, graphs["base"](given)["base"])


def study(graphs: Graphs, weights: Arrays, pixels: np.ndarray, labels: np.ndarray) -> Pool:
    """Look at training images through an original's eyes, and at its gradients; as `see`."""
    featurise = graphs.featuriser(weights)
    whole: Arrays = {}  # for each image
    sums: Arrays = {}  # for each class
    for digit in range(NUM_CLASSES):
        for part in parts(np.flatnonzero(labels == digit)):
            features = featurise({"pixels": floats(pixels[part])})["features"]
            digits = np.full(len(part), digit, np.int32)
            found = {"features": features} | graphs["gradients"](
                {**weights, "features": features, "labels": digits}
            )
            for name, value in found.items():
                if name in ("features", "base", "logits"):
                    place = whole.setdefault(
                        name, np.empty((len(labels), *value.shape[1:]), np.float32)
                    )
                    place[part] = value
                else:
                    place = sums.setdefault(name, np.zeros((NUM_CLASSES, *value.shape), np.float32))
                    place[digit] += value
    return Pool(labels, whole["features"], whole["base"], weights, whole["logits"], sums)


def first_of(weights: Mapping[str, np.ndarray]) -> np.ndarray:
    """The weight of the first dense layer, (128, 3136)."""
    return weights[f"{NETWORK.dense[0].name}.weight"]


def floats(pixels: np.ndarray) -> np.ndarray:
    """(B, 28, 28) uint8 → (B, 1, 28, 28) float32 in [0, 1]."""
    return pixels[:, None].astype(np.float32) / np.float32(255)


def parts(index: np.ndarray) -> Iterator[np.ndarray]:
    """Cut positions into batches."""
    for start in range(0, len(index), BATCH):
        yield index[start : start + BATCH]
