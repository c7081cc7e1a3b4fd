"""The line of runs: one at a time, bounded, shared when equal, private, and nothing sticks."""

import os
import signal
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from forgetdemo.live.driver import Limits
from forgetdemo.live.job import Event, RunError
from forgetdemo.live.manager import WAITING, RunManager
from forgetdemo.settings.constants import MODELS_DIR
from forgetdemo.settings.limits import PageLimits
from forgetdemo.settings.records import as_json
from forgetdemo.settings.unlearning import unlearn_config

FAKE = (sys.executable, "-m", "tests.helpers.fake_worker")
HANGS, DIES, FAILS, BABBLES, BARELY, NEVER = 7, 8, 9, 5, 6, 4
Make = Callable[..., RunManager]


@pytest.fixture
def make(tmp_path: Path) -> Iterator[Make]:
    """Start managers on a shelf of their own; close them at the end."""
    started: list[RunManager] = []

    def one(
        limits: Limits | None = None, root: Path = tmp_path / "live", **bounds: Any
    ) -> RunManager:
        kept = PageLimits(**bounds)
        manager = RunManager(MODELS_DIR, root, limits=limits, command=FAKE, bounds=kept)
        manager.start()
        started.append(manager)
        return manager

    yield one
    for manager in started:
        manager.close()


def asked(seed: int = 0, **changes: Any) -> dict[str, Any]:
    return as_json(unlearn_config("described", seed=seed, **changes))


def last(manager: RunManager, session: str, key: str) -> Event:
    return list(manager.watch(session, key))[-1]


def wait_for(manager: RunManager, session: str, key: str, state: str) -> None:
    for event in manager.watch(session, key):
        if event.state == state:
            return
    raise AssertionError(f"never {state}")


def test_a_run_is_watched_to_its_end_and_kept(make: Make) -> None:
    manager = make()
    key = manager.submit("a", "unlearn", asked(forget_class=2, redirect_to=7))
    events = list(manager.watch("a", key))
    assert [r["step"] for e in events for r in e.records] == list(range(7))
    assert events[-1].state == "done" and events[-1].title == "2 → 7, described, 1 %"
    assert [k for k, _ in manager.runs_of("a")] == [key] and manager.runs_of("b") == []
    assert manager.shelf.is_done(key)


def test_watching_yields_at_least_every_250_ms(make: Make) -> None:
    manager = make()
    key = manager.submit("a", "unlearn", asked(HANGS))
    times, events = [time.monotonic()], manager.watch("a", key)
    for _ in range(8):
        next(events)
        times.append(time.monotonic())
    assert max(b - a for a, b in zip(times, times[1:], strict=False)) < 0.6
    assert manager.stop("a")


def test_equal_orders_share_one_run_and_finished_ones_run_no_more(
    make: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    manager = make()
    keys = {manager.submit(f"s{i}", "unlearn", asked()) for i in range(5)}
    assert len(keys) == 1
    key = keys.pop()
    assert all(last(manager, f"s{i}", key).state == "done" for i in range(5))
    monkeypatch.setattr(manager._driver, "execute", None)  # nothing may reach the worker
    assert manager.submit("late", "unlearn", asked()) == key
    assert last(manager, "late", key).state == "done"


def test_one_order_per_session_and_a_bounded_line(make: Make) -> None:
    manager = make()
    first = manager.submit("a", "unlearn", asked(HANGS))
    with pytest.raises(RunError, match="still going; stop it first"):
        manager.submit("a", "unlearn", asked(1))
    wait_for(manager, "a", first, "running")
    for i in range(WAITING):
        manager.submit(f"w{i}", "unlearn", asked(100 + i))
    with pytest.raises(RunError, match="try again in a minute"):
        manager.submit("late", "unlearn", asked(99))
    waiting = next(manager.watch("w3", manager._own["w3"][0]))
    assert waiting.state == "queued" and waiting.position == 4


def test_stop_acts_within_a_second_and_the_line_moves_on(make: Make) -> None:
    manager = make()
    key = manager.submit("a", "unlearn", asked(HANGS))
    wait_for(manager, "a", key, "running")
    other = manager.submit("b", "unlearn", asked(1))
    start = time.monotonic()
    manager.stop("a")
    event = last(manager, "a", key)
    assert event.state == "cancelled" and time.monotonic() - start < 1.5
    assert not (manager.shelf.root / key / "models").exists()
    event = last(manager, "b", other)
    assert event.state == "done", event.sentence
    assert not manager.stop("a"), "there is nothing left to stop"


@pytest.mark.parametrize("leave", ["stop", "forget_session"])
def test_who_leaves_a_run_reads_that_it_is_over(make: Make, leave: str) -> None:
    """A tab that was closed while its run was followed ended in a traceback on the server."""
    manager = make()
    key = manager.submit("a", "unlearn", asked())
    assert manager.submit("b", "unlearn", asked()) == key
    following = manager.watch("a", key)
    assert next(following).state in ("queued", "running")
    getattr(manager, leave)("a")
    *_, end = following
    assert (end.state, end.sentence) == ("cancelled", "stopped")
    with pytest.raises(RunError, match="no such run"):
        next(manager.watch("a", key))
    assert last(manager, "b", key).state == "done"


def test_stopping_a_shared_run_leaves_it_to_the_others(make: Make) -> None:
    manager = make()
    key = manager.submit("a", "unlearn", asked())
    manager.submit("b", "unlearn", asked())
    manager.stop("a")
    assert last(manager, "b", key).state == "done"
    assert manager.runs_of("a") == []


@pytest.mark.parametrize(("seed", "words"), [(DIES, "stopped from outside"), (FAILS, "diverged")])
def test_a_failed_run_is_one_sentence_and_the_next_works(make: Make, seed: int, words: str) -> None:
    manager = make()
    key = manager.submit("a", "unlearn", asked(seed))
    event = last(manager, "a", key)
    assert event.state == "failed" and words in event.sentence
    assert last(manager, "a", manager.submit("a", "unlearn", asked(1))).state == "done"


def test_a_worker_killed_from_outside_frees_its_slot(make: Make) -> None:
    manager = make()
    key = manager.submit("a", "unlearn", asked(HANGS))
    wait_for(manager, "a", key, "running")
    pid = manager._driver.pid
    assert pid
    os.kill(pid, signal.SIGKILL)
    assert "stopped from outside" in last(manager, "a", key).sentence
    assert last(manager, "a", manager.submit("a", "unlearn", asked(1))).state == "done"


def test_a_hanging_run_is_ended_by_its_limit(make: Make) -> None:
    manager = make(Limits(seconds=1))
    until = time.monotonic() + 30
    while not manager.is_warm and time.monotonic() < until:
        time.sleep(0.05)
    key = manager.submit("a", "unlearn", asked(HANGS))
    event = last(manager, "a", key)
    assert event.state == "failed" and "took longer than 1 s" in event.sentence


def test_nonsense_between_the_messages_is_dropped(make: Make) -> None:
    manager = make()
    key = manager.submit("a", "unlearn", asked(BABBLES))
    assert last(manager, "a", key).state == "done"


def test_a_full_disk_is_one_sentence(make: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    manager = make()

    def full(*_: object) -> None:
        raise OSError(28, "cannot write the run: the disk is full; free some space")

    monkeypatch.setattr(manager.shelf, "begin", full)
    event = last(manager, "a", manager.submit("a", "unlearn", asked()))
    assert event.state == "failed" and "disk is full" in event.sentence


def test_strangers_runs_are_as_good_as_none(make: Make) -> None:
    manager = make()
    key = manager.submit("a", "unlearn", asked())
    assert last(manager, "a", key).state == "done"
    with pytest.raises(RunError, match="no such run"):
        next(manager.watch("b", key))
    with pytest.raises(RunError, match="no such run"):
        manager.submit("b", "relearn", {"config": {}}, key)
    manager.forget_session("a")
    assert manager.runs_of("a") == []


def test_drawings_go_with_their_session(make: Make) -> None:
    manager = make()
    drawing = [0] * 400 + [255] * 40 + [0] * 344
    key = manager.submit("a", "relearn", {"config": {}, "drawings": [drawing]})
    assert last(manager, "a", key).state == "done" and manager.shelf.is_done(key)
    manager.forget_session("a")
    assert not (manager.shelf.root / key).exists()


@pytest.mark.parametrize(
    ("kind", "values"),
    [
        ("train", {}),
        ("unlearn", {"forget_class": 3, "redirect_to": 3}),
        ("unlearn", {"epochs_": 1}),
        ("unlearn", {"threads": 8}),
        ("unlearn", {"mask_fraction": [1]}),
        ("relearn", {"drawings": [[1, 2]]}),
        ("relearn", {"drawings": [[True] * 784]}),
        ("relearn", {"config": {"images": -1}}),
        ("relearn", {"config": {"layers": 1}}),
    ],
)
def test_orders_that_cannot_be_meant_are_refused(
    make: Make, kind: str, values: dict[str, Any]
) -> None:
    with pytest.raises(ValueError) as error:
        make().submit("a", kind, values)
    assert "\n" not in str(error.value)


def test_what_a_killed_app_left_is_set_right(make: Make, tmp_path: Path) -> None:
    manager = make(root=tmp_path / "other")
    manager.shelf.begin("0123456789abcdef", {"kind": "unlearn", "title": "x"})
    manager.close()
    again = make(root=tmp_path / "other")
    state = again.shelf.state("0123456789abcdef")
    assert state["state"] == "failed" and "interrupted" in state["sentence"]


def test_closing_ends_the_worker(make: Make) -> None:
    manager = make()
    key = manager.submit("a", "unlearn", asked(HANGS))
    wait_for(manager, "a", key, "running")
    pid = manager._driver.pid
    assert pid
    manager.close()
    with pytest.raises(ProcessLookupError):
        os.kill(pid, 0)
    with pytest.raises(RunError, match="stopping"):
        manager.submit("b", "unlearn", asked())


def test_two_apps_do_not_share_a_folder_of_runs(
    make: Make, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    first, second = make(root=tmp_path / "one"), make(root=tmp_path / "one")
    assert not first.off and "another program uses their folder" in second.off
    assert "give each its own --runs" in caplog.text and "--" not in second.off
    with pytest.raises(RunError, match="another program"):
        second.submit("a", "unlearn", asked())
    first.close()
    assert not make(root=tmp_path / "one").off, "it was let go"


def test_ended_runs_and_silent_sessions_are_forgotten(make: Make) -> None:
    manager = make(ended_seconds=0.01, session_seconds=0.05)
    done = manager.submit("a", "unlearn", asked())
    assert last(manager, "a", done).state == "done"
    for session in ("b", "c", "d"):
        failed = manager.submit(session, "unlearn", asked(FAILS))
        assert last(manager, session, failed).state == "failed"
    time.sleep(0.1)
    manager._expire()
    assert not manager._jobs and not manager._own and not manager._seen
    assert manager.shelf.is_done(done), "the shelf keeps it for the next who asks"


def test_a_session_that_gives_signs_of_life_keeps_its_runs(make: Make) -> None:
    manager = make(ended_seconds=0.01, session_seconds=0.5)
    key = manager.submit("a", "unlearn", asked())
    last(manager, "a", key)
    until = time.monotonic() + 1
    while time.monotonic() < until:
        assert [mine for mine, _ in manager.runs_of("a")] == [key]
        manager._expire()
        time.sleep(0.05)
    assert not manager._jobs[key].records, "a page reads them from the shelf"


def test_sessions_and_their_runs_are_bounded(make: Make) -> None:
    manager = make(sessions=3, runs_per_session=2)
    keys = [manager.submit("a", "unlearn", asked())]
    last(manager, "a", keys[0])
    for forget in (2, 3):
        keys.append(manager.submit("a", "unlearn", asked(forget_class=forget, redirect_to=7)))
        last(manager, "a", keys[-1])
    assert [key for key, _ in manager.runs_of("a")] == keys[1:]
    for number in range(9):
        last(manager, f"s{number}", manager.submit(f"s{number}", "unlearn", asked()))
    assert len(manager._own) == 3 and "s8" in manager._own and "a" not in manager._own


@pytest.mark.parametrize("name", ["", "a" * 65, "a b", "é", "../x", "a\n", "x" * 90_000])
def test_names_of_sessions_are_checked(make: Make, name: str) -> None:
    manager = make()
    with pytest.raises(RunError, match="no such session"):
        manager.submit(name, "unlearn", asked())
    assert not manager._own and not manager._jobs


def test_drawings_are_not_held_once_their_run_has_ended(make: Make) -> None:
    manager = make()
    first = manager.submit("b", "unlearn", asked(HANGS))
    drawing = [0] * 400 + [255] * 40 + [0] * 344
    key = manager.submit("a", "relearn", {"config": {}, "drawings": [drawing]})
    manager.stop("a")
    assert manager._jobs[key].order.config["drawings"] is None
    assert manager._jobs[first].order.config, "only what is private goes"


def test_a_published_model_stays_though_its_pictures_fail(make: Make) -> None:
    manager = make()
    key = manager.submit("a", "unlearn", asked(BARELY))
    event = last(manager, "a", key)
    assert event.state == "done"
    assert event.sentence == "the model is here, its pictures are not: the disk is full"
    assert manager.shelf.is_done(key) and [k for k, _ in manager.runs_of("a")] == [key]


def test_pictures_are_to_come_between_the_model_and_the_end(make: Make) -> None:
    manager = make()
    key = manager.submit("a", "unlearn", asked())
    assert last(manager, "a", key).state == "done" and not manager.is_drawing(key)
    manager._jobs[key].state = "ready"
    assert manager.is_drawing(key) and not manager.is_drawing("nothing")


def test_a_published_model_survives_an_app_that_was_killed(make: Make, tmp_path: Path) -> None:
    manager = make(root=tmp_path / "other")
    key = manager.submit("a", "unlearn", asked())
    last(manager, "a", key)
    manager.shelf._mark(key, {"state": "running", "pid": 0})
    manager.close()
    again = make(root=tmp_path / "other")
    assert again.shelf.is_done(key)


def test_a_worker_that_never_begins_costs_the_runs_own_limit(make: Make) -> None:
    manager = make(Limits(seconds=0.5))
    key = manager.submit("a", "unlearn", asked(NEVER))
    event = last(manager, "a", key)
    assert event.state == "failed" and "did not begin within 0.5 s" in event.sentence


def test_what_a_visitor_reads_of_a_disk_names_no_flag_and_no_path(
    make: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    manager = make()

    def closed(*_: object) -> None:
        error = OSError("cannot write /srv/runs/x: permission denied; choose another --out")
        error.errno = 13
        raise error

    monkeypatch.setattr(manager.shelf, "begin", closed)
    event = last(manager, "a", manager.submit("a", "unlearn", asked()))
    assert event.sentence == "the run could not be saved: permission denied"
