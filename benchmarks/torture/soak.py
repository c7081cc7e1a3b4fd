"""The app for a long time under an ordinary load: what grows, and whether it goes on growing."""

import threading
import time
from collections.abc import Iterator, Sequence

from benchmarks.torture.app import App, running
from benchmarks.torture.honest import drawing
from benchmarks.torture.runs import forget
from benchmarks.torture.table import Row

MINUTES, SHORT_MINUTES = 15.0, 0.5
RUN_EVERY = 120.0  # seconds
LOOKS = 240  # at memory, descriptors and threads
SLOPE = 1.0  # megabytes a minute
MORE = 8  # descriptors or threads by which two looks may differ


def slope(times: Sequence[float], values: Sequence[float]) -> float:
    """Least squares: growth of values per unit of time; 0 for fewer than two points."""
    if len(times) < 2:
        return 0.0
    middle, level = sum(times) / len(times), sum(values) / len(values)
    spread = sum((t - middle) ** 2 for t in times)
    return sum((t - middle) * (v - level) for t, v in zip(times, values, strict=True)) / spread


def try_soak(app: App, minutes: float, every: float = RUN_EVERY) -> Row:
    """Draw all the time and order a run now and then; judged is the second half.

    Args:
        app: running.
        minutes: how long.
        every: seconds between two runs.
    """
    start, runs, failed = time.monotonic(), 0, 0
    looks: list[tuple[float, float, int, int]] = []
    over = threading.Event()

    def order() -> None:
        nonlocal runs, failed
        while not over.wait(every if runs else 0.0):
            failed += not forget(app, f"soak{runs}", seed=1000 + runs)
            runs += 1

    orders = threading.Thread(target=order)
    with drawing(app) as waits:
        orders.start()
        while time.monotonic() - start < 60 * minutes:
            at = (time.monotonic() - start) / 60
            looks.append((at, app.memory(), app.descriptors(), app.threads()))
            time.sleep(60 * minutes / LOOKS)
        over.set()
        orders.join()
    late = [look for look in looks if look[0] >= minutes / 2]
    grown = slope([look[0] for look in late], [look[1] for look in late])
    files = max(look[2] for look in late) - late[0][2]
    threads = max(look[3] for look in late) - late[0][3]
    failures = failed + waits.failed + (files > MORE) + (threads > MORE)
    figure = (
        f"{late[-1][1]:.0f} MB, {grown:+.2f} MB/min, +{files} files, +{threads} threads; "
        f"{runs} runs, p95 {waits.p95:.0f} ms"
    )
    name = f"soak, {minutes:g} minutes"
    return Row(name, len(waits.seconds), failures + (grown >= SLOPE), figure, f"{SLOPE:g} MB/min")


def soak(short: bool, minutes: float = MINUTES) -> Iterator[Row]:
    """Row of the long run; a short one is half a minute."""
    with running() as app:
        yield try_soak(app, SHORT_MINUTES if short else minutes)
