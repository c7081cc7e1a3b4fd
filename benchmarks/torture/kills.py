"""kill -9 at random instants: what was whole stays so, and the next run works."""

import os
import random
import signal
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

from benchmarks.torture.table import Row
from forgetdemo.live.manager import RunManager
from forgetdemo.settings.constants import MODELS_DIR
from forgetdemo.settings.records import as_json
from forgetdemo.settings.unlearning import unlearn_config

FAKE = (sys.executable, "-m", "tests.helpers.fake_worker")


def worker_kills(short: bool) -> Iterator[Row]:
    """The worker, while it makes runs."""
    count = 5 if short else 50
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
    yield Row("kill -9 of the worker", count, failures, f"worst end {worst:.2f} s", "2 s")
