"""What an exported file may hold: the contract, its check, and a fast way to swap weights in.

Needs onnx, not torch. Swapping weights takes 1 ms, a full export 1-3 s (2 cores).
"""

from collections.abc import Mapping

import numpy as np
import onnx
from onnx import TensorProto, numpy_helper

from forgetdemo.files.checkpoint import CheckpointError
from forgetdemo.predict.inference import INPUT, MAX_BYTES, OUTPUTS
from forgetdemo.settings.architecture import NETWORK

ALLOWED_OPS = {"Sub", "Div", "Conv", "Relu", "MaxPool", "Reshape", "Gemm", "Softmax"}
PIXELS_SHAPE = ("batch", *NETWORK.image)
OUTPUT_SHAPE = ("batch", NETWORK.last.outputs)


def parse(data: bytes) -> onnx.ModelProto:
    """Decode an ONNX file.

    Raises:
        CheckpointError: it is none.
    """
    try:
        proto = onnx.load_model_from_string(data)
    except Exception as error:  # protobuf's DecodeError, whose module moves between versions
        raise CheckpointError("not an ONNX file; export it again") from error
    if not proto.graph.node:
        raise CheckpointError("an ONNX file without a graph; export it again")
    return proto


def serialize(proto: onnx.ModelProto) -> bytes:
    """Encode so that equal models give equal bytes."""
    data: bytes = proto.SerializeToString(deterministic=True)
    return data


def clean(proto: onnx.ModelProto, prefix: str) -> None:
    """Remove what tells about the machine, in place; drop `prefix` from the weights' names.

    Nodes and values carry stack traces with source paths; the producer's version carries the
    build of torch ("+cu130"), which would give other bytes on other machines.
    """
    graph = proto.graph
    proto.producer_version = proto.producer_version.partition("+")[0]
    proto.doc_string = graph.doc_string = ""
    del proto.metadata_props[:], graph.metadata_props[:], graph.value_info[:]
    for part in (*graph.node, *graph.initializer, *graph.input, *graph.output):
        del part.metadata_props[:]
        part.doc_string = ""
    for node in graph.node:
        for place, name in enumerate(node.input):
            node.input[place] = name.removeprefix(prefix)
    for tensor in graph.initializer:
        tensor.name = tensor.name.removeprefix(prefix)


def set_properties(proto: onnx.ModelProto, properties: Mapping[str, str]) -> None:
    """Replace the model's own metadata, in place, sorted by key."""
    onnx.helper.set_model_props(proto, dict(sorted(properties.items())))


def check(data: bytes) -> onnx.ModelProto:
    """Hold a file against the contract that the page and the browser rely on.

    Returns:
        The decoded model.
    Raises:
        CheckpointError: onnx.checker refuses it, or an operator, a name, a shape or a type is not
            the contract's, or it keeps data elsewhere, or paths; the message says which.
    """
    if len(data) > MAX_BYTES:
        raise CheckpointError(f"{len(data):,} bytes is too large for this network")
    proto = parse(data)
    graph = proto.graph
    try:
        onnx.checker.check_model(data, full_check=True)
    except (onnx.checker.ValidationError, onnx.shape_inference.InferenceError) as error:
        raise CheckpointError(f"onnx.checker refuses the model: {error}") from error
    unknown = {node.op_type for node in graph.node} - ALLOWED_OPS
    if unknown or proto.functions or any(op.domain for op in proto.opset_import):
        raise CheckpointError(f"operators outside the contract: {sorted(unknown) or 'functions'}")
    if any(t.data_location == TensorProto.EXTERNAL for t in graph.initializer):
        raise CheckpointError("weights lie in another file; a model must be one file")
    if any(part.metadata_props or part.doc_string for part in (graph, *graph.node)):
        raise CheckpointError("nodes carry metadata (it may hold paths of a machine)")
    wanted = {INPUT: PIXELS_SHAPE} | dict.fromkeys(OUTPUTS, OUTPUT_SHAPE)
    found = {value.name: _shape(value) for value in (*graph.input, *graph.output)}
    if found != wanted or tuple(value.name for value in graph.output) != OUTPUTS:
        raise CheckpointError(f"inputs and outputs are {found}, expected {wanted}")
    return proto


def patch_onnx(
    template: bytes, arrays: Mapping[str, np.ndarray], properties: Mapping[str, str] | None = None
) -> bytes:
    """Put other weights into an exported file: the bytes that a full export of them would give.

    Args:
        template: any file that this package exported.
        arrays: all weights by name, float32, with the template's shapes.
        properties: the new file's metadata; None keeps the template's.
    Raises:
        CheckpointError: the template is no ONNX file, or a name, shape or dtype differs.
    """
    proto = parse(template)
    weights = {tensor.name: tensor for tensor in weights_in(proto)}
    if weights.keys() != arrays.keys():
        raise CheckpointError(
            f"weights do not fit this file: {sorted(weights.keys() ^ arrays.keys())} differ"
        )
    for name, tensor in weights.items():
        array = np.ascontiguousarray(arrays[name])
        if array.dtype != np.float32 or array.shape != tuple(tensor.dims):
            raise CheckpointError(
                f"{name} is {array.dtype} {array.shape}, expected float32 {tuple(tensor.dims)}"
            )
        tensor.raw_data = array.astype("<f4").tobytes()
    if properties is not None:
        set_properties(proto, properties)
    return serialize(proto)


def weights_of(data: bytes) -> dict[str, np.ndarray]:
    """The weights inside a file, by name. Raises CheckpointError as `parse` does."""
    return {tensor.name: numpy_helper.to_array(tensor) for tensor in weights_in(parse(data))}


def weights_in(proto: onnx.ModelProto) -> list[TensorProto]:
    """The weights among a graph's constants: those named "<layer>.<part>", in the file's order."""
    return [tensor for tensor in proto.graph.initializer if "." in tensor.name]


def _shape(value: onnx.ValueInfoProto) -> tuple[str | int, ...] | None:
    """Dimensions of a float32 value, free ones by name; None for other types."""
    kind = value.type.tensor_type
    if kind.elem_type != TensorProto.FLOAT:
        return None
    return tuple(d.dim_param or d.dim_value for d in kind.shape.dim)
