"""Models → ONNX bytes: one file each, normalisation inside, probabilities and logits out."""

import contextlib
import sys
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from export import graph
from forgetdemo.files.checkpoint import CheckpointError
from forgetdemo.network.model import MnistCNN, arrays_of
from forgetdemo.predict.inference import INPUT, OUTPUTS, OnnxClassifier
from forgetdemo.settings.architecture import NETWORK

TOLERANCE = 1e-4  # largest |onnx - torch| of any logit
BATCHES = (256, 7, 1)
TORCH_BATCH = 256


class Answering(nn.Module):
    """The exported graph: pixels → softmax of the model's logits, and the logits."""

    def __init__(self, model: MnistCNN) -> None:
        super().__init__()
        self.model = model

    def forward(self, pixels: Tensor) -> tuple[Tensor, Tensor]:
        """(probabilities, logits), both (B, 10)."""
        logits = self.model(pixels)
        return torch.softmax(logits, dim=1), logits


def require_eval(model: nn.Module) -> None:
    """Raise ValueError if any part is in training mode, which an export would bake in."""
    if any(part.training for part in model.modules()):
        raise ValueError("the model is in training mode; call model.eval() before an export")


def export_onnx(model: MnistCNN, properties: Mapping[str, str]) -> bytes:
    """Trace one model into the bytes of a checked ONNX file; the same model gives the same bytes.

    Args:
        model: in eval mode; left alone.
        properties: the file's metadata.
    Raises:
        ValueError: the model is in training mode.
        CheckpointError: the graph breaks the contract.
    """
    require_eval(model)
    example = torch.zeros(2, *NETWORK.image)
    with contextlib.redirect_stdout(sys.stderr):  # stdout is for results
        program = torch.onnx.export(
            Answering(model).eval(),
            (example,),
            dynamo=True,
            external_data=False,
            verbose=False,
            input_names=[INPUT],
            output_names=list(OUTPUTS),
            dynamic_shapes={INPUT: {0: "batch"}},
        )
    if program is None:
        raise CheckpointError("torch.onnx returned no program; check the installed versions")
    proto = program.model_proto
    graph.clean(proto, prefix="model.")
    graph.set_properties(proto, properties)
    data = graph.serialize(proto)
    graph.check(data)
    return data


def export_models(
    models: Mapping[str, MnistCNN], properties: Mapping[str, Mapping[str, str]]
) -> dict[str, bytes]:
    """Export any number of models of this architecture, in eval mode.

    The first is traced, its weights are replaced for the others: the bytes are those of a full
    export (a test compares them).

    Args:
        models: by name ("before", "after", ...).
        properties: metadata of each, by the same names.
    Returns:
        Checked ONNX files by name.
    Raises:
        ValueError: there is no model, one is in training mode, or the names differ.
        CheckpointError: a graph breaks the contract.
    """
    if not models or models.keys() != properties.keys():
        raise ValueError(f"cannot export {sorted(models)} with metadata of {sorted(properties)}")
    for model in models.values():
        require_eval(model)
    first = next(iter(models))
    template = export_onnx(models[first], properties[first])
    files = {
        name: graph.patch_onnx(template, arrays_of(model), properties[name])
        for name, model in models.items()
    }
    for data in files.values():
        graph.check(data)
    return files


@dataclass(frozen=True)
class Parity:
    """How closely an ONNX file follows its torch model."""

    max_abs_logit_difference: float
    argmax_equal: int  # images with the same answer at every batch size
    images: int

    def to_dict(self) -> dict[str, Any]:
        """As the manifest holds it."""
        return asdict(self)


@torch.inference_mode()
def torch_logits(model: MnistCNN, pixels: np.ndarray) -> np.ndarray:
    """Logits (N, 10) of the torch model, in batches."""
    parts = torch.from_numpy(pixels).split(TORCH_BATCH)
    return torch.cat([model(part) for part in parts]).numpy()


def measure_parity(
    data: bytes, logits: np.ndarray, pixels: np.ndarray, batches: Sequence[int] = BATCHES
) -> Parity:
    """Compare an ONNX file with torch's logits, at several batch sizes.

    Args:
        data: the file.
        logits: (N, 10) of the torch model, see `torch_logits`.
        pixels: (N, 1, 28, 28) float32 in [0, 1], N ≥ 1.
        batches: every size is run over all images.
    Raises:
        CheckpointError: a logit differs by more than 1e-4 or an answer differs, or `data` is no
            model that the page would load.
    """
    predict = OnnxClassifier(data)
    worst, same = 0.0, np.ones(len(pixels), dtype=bool)
    for size in batches:
        parts = [predict(pixels[i : i + size]) for i in range(0, len(pixels), size)]
        probabilities = np.concatenate([part[0] for part in parts])
        found = np.concatenate([part[1] for part in parts])
        worst = max(worst, float(np.abs(found - logits).max()))
        answer = logits.argmax(axis=1)
        same &= (found.argmax(axis=1) == answer) & (probabilities.argmax(axis=1) == answer)
        if not np.allclose(probabilities.sum(axis=1), 1, atol=1e-5):
            raise CheckpointError("probabilities of the ONNX file do not sum to 1")
    parity = Parity(worst, int(same.sum()), len(pixels))
    if not worst <= TOLERANCE or parity.argmax_equal != len(pixels):  # NaN fails, too
        raise CheckpointError(
            f"the ONNX file does not follow the model: largest difference of a logit {worst:g} "
            f"(allowed {TOLERANCE:g}), equal answers {parity.argmax_equal} of {len(pixels)}"
        )
    return parity
