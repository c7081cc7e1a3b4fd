"""python -m export --run DIR --out DIR: the command line of the export."""

import argparse
import json
import sys
import time
from collections.abc import Sequence
from pathlib import Path

from forgetdemo.terminal import ended


def build_parser() -> argparse.ArgumentParser:
    """The flags."""
    parser = argparse.ArgumentParser(
        prog="python -m export",
        description="Write a run's models as ONNX files, checked against torch on all test images.",
    )
    parser.add_argument("--run", type=Path, metavar="DIR", required=True, help="a finished run")
    parser.add_argument("--out", type=Path, metavar="DIR", required=True, help="the model folder")
    parser.add_argument("--data", type=Path, metavar="DIR", help="data folder (default: bundled)")
    parser.add_argument("--json", action="store_true", help="print the result as JSON")
    return parser


def run(flags: argparse.Namespace) -> None:
    """Export, and print what was written and how closely it follows torch."""
    started = time.perf_counter()

    def say(text: str) -> None:
        print(text, file=sys.stderr)

    from export.bundle import export_run

    manifest = export_run(flags.run, flags.out, flags.data, say)
    seconds = round(time.perf_counter() - started, 2)
    if flags.json:
        print(json.dumps({"out": str(flags.out), "seconds": seconds, **manifest}, indent=1))
        return
    for name, entry in manifest["models"].items():
        accuracy, parity = entry["accuracy"], entry["parity"]
        size = manifest["files"][entry["file"]]["bytes"]
        print(
            f"{name:<10}  {size:>9,} bytes  overall {100 * accuracy['acc_overall']:.2f} %  "
            f"class {manifest['classes'][manifest['forget_class']]} "
            f"{100 * accuracy['acc_forget']:.2f} %  "
            f"max |onnx - torch| {parity['max_abs_logit_difference']:.1e}  "
            f"same answer {parity['argmax_equal']:,}/{parity['images']:,}"
        )
    print(f"wrote {flags.out} in {seconds:.1f} s")


def main(arguments: Sequence[str] | None = None) -> int:
    """Parse and run; returns the exit code."""
    return ended(lambda: run(build_parser().parse_args(arguments)))


if __name__ == "__main__":
    sys.exit(main())
