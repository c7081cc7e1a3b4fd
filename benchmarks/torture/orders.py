"""Orders of runs: many at once, equal ones, stopped ones, from two apps on one folder."""

import random
import sys
import tempfile
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from benchmarks.torture.app import PREDICT, App, running
from benchmarks.torture.runs import forget
from benchmarks.torture.table import Row
from forgetdemo.live.manager import WAITING, RunManager
from forgetdemo.live.shelf import Shelf
from forgetdemo.settings.constants import MODELS_DIR
from forgetdemo.settings.records import as_json
from forgetdemo.settings.unlearning import unlearn_config

FAKE = (sys.executable, "-m", "tests.helpers.fake_worker")
STOP_SECONDS = 1.0


def try_equal(app: App, runs: Path, count: int) -> Row:
    """Visitors who order the same at once: it is made once, and all of them get it.

    `runs`: the app's folder of runs, which holds none before.
    """
    with ThreadPoolExecutor(count) as crowd:
        got = sum(crowd.map(lambda i: forget(app, f"e{i}", seed=4), range(count)))
    found = len(Shelf(runs).keys())
    figure = f"{found} made, {got} served"
    return Row("equal orders at once", count, count - got + abs(found - 1), figure, "1 made")


def try_crowd(app: App, count: int) -> Row:
    """Visitors who order different runs at once: a full line refuses, and nothing breaks."""
    with ThreadPoolExecutor(count) as crowd:
        got = sum(crowd.map(lambda i: forget(app, f"c{i}", seed=100 + i), range(count)))
    drawn = app.ask(PREDICT, "POST", app.body("draw_stroke", "after"))[0] == 200
    least = min(count, WAITING)
    failures = (got < least) + app.tracebacks() + (not drawn) + (app.ask("/readyz")[0] != 200)
    return Row("orders at once", count, failures, f"{got} made, others refused", f"≥ {least} made")


def try_stops(count: int, limit: float = STOP_SECONDS) -> Row:
    """Runs that are stopped at random instants; `limit` in seconds to the end of each."""
    dice, failures, worst = random.Random(11), 0, 0.0
    with tempfile.TemporaryDirectory() as folder:
        manager = RunManager(MODELS_DIR, Path(folder), command=FAKE)
        manager.start()
        for number in range(count):
            asked = as_json(unlearn_config("described", seed=300 + number))
            key = manager.submit("a", "unlearn", asked)
            time.sleep(dice.random() * 0.4)
            start = time.monotonic()
            manager.stop("a")
            state = list(manager.watch("a", key))[-1].state
            worst = max(worst, time.monotonic() - start)
            whole = manager.shelf.is_done(key)
            failures += state not in ("done", "cancelled", "failed") or (state == "done") != whole
        key = manager.submit("a", "unlearn", as_json(unlearn_config("described", seed=1)))
        failures += list(manager.watch("a", key))[-1].state != "done"
        manager.close()
        left = [p.name for p in Path(folder).iterdir() if ".tmp" in p.name]
    failures += len(left) + (worst > limit)
    figure = f"worst end {worst:.2f} s, {len(left)} leftovers"
    return Row("runs stopped at random", count, failures, figure, f"{limit:g} s")


def try_two_apps(runs: Path) -> Row:
    """A second app on a folder of runs that is another's: it draws, and leaves runs alone."""
    with running(runs=runs) as one, running(runs=runs) as two:
        answers = {
            "the first makes runs": forget(one, "a"),
            "the second does not": not forget(two, "b"),
            "the second draws": two.ask(PREDICT, "POST", two.body("draw_stroke", "b"))[0] == 200,
            "the second is ready": two.ask("/readyz")[0] == 200,
            "the first makes another": forget(one, "a", seed=9),
        }
    wrong = [name for name, holds in answers.items() if not holds]
    figure = f"not so: {', '.join(wrong)}" if wrong else "one makes runs, both draw"
    return Row("two apps, one folder", len(answers), len(wrong), figure, "as said")


def orders(short: bool) -> Iterator[Row]:
    """Rows of equal and of different orders."""
    with tempfile.TemporaryDirectory() as folder, running(runs=Path(folder)) as app:
        yield try_equal(app, Path(folder), 5 if short else 20)
        yield try_crowd(app, 12 if short else 50)


def stops(short: bool) -> Iterator[Row]:
    """Row of runs that are stopped."""
    yield try_stops(5 if short else 30)


def apps(short: bool) -> Iterator[Row]:
    """Row of two apps."""
    with tempfile.TemporaryDirectory() as folder:
        yield try_two_apps(Path(folder))
