"""Clients that are there and say nothing; somebody who draws meanwhile."""

import socket
import time
from collections.abc import Iterator
from contextlib import ExitStack

from benchmarks.torture.app import App, running
from benchmarks.torture.honest import LIMIT, drawing
from benchmarks.torture.table import Row


def try_silent(app: App, count: int, seconds: float, limit: float = LIMIT) -> Row:
    """Sockets that never say a word; `limit` in milliseconds."""
    with ExitStack() as held:
        for _ in range(count):
            held.enter_context(socket.create_connection(app.place, timeout=20))
        with drawing(app) as waits:
            time.sleep(seconds)
    failures = waits.failed + (waits.p95 > limit)
    return Row("silent sockets", count, failures, f"p95 {waits.p95:.0f} ms", f"{limit:g} ms")


def silent(short: bool) -> Iterator[Row]:
    """Row of silent sockets, more than the system allows the app to have."""
    with running(files=1024) as app:
        yield try_silent(app, 1100, 3 if short else 30)
