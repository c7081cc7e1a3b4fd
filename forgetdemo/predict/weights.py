"""The weights inside an exported file, in place: read, replaced, moved, without decoding the file.

Where they lie is known from one file for all that this package exported (`export.pairs.layout`).
"""

import math
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from forgetdemo.files.checkpoint import Arrays, CheckpointError

RAW = 0x4A  # protobuf's tag of a tensor's bytes
Tensors = Sequence[Mapping[str, Any]]  # name, shape and first byte of each weight


def views_of(data: bytes, tensors: Tensors) -> tuple[bytearray, Arrays]:
    """A copy of an exported file, and its weights as float32 arrays that write into the copy.

    Raises:
        CheckpointError: weights lie elsewhere in this file.
    """
    copy, found = bytearray(data), {}
    for tensor in tensors:
        size, offset = math.prod(tensor["shape"]), int(tensor["offset"])
        header = bytes([RAW]) + varint(4 * size)
        if data[offset - len(header) : offset] != header or offset + 4 * size > len(data):
            raise CheckpointError("this model's file is laid out otherwise; export it again")
        view = np.frombuffer(copy, "<f4", size, offset)
        found[str(tensor["name"])] = view.reshape(tensor["shape"])
    return copy, found


def varint(value: int) -> bytes:
    """A number ≥ 0 as protobuf writes it."""
    groups = [value & 127]
    while value := value >> 7:
        groups.append(value & 127)
    return bytes([*(group | 128 for group in groups[:-1]), groups[-1]])


def weights_in(data: bytes, tensors: Tensors) -> Arrays:
    """The weights of an exported file, by name: copies, float32. Raises as `views_of`."""
    return {name: view.astype(np.float32) for name, view in views_of(data, tensors)[1].items()}


def with_weights(base: bytes, tensors: Tensors, weights: Mapping[str, np.ndarray]) -> bytes:
    """The base with all its weights replaced.

    Args:
        base: an exported file.
        weights: by name, of its shapes; any float type.
    Raises:
        CheckpointError: a weight is missing or has another shape, or as `views_of`.
    """
    copy, views = views_of(base, tensors)
    for name, view in views.items():
        value = weights.get(name)
        if value is None or value.shape != view.shape:
            raise CheckpointError(f"{name} is missing or has another shape")
        view[...] = value
    return bytes(copy)
