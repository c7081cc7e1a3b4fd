"""`python -m export.web --out dist`: the page without a server, for any host of plain files."""

import argparse
import json
import sys
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from export.web.data import Wire, model_files, to_wire
from export.web.inside import inside_files
from export.web.learning import graphs_file, learning, pool_file
from export.web.page import PAGES, assemble, read_code, settings
from export.web.records import AuditView, Site
from export.web.report import report_file, sample_digits, test_images
from export.web.vendor import CACHE, FZSTD, ONNXRUNTIME, read_package
from forgetdemo.files.checkpoint import CheckpointError, json_bytes, sha256_hex
from forgetdemo.files.folder import WEB_FORMAT, check_target, write_folder
from forgetdemo.files.sealed import read_sealed
from forgetdemo.predict.compared import COMPARED_DIR, Yardsticks, load_compared
from forgetdemo.predict.compared import INDEX as COMPARED
from forgetdemo.predict.inference import Models, load_models
from forgetdemo.predict.pairs import INDEX, PAIRS_DIR, WEIGHTS, load_pairs
from forgetdemo.settings.constants import MODELS_DIR
from forgetdemo.terminal import ended
from forgetdemo.views.audit import AUDIT, limits, read_audit
from forgetdemo.views.lesson import Classroom

FIRST_VISIT = 5_000_000  # bytes over the wire, on hosts that do not compress
VENDOR = {
    "ort.wasm.min.js": (ONNXRUNTIME, "dist/ort.wasm.min.mjs"),
    "ort-wasm-simd-threaded.js": (ONNXRUNTIME, "dist/ort-wasm-simd-threaded.mjs"),
    "fzstd.js": (FZSTD, "esm/index.mjs"),
    "fzstd-LICENSE.txt": (FZSTD, "LICENSE"),
}
RUNTIME = "dist/ort-wasm-simd-threaded.wasm"
WANTED = {  # one pass over each archive: the larger one unpacks to 130 MB
    package: [member for other, member in VENDOR.values() if other == package] + more
    for package, more in ((ONNXRUNTIME, [RUNTIME]), (FZSTD, []))
}


def build(
    out: Path,
    models_dir: Path = MODELS_DIR,
    pairs_dir: Path = PAIRS_DIR,
    cache: Path = CACHE,
    say: Callable[[str], None] = lambda text: None,
) -> dict[str, int]:
    """Write the static page; equal inputs give equal bytes.

    Args:
        out: the folder; an older one of this kind is replaced once the new one is whole.
        models_dir: a model folder as `python -m export` writes it.
        pairs_dir: results of all pairs; none there, no map on the page.
        cache: keeps npm packages and compressed files for next time.
        say: told what happens, for people.
    Returns:
        Bytes by file that a first visit fetches.
    Raises:
        FileNotFoundError: no models, or npm is missing or offline when something must be fetched.
        ValueError: `out` is in use; a package is not the pinned one; a first visit would be
            too big.
        CheckpointError: the models or the pairs are damaged.
        OSError: `out` is not writable.
    """
    check_target(out, WEB_FORMAT)
    models = load_models(models_dir)
    say("reading the pinned npm packages")
    code = read_code()
    packages = {
        package: read_package(package, members, cache) for package, members in WANTED.items()
    }
    for name, (package, member) in VENDOR.items():
        code[f"vendor/{name}"] = packages[package][member]
    say("compressing")
    onnx = {key: models.file(entry["file"]) for key, entry in models.manifest["models"].items()}
    sent, about = model_files(onnx, cache)
    data = [
        to_wire("runtime.wasm", packages[ONNXRUNTIME][RUNTIME], cache),
        *sent,
        sample_digits(cache),
        test_images(models, cache),
        report_file(models, cache),
        *learning_files(models, cache),
        *optional(models, pairs_dir, cache),
    ]
    site = settings(models, about, data)
    files = assemble(code, site, data, models)
    first = first_visit(files, site)
    if sum(first.values()) > FIRST_VISIT:
        raise ValueError(
            f"a first visit would fetch {sum(first.values()):,} bytes, at most {FIRST_VISIT:,} are "
            "allowed; ship smaller models"
        )
    write_folder(out, files, {"first_visit_bytes": sum(first.values())}, WEB_FORMAT)
    return first


def learning_files(models: Models, cache: Path) -> list[Wire]:
    """What Unlearn and Relearn load when they are opened. Raises as `export.web.learning`."""
    return [
        to_wire("learning", json_bytes(learning(models)), cache),
        to_wire("graphs", graphs_file(), cache),
        to_wire("pool", pool_file(models), cache),
    ]


def optional(models: Models, pairs_dir: Path, cache: Path) -> list[Wire]:
    """What a page may have besides: the audit of its models, all pairs, models to compare with,
    what the Inside tab needs.

    Each is verified; models of another original than the bundled one have none to compare with.

    Raises:
        CheckpointError: one is damaged, or audit or pairs were made from other models.
    """
    found = []
    base = models.file(models.manifest["models"]["before"]["file"])
    if (models.directory / AUDIT).is_file():
        audit = read_audit(models)
        told: AuditView = {"report": audit, "limits": limits(audit)}
        found.append(to_wire("audit", json_bytes(told), cache))
    if (pairs_dir / INDEX).is_file():
        load_pairs(pairs_dir, base)
        found += [to_wire(n, (pairs_dir / n).read_bytes(), cache) for n in (INDEX, WEIGHTS)]
    return [*found, *compared_files(models, base, cache), *inside_files(models, cache)]


def compared_files(models: Models, base: bytes, cache: Path) -> list[Wire]:
    """Retrained models of every digit, each a file of its own, if they belong to this original.

    With them the lesson's networks, where the folder holds all of them.

    Raises:
        FileNotFoundError, CheckpointError: one of the bundled files is gone or damaged.
    """
    if sha256_hex(base) != read_sealed(COMPARED_DIR / COMPARED)["base"]["sha256"]:
        return []
    compared = load_compared(base)
    wires = [to_wire(COMPARED, (COMPARED_DIR / COMPARED).read_bytes(), cache)]
    for row in compared.about["networks"].values():
        compared.onnx(row["kind"], row["digit"])
        data = (COMPARED_DIR / row["file"]).read_bytes()
        wires.append(to_wire(row["file"], data, cache, floats=True))
    try:
        networks = Classroom(models, Yardsticks(models)).networks
    except CheckpointError:
        return wires
    return [*wires, to_wire("lesson", json_bytes(networks), cache)]


def first_visit(files: Mapping[str, bytes], site: Site) -> dict[str, int]:
    """Bytes by file that a first visit fetches: the page, its code, the runtime and one pair."""
    wanted = ["runtime.wasm", "samples", *(model["file"] for model in site["models"][:2])]
    data = {site["files"][name]["path"] for name in wanted}
    return {
        name: len(content)
        for name, content in files.items()
        if name in data or name in PAGES or (name.startswith("app-") and name[-4:] != ".txt")
    }


def build_parser() -> argparse.ArgumentParser:
    """The flags."""
    parser = argparse.ArgumentParser(
        prog="python -m export.web",
        description="Write the page without a server: a folder that any static host serves.",
    )
    parser.add_argument("--out", type=Path, metavar="DIR", required=True, help="the page's folder")
    parser.add_argument(
        "--models", type=Path, metavar="DIR", default=MODELS_DIR, help="model folder (bundled)"
    )
    parser.add_argument(
        "--pairs",
        type=Path,
        metavar="DIR",
        default=PAIRS_DIR,
        help="results of all pairs (bundled)",
    )
    parser.add_argument(
        "--cache", type=Path, metavar="DIR", default=CACHE, help="npm packages (build-cache)"
    )
    parser.add_argument("--json", action="store_true", help="print the result as JSON")
    return parser


def run(flags: argparse.Namespace) -> None:
    """Write the page, and print what a first visit fetches."""

    def say(text: str) -> None:
        print(text, file=sys.stderr)

    first = build(flags.out, flags.models, flags.pairs, flags.cache, say)
    total = sum(first.values())
    if flags.json:
        print(json.dumps({"out": str(flags.out), "first_visit": first, "bytes": total}, indent=1))
        return
    for name, size in sorted(first.items(), key=lambda item: -item[1]):
        print(f"{size:>9,}  {name}")
    print(f"{total:>9,}  bytes on a first visit")
    print(f"wrote {flags.out}; look at it: python -m http.server --directory {flags.out}")


def main(arguments: Sequence[str] | None = None) -> int:
    """Parse and run; returns the exit code."""
    return ended(lambda: run(build_parser().parse_args(arguments)))


if __name__ == "__main__":
    sys.exit(main())
