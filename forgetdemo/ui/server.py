"""Opens the page to the internet: launch settings that keep the surface small."""

import asyncio
import logging
import os
import re
import signal
import socket
import sys
import threading
import webbrowser
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import replace
from typing import Any, Protocol

# Before gradio is imported: nothing is sent to anyone, no event is kept for a summary.
QUIET = {
    "GRADIO_ANALYTICS_ENABLED": "False",
    "GRADIO_ANALYTICS_MAX_EVENTS": "1",
    "GRADIO_ANALYTICS_CACHE_FREQUENCY": str(10**9),  # the summary is a pandas table of all events
    "HF_HUB_DISABLE_TELEMETRY": "1",
    "GRADIO_SSR_MODE": "False",
    # uvicorn believes anyone on this machine who names another address; see `--behind-proxy`.
    "FORWARDED_ALLOW_IPS": "",
}
os.environ.update(QUIET)

import gradio as gr  # noqa: E402  (the switches above must come first)
import uvicorn.config  # noqa: E402

from forgetdemo.settings.constants import ROOT  # noqa: E402
from forgetdemo.settings.limits import PageLimits  # noqa: E402
from forgetdemo.system import no_proxy  # noqa: E402
from forgetdemo.ui.bodies import events_of  # noqa: E402
from forgetdemo.ui.connections import Connection, Door, connection_class  # noqa: E402
from forgetdemo.ui.events import WATCHERS  # noqa: E402
from forgetdemo.ui.guard import Guard, Lookup, policy  # noqa: E402
from forgetdemo.ui.parts import css, head  # noqa: E402
from forgetdemo.ui.seal import seal_files, seal_words  # noqa: E402
from forgetdemo.ui.static import StaticPage  # noqa: E402
from forgetdemo.ui.tally import Bounded, Gauge, Tally  # noqa: E402
from forgetdemo.ui.upkeep import Upkeep  # noqa: E402

SUB_PATH = re.compile(r"(/[A-Za-z0-9._~-]+)*")


class Background(Protocol):
    """Something that works beside the page: the manager of live runs."""

    def start(self) -> None:
        """Begin."""

    def close(self) -> None:
        """End, within seconds."""

    def gauges(self) -> dict[str, Gauge]:
        """What it has under way, for the log's line of counts."""


# System fonts: nothing is fetched, nothing jumps; Gradio's own semibold lacks Latin letters.
# A neutral accent: orange and blue are kept for After and Before.
THEME = gr.themes.Default(
    primary_hue="slate",
    font=("ui-sans-serif", "system-ui", "sans-serif"),
    font_mono=("ui-monospace", "monospace"),
).set(
    color_accent="*body_text_color",
    block_info_text_color="*neutral_500",  # Gradio's own grey is too faint to read
    block_info_text_color_dark="*neutral_400",
)
QUEUE_SIZE = 16
# Everybody who follows a run holds a thread that only waits; eight more answer drawings.
THREADS = WATCHERS + 8
GRACE = 1  # seconds that open requests get at the end; a half-sent body would hold it for ever


def require_free_port(host: str, port: int) -> None:
    """Refuse a port that somebody else listens on.

    Raises:
        ValueError: it is no port at all.
        OSError: it is in use, or this user may not open it; says what to do.
    """
    if not 1 <= port <= 65_535:
        raise ValueError(f"--port must be 1..65535, got {port}")
    with socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError as error:
            raise OSError(
                f"cannot listen on {host}:{port} ({error.strerror}); choose another --port"
            ) from error


OWN_FILES = 200  # descriptors that are no visitor's: libraries, models, the worker, downloads


def room_for(connections: int) -> int:
    """How many connections the system's limit on open files leaves room for.

    The soft limit is raised as far as this process may.
    """
    try:
        import resource
    except ImportError:  # Windows: no such limit
        return connections
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = connections + OWN_FILES
    if soft != resource.RLIM_INFINITY and soft < wanted:
        soft = wanted if hard == resource.RLIM_INFINITY else min(hard, wanted)
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
    return connections if soft == resource.RLIM_INFINITY else min(connections, soft - OWN_FILES)


def guarded(
    wrap: Callable[[Any], Guard], upkeep: Upkeep, gauges: Callable[[], dict[str, Gauge]]
) -> Callable[[Any], AbstractAsyncContextManager[None]]:
    """A lifespan that wraps the whole app, before the first connection is accepted.

    Given as `middleware=` the guard would stand inside Gradio's CORS layer, which then answers
    any origin's preflight for any route.
    """

    @asynccontextmanager
    async def lifespan(app: Any) -> AsyncIterator[None]:
        app.middleware_stack = wrap(app.middleware_stack)
        task = asyncio.create_task(upkeep.run(gauges()))
        yield
        task.cancel()

    return lifespan


def bound_log(limit: int, tally: Tally) -> None:
    """Let no client fill the disk with what it makes the server say."""
    bounded = Bounded(limit, tally)
    logging.getLogger("uvicorn.error").addFilter(bounded)
    if logging.lastResort is not None:  # where everything else that is logged here ends
        logging.lastResort.addFilter(bounded)


def serve(
    page: gr.Blocks,
    *,
    host: str,
    port: int,
    debug: bool,
    open_browser: bool,
    lookup: Lookup,
    ready: Callable[[], bool],
    background: Background,
    rest: Callable[[], bool] = lambda: False,
    static: StaticPage | None = None,
    frames: Sequence[str] = (),
    limits: PageLimits | None = None,
    behind_proxy: bool = False,
    root_path: str = "",
) -> None:
    """Launch the page and block until SIGTERM, SIGINT or Ctrl-C.

    Args:
        page: built, not launched.
        host, port: where to listen.
        debug: show errors and the API page; never for strangers.
        open_browser: open the page once it is ready.
        lookup: gives the bytes behind a download link, or None.
        ready: whether the models answer right; see /readyz.
        background: started once the port is known to be free, closed at the end.
        rest: called every few seconds in a thread; drops what is idle, says whether there was any.
        static: the page without a server, where there is one to offer.
        frames: origins that may show the page in a frame.
        limits: on what visitors make grow; default: `PageLimits()`.
        behind_proxy: a proxy in front names the client last in X-Forwarded-For.
        root_path: under which a proxy serves it and which it takes away, such as "/demo".
    Raises:
        ValueError, OSError: there is no such port, or it is taken; `root_path` is no path; or an
            input of the page is of a class that no body is known for.
        RuntimeError: the guard is not in place; nothing is served then.
    """
    if not SUB_PATH.fullmatch(root_path):
        raise ValueError(f"--root-path must be like /demo, got {root_path!r}")
    policy(frames)  # refused before anything is opened
    require_free_port(host, port)
    bounds, tally = limits or PageLimits(), Tally()
    bounds = replace(bounds, connections=room_for(bounds.connections))
    door = Door(bounds, tally, per_client=not behind_proxy)
    upkeep, events = Upkeep(page, door, bounds, tally), events_of(page)
    upkeep.rest = rest
    bound_log(bounds.log_lines, tally)
    seal_files()
    seal_words(page)

    def wrap(app: Any) -> Guard:
        guard = Guard(
            app,
            lookup=lookup,
            ready=ready,
            events=events,
            take=upkeep.take,
            static=static,
            frames=frames,
            limits=bounds,
            tally=tally,
            forwarded=behind_proxy,
        )
        upkeep.is_here = guard.streams.__contains__
        return guard

    # The one place where uvicorn asks for the class of its connections; launch() has no setting.
    uvicorn.config.HTTP_PROTOCOLS["auto"] = connection_class(door)  # type: ignore[assignment]
    spelled = f"[{host}]" if ":" in host else host  # as an address spells IPv6
    stop = threading.Event()
    for name in (signal.SIGTERM, signal.SIGINT):
        signal.signal(name, lambda *_: stop.set())
    page.queue(max_size=QUEUE_SIZE, default_concurrency_limit=1, api_open=False)
    with no_proxy():
        page.launch(
            server_name=spelled,
            server_port=port,
            root_path=root_path or None,
            prevent_thread_lock=True,
            quiet=True,
            show_error=debug,
            ssr_mode=False,
            max_threads=THREADS,
            allowed_paths=[],
            blocked_paths=[str(ROOT), os.path.expanduser("~"), "/proc"],
            max_file_size="64kb",
            app_kwargs={
                "lifespan": guarded(wrap, upkeep, background.gauges),
                "max_body_size": bounds.body_bytes,
                "docs_url": None,
                "redoc_url": None,
                "openapi_url": None,
            },
            state_session_capacity=500,
            enable_monitoring=False,
            run_history=False,
            footer_links=["api"] if debug else [],
            mcp_server=False,
            pwa=False,
            share=False,
            strict_cors=True,
            theme=THEME,
            css=css(),
            head=head(),
        )
    if not (
        isinstance(page.app.middleware_stack, Guard)
        and issubclass(page.server.config.http_protocol_class, Connection)
    ):
        page.close(verbose=False)
        raise RuntimeError("the guard is not in place; use the pinned gradio and uvicorn")
    local = host in ("0.0.0.0", "127.0.0.1")  # nosec B104
    address = f"http://{'localhost' if local else spelled}:{port}"
    print(f"forgetdemo is at {address}", flush=True)
    if open_browser:
        webbrowser.open(address)
    background.start()
    try:
        stop.wait()
    finally:
        background.close()
        logging.getLogger("uvicorn.error").setLevel(logging.CRITICAL)  # cut requests are no errors
        page.server.config.timeout_graceful_shutdown = GRACE
        page.close(verbose=False)
    print("stopped", file=sys.stderr)
