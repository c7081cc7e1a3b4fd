"""Many honest visitors: at once, one after the other, at what is costly."""

import http.client
import json
import statistics
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

from benchmarks.torture.app import JSON, PREDICT, App, a_drawing, running
from benchmarks.torture.runs import forget
from benchmarks.torture.table import Row
from forgetdemo.files.checkpoint import sha256_hex
from forgetdemo.settings.constants import MODELS_DIR

GROWTH = 30.0  # megabytes
LOOPS = 20


def try_predictions(app: App, clients: int, each: int) -> Row:
    """Many clients draw at once, each on a connection of its own."""
    body = json.dumps({"data": [a_drawing()], "fn_index": app.event("predict")})

    def one(number: int) -> list[float]:
        connection = http.client.HTTPConnection(app.host, timeout=120)
        waits = []
        for _ in range(each):
            start = time.perf_counter()
            try:
                connection.request("POST", PREDICT, body, JSON)
                reply = connection.getresponse()
                reply.read()
                good = reply.status == 200
            except OSError:
                good = False
            waits.append(time.perf_counter() - start if good else -1.0)
        connection.close()
        return waits

    with ThreadPoolExecutor(clients) as pool:
        waits = [wait for found in pool.map(one, range(clients)) for wait in found]
    figure = f"p50 {1000 * statistics.median(waits):.0f} ms"
    failed = sum(wait < 0 for wait in waits)
    return Row(f"{clients} clients × {each} predictions", len(waits), failed, figure, "0 errors")


def try_sessions(app: App, count: int, rest: float, runs: int) -> Row:
    """Visitors who come once and never again; every fourth looks at a run of its own order.

    Args:
        app: running.
        count: of visitors; a fifth more before, who bring into memory what stays for all.
        rest: seconds that the app has to forget them.
        runs: different ones among the orders; whoever orders what there is, is served at once.
    """
    before, failures, ordered = 0.0, 0, 0
    for number in range(-count // 5, count):
        if number == 0:
            before = app.memory()
        session = f"v{number}"
        failures += app.ask(PREDICT, "POST", app.body("draw_stroke", session))[0] != 200
        if number % 4 == 0:
            failures += not forget(app, session, seed=500 + ordered % runs)
            ordered += 1
    peak = app.memory() - before
    time.sleep(rest)
    left = app.memory() - before
    figure = f"{ordered} orders; RSS +{peak:.0f} MB, after {rest:.0f} s {left:+.0f} MB"
    return Row("sessions that never return", count, failures + (left > GROWTH), figure, "+30 MB")


def try_archives(app: App, seconds: float) -> Row:
    """Twenty loops of HEAD on the zip of everything; readiness meanwhile."""
    digest = sha256_hex((MODELS_DIR / "manifest.json").read_bytes())
    over, asked, failures = threading.Event(), [], 0

    def loop() -> None:
        while not over.is_set():
            asked.append(app.ask(f"/download/{digest}/everything.zip", "HEAD")[0])

    crowd = [threading.Thread(target=loop) for _ in range(LOOPS)]
    for one in crowd:
        one.start()
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        failures += app.ask("/readyz")[0] != 200
        time.sleep(0.1)
    over.set()
    for one in crowd:
        one.join()
    failures += sum(status != 200 for status in asked)
    return Row("HEAD on everything.zip", len(asked), failures, "/readyz 200 throughout", "200")


def predictions(short: bool) -> Iterator[Row]:
    """Row of clients who draw at once."""
    with running() as app:
        yield try_predictions(app, 20 if short else 200, 20)


def sessions(short: bool) -> Iterator[Row]:
    """Row of visitors who never return."""
    with running() as app:
        yield try_sessions(app, 100 if short else 2000, 75, 4 if short else 24)


def archives(short: bool) -> Iterator[Row]:
    """Row of the crowd at the zip."""
    with running() as app:
        yield try_archives(app, 2 if short else 20)
