"""Bodies that nobody should send, over every event; pictures that unpack to more than they are."""

import base64
import json
import random
import re
import socket
import threading
import time
import zlib
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from benchmarks.torture.app import JOIN, PREDICT, App, a_drawing, running
from benchmarks.torture.table import Row
from forgetdemo.predict.preprocess import PREFIX, decode_png

LEAK = re.compile(rb"Traceback|site-packages|\.py\b")
TAKEN = (200, 400, 413, 503)  # statuses that say that somebody thought about it
GROWTH = 30.0  # megabytes
PICTURE_SECONDS = 0.03


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
        try:
            yield f"http://127.0.0.1:{door.getsockname()[1]}/x", came
        finally:
            over.set()
            thread.join()


def any_value(dice: random.Random, url: str, depth: int = 0) -> Any:
    """Something that an argument should not be, or should."""
    record = {"path": url, "url": url, "meta": {"_type": "gradio.FileData"}}
    plain: list[Any] = [
        None, True, 0, -1, 2**70, 0.5, 1e300, "", "before", "\0", "\u202e", "x" * 300, url, record,
        json.dumps(record), a_drawing(), [[0] * 784], {"forget": "6"}, {"run": None},
    ]  # fmt: skip
    if depth < 4 and dice.random() < 0.4:
        inner = [any_value(dice, url, depth + 1) for _ in range(dice.randrange(4))]
        named = dict(zip(["path", "a", "meta"], inner, strict=False))
        return inner if dice.random() < 0.5 else named
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


def try_bodies(app: App, count: int) -> Row:
    """Generated bodies over all events and routes; a listener waits for whoever would fetch."""
    dice, failures, seen = random.Random(5), 0, Counter[int]()
    for _ in range(200):  # what comes into memory with the first drawings is no growth
        app.ask(PREDICT, "POST", any_body(dice, app, ""))
    before = app.memory()
    with listener() as (url, came):
        for _ in range(count):
            named = "/gradio_api/call/" + dice.choice(app.events)["api_name"]
            path = dice.choice([PREDICT, JOIN, named])
            status, answer = app.ask(path, "POST", any_body(dice, app, url))
            seen[status] += 1
            failures += status not in TAKEN or LEAK.search(answer) is not None
        failures += len(came)
    failures += app.tracebacks() + (app.ask("/readyz")[0] != 200)
    grown = app.memory() - before
    statuses = ", ".join(f"{seen[status]} × {status}" for status in sorted(seen))
    figure = f"RSS {grown:+.0f} MB, {len(came)} connections out; {statuses}"
    return Row("generated bodies", count, failures + (grown > GROWTH), figure, "+30 MB, 0 out, 4xx")


def try_pictures(count: int, limit: float = PICTURE_SECONDS) -> Row:
    """Text, profiles and other packed pieces in a picture of the pad; `limit` in seconds each."""

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
    failures += worst > limit
    return Row("pictures that unpack", count, failures, f"worst {1000 * worst:.1f} ms", "30 ms")


def bodies(short: bool) -> Iterator[Row]:
    """Row of generated bodies."""
    with running() as app:
        yield try_bodies(app, 500 if short else 5000)


def pictures(short: bool) -> Iterator[Row]:
    """Row of pictures."""
    yield try_pictures(30 if short else 300)
