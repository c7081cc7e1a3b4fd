"""Clients that are there and say nothing, little, or do not listen; somebody draws meanwhile."""

import socket
import time
from collections.abc import Iterator
from contextlib import ExitStack, suppress

from benchmarks.torture.app import App, running
from benchmarks.torture.honest import LIMIT, drawing
from benchmarks.torture.load import GROWTH
from benchmarks.torture.runs import forget
from benchmarks.torture.table import Row
from forgetdemo.files.checkpoint import sha256_hex
from forgetdemo.settings.constants import MODELS_DIR
from forgetdemo.settings.limits import PageLimits


def try_silent(app: App, count: int, seconds: float, limit: float = LIMIT) -> Row:
    """Sockets that never say a word; `limit` in milliseconds."""
    with ExitStack() as held:
        for _ in range(count):
            held.enter_context(socket.create_connection(app.place, timeout=20))
        with drawing(app) as waits:
            time.sleep(seconds)
    failures = waits.failed + (waits.p95 > limit)
    return Row("silent sockets", count, failures, f"p95 {waits.p95:.0f} ms", f"{limit:g} ms")


def try_slow(app: App, count: int, seconds: float, limit: float = LIMIT) -> Row:
    """Half of them send a byte of their headers each second, half a byte of their body."""
    head = b"POST /gradio_api/run/predict HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n"
    with ExitStack() as held:
        lines = [
            held.enter_context(socket.create_connection(app.place, timeout=20))
            for _ in range(count)
        ]
        for line in lines[: count // 2]:
            line.sendall(head + b"Content-Length: 5000\r\n\r\n")
        with drawing(app) as waits:
            until, sent = time.monotonic() + seconds, 0
            while time.monotonic() < until:
                for line in lines:
                    with suppress(OSError):  # closed: what is hoped for
                        line.sendall(b"{" if line in lines[: count // 2] else head[sent : sent + 1])
                sent += 1
                time.sleep(1.0)
        still = sum(is_open(line) for line in lines)
    patient = PageLimits().header_seconds + PageLimits().body_seconds
    failures = waits.failed + (waits.p95 > limit) + (still if seconds > patient else 0)
    figure = f"p95 {waits.p95:.0f} ms, {still} still open after {seconds:g} s"
    return Row("slow headers and bodies", count, failures, figure, f"{limit:g} ms, 0 open")


def is_open(line: socket.socket) -> bool:
    """Whether the other end has not closed a connection yet."""
    line.settimeout(0.2)
    try:
        while data := line.recv(65536):
            del data
        return False
    except TimeoutError:
        return True
    except OSError:
        return False


def try_deaf(app: App, count: int, seconds: float, limit: float = LIMIT) -> Row:
    """They ask for the largest file there is, and read none of it."""
    digest = sha256_hex((MODELS_DIR / "manifest.json").read_bytes())
    asked = f"GET /download/{digest}/everything.zip HTTP/1.1\r\nHost: x\r\n\r\n".encode()
    app.ask(f"/download/{digest}/everything.zip", "HEAD")  # made now, once for all
    with drawing(app):  # what answering takes is there before, and not these clients' doing
        time.sleep(min(seconds, 5))
    before = app.memory()
    with ExitStack() as held:
        lines = [
            held.enter_context(socket.create_connection(app.place, timeout=20))
            for _ in range(count)
        ]
        for line in lines:
            line.sendall(asked)
        with drawing(app) as waits:
            time.sleep(seconds)
        grown = app.memory() - before
    failures = waits.failed + (waits.p95 > limit) + (grown > GROWTH)
    figure = f"p95 {waits.p95:.0f} ms, RSS {grown:+.0f} MB"
    return Row("clients that do not read", count, failures, figure, f"{limit:g} ms, +{GROWTH:g} MB")


def try_streams(app: App, count: int, limit: float = LIMIT) -> Row:
    """Open pages by the hundred; a run is made meanwhile, behind descriptors above 1,024."""
    with ExitStack() as held:
        opened = 0
        for number in range(count):
            line = held.enter_context(socket.create_connection(app.place, timeout=20))
            path = f"/gradio_api/heartbeat/s{number}"
            line.sendall(f"GET {path} HTTP/1.1\r\nHost: x\r\n\r\n".encode())
            opened += line.recv(12) == b"HTTP/1.1 200"
        with drawing(app) as waits:
            done = forget(app, "runner", seed=77)
        files = app.descriptors()
    failures = count - opened + (not done) + waits.failed + (waits.p95 > limit)
    figure = f"{files} files open, run {'done' if done else 'failed'}, p95 {waits.p95:.0f} ms"
    return Row("open streams", count, failures, figure, f"run done, {limit:g} ms")


def slow(short: bool) -> Iterator[Row]:
    """Row of clients that take their time."""
    with running() as app:
        yield try_slow(app, 100, 5 if short else 40)


def deaf(short: bool) -> Iterator[Row]:
    """Row of clients that do not read."""
    with running() as app:
        yield try_deaf(app, 50, 3 if short else 20)


def streams(short: bool) -> Iterator[Row]:
    """Row of open pages."""
    most = ("--connections", "1400", "--connections-per-client", "1400")
    with running(*most, files=4096) as app:
        yield try_streams(app, 1100)


def silent(short: bool) -> Iterator[Row]:
    """Row of silent sockets, more than the system allows the app to have."""
    with running(files=1024) as app:
        yield try_silent(app, 1100, 3 if short else 30)
