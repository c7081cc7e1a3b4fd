"""The bytes after a model's end that make it give its layers."""

from collections.abc import Iterator
from typing import Any

import onnx
from onnx import TensorProto, helper

from export.graph import parse, serialize
from forgetdemo.files.checkpoint import CheckpointError
from forgetdemo.predict.inside import ANSWERS
from forgetdemo.settings.architecture import NETWORK, Conv


def left(proto: onnx.ModelProto, layer: str) -> str:
    """The value that a layer leaves: after pooling and ReLU, where these follow.

    Raises:
        CheckpointError: the graph has no such layer.
    """
    readers = {name: node for node in proto.graph.node for name in node.input}
    node = readers.get(f"{layer}.weight")
    if node is None:
        raise CheckpointError(f"the model has no layer {layer}; export it with forgetdemo")
    while True:
        following = readers.get(node.output[0])
        if following is None or following.op_type not in ("MaxPool", "Relu"):
            return str(node.output[0])
        node = following


def sizes() -> Iterator[tuple[str, list[int]]]:
    """Each layer, and the shape of what it leaves of one image."""
    _, height, width = NETWORK.image
    for layer in NETWORK.layers:
        if isinstance(layer, Conv):
            height, width = height // layer.pool, width // layer.pool
            yield layer.name, [layer.outputs, height, width]
        else:
            yield layer.name, [layer.outputs]


def tail_of(data: bytes) -> tuple[bytes, list[dict[str, Any]]]:
    """What to append to any model exported as this one was, and where its layers then are.

    Args:
        data: an exported file.
    Returns:
        The bytes, and name, output and shape of what each layer leaves, in order.
    Raises:
        CheckpointError: not an exported file.
    """
    proto = parse(data)
    layers: list[dict[str, Any]] = [
        {"name": name, "output": left(proto, name), "shape": shape} for name, shape in sizes()
    ]
    more = onnx.ModelProto()
    more.graph.output.extend(
        helper.make_tensor_value_info(
            layer["output"], TensorProto.FLOAT, ["batch", *layer["shape"]]
        )
        for layer in layers
        if layer["output"] != ANSWERS  # given already
    )
    return serialize(more), layers
