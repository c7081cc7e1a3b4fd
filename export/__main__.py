"""python -m export --run DIR --out DIR: the command line of the export."""

import argparse
import json
import sys
import time
from collections.abc import Sequence
from pathlib import Path


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


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the export; a user's mistake ends in one line on stderr and a non-zero code."""
    flags = build_parser().parse_args(arguments)
    started = time.perf_counter()

    def say(text: str) -> None:
        print(text, file=sys.stderr)

    try:
        from export.bundle import export_run

        manifest = export_run(flags.run, flags.out, flags.data, say)
    except KeyboardInterrupt:
        say("stopped; nothing was written")
        return 130
    except (ValueError, OSError) as error:
        say(f"error: {' '.join(str(error).split())}")
        return 1
    seconds = round(time.perf_counter() - started, 2)
    if flags.json:
        print(json.dumps({"out": str(flags.out), "seconds": seconds, **manifest}, indent=1))
        return 0
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
    return 0


if __name__ == "__main__":
    sys.exit(main())
