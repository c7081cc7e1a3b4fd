"""The trials of `make torture`, in short: what they find here, and that they would find it.

Limits on time are far wider than the table's, which is made where nothing else runs.
"""

import json
import socket
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from benchmarks.torture import __main__ as program
from benchmarks.torture.app import App, running
from benchmarks.torture.bodies import listener, try_bodies, try_pictures
from benchmarks.torture.commands import EVERYTHING, Command
from benchmarks.torture.connections import try_deaf, try_silent, try_slow, try_streams
from benchmarks.torture.disk import try_faults, try_kills
from benchmarks.torture.full import try_full
from benchmarks.torture.kills import try_app
from benchmarks.torture.load import try_archives, try_predictions, try_sessions
from benchmarks.torture.orders import try_equal, try_stops, try_two_apps
from benchmarks.torture.rows import TRIALS
from benchmarks.torture.soak import slope, try_soak
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


def test_slow_clients(app: App) -> None:
    assert try_slow(app, 20, 2.0, WIDE).failures == 0


def test_clients_that_do_not_read(app: App) -> None:
    assert try_deaf(app, 20, 1.0, WIDE).failures == 0


def test_runs_that_are_stopped() -> None:
    assert try_stops(4, WIDE / 1000).failures == 0


@pytest.mark.timeout(600)
def test_a_run_is_made_behind_many_open_pages(tmp_path: Path) -> None:
    most = ("--connections", "1400", "--connections-per-client", "1400")
    with running(*most, runs=tmp_path, files=4096) as app:
        row = try_streams(app, 1100, WIDE)
        assert row.failures == 0, row
        assert int(row.figure.split()[0]) > 1100, "descriptors that select() cannot take"
        assert app.tracebacks() == 0


@pytest.mark.slow
@pytest.mark.timeout(600)
def test_equal_orders_and_a_moment_of_the_soak(tmp_path: Path) -> None:
    with running(runs=tmp_path) as app:
        row = try_equal(app, tmp_path, 4)
        assert row.failures == 0, row
        row = try_soak(app, 0.05)
        assert "1 runs" in row.figure and row.tries > 0
        assert app.tracebacks() == 0


@pytest.mark.slow
@pytest.mark.timeout(600)
def test_two_apps_on_one_folder(tmp_path: Path) -> None:
    row = try_two_apps(tmp_path)
    assert row.failures == 0, row


def test_a_disk_that_fails_at_every_operation() -> None:
    row = try_faults("of a writer", ("file", "pairs"), 1000)
    assert row.failures == 0 and row.tries > 15, row


def test_a_command_that_is_killed() -> None:
    row = try_kills(("predict",), 4)
    assert (row.tries, row.failures) == (4, 0), row


def test_a_bad_writer_is_found_out(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setitem(EVERYTHING, "bad", Command("tests.helpers.bad_writer", "{out}"))
    assert try_faults("of a bad writer", ("bad",), 1000).failures > 0
    assert "bad, operation 4: out/a.json: " in capsys.readouterr().err


@pytest.mark.skipif(sys.platform != "linux", reason="mounts a disk of its own")
def test_a_run_on_a_disk_without_room() -> None:
    row = try_full(2, 1)
    assert row.failures == 0 and "1 told why" in row.figure, row


@pytest.mark.slow
@pytest.mark.timeout(600)
def test_an_app_that_is_killed_leaves_what_was_whole() -> None:
    row = try_app(2)
    assert (row.tries, row.failures) == (2, 0), row


def test_visitors_who_never_return(app: App) -> None:
    """Served, each of them; how much memory stays is the long form's to say."""
    row = try_sessions(app, 10, 0.0, 1)
    assert (row.tries, "orders; RSS" in row.figure) == (10, True)


def test_a_slope_is_what_grows() -> None:
    assert slope([0, 1, 2], [5, 7, 9]) == pytest.approx(2)
    assert slope([0, 1, 2, 3], [4, 4, 4, 4]) == 0
    assert slope([1], [3]) == 0


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
    for words in (["--only", "nonsense"], ["--only", "good", "--minutes", "0"]):
        with pytest.raises(SystemExit):
            program.main(words)


def test_every_trial_says_what_it_is() -> None:
    assert all(trial.__doc__ for trial in TRIALS.values())
