"""`python -m export.compared`: for each digit a model that never saw it, small enough to ship.

Trains by the shipped original's recipe from the seed of the shipped oracle (or finds the runs in
runs/; `benchmarks.relearning` makes the same), halves the precision, and holds the halves against
the full weights on all test images. Beside them: this project's own method on the shipped digit,
and what the lesson says of four networks. Writes assets/compared.
"""

import argparse
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from export.pairs import layout
from export.shipped import ORACLE_SEED, UNLEARN_SEED
from forgetdemo.data import Images
from forgetdemo.files.checkpoint import (
    Arrays,
    CheckpointError,
    file_record,
    json_bytes,
    pack_weights,
    sha256_hex,
)
from forgetdemo.files.folder import replace_folder
from forgetdemo.files.run import Run, read_run
from forgetdemo.files.sealed import sealed
from forgetdemo.predict.compared import COMPARED_DIR, COMPARED_FORMAT, INDEX, name_of
from forgetdemo.predict.entry import OWN
from forgetdemo.predict.inference import OnnxClassifier
from forgetdemo.predict.weights import with_weights
from forgetdemo.settings.constants import MODELS_DIR, NUM_CLASSES
from forgetdemo.settings.relearning import MASKED
from forgetdemo.terminal import ended

LEAST_SAME = 0.999  # of test images that half precision answers as full precision does
BATCH = 500
LAYER = "fc2"  # the last hidden layer: what the answers are read from
# As the audit's "half".
PROTOTYPE: dict[str, Any] = {"scale": None, "blend": 0.5, "images": 5, "draws": 3}


def logits_of(onnx: bytes, test: Images) -> np.ndarray:
    """Answers to all test images, (N, 10) logits."""
    classifier, pixels = OnnxClassifier(onnx), test.floats()
    parts = [classifier(pixels[i : i + BATCH])[1] for i in range(0, len(pixels), BATCH)]
    return np.concatenate(parts)


def halved(weights: Mapping[str, np.ndarray]) -> Arrays:
    """The weights at half precision. Raises CheckpointError: one is too large for it."""
    with np.errstate(over="ignore"):
        found = {name: value.astype(np.float16) for name, value in weights.items()}
    for name, value in found.items():
        if not np.isfinite(value).all():
            raise CheckpointError(f"{name} does not fit half precision")
    return found


def packed(
    kind: str,
    digit: int,
    weights: Mapping[str, np.ndarray],
    base: bytes,
    tensors: Sequence[Mapping[str, Any]],
    test: Images,
) -> tuple[dict[str, Any], bytes]:
    """A network's row of the index, and its file.

    Args:
        kind: "oracle" or "deep_natural".
        digit: what it never saw, or was made to forget.
        weights: at full precision, by name.
        base, tensors: the original's ONNX file, and where its weights lie.
        test: all test images.
    Raises:
        CheckpointError: half precision answers fewer than `LEAST_SAME` of them the same.
    """
    name, half = name_of(kind, digit), halved(weights)
    whole = logits_of(with_weights(base, tensors, dict(weights)), test)
    onnx = with_weights(base, tensors, half)
    found = logits_of(onnx, test)
    same = float(np.mean(whole.argmax(1) == found.argmax(1)))
    if same < LEAST_SAME:
        raise CheckpointError(f"{name} answers {same:.4f} of the test images the same when halved")
    right, own = found.argmax(1) == test.labels, test.labels == digit
    data = pack_weights(half)
    row = {
        "file": f"{name}.safetensors",
        **file_record(data),
        "kind": kind,
        "digit": digit,
        "full_sha256": sha256_hex(pack_weights(dict(weights))),
        "onnx_sha256": sha256_hex(onnx),
        "same_answers": same,
        "max_abs_logit_difference": float(np.abs(whole - found).max()),
        "acc_forget": float(right[own].mean()),
        "acc_retain": float(right[~own].mean()),
    }
    return row, data


def networks(original: Run, jobs: int | None) -> Iterator[tuple[str, int, Arrays]]:
    """Kind, digit and weights: a retrained model of each digit but the shipped one, and our own."""
    from forgetdemo.audit.oracles import oracle_config, train_one
    from forgetdemo.settings.unlearning import unlearn_config
    from forgetdemo.stages.engine import run_jobs
    from forgetdemo.stages.unlearn import unlearn_run

    shipped, recipe = original.report.forget_class, original.config["train"]
    config = unlearn_config(OWN, forget_class=shipped, seed=UNLEARN_SEED)
    yield OWN, shipped, unlearn_run(config, original.directory).weights("after")
    wanted = [digit for digit in range(NUM_CLASSES) if digit != shipped]
    asked = [(oracle_config(recipe, digit, ORACLE_SEED), None) for digit in wanted]
    for place in run_jobs(train_one, asked, jobs):
        run = read_run(place)
        yield "oracle", run.config["train"]["exclude_class"], run.weights("before")


def looked_into(original: Run, own: Arrays) -> dict[str, Any]:
    """What the lesson says of its four networks, each figure as the audit measures it."""
    from forgetdemo.audit.attacks import probe, prototype
    from forgetdemo.audit.examine import Exam, fixed_sets
    from forgetdemo.data import load_dataset
    from forgetdemo.network.model import load_model

    digit = original.report.forget_class
    sets = fixed_sets(load_dataset(original.dataset), digit)
    weights = {name: original.weights(name) for name in ("after", "logit_mask", "oracle")}
    found = {}
    for name, arrays in (weights | {OWN: own}).items():
        exam = Exam(load_model(arrays), sets)
        right = exam.test["logits"].argmax(1) == sets.test.labels
        mine = sets.test.labels == digit
        found[name] = {
            "acc_forget": float(right[mine].mean()),
            "acc_retain": float(right[~mine].mean()),
            "probe": probe(exam, LAYER),
            "rebuilt": prototype(exam, **PROTOTYPE)["acc_forget"],
        }
    return found


def make(
    models: Path, out: Path, jobs: int | None, progress: Callable[[Any], None]
) -> dict[str, Any]:
    """Train or find, halve, verify, write; returns the index.

    Raises:
        FileNotFoundError, CheckpointError, ValueError: as training and `packed` do.
        ValueError: `out` holds something else.
        OSError: `out` cannot be written; what was there still loads.
    """
    from forgetdemo.data import load_dataset
    from forgetdemo.files.keys import versions

    refuse_foreign(out)
    original = read_run(models)
    base = (models / "before.onnx").read_bytes()
    tensors, test = layout(base), load_dataset(original.dataset).test
    rows: dict[str, Any] = {}
    files: dict[str, bytes] = {}
    own: Arrays = {}
    for kind, digit, weights in networks(original, jobs):
        name = name_of(kind, digit)
        rows[name], data = packed(kind, digit, weights, base, tensors, test)
        files[rows[name]["file"]] = data
        own = weights if kind == OWN else own
        progress({"network": len(rows), "of": NUM_CLASSES})
    about = sealed(
        {
            "format": COMPARED_FORMAT,
            "dataset": original.dataset,
            "base": {"file": "before.onnx", "sha256": sha256_hex(base)},
            "seeds": {"oracle": ORACLE_SEED, OWN: UNLEARN_SEED},
            "tensors": tensors,
            "masked": MASKED,
            "networks": rows,
            "looked_into": {"layer": LAYER, "networks": looked_into(original, own)},
            "versions": versions(),
        }
    )
    replace_folder(out, {**files, INDEX: json_bytes(about)}, refuse_foreign)
    return about


def refuse_foreign(out: Path) -> None:
    """Leave alone what is no folder of these. Raises ValueError."""
    if not out.exists():
        return
    kinds = {name_of(kind, d) for kind in ("oracle", OWN) for d in range(NUM_CLASSES)}
    ours = {INDEX, *(f"{name}.safetensors" for name in kinds)}
    foreign = {p.name for p in out.iterdir()} - ours if out.is_dir() else {out.name}
    if foreign:
        raise ValueError(f"{out} holds {min(foreign)}, which is not ours; choose another --out")


def lines_of(about: Mapping[str, Any]) -> list[str]:
    """A line per network, and the size of all retrained ones."""
    found = [
        f"{name:<16}{row['bytes']:>9,} bytes, {100 * row['same_answers']:.2f} % the same answers, "
        f"own digit {100 * row['acc_forget']:.2f} %, others {100 * row['acc_retain']:.2f} %"
        for name, row in sorted(about["networks"].items())
    ]
    size = sum(row["bytes"] for row in about["networks"].values() if row["kind"] == "oracle")
    return [*found, f"{size:,} bytes of retrained models"]


def main(arguments: Sequence[str] | None = None) -> int:
    """Flags → `make`; the exit code."""
    parser = argparse.ArgumentParser(prog="python -m export.compared", description=__doc__)
    parser.add_argument("--models", type=Path, metavar="DIR", default=MODELS_DIR)
    parser.add_argument("--out", type=Path, metavar="DIR", default=COMPARED_DIR)
    parser.add_argument("--jobs", type=int, metavar="N", help="processes (default: all cores)")
    flags = parser.parse_args(arguments)
    from forgetdemo.terminal import bar

    def work() -> int:
        with bar("compared", "network", ()) as progress:
            about = make(flags.models, flags.out, flags.jobs, progress)
        print("\n".join(lines_of(about)))
        return 0

    return ended(work)


if __name__ == "__main__":
    raise SystemExit(main())
