"""Counts of what goes on, one line a minute; and a bound on how much a log may be made to grow."""

import logging
import sys
import threading
import time
from collections import Counter
from collections.abc import Callable, Mapping

MINUTE = 60.0  # seconds
Gauge = Callable[[], int]


class Tally:
    """Counters that anybody may raise, from any thread; `line` tells and empties them."""

    def __init__(self) -> None:
        self._counts: Counter[str] = Counter()
        self._lock = threading.Lock()

    def count(self, what: str) -> None:
        """One more of these; `what` is ours, never a visitor's text."""
        with self._lock:
            self._counts[what] += 1

    def line(self, gauges: Mapping[str, Gauge]) -> str:
        """Counts since the last call and gauges now: "requests=12 refused_400=3 connections=7"."""
        with self._lock:
            counts, self._counts = self._counts, Counter()
        now = {name: gauge() for name, gauge in gauges.items()}
        return " ".join(f"{name}={value}" for name, value in sorted((counts | now).items()))


class Bounded(logging.Filter):
    """Lets so many records pass a minute and counts the others, so no client can fill a disk."""

    def __init__(self, limit: int, tally: Tally) -> None:
        super().__init__()
        self._limit, self._tally = limit, tally
        self._since, self._passed = time.monotonic(), 0

    def filter(self, record: logging.LogRecord) -> bool:
        """Whether this one is written."""
        now = time.monotonic()
        if now - self._since > MINUTE:
            self._since, self._passed = now, 0
        self._passed += 1
        if self._passed > self._limit:
            self._tally.count("log_lines_dropped")
            return False
        return True


def say(line: str) -> None:
    """One line on stderr, where the rest of the log is."""
    print(line, file=sys.stderr, flush=True)
