"""An order's life in the waiting line, and what its visitors are told of it."""

import time
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from forgetdemo.live.orders import Order

ENDED = ("done", "failed", "cancelled")


class RunError(ValueError):
    """An order that cannot be taken now; the message is for the visitor."""


@dataclass(frozen=True)
class Event:
    """What `watch` tells: the state now, and what is new since the last event."""

    key: str
    title: str
    state: str
    position: int  # in the line, 1 is next; 0: not waiting
    records: list[Mapping[str, Any]]
    seconds_left: float | None
    sentence: str


@dataclass(eq=False)
class Job:
    """One order's life. Shared by all sessions that asked for the same; guarded by the manager."""

    order: Order
    sessions: set[str]
    state: str = "queued"  # queued → running → ready → done | failed | cancelled
    sentence: str = ""
    records: list[Mapping[str, Any]] = field(default_factory=list)
    stepping: float = 0.0  # when the first record came
    cancelled: bool = False
    ended_at: float = 0.0

    @property
    def ended(self) -> bool:
        """Whether nothing more will happen."""
        return self.state in ENDED

    def __post_init__(self) -> None:
        if self.ended:  # it was found on the shelf
            self.end(self.state, self.sentence)

    def end(self, state: str, sentence: str) -> None:
        """Note how it ended; what a visitor drew for it is needed no more."""
        self.state, self.sentence, self.ended_at = state, sentence, time.monotonic()
        if self.order.private:
            self.order = replace(self.order, config={**self.order.config, "drawings": None})

    def event(self, position: int, seen: int) -> Event:
        """The state now, the records after the first `seen`, and a guess at the time left."""
        left = None
        if len(self.records) > 1 and self.state == "running":
            last = self.records[-1]
            done, spent = last["step"] / max(1, last["of"]), time.monotonic() - self.stepping
            left = spent * (1 - done) / done if done > 0 else None
        order = self.order
        return Event(
            order.key, order.title, self.state, position, self.records[seen:], left, self.sentence
        )

    def note(self, record: Mapping[str, Any]) -> None:
        """Keep one progress record; the clock of the steps starts with the first."""
        if not self.records:
            self.stepping = time.monotonic()
        self.records.append(record)
