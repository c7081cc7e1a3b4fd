"""Texts that would be scripts, on every page in a real Chromium: the browser's test, as a row."""

import re
import subprocess
import sys
from collections.abc import Iterator

from benchmarks.torture.table import Row
from forgetdemo.settings.constants import ROOT

TEST = "tests/browser/test_markup.py"
COUNTED = re.compile(r"(\d+) (passed|failed|error)")


def markup(short: bool) -> Iterator[Row]:
    """Row of scripts in every text."""
    command = [sys.executable, "-m", "pytest", TEST, "-o", "addopts=", "-p", "no:cacheprovider"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True)
    found = {kind: int(count) for count, kind in COUNTED.findall(done.stdout)}
    tries = sum(found.values())
    failures = tries - found.get("passed", 0) + (done.returncode != 0)
    figure = f"{found.get('passed', 0)} tests: no dialog, no new element"
    yield Row("scripts in every text", tries, failures, figure, "inert")
