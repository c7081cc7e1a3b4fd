"""`python -m export.pairs`: unlearn every ordered pair, and ship what moved in each model.

The runs are a sweep (`python -m forgetdemo sweep --pairs all`): resumable, one folder a run. This
packs them into assets/pairs, where the map of all pairs and both pages read them. Afterwards it
prints the bounds that the page's defaults must hold, with the worst pair of each.
"""

import argparse
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from export.graph import parse, weights_in, weights_of
from forgetdemo.files.checkpoint import (
    Arrays,
    CheckpointError,
    file_record,
    json_bytes,
    load_weights,
    pack_weights,
    read_json,
    sha256_hex,
)
from forgetdemo.files.folder import replace_folder
from forgetdemo.files.sealed import sealed
from forgetdemo.predict.pairs import INDEX, PAIRS_DIR, PAIRS_FORMAT, WEIGHTS, patch_bytes
from forgetdemo.settings.constants import MODELS_DIR
from forgetdemo.terminal import ended

SWEEP = Path("runs") / "pairs"
FIGURES = ("acc_forget", "acc_retain", "acc_overall", "ceiling", "redirect_rate", "drop")
BOUNDS = (  # name, figure, limit, whether high is good
    ("forgotten class ≤ 0.1 %", "acc_forget", 0.001, False),
    ("other classes drop ≤ 0.2 points", "drop", 0.002, False),
    ("answered as the substitute ≥ 95 %", "redirect_rate", 0.95, True),
)


def layout(base: bytes) -> list[dict[str, Any]]:
    """Name, shape and first byte of every weight inside an exported file, in the file's order.

    Raises:
        CheckpointError: not an exported file, or the bytes of a weight stand in it twice.
    """
    found = []
    for tensor in weights_in(parse(base)):
        if base.count(tensor.raw_data) != 1:
            raise CheckpointError(f"cannot tell where {tensor.name} lies in this file")
        place = base.index(tensor.raw_data)
        found.append({"name": tensor.name, "shape": list(tensor.dims), "offset": place})
    return found


def positions(moved: Arrays, before: Arrays, tensors: Sequence[Mapping[str, Any]]) -> Arrays:
    """A sweep's delta → {"index", "value"} over the concatenation of all tensors."""
    starts = np.cumsum([0] + [int(np.prod(tensor["shape"])) for tensor in tensors])
    index, value = [np.zeros(0, np.int32)], [np.zeros(0, np.float32)]
    for tensor, start in zip(tensors, starts[:-1], strict=True):
        name = tensor["name"]
        if name in moved:  # stored whole: most of it moved
            own = np.flatnonzero(moved[name].ravel() != before[name].ravel()).astype(np.int32)
            new = moved[name].ravel()[own]
        elif f"{name}.index" in moved:
            own, new = moved[f"{name}.index"], moved[f"{name}.value"]
        else:
            continue
        index.append((own + start).astype(np.int32))
        value.append(new.astype(np.float32))
    return {"index": np.concatenate(index), "value": np.concatenate(value)}


def pack(
    rows: Sequence[Mapping[str, Any]], timings: Mapping[str, Any], sweep: Path, base: bytes
) -> tuple[dict[str, Any], bytes]:
    """Sweep folders → pairs.json as a dict, and the bytes of pairs.safetensors.

    Args:
        rows: of the sweep's table, one per pair.
        timings: seconds by key, as timings.json has them; features are left out.
        sweep: holds a folder per key.
        base: before.onnx of the sweep's original.
    Raises:
        CheckpointError: a run failed, or its weights are damaged.
    """
    from forgetdemo.audit.figures import working

    tensors, before = layout(base), weights_of(base)
    arrays: Arrays = {}
    pairs = []
    for row in sorted(rows, key=lambda row: (row["forget"], row["redirect"])):
        if row["failed"] is not None:
            raise CheckpointError(f"{row['forget']} → {row['redirect']} diverged: {row['failed']}")
        found = positions(load_weights(sweep / row["key"] / "delta.safetensors"), before, tensors)
        name = f"{row['forget']}-{row['redirect']}"
        arrays |= {f"{name}.{part}": array for part, array in found.items()}
        model = patch_bytes(base, tensors, found["index"], found["value"])
        spent = timings[row["key"]]
        pairs.append(
            {"forget": row["forget"], "redirect": row["redirect"], "sha256": sha256_hex(model)}
            | {figure: row[figure] for figure in FIGURES}
            | {"changed": row["changed"], "seconds": working(spent)}
        )
    weights = pack_weights(arrays)
    about = {
        "format": PAIRS_FORMAT,
        "method": rows[0]["method"],
        "seed": rows[0]["seed"],
        "base": {"file": "before.onnx", "sha256": sha256_hex(base)},
        "file": {"name": WEIGHTS, **file_record(weights)},
        "tensors": tensors,
        "pairs": pairs,
    }
    return about, weights


def bounds(pairs: Sequence[Mapping[str, Any]]) -> tuple[list[str], bool]:
    """A line per bound with its mean and its worst pair; whether all hold."""
    lines, good = [], True
    for name, figure, limit, high in BOUNDS:
        worst = (min if high else max)(pairs, key=lambda row: row[figure])
        holds = worst[figure] >= limit if high else worst[figure] <= limit
        mean = sum(row[figure] for row in pairs) / len(pairs)
        good = good and holds
        lines.append(
            f"{'holds' if holds else 'FAILS'}  {name}: mean {100 * mean:.2f}, worst "
            f"{100 * worst[figure]:.2f} ({worst['forget']} → {worst['redirect']})"
        )
    seconds = sum(row["seconds"] for row in pairs) / len(pairs)
    return [*lines, f"{len(pairs)} pairs, {seconds:.1f} s each (mask and method)"], good


def make(
    models: Path,
    out: Path,
    seed: int,
    jobs: int | None,
    data_dir: Path | None,
    progress: Callable[[Any], None],
) -> tuple[list[str], bool]:
    """Sweep, pack, write; returns what `bounds` does.

    Raises:
        FileNotFoundError, CheckpointError, ValueError: as the sweep and `pack` do.
        ValueError: `out` holds something else.
        OSError: `out` cannot be written; what was there still loads.
    """
    from forgetdemo.data import load_dataset
    from forgetdemo.files.keys import versions
    from forgetdemo.files.run import read_run
    from forgetdemo.stages.sweep import parse_pairs, plan, sweep

    refuse_foreign(out)
    run = read_run(models)
    base = (models / "before.onnx").read_bytes()
    data = load_dataset(run.dataset, data_dir)
    wanted = plan(run, data, parse_pairs("all"), ("described",), (seed,), SWEEP, data_dir)
    found = sweep(wanted, SWEEP, jobs=jobs, progress=progress)
    about, weights = pack(found["rows"], read_json(SWEEP / "timings.json"), SWEEP, base)
    about |= {"dataset": run.dataset, "classes": list(run.report.classes), "versions": versions()}
    replace_folder(out, {WEIGHTS: weights, INDEX: json_bytes(sealed(about))}, refuse_foreign)
    return bounds(about["pairs"])


def refuse_foreign(out: Path) -> None:
    """Leave alone what is no folder of pairs. Raises ValueError."""
    if not out.exists():
        return
    foreign = {p.name for p in out.iterdir()} - {WEIGHTS, INDEX} if out.is_dir() else {out.name}
    if foreign:
        raise ValueError(f"{out} holds {min(foreign)}, which is not ours; choose another --out")


def main(arguments: Sequence[str] | None = None) -> int:
    """Flags → `make`; 1 if a bound does not hold, or as `ended`."""
    parser = argparse.ArgumentParser(prog="python -m export.pairs", description=__doc__)
    parser.add_argument("--models", type=Path, metavar="DIR", default=MODELS_DIR)
    parser.add_argument("--out", type=Path, metavar="DIR", default=PAIRS_DIR)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--jobs", type=int, metavar="N", help="processes (default: all cores)")
    parser.add_argument("--data", type=Path, metavar="DIR", help="data folder (default: bundled)")
    flags = parser.parse_args(arguments)
    from forgetdemo.terminal import bar

    def work() -> int:
        with bar("pairs", "run", ()) as progress:
            lines, good = make(
                flags.models, flags.out, flags.seed, flags.jobs, flags.data, progress
            )
        print("\n".join(lines))
        return 0 if good else 1

    return ended(work)


if __name__ == "__main__":
    raise SystemExit(main())
