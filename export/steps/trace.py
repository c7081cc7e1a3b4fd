"""A function of tensors → the bytes of a plain ONNX graph: no training operators, no metadata."""

import contextlib
import sys
from collections.abc import Callable, Collection, Mapping
from typing import Any

import onnx
import torch
from onnx import TensorProto
from torch import Tensor, nn
from torch._decomp import get_decompositions
from torch.export import Dim, export
from torch.func import functionalize
from torch.fx.experimental.proxy_tensor import make_fx

from export import graph
from forgetdemo.files.checkpoint import CheckpointError

OPSET, IR_VERSION = 18, 8  # the lowest that the exporter writes, and that such a file needs
PREFIX = "model."  # of the weights' names, where a module wraps the network as `model`
FREE = 50  # an example's size where any may come
SPELT_OUT: Any = get_decompositions(  # the exporter's own version forgets to divide by the count
    [torch.ops.aten.nll_loss_forward, torch.ops.aten.nll_loss_backward]
)
Named = Mapping[str, Tensor]
Shapes = Mapping[str, tuple[int | str, ...]]  # by input; a size's name where it is free


def trace(
    function: Callable[[Named], Named], inputs: Shapes, integers: Collection[str] = ("labels",)
) -> bytes:
    """Record what a function does with tensors, gradients and updates included.

    Args:
        function: named tensors → named tensors. Its Python runs here and never again: a size that
            it reads, or a branch it takes, is fixed for good.
        inputs: the shape of each.
        integers: those of them that are int32; the others are float32.
    Returns:
        A checked ONNX file with these inputs (those that an output depends on) and outputs. Equal
        functions give equal bytes.
    Raises:
        CheckpointError: the graph needs more than plain ONNX.
    """
    kinds = {name: torch.int32 if name in integers else torch.float32 for name in inputs}
    given = {name: torch.ones(example(s), dtype=kinds[name]) for name, s in inputs.items()}

    def positional(*tensors: Tensor) -> tuple[Tensor, ...]:
        return tuple(function(dict(zip(inputs, tensors, strict=True))).values())

    recorded = make_fx(functionalize(positional), decomposition_table=SPELT_OUT)(*given.values())
    recorded.graph.eliminate_dead_code()
    recorded.recompile()
    return write(recorded, given, list(function(given)), inputs)


def example(shape: tuple[int | str, ...]) -> tuple[int, ...]:
    """A shape with numbers for the names of free sizes."""
    return tuple(FREE if isinstance(size, str) else size for size in shape)


def write(module: nn.Module, given: Named, answers: list[str], inputs: Shapes) -> bytes:
    """Export a module that takes the examples `given` in order; see `trace`."""
    free = {n: Dim(n) for shape in inputs.values() for n in shape if isinstance(n, str)}
    shapes = tuple(
        {axis: free[size] for axis, size in enumerate(shape) if isinstance(size, str)}
        for shape in inputs.values()
    )
    with contextlib.redirect_stdout(sys.stderr):  # stdout is for results
        recorded = export(module, tuple(given.values()), dynamic_shapes=shapes)
        program = torch.onnx.export(
            recorded,
            dynamo=True,
            external_data=False,
            verbose=False,
            opset_version=OPSET,
            input_names=list(given),
            output_names=answers,
        )
    if program is None:
        raise CheckpointError("torch.onnx returned no program; check the installed versions")
    proto = program.model_proto
    tidy(proto)
    data = graph.serialize(proto)
    check(data)
    return data


def tidy(proto: onnx.ModelProto) -> None:
    """Remove what only its maker can read, and inputs that nothing reads, in place.

    Inner values get short names in the order of their making.
    """
    graph.clean(proto, prefix=PREFIX)
    del proto.functions[:]  # the exporter's library; the optimised graph calls none
    proto.ir_version = IR_VERSION
    inner = proto.graph
    read = {name for node in inner.node for name in node.input}
    kept = [value for value in inner.input if value.name in read]
    del inner.input[:]
    inner.input.extend(kept)
    fixed = {value.name for value in (*inner.input, *inner.output)}
    short: dict[str, str] = {"": ""}
    for tensor in inner.initializer:
        if "." not in tensor.name:  # a constant; weights keep their names
            tensor.name = short.setdefault(tensor.name, f"c{len(short)}")
    for node in inner.node:
        node.name = ""
        for places in (node.input, node.output):
            for place, name in enumerate(places):
                if name not in fixed and "." not in name:
                    places[place] = short.setdefault(name, f"v{len(short)}")


def check(data: bytes) -> None:
    """Refuse a graph that an inference runtime could not run from these bytes alone.

    Raises:
        CheckpointError: onnx.checker refuses it, or it needs other operators, functions or files.
    """
    proto = graph.parse(data)
    try:
        onnx.checker.check_model(data, full_check=True)
    except (onnx.checker.ValidationError, onnx.shape_inference.InferenceError) as error:
        raise CheckpointError(f"onnx.checker refuses the graph: {error}") from error
    if proto.functions or any(op.domain for op in proto.opset_import):
        raise CheckpointError("the graph needs operators outside plain ONNX")
    if any(t.data_location == TensorProto.EXTERNAL for t in proto.graph.initializer):
        raise CheckpointError("the graph keeps data in another file")
