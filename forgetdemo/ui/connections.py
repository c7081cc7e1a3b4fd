"""Who may be connected, and how long a client may keep the server waiting.

uvicorn bounds only how long a connection idles between two requests. Here a connection that does
not say what it wants, does not finish saying it, or takes nothing of the answer is closed; and a
newcomer displaces whoever has been silent longest, so silent ones never fill the house.
"""

import socket
import time
from collections import defaultdict
from typing import Any, ClassVar

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from forgetdemo.settings.limits import PageLimits
from forgetdemo.ui.tally import Tally

SWEEP_SECONDS = 1.0  # between two looks at all connections
SHRINK = 32 * 1024  # bytes: a client takes as much of a long answer while it is watched, or goes
SEND_BUFFER = 256 * 1024  # bytes
# What a connection is about; the first two are the client's turn.
SAYS, SENDS, HEARS, RESTS = "header", "body", "answer", "idle"


class Door:
    """All connections of one server, by client. For the server's own thread alone."""

    def __init__(self, limits: PageLimits, tally: Tally, *, per_client: bool = True) -> None:
        """Set the bounds.

        per_client: False behind a proxy, whose address everybody has.
        """
        self.limits, self.tally = limits, tally
        self._most = limits.connections_per_client if per_client else limits.connections
        self._by_client: dict[str, set[Connection]] = defaultdict(set)
        self._silent: dict[Connection, None] = {}  # without a request, the longest silent first
        self._all: set[Connection] = set()

    def __len__(self) -> int:
        return len(self._all)

    def admit(self, connection: "Connection") -> None:
        """A new connection; somebody silent makes room for it, or it is closed at once."""
        mine = self._by_client[connection.from_whom]
        crowded = len(mine) >= self._most
        if crowded or len(self._all) >= self.limits.connections:
            loser = next((c for c in self._silent if not crowded or c in mine), connection)
            self.tally.count("connections_refused")
            loser.transport.abort()
            self._forget(loser)
            if loser is connection:
                return
        self._by_client[connection.from_whom].add(connection)
        self._all.add(connection)
        self._silent[connection] = None

    def leave(self, connection: "Connection") -> None:
        """A connection has ended."""
        self._forget(connection)

    def turn(self, connection: "Connection", silent: bool) -> None:
        """A connection has begun or ended a request."""
        self._silent.pop(connection, None)
        if silent and connection in self._all:
            self._silent[connection] = None

    def sweep(self, now: float) -> None:
        """Close whoever keeps us waiting."""
        for connection in list(self._all):
            if reason := connection.overdue(now):
                self.tally.count(f"connections_cut_{reason}")
                connection.transport.abort()
                self._forget(connection)

    def _forget(self, connection: "Connection") -> None:
        """It counts no more."""
        self._all.discard(connection)
        self._silent.pop(connection, None)
        mine = self._by_client.get(connection.from_whom)
        if mine is not None:
            mine.discard(connection)
            if not mine:
                del self._by_client[connection.from_whom]


class Connection(HttpToolsProtocol):
    """One client's connection, under the eyes of a `Door`."""

    door: ClassVar[Door]

    def connection_made(self, transport: Any) -> None:
        """Ask to be let in."""
        super().connection_made(transport)
        # What the system holds for a client is seen neither as waiting nor as taken: keep it small.
        line = transport.get_extra_info("socket")
        line.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, SEND_BUFFER)
        self.from_whom = self.client[0] if self.client else ""
        self._about, self._since = SAYS, time.monotonic()
        self._header_bytes = 0
        self._unsent, self._watched = 0, self._since
        self.door.admit(self)

    def connection_lost(self, exc: Exception | None) -> None:
        """Leave."""
        super().connection_lost(exc)
        self.door.leave(self)

    def data_received(self, data: bytes) -> None:
        """Something came; after a rest it is the beginning of a request."""
        if self._about == RESTS:
            self._enter(SAYS)
        super().data_received(data)

    def on_message_begin(self) -> None:
        """A request begins."""
        self._header_bytes = 0
        super().on_message_begin()

    def on_url(self, url: bytes) -> None:
        """A piece of the address."""
        self._weigh(len(url))
        super().on_url(url)

    def on_header(self, name: bytes, value: bytes) -> None:
        """One header."""
        self._weigh(len(name) + len(value))
        super().on_header(name, value)

    def on_headers_complete(self) -> None:
        """What is wanted is known."""
        self._enter(SENDS)
        super().on_headers_complete()

    def on_message_complete(self) -> None:
        """The request is here, whole."""
        self._enter(HEARS)
        super().on_message_complete()

    def on_response_complete(self) -> None:
        """The answer is written; a body that is still on its way keeps its clock."""
        if self._about == HEARS:
            self._enter(RESTS)
        super().on_response_complete()

    def resume_writing(self) -> None:
        """The client took what had piled up: watch it afresh."""
        self._unsent = 0
        super().resume_writing()

    def overdue(self, now: float) -> str:
        """What this client is late with; "" if it is not."""
        limits = self.door.limits
        waited = now - self._since
        if self._about == SAYS and waited > limits.header_seconds:
            return SAYS
        if self._about == SENDS and waited > limits.body_seconds:
            return SENDS
        unsent = self.transport.get_write_buffer_size()
        if unsent == 0 or unsent <= self._unsent - SHRINK or self._unsent == 0:
            self._unsent, self._watched = unsent, now
        elif now - self._watched > limits.unread_seconds:
            return "unread"
        return ""

    def _enter(self, about: str) -> None:
        """The next part of the conversation begins."""
        self._about, self._since = about, time.monotonic()
        self.door.turn(self, silent=about in (SAYS, RESTS))

    def _weigh(self, size: int) -> None:
        """Add to the headers; the parser turns the error into a 400 and closes."""
        self._header_bytes += size
        if self._header_bytes > self.door.limits.header_bytes:
            raise ValueError("headers too large")


def connection_class(door: Door) -> type[Connection]:
    """The class that a server makes its connections of."""
    return type("Connection", (Connection,), {"door": door})
