"""Opens the page to the internet: launch settings that keep the surface small."""

import logging
import os
import signal
import socket
import sys
import threading
import webbrowser
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from typing import Any, Protocol

QUIET = {  # before gradio is imported: nothing is sent to anyone
    "GRADIO_ANALYTICS_ENABLED": "False",
    "HF_HUB_DISABLE_TELEMETRY": "1",
    "GRADIO_SSR_MODE": "False",
}
os.environ.update(QUIET)

import gradio as gr  # noqa: E402  (the switches above must come first)

from forgetdemo.settings.constants import ROOT  # noqa: E402
from forgetdemo.ui.events import WATCHERS  # noqa: E402
from forgetdemo.ui.guard import MAX_BODY, Guard, Lookup  # noqa: E402
from forgetdemo.ui.parts import css, head  # noqa: E402


class Background(Protocol):
    """Something that works beside the page: the manager of live runs."""

    def start(self) -> None:
        """Begin."""

    def close(self) -> None:
        """End, within seconds."""


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


def guarded(
    lookup: Lookup, ready: Callable[[], bool]
) -> Callable[[Any], AbstractAsyncContextManager[None]]:
    """A lifespan that wraps the whole app, before the first connection is accepted.

    Given as `middleware=` the guard would stand inside Gradio's CORS layer, which then answers
    any origin's preflight for any route.
    """

    @asynccontextmanager
    async def lifespan(app: Any) -> AsyncIterator[None]:
        app.middleware_stack = Guard(app.middleware_stack, lookup=lookup, ready=ready)
        yield

    return lifespan


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
    Raises:
        ValueError, OSError: there is no such port, or it is taken.
        RuntimeError: the guard is not in place; nothing is served then.
    """
    require_free_port(host, port)
    spelled = f"[{host}]" if ":" in host else host  # as an address spells IPv6
    stop = threading.Event()
    for name in (signal.SIGTERM, signal.SIGINT):
        signal.signal(name, lambda *_: stop.set())
    page.queue(max_size=QUEUE_SIZE, default_concurrency_limit=1, api_open=False)
    page.launch(
        server_name=spelled,
        server_port=port,
        prevent_thread_lock=True,
        quiet=True,
        show_error=debug,
        ssr_mode=False,
        max_threads=THREADS,
        allowed_paths=[],
        blocked_paths=[str(ROOT), os.path.expanduser("~"), "/proc"],
        max_file_size="64kb",
        app_kwargs={
            "lifespan": guarded(lookup, ready),
            "max_body_size": MAX_BODY,
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
    if not isinstance(page.app.middleware_stack, Guard):
        page.close(verbose=False)
        raise RuntimeError("the route guard is not in place; use the pinned gradio")
    address = f"http://{'localhost' if host in ('0.0.0.0', '127.0.0.1') else spelled}:{port}"
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
