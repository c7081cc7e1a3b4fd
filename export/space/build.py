"""`python -m export.space --out DIR`: write, and upload, a folder that is a Hugging Face Space."""

import argparse
import json
import shutil
import sys
from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from forgetdemo.terminal import ended

FORMAT = "forgetdemo-space/1"


def build(
    out: Path, *, static: bool = False, runs: bool = True, name: str | None = None
) -> dict[str, Any]:
    """Write the folder; an older one of this command is replaced once the new one is whole.

    Args:
        out: where; its parents are made.
        static, runs, name: as `files.space_files`.
    Returns:
        The folder's manifest.
    Raises:
        ValueError: `out` holds something else, or as `space_files`.
        OSError: unwritable or full; what was there is still whole.
    """
    from export.space.files import space_files
    from forgetdemo.files.folder import check_target, write_folder

    sweep(out)
    check_target(out, FORMAT)
    files = space_files(static=static, runs=runs, name=name)
    return write_folder(out, files, {"sdk": "static" if static else "gradio"}, FORMAT)


def sweep(out: Path) -> None:
    """Remove what trying a folder of ours out leaves in it: compiled modules."""
    from forgetdemo.files.checkpoint import CheckpointError, read_manifest

    try:
        ours = read_manifest(out).get("format") == FORMAT and not out.is_symlink()
    except (CheckpointError, OSError):
        return
    for cache in list(out.rglob("__pycache__")) if ours else ():
        shutil.rmtree(cache, ignore_errors=True)


def table(files: Mapping[str, Any]) -> list[str]:
    """Sizes by part of the folder, and the largest file beside the limit."""
    from export.space.files import MAX_FILE

    count: Counter[str] = Counter()
    size: Counter[str] = Counter()
    for name, record in files.items():
        part = "/".join(Path(name).parts[:2]) if name.startswith("assets/") else Path(name).parts[0]
        count[part] += 1
        size[part] += record["bytes"]
    lines = [f"{part:<28}{count[part]:>6}{size[part]:>14,}" for part in sorted(size)]
    largest = max(files, key=lambda name: files[name]["bytes"])
    return [
        f"{'part':<28}{'files':>6}{'bytes':>14}",
        *lines,
        f"{'all':<28}{count.total():>6}{size.total():>14,}",
        f"largest: {largest}, {files[largest]['bytes']:,} of {MAX_FILE:,} bytes allowed",
    ]


def build_parser() -> argparse.ArgumentParser:
    """The flags."""
    parser = argparse.ArgumentParser(
        prog="python -m export.space",
        description="Write a folder that is a Hugging Face Space.",
    )
    parser.add_argument("--out", type=Path, metavar="DIR", required=True, help="the Space's folder")
    kind = parser.add_mutually_exclusive_group()
    kind.add_argument("--static", action="store_true", help="the page without a server")
    kind.add_argument(
        "--no-runs", action="store_true", help="without torch: the page says where runs work"
    )
    parser.add_argument("--push", metavar="USER/NAME", help="upload it; HF_TOKEN holds the token")
    parser.add_argument("--json", action="store_true", help="print the result as JSON")
    return parser


def run(flags: argparse.Namespace) -> None:
    """Build, push if asked, and print sizes and the address."""
    from export.space.push import check_push, push

    token = check_push(flags.push) if flags.push is not None else ""
    made = build(flags.out, static=flags.static, runs=not flags.no_runs, name=flags.push)
    if not flags.json:
        print("\n".join([*table(made["files"]), f"wrote {flags.out}"]), flush=True)
    address = None
    if flags.push is not None:
        print(f"uploading to {flags.push} …", file=sys.stderr)
        address = push(flags.out, flags.push, made["sdk"], token)
    if flags.json:
        print(json.dumps({"out": str(flags.out), "address": address, **made}, indent=1))
    elif address:
        print(f"it is at {address}")


def main(arguments: Sequence[str] | None = None) -> int:
    """Parse and run; returns the exit code."""
    return ended(lambda: run(build_parser().parse_args(arguments)), "stopped")


if __name__ == "__main__":
    sys.exit(main())
