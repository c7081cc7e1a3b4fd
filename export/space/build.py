"""`python -m export.space --out DIR`: write, and upload, a folder that is a Hugging Face Space."""

import argparse
import shutil
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from export.deliver import add_flags, deliver
from export.push import SPACE, check_name
from forgetdemo.terminal import ended

FORMAT = "forgetdemo-space/1"


def build(
    out: Path,
    *,
    static: bool = False,
    runs: bool = True,
    page: bool = False,
    name: str | None = None,
    model: str | None = None,
) -> dict[str, Any]:
    """Write the folder; an older one of this command is replaced once the new one is whole.

    Args:
        out: where; its parents are made.
        static, runs, page, name, model: as `files.space_files`.
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
    files = space_files(static=static, runs=runs, page=page, name=name, model=model)
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


def build_parser() -> argparse.ArgumentParser:
    """The flags."""
    parser = argparse.ArgumentParser(
        prog="python -m export.space",
        description="Write a folder that is a Hugging Face Space.",
    )
    add_flags(parser, SPACE)
    kind = parser.add_mutually_exclusive_group()
    kind.add_argument("--static", action="store_true", help="the page without a server")
    kind.add_argument(
        "--no-runs", action="store_true", help="without torch: the page says where runs work"
    )
    parser.add_argument(
        "--page",
        action="store_true",
        help="the app offers the page without a server, too: forgetting in the visitor's browser",
    )
    parser.add_argument(
        "--model", metavar="USER/NAME", help="its model repository, as `export.hub` pushed it"
    )
    return parser


def run(flags: argparse.Namespace) -> None:
    """Build, push if asked, and print sizes and the address."""
    from export.space.files import MAX_FILE

    if flags.model is not None:
        check_name(flags.model, "--model")
    if flags.static and flags.page:
        raise ValueError("a --static Space is that page already; leave --page out")
    chosen = {"static": flags.static, "runs": not flags.no_runs, "page": flags.page}
    chosen["model"] = flags.model
    deliver(flags, SPACE, lambda: build(flags.out, name=flags.push, **chosen), MAX_FILE)


def main(arguments: Sequence[str] | None = None) -> int:
    """Parse and run; returns the exit code."""
    return ended(lambda: run(build_parser().parse_args(arguments)), "stopped")


if __name__ == "__main__":
    sys.exit(main())
