"""`python -m benchmarks.torture [--short]`: what an anonymous client can do to the app, as a table.

Everything happens on loopback, bounded in count and time: about ten minutes, two with --short.
Ends with code 1 if anything failed. Each row names what was tried, how often, how often it went
wrong, the figure that matters and its limit.
"""

import argparse
import base64
import http.client
import json
import os
import random
import re
import signal
import socket
import statistics
import subprocess
import sys
import tempfile
import threading
import time
import zlib
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

from forgetdemo.files.checkpoint import sha256_hex
from forgetdemo.live.manager import RunManager
from forgetdemo.predict.preprocess import PREFIX, decode_png
from forgetdemo.settings.constants import MODELS_DIR, ROOT
from forgetdemo.settings.records import as_json
from forgetdemo.settings.unlearning import unlearn_config
from forgetdemo.views.pictures import load_samples
from tests.helpers.browser import free_port, wait_ready

FAKE = (sys.executable, "-m", "tests.helpers.fake_worker")
JSON = {"Content-Type": "application/json"}
PREDICT, JOIN = "/gradio_api/run/predict", "/gradio_api/queue/join"
LEAK = re.compile(rb"Traceback|site-packages|\.py\b")


@cache
def a_drawing() -> str:
    """What the pad would send."""
    return str(load_samples()[0]["pad"])


@dataclass
class App:
    """A running app: where it is, its process, and what it has said."""

    address: str
    process: "subprocess.Popen[bytes]"
    log: Path
    events: list[dict[str, Any]] = field(default_factory=list)

    def ask(self, path: str, method: str = "GET", body: bytes | None = None) -> tuple[int, bytes]:
        """One request on a connection of its own."""
        connection = http.client.HTTPConnection(self.address.removeprefix("http://"), timeout=60)
        try:
            connection.request(method, path, body, JSON if body is not None else {})
            reply = connection.getresponse()
            return reply.status, reply.read()
        finally:
            connection.close()

    def event(self, name: str) -> int:
        """The number of an event."""
        return next(int(e["id"]) for e in self.events if e["api_name"] == name)

    def memory(self) -> float:
        """Resident megabytes."""
        pages = int(Path(f"/proc/{self.process.pid}/statm").read_text().split()[1])
        return pages * os.sysconf("SC_PAGE_SIZE") / 2**20

    def tracebacks(self) -> int:
        """How many the log holds."""
        return self.log.read_bytes().count(b"Traceback")


@contextmanager
def running() -> Iterator[App]:
    """The real app on a free port, with a folder of its own."""
    with tempfile.TemporaryDirectory() as folder:
        port, log = free_port(), Path(folder) / "log"
        command = [sys.executable, "app.py", "--port", str(port), "--runs", f"{folder}/runs"]
        with open(log, "wb") as said:
            process = subprocess.Popen(command, cwd=ROOT, stdout=said, stderr=said)
        app = App(f"http://127.0.0.1:{port}", process, log)
        try:
            wait_ready(app.address, process, 60)
            app.events = json.loads(app.ask("/config")[1])["dependencies"]
            yield app
        finally:
            process.terminate()
            process.wait(15)


@contextmanager
def listener() -> Iterator[tuple[str, list[Any]]]:
    """An address on loopback, and who connected to it."""
    came: list[Any] = []
    over = threading.Event()
    with socket.create_server(("127.0.0.1", 0)) as door:
        door.settimeout(0.2)

        def wait() -> None:
            while not over.is_set():
                try:
                    line, who = door.accept()
                except TimeoutError:
                    continue
                came.append(who)
                line.close()

        thread = threading.Thread(target=wait)
        thread.start()
        yield f"http://127.0.0.1:{door.getsockname()[1]}/x", came
        over.set()
        thread.join()


@dataclass(frozen=True)
class Row:
    """One line of the table."""

    test: str
    tries: int
    failures: int
    figure: str
    limit: str


def any_value(dice: random.Random, url: str, depth: int = 0) -> Any:
    """Something that an argument should not be, or should."""
    record = {"path": url, "url": url, "meta": {"_type": "gradio.FileData"}}
    plain: list[Any] = [
        None, True, 0, -1, 2**70, 0.5, 1e300, "", "before", "\0", "\u202e", "x" * 300, url, record,
        json.dumps(record), a_drawing(), [[0] * 784], {"forget": "6"}, {"run": None},
    ]  # fmt: skip
    if depth < 4 and dice.random() < 0.4:
        inner = [any_value(dice, url, depth + 1) for _ in range(dice.randrange(4))]
        return (
            inner if dice.random() < 0.5 else dict(zip(["path", "a", "meta"], inner, strict=False))
        )
    return dice.choice(plain)


def any_body(dice: random.Random, app: App, url: str) -> bytes:
    """A body that is nearly one of the page's, in some spelling."""
    event = dice.choice(app.events)
    count = max(0, len(event["inputs"]) + dice.choice([0, 0, 0, 0, -1, 1]))
    body: Any = {"fn_index": event["id"], "data": [any_value(dice, url) for _ in range(count)]}
    body |= {"session_hash": f"t{dice.randrange(50)}", "trigger_id": None, "event_data": None}
    if dice.random() < 0.3:
        body[dice.choice([*body])] = any_value(dice, url)
    text = json.dumps(body)
    spelled = dice.random()
    if spelled < 0.05:
        return text.encode(dice.choice(["utf-16", "utf-32"]))
    if spelled < 0.1:
        return text.replace('"data"', '"data": [], "data"', 1).encode()
    if spelled < 0.15:
        return text.replace("null", dice.choice(["NaN", "Infinity", "[" * 5000]), 1).encode()
    if spelled < 0.2:
        return text[: dice.randrange(len(text))].encode()
    return text.encode()


def bodies(app: App, count: int) -> Row:
    """Generated bodies over all events and routes."""
    dice, failures = random.Random(5), 0
    seen: dict[int, int] = {}
    for _ in range(200):  # what comes into memory with the first drawings is no growth
        app.ask(PREDICT, "POST", any_body(dice, app, ""))
    before = app.memory()
    with listener() as (url, came):
        for _ in range(count):
            path = dice.choice(
                [PREDICT, JOIN, "/gradio_api/call/" + dice.choice(app.events)["api_name"]]
            )
            status, answer = app.ask(path, "POST", any_body(dice, app, url))
            seen[status] = seen.get(status, 0) + 1
            failures += status not in (200, 400, 413, 503) or LEAK.search(answer) is not None
        failures += len(came)
    failures += app.tracebacks() + (app.ask("/readyz")[0] != 200)
    grown = app.memory() - before
    failures += grown > 30
    return Row("generated bodies", count, failures, f"RSS +{grown:.0f} MB; {seen}", "+30 MB, 4xx")


def predictions(app: App, clients: int, each: int) -> Row:
    """Many clients draw at once."""
    body = json.dumps({"data": [a_drawing()], "fn_index": app.event("predict")})

    def one(number: int) -> list[float]:
        connection = http.client.HTTPConnection(app.address.removeprefix("http://"), timeout=120)
        waits = []
        for _ in range(each):
            start = time.perf_counter()
            connection.request("POST", PREDICT, body, JSON)
            reply = connection.getresponse()
            reply.read()
            waits.append(time.perf_counter() - start if reply.status == 200 else -1.0)
        connection.close()
        return waits

    with ThreadPoolExecutor(clients) as pool:
        waits = [wait for found in pool.map(one, range(clients)) for wait in found]
    failed = sum(wait < 0 for wait in waits)
    return Row(
        f"{clients} clients × {each} predictions", len(waits), failed,
        f"p50 {1000 * statistics.median(waits):.0f} ms", "0 errors",
    )  # fmt: skip


def sessions(app: App, count: int, rest: float) -> Row:
    """Visitors who come once and never again."""
    before, failures = 0.0, 0
    for number in range(-count // 5, count):
        if number == 0:  # the first ones bring into memory what stays for all
            before = app.memory()
        call = {
            "data": [a_drawing(), "before", "after", []],
            "session_hash": f"v{number}",
        }
        body = json.dumps(call | {"fn_index": app.event("draw_stroke")}).encode()
        failures += app.ask(PREDICT, "POST", body)[0] != 200
    peak = app.memory() - before
    time.sleep(rest)
    left = app.memory() - before
    figure = f"RSS +{peak:.0f} MB, after {rest:.0f} s +{left:.0f} MB"
    return Row("sessions that never return", count, failures + (left > 30), figure, "+30 MB")


def honest(app: App, seconds: float) -> list[float]:
    """What somebody who draws waits meanwhile: seconds per answer."""
    body = json.dumps({"data": [a_drawing()], "fn_index": app.event("predict")})
    waits, until = [], time.monotonic() + seconds
    while time.monotonic() < until:
        start = time.perf_counter()
        good = app.ask(PREDICT, "POST", body.encode())[0] == 200
        waits.append(time.perf_counter() - start if good else 60.0)
        time.sleep(0.05)
    return waits


def p95(waits: list[float]) -> float:
    """Milliseconds."""
    return 1000 * sorted(waits)[int(0.95 * (len(waits) - 1))]


def silent(app: App, count: int, seconds: float) -> Row:
    """Sockets that say nothing, opened again as they are closed."""
    host, port = app.address.removeprefix("http://").split(":")
    with ExitStack() as held:
        for _ in range(count):
            held.enter_context(socket.create_connection((host, int(port)), timeout=20))
        waits = honest(app, seconds)
    return Row("silent sockets", count, int(p95(waits) > 100), f"p95 {p95(waits):.0f} ms", "100 ms")


def archives(app: App, seconds: float) -> Row:
    """Twenty loops of HEAD on the zip of everything; readiness meanwhile."""
    digest = sha256_hex((MODELS_DIR / "manifest.json").read_bytes())
    over, asked, failures = threading.Event(), [], 0

    def loop() -> None:
        while not over.is_set():
            asked.append(app.ask(f"/download/{digest}/everything.zip", "HEAD")[0])

    crowd = [threading.Thread(target=loop) for _ in range(20)]
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


def pictures(count: int) -> Row:
    """Pictures that unpack to much more than they weigh."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return len(data).to_bytes(4) + kind + data + zlib.crc32(kind + data).to_bytes(4)

    plain = base64.b64decode(a_drawing().removeprefix(PREFIX))
    packed = zlib.compress(bytes(1_000_000), 9)
    kinds = [chunk(b"zTXt", b"k\0\0" + packed), chunk(b"iTXt", b"k\0\1\0\0\0" + packed),
             chunk(b"iCCP", b"k\0\0" + packed)]  # fmt: skip
    worst, failures = 0.0, 0
    for number in range(count):
        data = plain[:33] + kinds[number % 3] * 30 + plain[33:]
        start = time.thread_time()  # what it costs, not how busy the machine is
        try:
            decode_png(PREFIX + base64.b64encode(data).decode())
            failures += 1
        except ValueError:
            pass
        worst = max(worst, time.thread_time() - start)
    failures += worst > 0.03
    return Row("pictures that unpack", count, failures, f"worst {1000 * worst:.1f} ms", "30 ms")


def kills(count: int) -> Row:
    """kill -9 of the worker at random instants; the next run must work."""
    dice, failures, worst = random.Random(7), 0, 0.0
    with tempfile.TemporaryDirectory() as folder:
        manager = RunManager(MODELS_DIR, Path(folder), command=FAKE)
        manager.start()
        for number in range(count):
            while not manager.is_warm:
                time.sleep(0.02)
            asked = as_json(unlearn_config("described", seed=100 + number))
            key = manager.submit("a", "unlearn", asked)
            time.sleep(dice.random() * 0.5)
            pid, start = manager._driver.pid, time.monotonic()
            if pid:
                os.kill(pid, signal.SIGKILL)
            state = list(manager.watch("a", key))[-1].state
            worst = max(worst, time.monotonic() - start)
            whole = manager.shelf.is_done(key)
            failures += (state == "done") != whole or state not in ("done", "failed")
        failures += worst > 2
        manager.close()
    return Row("kill -9 of the worker", count, failures, f"worst end {worst:.2f} s", "2 s")


def main() -> int:
    """Try everything, print the table."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--short", action="store_true", help="a tenth of everything")
    part = 10 if parser.parse_args().short else 1
    trials: list[Callable[[App], Row]] = [
        lambda app: bodies(app, 5000 // part),
        lambda app: predictions(app, 200 // part, 20),
        lambda app: sessions(app, 2000 // part, 75),
        lambda app: silent(app, 1100, 30 / part),
        lambda app: archives(app, 20 / part),
    ]
    failures = 0
    print("| test | tries | failures | figure | limit |\n|---|---|---|---|---|", flush=True)
    for row in tried(part, trials):
        print(
            f"| {row.test} | {row.tries} | {row.failures} | {row.figure} | {row.limit} |",
            flush=True,
        )
        failures += row.failures
    return 1 if failures else 0


def tried(part: int, trials: list[Callable[[App], Row]]) -> Iterator[Row]:
    """Every row, each of the app's from an app of its own."""
    yield pictures(300 // part)
    yield kills(50 // part)
    for trial in trials:
        with running() as app:
            yield trial(app)


if __name__ == "__main__":
    sys.exit(main())
