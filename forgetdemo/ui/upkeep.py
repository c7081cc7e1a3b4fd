"""Empties what Gradio fills and forgets: unread messages, ended events, closed pages' state."""

import asyncio
import time
from collections.abc import Callable
from datetime import datetime
from typing import Any

from forgetdemo.settings.limits import PageLimits
from forgetdemo.system import give_memory_back, open_files, resident_memory
from forgetdemo.ui.connections import SWEEP_SECONDS, Door
from forgetdemo.ui.tally import MINUTE, Gauge, Tally, say

TIDY_SECONDS = 5.0  # between two looks at sessions and events


class Upkeep:
    """Looks after one running page. Everything here runs in the server's own thread."""

    def __init__(self, page: Any, door: Door, limits: PageLimits, tally: Tally) -> None:
        self.is_here: Callable[[str], bool] = lambda session: False  # whether its page is open
        self.rest: Callable[[], bool] = lambda: False  # drop what is idle; was there any?
        self._page, self._door, self._limits, self._tally = page, door, limits, tally
        self._idle: dict[str, float] = {}  # session → since when nothing of it is under way
        self._taken: set[str] = set()  # pending events that have a reader
        self._given = time.monotonic()  # when holes were given back

    def take(self, event: str) -> bool:
        """Whether an event's results are this reader's: they are still to be read, by one alone.

        Gradio calls an event pending until a moment after its last result was sent: a second
        reader would come between.
        """
        queue = self._page._queue
        pending = event in queue.event_ids_to_events or any(
            event in events for events in queue.pending_event_ids_session.values()
        )
        if not pending or event in self._taken:
            return False
        self._taken.add(event)
        return True

    async def run(self, gauges: dict[str, Gauge]) -> None:
        """Go on until cancelled; a line of counts each minute."""
        tidied = told = before = time.monotonic()
        while True:
            await asyncio.sleep(SWEEP_SECONDS)
            now = time.monotonic()
            if now - before < 1.5 * SWEEP_SECONDS:  # else we were late: what they sent may wait
                self._door.sweep(now)
            before = now
            if now - tidied > TIDY_SECONDS:
                tidied = now
                await self.tidy(now)
                await asyncio.to_thread(self._lighten)
            if now - told > MINUTE:
                told = now
                say(f"metrics {self._tally.line(self.gauges() | gauges)}")

    def gauges(self) -> dict[str, Gauge]:
        """How much there is of what."""
        return {
            "memory_mb": lambda: resident_memory() // 2**20,
            "descriptors": open_files,
            "connections": lambda: len(self._door),
            "page_sessions": lambda: len(self._page.state_holder.session_data),
            "mailboxes": lambda: len(self._page._queue.pending_messages_per_session),
        }

    async def tidy(self, now: float) -> None:
        """One look at every session: drop what nobody will read."""
        queue, states = self._page._queue, self._page.state_holder
        boxes, waiting = queue.pending_messages_per_session, queue.pending_event_ids_session
        active = {event.session_hash for event in queue.event_ids_to_events.values()}
        for session in list(boxes):  # who leaves so many unread has stopped reading
            if boxes[session].qsize() > self._limits.unread_messages:
                self._tally.count("mailboxes_dropped")
                await queue.clean_events(session_hash=session)
                self._drop(session)
        for session in {*boxes, *waiting}:
            if session in active:
                self._idle.pop(session, None)
            elif now - self._idle.setdefault(session, now) > self._limits.ended_seconds:
                self._drop(session)
        self._taken &= {*queue.event_ids_to_events}.union(*waiting.values())
        self._idle = {s: at for s, at in self._idle.items() if s in boxes or s in waiting}
        moment = datetime.now()
        for session in list(states.session_data):
            here = self.is_here(session) and not states.session_data[session].is_closed
            unused = (moment - states.time_last_used.get(session, moment)).total_seconds()
            if session not in active and unused > (
                self._limits.session_seconds if here else self._limits.away_seconds
            ):
                states.session_data.pop(session, None)
                states.time_last_used.pop(session, None)

    def _lighten(self) -> None:
        """Drop idle models and give back the holes that they leave; takes milliseconds."""
        if self.rest() or time.monotonic() - self._given > MINUTE:
            self._given = time.monotonic()
            give_memory_back()

    def _drop(self, session: str) -> None:
        """Forget a session's messages and the names of its ended events."""
        queue = self._page._queue
        queue.pending_messages_per_session.pop(session, None)
        queue.pending_event_ids_session.pop(session, None)
        self._idle.pop(session, None)
