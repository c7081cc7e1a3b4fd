"""How much strangers may make the page spend; `SECURITY.md` holds the same table with reasons."""

from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class PageLimits:
    """Bounds on everything that a client can make grow; times in seconds, sizes in bytes."""

    body_bytes: int = 96 * 1024  # the pad's 64 kB and its JSON envelope
    header_bytes: int = 64 * 1024  # names and values together
    connections: int = 1000  # in all; less where the system allows fewer open files
    connections_per_client: int = 300  # of one address: a classroom shares one
    header_seconds: float = 10.0  # for a request's first line and headers to arrive
    body_seconds: float = 20.0  # for its body
    unread_seconds: float = 30.0  # for a client that takes nothing of its answer
    stream_seconds: float = 1200.0  # for following one event: a full line of runs, and more
    streams_per_session: int = 3  # an open page has two: that it is there, and what its run does
    sessions: int = 2000  # remembered by the line of runs; the one unused longest goes first
    session_seconds: float = 3600.0  # without a sign of life, before a session is forgotten
    away_seconds: float = 30.0  # without an open page, before what it had on screen is dropped
    runs_per_session: int = 16  # in a visitor's lists; the oldest leaves them first
    ended_seconds: float = 60.0  # that the end of an event or a run can still be read
    unread_messages: int = 256  # of a session's events; who leaves more has stopped reading
    live_models: int = 8  # runs whose models are held in memory
    idle_model_seconds: float = 30.0  # that they are held without being asked
    log_lines: int = 20  # a minute; the rest is counted

    def __post_init__(self) -> None:
        for name, value in vars(self).items():
            if not value > 0:
                raise ValueError(f"{name} must be more than 0, got {value!r}")
