"""What Gradio fills is emptied: sessions, messages, names of ended events; the log is bounded."""

import asyncio
import logging
import time
from collections import OrderedDict
from datetime import datetime, timedelta
from types import SimpleNamespace
from typing import Any

from forgetdemo.settings.limits import PageLimits
from forgetdemo.ui.connections import Door
from forgetdemo.ui.tally import Bounded, Tally
from forgetdemo.ui.upkeep import Upkeep


class Box:
    """Stands for a session's messages."""

    def __init__(self, count: int) -> None:
        self.count = count

    def qsize(self) -> int:
        return self.count


def page(boxes: dict[str, Box], waiting: dict[str, set[str]], ages: dict[str, float]) -> Any:
    """Stands for a launched page: its queue and its sessions' states, as old as given."""
    cleaned: list[str] = []

    async def clean_events(session_hash: str) -> None:
        cleaned.append(session_hash)

    now = datetime.now()
    return SimpleNamespace(
        cleaned=cleaned,
        _queue=SimpleNamespace(
            pending_messages_per_session=boxes,
            pending_event_ids_session=waiting,
            event_ids_to_events={"e1": SimpleNamespace(session_hash="active")},
            clean_events=clean_events,
        ),
        state_holder=SimpleNamespace(
            session_data=OrderedDict((n, SimpleNamespace(is_closed=False)) for n in ages),
            time_last_used={n: now - timedelta(seconds=age) for n, age in ages.items()},
        ),
    )


def upkeep(built: Any, **limits: Any) -> Upkeep:
    bounds, tally = PageLimits(**limits), Tally()
    return Upkeep(built, Door(bounds, tally), bounds, tally)


def test_what_nobody_reads_is_dropped_after_a_while() -> None:
    boxes = {"active": Box(3), "ended": Box(3), "flooded": Box(999)}
    waiting = {"active": {"e1"}, "ended": {"e0", "e2"}, "unread": set[str]()}
    built = page(boxes, waiting, {})
    care = upkeep(built, ended_seconds=60, unread_messages=256)
    assert care.take("e1") and care.take("e0") and not care.take("other")
    assert not care.take("e1"), "it has a reader"
    now = time.monotonic()
    asyncio.run(care.tidy(now))
    assert built.cleaned == ["flooded"] and set(boxes) == {"active", "ended"}
    asyncio.run(care.tidy(now + 61))
    assert set(boxes) == {"active"} and set(waiting) == {"active"}
    assert not care.take("e2")
    waiting["again"] = {"e0"}
    assert care.take("e0") and not care.take("e1"), "only what is pending is remembered"


def test_pages_that_are_open_keep_their_state() -> None:
    built = page({}, {}, {"active": 500, "here": 500, "gone": 500, "new": 1, "forgotten": 9000})
    care = upkeep(built, away_seconds=30, session_seconds=3600)
    care.is_here = {"here", "forgotten"}.__contains__
    asyncio.run(care.tidy(time.monotonic()))
    assert list(built.state_holder.session_data) == ["active", "here", "new"]
    assert set(built.state_holder.time_last_used) == {"active", "here", "new"}


def test_a_log_takes_so_many_lines_a_minute_and_counts_the_rest() -> None:
    tally = Tally()
    bounded = Bounded(3, tally)
    record = logging.makeLogRecord({"msg": "x"})
    assert [bounded.filter(record) for _ in range(5)] == [True] * 3 + [False] * 2
    bounded._since -= 61
    assert bounded.filter(record), "another minute"
    assert tally.line({"connections": lambda: 7}) == "connections=7 log_lines_dropped=2"
    assert tally.line({}) == "", "counts are told once"


def test_gauges_tell_of_this_process() -> None:
    care = upkeep(page({"a": Box(1)}, {}, {"s": 1}))
    line = Tally().line(care.gauges())
    assert (
        "mailboxes=1" in line
        and "page_sessions=1" in line
        and "memory_mb=" in line
        and "connections=0" in line
    )
