"""The page: `python app.py` serves the shipped models; no training, no download, no torch."""

import argparse
import os
import sys
from pathlib import Path

from forgetdemo.settings.constants import MODELS_DIR, ROOT

WORKER = (sys.executable, "-m", "export.worker")  # makes live runs, and their ONNX files


def build_parser() -> argparse.ArgumentParser:
    """The flags. On a Space the page must listen on every address, port 7860."""
    on_space = bool(os.environ.get("SPACE_ID"))
    parser = argparse.ArgumentParser(description="Draw a digit; compare before and after.")
    parser.add_argument("--host", default="0.0.0.0" if on_space else "127.0.0.1")
    parser.add_argument("--port", type=int, default=7860)
    parser.add_argument("--models", type=Path, metavar="DIR", default=MODELS_DIR)
    parser.add_argument("--data", type=Path, metavar="DIR", help="data folder (default: bundled)")
    parser.add_argument("--runs", type=Path, metavar="DIR", default=ROOT / "runs" / "live")
    parser.add_argument("--open", action="store_true", help="open the page in a browser")
    parser.add_argument("--debug", action="store_true", help="show errors and the API on the page")
    return parser


def main() -> int:
    """Serve until stopped; a mistake ends in one line on stderr and code 1."""
    flags = build_parser().parse_args()
    try:
        from forgetdemo.data import load_dataset
        from forgetdemo.live.driver import Limits
        from forgetdemo.live.hosting import look_around
        from forgetdemo.live.manager import RunManager
        from forgetdemo.predict.inference import load_models
        from forgetdemo.ui.library import Library
        from forgetdemo.ui.page import build_page, readiness
        from forgetdemo.ui.server import serve

        models = load_models(flags.models)
        if flags.data is not None:  # a wrong folder is said now, not at a visitor's click
            load_dataset(models.manifest["dataset"], flags.data, download=False)
        here = look_around()
        if here.on_space:
            print(here.describe(), file=sys.stderr)  # a Space's log is all that its owner sees
        limits = Limits(seconds=here.run_seconds)
        manager = RunManager(
            flags.models,
            flags.runs,
            command=WORKER,
            limits=limits,
            off=here.why,
            data=flags.data,
        )
        library = Library(models, manager)
        serve(
            build_page(models, library),
            host=flags.host,
            port=flags.port,
            debug=flags.debug,
            open_browser=flags.open,
            lookup=library.download,
            ready=readiness(models),
            background=manager,
        )
    except (ValueError, OSError) as error:
        print(f"error: {error}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
