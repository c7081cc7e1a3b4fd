"""Somebody who draws while others misbehave: how long each answer takes."""

import json
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

from benchmarks.torture.app import PREDICT, App, a_drawing

LIMIT = 100.0  # milliseconds, 95 of 100 answers
FAILED = 60.0  # seconds that an answer counts which did not come
PAUSE = 0.05  # seconds between two strokes


class Waits:
    """Seconds per answer, as they come."""

    def __init__(self) -> None:
        self.seconds: list[float] = []

    @property
    def p95(self) -> float:
        """Milliseconds."""
        ordered = sorted(self.seconds)
        return 1000 * ordered[int(0.95 * (len(ordered) - 1))]

    @property
    def failed(self) -> int:
        """Answers that did not come."""
        return sum(wait >= FAILED for wait in self.seconds)


@contextmanager
def drawing(app: App) -> Iterator[Waits]:
    """Draw, in a thread, until the block ends; at least once."""
    body = json.dumps({"data": [a_drawing()], "fn_index": app.event("predict")}).encode()
    waits, over = Waits(), threading.Event()

    def draw() -> None:
        while True:
            start = time.perf_counter()
            try:
                good = app.ask(PREDICT, "POST", body)[0] == 200
            except OSError:
                good = False
            waits.seconds.append(time.perf_counter() - start if good else FAILED)
            if over.wait(PAUSE):
                return

    thread = threading.Thread(target=draw)
    thread.start()
    try:
        yield waits
    finally:
        over.set()
        thread.join()
