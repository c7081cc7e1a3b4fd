"""How a command ends that writes a folder for the Hub: sizes, the upload, the address."""

import argparse
import json
import sys
from collections import Counter
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from export.push import TOKEN, Kind, check_push, push


def add_flags(parser: argparse.ArgumentParser, kind: Kind) -> None:
    """`--out`, `--push`, `--json`; `deliver` reads them."""
    parser.add_argument(
        "--out", type=Path, metavar="DIR", required=True, help=f"the {kind.noun}'s folder"
    )
    parser.add_argument("--push", metavar="USER/NAME", help=f"upload it; {TOKEN} holds the token")
    parser.add_argument("--json", action="store_true", help="print the result as JSON")


def deliver(
    flags: argparse.Namespace,
    kind: Kind,
    build: Callable[[], dict[str, Any]],
    limit: int | None = None,
) -> None:
    """Build, push if asked, and print sizes and the address.

    Args:
        flags: with those of `add_flags`.
        kind: what the folder is.
        build: writes `flags.out` and returns its manifest; called once a push can work.
        limit: bytes that a file may have, where there is a limit.
    Raises:
        ValueError, OSError: as `check_push`, `build` and `push`.
    """
    token = check_push(flags.push) if flags.push is not None else ""
    made = build()
    if not flags.json:
        beside = [f"beside them: {', '.join(made['beside'])}"] if "beside" in made else []
        lines = [*table(made["files"], limit), *beside, f"wrote {flags.out}"]
        print("\n".join(lines), flush=True)
    address = None
    if flags.push is not None:
        print(f"uploading to {flags.push} …", file=sys.stderr)
        address = push(flags.out, flags.push, kind, token, made.get("sdk"))
    if flags.json:
        print(json.dumps({"out": str(flags.out), "address": address, **made}, indent=1))
    elif address:
        print(f"it is at {address}")


def table(files: Mapping[str, Any], limit: int | None = None) -> list[str]:
    """Sizes by part of the folder, and the largest file beside the limit."""
    count: Counter[str] = Counter()
    size: Counter[str] = Counter()
    for name, record in files.items():
        part = "/".join(Path(name).parts[:2]) if name.startswith("assets/") else Path(name).parts[0]
        count[part] += 1
        size[part] += record["bytes"]
    lines = [f"{part:<28}{count[part]:>6}{size[part]:>14,}" for part in sorted(size)]
    largest = max(files, key=lambda name: files[name]["bytes"])
    bound = f" of {limit:,} bytes allowed" if limit else " bytes"
    return [
        f"{'part':<28}{'files':>6}{'bytes':>14}",
        *lines,
        f"{'all':<28}{count.total():>6}{size.total():>14,}",
        f"largest: {largest}, {files[largest]['bytes']:,}{bound}",
    ]
