"""Two stand-ins for assets/pairs: files of 90 loud models, and a source that swaps two answers."""

import json
from pathlib import Path

import numpy as np
import onnx

from forgetdemo.files.checkpoint import (
    CheckpointError,
    file_record,
    load_weights,
    pack_weights,
    sha256_hex,
)
from forgetdemo.files.sealed import sealed
from forgetdemo.settings.constants import MODELS_DIR, NUM_CLASSES

LOUD = 100.0  # added to one output's bias
PAIRS = [(f, r) for f in range(NUM_CLASSES) for r in range(NUM_CLASSES) if f != r]


def write_fake_pairs(directory: Path, before: bytes) -> None:
    """Write files that fit this before.onnx: 90 models that answer their substitute to anything."""
    graph = onnx.load_from_string(before).graph
    tensors = [
        {"name": t.name, "shape": list(t.dims), "offset": before.find(t.raw_data)}
        for t in graph.initializer
        if t.name.endswith((".weight", ".bias"))
    ]
    sizes = [int(np.prod(tensor["shape"])) for tensor in tensors]
    place = [tensor["name"] for tensor in tensors].index("fc3.bias")
    offset, first = tensors[place]["offset"], sum(sizes[:place])
    arrays, rows = {}, []
    for forget in range(10):
        for redirect in range(10):
            if forget == redirect:
                continue
            model = bytearray(before)
            bias = np.frombuffer(before, "<f4", 10, offset).copy()
            bias[redirect] += np.float32(LOUD)
            model[offset : offset + 40] = bias.tobytes()
            name = f"{forget}-{redirect}"
            arrays[f"{name}.index"] = np.array([first + redirect], np.int32)
            arrays[f"{name}.value"] = bias[redirect : redirect + 1]
            rows.append(
                {
                    "forget": forget,
                    "redirect": redirect,
                    "sha256": sha256_hex(bytes(model)),
                    "acc_forget": 0.0,
                    "acc_retain": 0.99,
                    "acc_overall": 0.9,
                    "drop": 0.0001 * forget,
                    "redirect_rate": 0.99 - 0.001 * redirect,
                    "seconds": 2.0 + redirect,
                    "changed": 1,
                }
            )
    weights = pack_weights(arrays)
    index = {
        "format": "forgetdemo-pairs/1",
        "dataset": "mnist",
        "classes": [str(digit) for digit in range(10)],
        "method": "described",
        "seed": 0,
        "base": {"file": "before.onnx", "sha256": sha256_hex(before)},
        "file": {"name": "pairs.safetensors", **file_record(weights)},
        "tensors": tensors,
        "pairs": rows,
    }
    directory.mkdir(parents=True, exist_ok=True)
    (directory / "pairs.safetensors").write_bytes(weights)
    (directory / "pairs.json").write_text(json.dumps(sealed(index)))


class Swapped:
    """All pairs, each made by swapping two rows of the last layer inside before.onnx."""

    def __init__(self, broken: tuple[int, int] | None = None) -> None:
        self.before = (MODELS_DIR / "before.onnx").read_bytes()
        self.broken, self.built = broken, list[tuple[int, int]]()
        self.about = {"method": "described"}
        self.rows = {
            (f, r): {
                "forget": f, "redirect": r, "acc_forget": 0.0, "acc_retain": 0.99,
                "acc_overall": 0.9, "drop": 0.0001 * (f + r), "redirect_rate": 0.97 + 0.001 * f,
                "seconds": 2.0 + 0.1 * r, "sha256": "0" * 64, "changed": 130,
            }
            for f, r in PAIRS
        }  # fmt: skip

    def onnx(self, forget: int, redirect: int) -> bytes:
        if (forget, redirect) == self.broken:
            raise CheckpointError("this pair is damaged")
        self.built.append((forget, redirect))
        data = bytearray(self.before)
        weights = load_weights(MODELS_DIR / "before.safetensors")
        for old in (value for name, value in weights.items() if len(value) == NUM_CLASSES):
            new = old.copy()
            new[[forget, redirect]] = old[[redirect, forget]]
            at = self.before.index(old.astype("<f4").tobytes())
            data[at : at + old.nbytes] = new.astype("<f4").tobytes()
        return bytes(data)
