"""A small stand-in for assets/pairs: 90 models that answer their substitute to anything."""

import json
from pathlib import Path

import numpy as np
import onnx

from forgetdemo.files.checkpoint import file_record, pack_weights, sha256_hex

LOUD = 100.0  # added to one output's bias


def write_fake_pairs(directory: Path, before: bytes) -> None:
    """Write pairs.json and pairs.safetensors that fit this before.onnx."""
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
    (directory / "pairs.json").write_text(json.dumps(index))
