"""What happens inside an exported model: maps, dense units, what speaks for an answer; torch-free.

An exported file names what each layer leaves, but gives away only the answers. A few bytes after
its end, the same for every file that this package exported, make it give the layers too: protobuf
merges parts of a message, so the `tail` of assets/inside adds outputs to the graph before it. What
answers is what is looked into, and its two published outputs stay as they are.
"""

import base64
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from forgetdemo.files.checkpoint import Arrays, unpack_weights
from forgetdemo.files.folder import read_folder
from forgetdemo.predict.inference import INPUT, Models, weights_of
from forgetdemo.predict.steps import Graph, floats, parts
from forgetdemo.predict.weights import views_of
from forgetdemo.settings.architecture import NETWORK
from forgetdemo.settings.constants import ASSETS, IMAGE_SIZE, NUM_CLASSES

INSIDE_DIR = ASSETS / "inside"
INSIDE_FORMAT = "forgetdemo-inside/1"
GALLERY = "gallery.safetensors"
ANSWERS = "logits"  # what the last layer leaves
WINDOW, STRIDE = 5, 3  # pixels that are taken away at once, and to the next such window
NEAREST = 20  # test images that lie nearest to one
HIDDEN = NETWORK.dense[-2].name  # the last layer before the answers


@dataclass(frozen=True, eq=False)
class Inside:
    """What assets/inside holds.

    `about`: its manifest. `tail`: the bytes after a model's end. `pixels` (N, 28, 28) uint8 and
    `labels` (N,) int64: test images, as many of each class, whose features make the map.
    `projection` (64, 2) float32: features → a place on the map, the same for all models.
    """

    about: Mapping[str, Any]
    tail: bytes
    pixels: np.ndarray
    labels: np.ndarray
    projection: np.ndarray

    @property
    def tensors(self) -> Sequence[Mapping[str, Any]]:
        """Name, shape and first byte of every weight inside an exported file."""
        found: Sequence[Mapping[str, Any]] = self.about["tensors"]
        return found

    def open(self, data: bytes, name: str = "model.onnx") -> "Opened":
        """Look into an exported file. Raises CheckpointError: another kind of file."""
        return Opened(data + self.tail, self.about["layers"], name)


class Opened:
    """One model that gives its layers. Immutable; safe to call from many threads."""

    def __init__(self, data: bytes, layers: Sequence[Mapping[str, Any]], name: str) -> None:
        """Start a session. Raises CheckpointError where onnxruntime refuses the bytes."""
        self._graph = Graph(data, name)
        self._outputs = {layer["name"]: layer["output"] for layer in layers}

    def __call__(self, pixels: np.ndarray) -> Arrays:
        """What each layer leaves of pixels (B, 1, 28, 28) float32 in [0, 1].

        Returns:
            By layer: conv1 (B, 32, 14, 14) and conv2 (B, 64, 7, 7), pooled; fc1 (B, 128) and fc2
            (B, 64), all ≥ 0 as a ReLU leaves them; fc3 (B, 10), the logits.
        """
        found = self._graph({INPUT: pixels})
        return {name: found[output] for name, output in self._outputs.items()}


def load_inside(directory: Path = INSIDE_DIR) -> Inside:
    """Read and verify the folder. Raises as `read_folder`, and CheckpointError as `unpack_weights`.

    Made by `python -m export.inside`.
    """
    about, files = read_folder(directory, (INSIDE_FORMAT,))
    arrays = unpack_weights(files[GALLERY], GALLERY)
    return Inside(
        about,
        base64.b64decode(about["tail"]),
        arrays["pixels"].reshape(-1, IMAGE_SIZE, IMAGE_SIZE),
        arrays["label"].astype(np.int64),
        arrays["projection"],
    )


def belongs(inside: Inside, models: Models) -> bool:
    """Whether the folder was made for this original."""
    return bool(inside.about["original_sha256"] == weights_of(models.manifest, "before"))


def without(data: bytes, tensors: Sequence[Mapping[str, Any]], layer: str, unit: int) -> bytes:
    """The same model with one unit of a layer switched off: it leaves 0, whatever comes in.

    Args:
        data: an exported file.
        tensors: `Inside.tensors`.
        layer: "conv1", …; not the last one.
        unit: the map, or the dense unit.
    Raises:
        CheckpointError: weights lie elsewhere in this file.
    """
    copy, weights = views_of(data, tensors)
    weights[f"{layer}.weight"][unit] = 0
    weights[f"{layer}.bias"][unit] = 0
    return bytes(copy)


def between(
    before: bytes, after: bytes, tensors: Sequence[Mapping[str, Any]], alpha: float
) -> bytes:
    """The model at `alpha` on the line from one to another: before + alpha · (after - before).

    Args:
        before: an exported file, whose other bytes the result has.
        after: another one.
        tensors: `Inside.tensors`.
        alpha: 0: before, 1: after; others are beyond.
    Raises:
        CheckpointError: weights lie elsewhere in one of the files.
    """
    copy, start = views_of(before, tensors)
    _, end = views_of(after, tensors)
    for name, weight in start.items():
        first = weight.astype(np.float64)
        weight[...] = first + alpha * (end[name].astype(np.float64) - first)
    return bytes(copy)


def lead_of(logits: np.ndarray, answer: int) -> np.ndarray:
    """How far an answer's logit lies before the best other one's: (B, 10) → (B,)."""
    others = np.delete(logits, answer, axis=1)
    return np.asarray(logits[:, answer] - others.max(axis=1))


def occlusion(model: Opened, pixels: np.ndarray) -> np.ndarray:
    """Which ink speaks for a model's answer: what taking it away costs the answer's lead.

    A window of 5 × 5 pixels is emptied, every 3 pixels; a pixel gets the mean of the windows that
    held it. Source: Zeiler and Fergus 2014, here on logits.

    Args:
        model: to be asked.
        pixels: (28, 28) uint8.
    Returns:
        (28, 28) float64, in logits: above 0 speaks for the answer, below 0 against it; 0 where
        there is no ink.
    """
    places = range(0, IMAGE_SIZE, STRIDE)
    squares = [np.s_[y : y + WINDOW, x : x + WINDOW] for y in places for x in places]
    squares = [square for square in squares if pixels[square].any()]
    pictures = np.repeat(pixels[None], 1 + len(squares), axis=0)
    for picture, square in zip(pictures[1:], squares, strict=True):
        picture[square] = 0
    logits = model(floats(pictures))[NETWORK.last.name]
    leads = lead_of(logits, int(logits[0].argmax()))
    total, count = np.zeros(pixels.shape), np.zeros(pixels.shape)
    for square, lead in zip(squares, leads[1:], strict=True):
        total[square] += float(leads[0]) - float(lead)
        count[square] += 1
    return np.where(pixels > 0, total / np.maximum(count, 1), 0.0)


@dataclass(frozen=True, eq=False)
class Seen:
    """The gallery as one model sees it.

    `strengths`: by layer, (N, units) float32, the largest value of a map, a unit's own.
    `places` (N, 2): on the map. `alike` (10,): `neighbours` among last hidden features.
    """

    strengths: Arrays
    places: np.ndarray
    alike: np.ndarray


def strength_of(value: np.ndarray) -> np.ndarray:
    """(B, units, …) → (B, units): the largest value of each map, a dense unit's own."""
    return value.reshape(*value.shape[:2], -1).max(axis=2)


def see_gallery(model: Opened, inside: Inside) -> Seen:
    """Look at the gallery through a model's eyes; some 0.1 s."""
    found: dict[str, list[np.ndarray]] = {}
    for part in parts(np.arange(len(inside.pixels))):
        for name, value in model(floats(inside.pixels[part])).items():
            found.setdefault(name, []).append(strength_of(value))
    strengths = {name: np.concatenate(values) for name, values in found.items()}
    hidden = strengths[HIDDEN]
    return Seen(strengths, hidden @ inside.projection, neighbours(hidden, inside.labels))


def neighbours(features: np.ndarray, labels: np.ndarray) -> np.ndarray:
    """How much classes keep to themselves: among each image's nearest others, the share of its own.

    Args:
        features: (N, D), N > 20.
        labels: (N,), of each class at least one.
    Returns:
        (10,) means over the images of each class, in [0, 1]; 1: the 20 nearest images of all of a
        class are of that class.
    """
    wide = features.astype(np.float64)
    apart = ((wide[:, None] - wide[None]) ** 2).sum(axis=2)
    np.fill_diagonal(apart, np.inf)
    nearest = np.argsort(apart, axis=1, kind="stable")[:, :NEAREST]
    alike = (labels[nearest] == labels[:, None]).mean(axis=1)
    return np.array([alike[labels == digit].mean() for digit in range(NUM_CLASSES)])
