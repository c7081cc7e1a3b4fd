"""kill -9 at random instants: what was whole stays so, and the next run works."""

import contextlib
import http.client
import os
import random
import signal
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from pathlib import Path

from benchmarks.torture.app import App, running
from benchmarks.torture.runs import forget
from benchmarks.torture.table import Row
from forgetdemo.live.manager import RunManager
from forgetdemo.live.shelf import Shelf
from forgetdemo.settings.constants import MODELS_DIR
from forgetdemo.settings.records import as_json
from forgetdemo.settings.unlearning import unlearn_config

FAKE = (sys.executable, "-m", "tests.helpers.fake_worker")
END = 2.0  # seconds until a page knows that its run's worker is gone
BUSY = 12.0  # seconds in which a worker starts and makes a run
SETTLED = 5.0  # seconds in which an app looks after what it finds
QUICK = ("-m", "tests.helpers.quick_app")


def try_worker(count: int, limit: float = END) -> Row:
    """The worker, while it makes runs; `limit` in seconds to the end of each."""
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
        failures += worst > limit
        manager.close()
    return Row("kill -9 of the worker", count, failures, f"worst end {worst:.2f} s", f"{limit:g} s")


def try_app(count: int, quick: bool = True) -> Row:
    """The app, while a visitor's run is made; each time another one starts where it stood.

    A run is there, or is not; one that was there stays; the next app is ready and makes runs.

    Args:
        count: kills.
        quick: its worker pretends, and runs take a third of a second; or the real one.
    """
    dice, wrong, there = random.Random(13), list[str](), set[str]()
    program, busy = (QUICK, 3.0) if quick else (("app.py",), BUSY)
    with tempfile.TemporaryDirectory() as folder:
        shelf = Shelf(Path(folder))
        for number in range(count + 1):
            with running(runs=shelf.root, program=program) as app:
                wrong += set_right(shelf, there)
                wrong += ["not ready"] * (app.ask("/readyz")[0] != 200)
                if number == count:
                    wrong += ["no run at the end"] * (not forget(app, "last", seed=9999))
                    break
                order = threading.Thread(target=ordered, args=(app, f"k{number}", 400 + number))
                order.start()
                time.sleep(dice.random() * busy)
                there = {key for key in shelf.keys() if shelf.is_done(key)}
                app.process.kill()
                order.join()
                wrong += ["a traceback"] * app.tracebacks()
    for what in wrong:
        print(f"kill -9 of the app: {what}", file=sys.stderr)
    name = "kill -9 of the app" + ("" if quick else ", real runs")
    figure = f"{len(there)} runs made and kept"
    return Row(name, count, len(wrong), figure, "ready again, nothing lost")


def set_right(shelf: Shelf, there: set[str]) -> list[str]:
    """What an app did not set right of what another one left, a moment after its start.

    there: keys of runs that were whole.
    """
    until = time.monotonic() + SETTLED
    while True:
        whole = {key for key in shelf.keys() if shelf.is_done(key)}
        wrong = [f"lost {key}" for key in there - whole]
        wrong += [f"half {key}" for key in set(shelf.keys()) - whole - failed(shelf)]
        wrong += [f"left {path.name}" for path in shelf.root.rglob("*") if ".tmp-" in path.name]
        if not wrong or time.monotonic() > until:
            return wrong
        time.sleep(0.1)


def failed(shelf: Shelf) -> set[str]:
    """Runs that are there as a sentence only."""
    return {key for key in shelf.keys() if shelf.state(key).get("state") == "failed"}


def ordered(app: App, session: str, seed: int) -> None:
    """Press Forget at an app that may die meanwhile."""
    with contextlib.suppress(OSError, http.client.HTTPException, ValueError):
        forget(app, session, seed=seed)


def worker(short: bool) -> Iterator[Row]:
    """Row of the worker."""
    yield try_worker(5 if short else 50)


def app(short: bool) -> Iterator[Row]:
    """Rows of the app."""
    yield try_app(1 if short else 50)
    if not short:
        yield try_app(5, quick=False)
