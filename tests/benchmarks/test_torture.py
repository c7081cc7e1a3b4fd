"""The trials of `make torture`, in short: what they find here, and that they would find it.

Limits on time are far wider than the table's, which is made where nothing else runs.
"""

import json
import socket
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from benchmarks.torture import __main__ as program
from benchmarks.torture.app import App, running
from benchmarks.torture.bodies import listener, try_bodies, try_pictures
from benchmarks.torture.connections import try_silent
from benchmarks.torture.load import try_archives, try_predictions
from benchmarks.torture.rows import TRIALS
from benchmarks.torture.table import Row

WIDE = 5000.0  # milliseconds: a busy machine


@pytest.fixture(scope="module")
def app() -> Iterator[App]:
    """The real app; the system lets it have 1,024 files."""
    with running(files=1024) as found:
        yield found


def test_no_body_gets_through(app: App) -> None:
    row = try_bodies(app, 150)
    assert row.failures == 0, row
    assert "0 connections out" in row.figure


def test_a_listener_notices_who_comes() -> None:
    with listener() as (url, came):
        host, port = url.removeprefix("http://").removesuffix("/x").split(":")
        socket.create_connection((host, int(port))).close()
        until = time.monotonic() + 10
        while not came and time.monotonic() < until:
            time.sleep(0.05)
    assert len(came) == 1


def test_pictures_that_unpack_are_refused() -> None:
    assert try_pictures(6, WIDE).failures == 0


def test_many_draw_at_once(app: App) -> None:
    row = try_predictions(app, 20, 5)
    assert (row.tries, row.failures) == (100, 0)


def test_silent_sockets(app: App) -> None:
    assert try_silent(app, 1100, 1.0, WIDE).failures == 0


def test_a_crowd_at_the_zip(app: App) -> None:
    assert try_archives(app, 1.0).failures == 0


def test_the_program_prints_keeps_and_counts(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    def broken(short: bool) -> Iterator[Row]:
        yield Row("half|way", 2, 0, f"short {short}", "1")
        raise OSError("no more")

    good = [Row("good", 3, 0, "7 ms", "8 ms")]
    trials = {"good": lambda short: good, "broken": broken}
    monkeypatch.setattr(program, "TRIALS", trials)
    kept = tmp_path / "torture.json"
    assert program.main(["--only", "good", "--json", str(kept)]) == 0
    found = json.loads(kept.read_text())
    assert found["failures"] == 0 and found["rows"][0]["figure"] == "7 ms"
    assert "| good | 3 | 0 | 7 ms | 8 ms |" in kept.with_suffix(".md").read_text()
    capsys.readouterr()
    assert program.main(["--short"]) == 1
    said = capsys.readouterr().out.splitlines()
    assert said[2:] == [
        "| good | 3 | 0 | 7 ms | 8 ms |",
        "| half/way | 2 | 0 | short True | 1 |",
        "| broken | 1 | 1 | broke off: OSError | to the end |",
    ]
    with pytest.raises(SystemExit):
        program.main(["--only", "nonsense"])


def test_every_trial_says_what_it_is() -> None:
    assert all(trial.__doc__ for trial in TRIALS.values())
