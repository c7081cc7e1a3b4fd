"""`forgetdemo app`, which is `python app.py`: the shipped models as a page; no torch here."""

import argparse
import os
import sys
from pathlib import Path

from forgetdemo.commands.flags import Add
from forgetdemo.settings.constants import MODELS_DIR, ROOT, RUNS
from forgetdemo.settings.limits import PageLimits
from forgetdemo.system import hold_little_memory, no_proxy

HUB = ("https://huggingface.co", "https://*.hf.space")
PAGE = ROOT / "dist"
# Makes live runs, and their ONNX files. -P: no module of the current folder stands in its way.
WORKER: tuple[str, ...] = (sys.executable, "-P", "-m", "export.worker")


def add_commands(add: Add) -> None:
    """Add the command to the parser; see `learning.add_commands`."""
    page = add("app", run_app, "Serve the page: draw a digit, compare before and after.")
    on_space = bool(os.environ.get("SPACE_ID"))  # there it is reached from without, or not at all
    everywhere = "0.0.0.0"  # nosec B104
    page.add_argument("--host", default=everywhere if on_space else "127.0.0.1")
    page.add_argument("--port", type=int, default=7860)
    page.add_argument("--models", type=Path, metavar="DIR", default=MODELS_DIR)
    page.add_argument("--data", type=Path, metavar="DIR", help="data folder (default: bundled)")
    page.add_argument(
        "--runs", type=Path, metavar="DIR", default=RUNS / "live", help="default: runs/live"
    )
    page.add_argument(
        "--page",
        type=Path,
        metavar="DIR",
        help="offer the page without a server, too, which forgets in the visitor's browser: a "
        "folder by python -m export.web (default: dist/, once `make web` has made it)",
    )
    bounds = PageLimits()
    page.add_argument(
        "--behind-proxy",
        action="store_true",
        help="a proxy in front adds the client's address to X-Forwarded-For; without one anybody "
        "could, and it counts for nothing",
    )
    page.add_argument(
        "--frame-ancestors",
        nargs="+",
        metavar="ORIGIN",
        default=HUB,
        help="who may show the page in a frame, besides itself (default: the Hugging Face Hub)",
    )
    page.add_argument(
        "--root-path",
        default="",
        metavar="/PATH",
        help="where a proxy serves the page, if not at /",
    )
    page.add_argument(
        "--connections",
        type=int,
        metavar="N",
        default=bounds.connections,
        help="open at once, in all (default: %(default)s, or as open files allow)",
    )
    page.add_argument(
        "--connections-per-client",
        type=int,
        metavar="N",
        default=bounds.connections_per_client,
        help="of one address, which a classroom shares (default: %(default)s)",
    )
    page.add_argument("--open", action="store_true", help="open the page in a browser")
    page.add_argument("--debug", action="store_true", help="show errors and the API on the page")


def run_app(flags: argparse.Namespace) -> None:
    """app: model folder → the page, until it is stopped.

    Raises:
        ValueError, OSError: models, data or port that cannot be used.
    """
    hold_little_memory()  # before the imports, which start threads
    with no_proxy():
        from forgetdemo.data import load_dataset
        from forgetdemo.files.checkpoint import MANIFEST
        from forgetdemo.live.driver import Limits
        from forgetdemo.live.hosting import look_around
        from forgetdemo.live.manager import RunManager
        from forgetdemo.predict.inference import load_models
        from forgetdemo.ui.library import Library
        from forgetdemo.ui.page import build_page, readiness
        from forgetdemo.ui.server import serve
        from forgetdemo.ui.static import StaticPage

    bounds = PageLimits(
        connections=flags.connections, connections_per_client=flags.connections_per_client
    )
    models = load_models(flags.models)
    if flags.data is not None:  # a wrong folder is said now, not at a visitor's click
        load_dataset(models.manifest["dataset"], flags.data, download=False)
    page = flags.page or (PAGE if (PAGE / MANIFEST).is_file() else None)
    static = None if page is None else StaticPage(page)
    here = look_around()
    if here.on_space:
        print(here.describe(), file=sys.stderr)  # a Space's log is all that its owner sees
    manager = RunManager(
        flags.models,
        flags.runs,
        command=WORKER,
        limits=Limits(seconds=here.run_seconds),
        off=here.why,
        data=flags.data,
        bounds=bounds,
    )
    library = Library(models, manager, bounds)
    serve(
        build_page(library, in_browser=static is not None),
        host=flags.host,
        port=flags.port,
        debug=flags.debug,
        open_browser=flags.open,
        lookup=library.download,
        ready=readiness(models),
        background=manager,
        rest=library.rest,
        static=static,
        frames=flags.frame_ancestors,
        limits=bounds,
        behind_proxy=flags.behind_proxy,
        root_path=flags.root_path,
    )
