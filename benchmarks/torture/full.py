"""Runs on a disk that fills up: what is published stays, what is missing is said, the app lives."""

import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path

from benchmarks.torture.app import PREDICT, App, running
from benchmarks.torture.runs import DONE, told
from benchmarks.torture.table import Row
from forgetdemo.live.shelf import Shelf

SIZES, SHORT_SIZES = (0, 2, 12, 40), (2,)  # megabytes
ENOUGH = 200  # megabytes
LEAST = 4  # kilobytes: a disk of none cannot be made
ORDERS = 4  # a run takes 12 MB
FULL = "the disk is full"
ONLY_PICTURES = "the model is here, its pictures are not"


def try_full(megabytes: int, orders: int = ORDERS) -> Row:
    """One visitor after the other orders a run, on a disk that has so much room."""
    size = max(1024 * megabytes, LEAST)
    with tempfile.TemporaryDirectory() as folder:
        runs = Path(folder)
        with running(runs=runs, disk=size) as app:
            said = [told(app, f"full{i}", seed=10 + i) for i in range(orders)]
            made = [words for words in said if DONE in words or ONLY_PICTURES in words]
            told_why = [words for words in said if words not in made and FULL in words]
            failures = len(said) - len(made) - len(told_why) + wrong(app, runs, len(made))
            figure = f"{len(made)} made, {len(told_why)} told why"
            make_room(app, runs)
            failures += DONE not in told(app, "later", seed=1)
    return Row(f"runs on a disk of {megabytes} MB", orders, failures, figure, "all made or told")


def wrong(app: App, runs: Path, made: int) -> int:
    """What does not hold of an app whose disk is full."""
    shelf = Shelf(app.inside(runs))
    whole = [key for key in shelf.keys() if shelf.is_whole(key)]
    left = [path for path in app.inside(runs).rglob("*") if ".tmp-" in path.name]
    drawn = app.ask(PREDICT, "POST", app.body("draw_stroke", "a"))[0] == 200
    ready = app.ask("/readyz")[0] == 200
    return (len(whole) != made) + len(left) + (not drawn) + (not ready) + app.tracebacks()


def make_room(app: App, runs: Path) -> None:
    """What an operator does: a larger disk. Raises CalledProcessError."""
    there = ("nsenter", f"--target={app.process.pid}", "--user", "--mount")
    size = f"remount,size={ENOUGH}m"
    subprocess.run([*there, "mount", "-o", size, str(runs)], check=True, capture_output=True)


def full(short: bool) -> Iterator[Row]:
    """Rows of a disk that has room for none, a part, one, and some runs."""
    for megabytes in SHORT_SIZES if short else SIZES:
        yield try_full(megabytes, 1 if short else ORDERS)
