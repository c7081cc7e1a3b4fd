"""Silent, slow and deaf clients are closed in time, and keep nobody else waiting."""

import json
import socket
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

import pytest

from forgetdemo.settings.limits import PageLimits
from forgetdemo.ui.connections import HEARS, RESTS, SAYS, Door
from forgetdemo.ui.tally import Tally
from tests.helpers.browser import running_app
from tests.helpers.tiny_page import DIGEST, LARGE
from tests.ui.test_guard import ask, half_a_request

QUICK = {"header_seconds": 2.0, "body_seconds": 2.0, "unread_seconds": 2.0}
SOON = 8.0  # seconds: the limit, a sweep, and a busy machine


class Client:
    """Stands for a connection."""

    def __init__(self, door: Door, who: str) -> None:
        self.from_whom, self.late, self.open = who, "", True
        self.transport = self
        self.door = door
        door.admit(self)  # type: ignore[arg-type]

    def abort(self) -> None:
        self.open = False

    def overdue(self, now: float) -> str:
        return self.late

    def asks(self) -> "Client":
        self.door.turn(self, silent=False)  # type: ignore[arg-type]
        return self


def door(**limits: Any) -> tuple[Door, Tally]:
    tally = Tally()
    return Door(PageLimits(**limits), tally), tally


def test_a_newcomer_displaces_whoever_was_silent_longest() -> None:
    entrance, tally = door(connections=3)
    busy, first, second = Client(entrance, "a").asks(), Client(entrance, "b"), Client(entrance, "c")
    third = Client(entrance, "d")
    assert (busy.open, first.open, second.open, third.open) == (True, False, True, True)
    assert len(entrance) == 3 and tally.line({}) == "connections_refused=1"


def test_nobody_at_work_is_displaced() -> None:
    entrance, _ = door(connections=2)
    busy = [Client(entrance, "a").asks(), Client(entrance, "b").asks()]
    late = Client(entrance, "c")
    assert all(client.open for client in busy) and not late.open and len(entrance) == 2
    entrance.leave(busy[0])  # type: ignore[arg-type]
    assert Client(entrance, "c").open


def test_one_client_has_a_share_only() -> None:
    entrance, _ = door(connections=10, connections_per_client=2)
    mine = [Client(entrance, "a").asks(), Client(entrance, "a").asks()]
    other = Client(entrance, "b")
    assert not Client(entrance, "a").open, "the silent one is somebody else's"
    assert other.open and all(client.open for client in mine)
    everybody = Door(PageLimits(connections_per_client=1), Tally(), per_client=False)
    assert Client(everybody, "proxy").open and Client(everybody, "proxy").open


def test_who_is_late_is_cut() -> None:
    entrance, tally = door()
    late, honest = Client(entrance, "a"), Client(entrance, "a")
    late.late = SAYS
    entrance.sweep(time.monotonic())
    assert not late.open and honest.open and len(entrance) == 1
    assert tally.line({}) == "connections_cut_header=1"
    assert {SAYS, HEARS, RESTS} and not entrance._by_client["nobody"]


@contextmanager
def tiny(tmp_path: Path, *flags: str, **limits: Any) -> Iterator[str]:
    """The small page under these limits."""
    (tmp_path / "canary").write_text("canary")
    program = ("-m", "tests.helpers.tiny_page")
    stated = json.dumps(QUICK | limits)
    with running_app(
        "--canary", str(tmp_path / "canary"), "--limits", stated, *flags, program=program
    ) as address:
        yield address


def connect(address: str) -> socket.socket:
    host, port = address.removeprefix("http://").split(":")
    return socket.create_connection((host, int(port)), timeout=20)


def closed_after(line: socket.socket) -> float:
    """Seconds until the server closes a connection."""
    start = time.monotonic()
    try:
        while line.recv(65_536):
            pass
    except ConnectionResetError:
        pass
    return time.monotonic() - start


def test_slow_clients_are_closed(tmp_path: Path) -> None:
    with tiny(tmp_path) as address, ExitStack() as open_ones:
        silent, drip, body, rests = [open_ones.enter_context(connect(address)) for _ in range(4)]
        drip.sendall(b"GET /healthz HTT")
        body.sendall(half_a_request(50))
        rests.sendall(b"GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n")
        for line in (silent, drip, body):
            assert closed_after(line) < SOON
        assert closed_after(rests) < SOON + 5, "idle between two requests"
        with connect(address) as second:  # slow in a later request of a connection
            second.sendall(b"GET /healthz HTTP/1.1\r\nHost: x\r\n\r\nGET /hea")
            assert closed_after(second) < SOON


def test_who_does_not_read_is_closed_and_who_reads_slowly_is_not(tmp_path: Path) -> None:
    wanted = f"GET /download/{DIGEST}/large.onnx HTTP/1.1\r\nHost: x\r\n\r\n".encode()
    with (
        tiny(tmp_path, unread_seconds=2) as address,
        connect(address) as deaf,
        connect(address) as slow,
    ):
        deaf.sendall(wanted)
        slow.sendall(wanted)
        got, until = 0, time.monotonic() + 5
        while time.monotonic() < until:  # 1.3 MB a second
            got += len(slow.recv(131_072))
            time.sleep(0.1)
        assert got < LARGE
        while got < LARGE:
            piece = slow.recv(1_000_000)
            assert piece, "cut, though it read all the time"
            got += len(piece)
        left = 0
        try:
            while piece := deaf.recv(1_000_000):
                left += len(piece)
        except ConnectionResetError:
            pass
        assert left < LARGE, "it was cut while it did not read"


def test_silent_sockets_keep_nobody_waiting(tmp_path: Path) -> None:
    with tiny(tmp_path, connections=50, header_seconds=60) as address, ExitStack() as open_ones:
        for _ in range(120):
            open_ones.enter_context(connect(address))
        waits = []
        for _ in range(20):
            start = time.monotonic()
            assert ask(address, "/healthz")[0] == 200
            waits.append(time.monotonic() - start)
        assert sorted(waits)[18] < 0.5


def test_open_streams_are_bounded_by_session(tmp_path: Path) -> None:
    beat = b"GET /gradio_api/heartbeat/abc HTTP/1.1\r\nHost: x\r\n\r\n"
    with tiny(tmp_path, streams_per_session=2) as address, ExitStack() as open_ones:
        lines = [open_ones.enter_context(connect(address)) for _ in range(3)]
        said = []
        for line in lines:
            line.sendall(beat)
            said.append(line.recv(100).split()[1])
        assert said == [b"200", b"200", b"429"]
        lines[0].close()
        until = time.monotonic() + SOON
        status = 0
        while status != 200 and time.monotonic() < until:
            with connect(address) as again:
                again.sendall(beat)
                status = int(again.recv(100).split()[1])
        assert status == 200


def test_a_forwarded_address_counts_only_when_told_so(tmp_path: Path) -> None:
    def statuses(address: str) -> list[int]:
        found = []
        with ExitStack() as open_ones:
            for number in range(3):
                line = open_ones.enter_context(connect(address))
                line.sendall(
                    f"GET /gradio_api/heartbeat/a{number} HTTP/1.1\r\nHost: x\r\n"
                    f"X-Forwarded-For: 9.9.9.9, 10.0.0.{number // 2}\r\n\r\n".encode()
                )
                try:
                    found.append(int(line.recv(100).split()[1]))
                except (ConnectionResetError, IndexError):
                    found.append(0)
        return found

    with tiny(tmp_path, "--behind-proxy", connections_per_client=1) as address:
        assert statuses(address) == [200, 429, 200]
    with tiny(tmp_path, connections_per_client=2) as address:
        time.sleep(1)  # whoever asked whether it is ready has left
        assert statuses(address) == [200, 200, 0]


def test_an_event_is_read_once(tmp_path: Path) -> None:
    """A second reader waited for ever."""
    body = json.dumps({"data": ["six"]}).encode()
    kind = {"Content-Type": "application/json"}
    with tiny(tmp_path) as address:
        call = "/gradio_api/call/echo"
        event = json.loads(ask(address, call, "POST", body, kind)[2])["event_id"]
        assert b"six" in ask(address, f"{call}/{event}")[2]
        assert ask(address, f"{call}/{event}")[0] == 404
        assert ask(address, f"{call}/{'0' * 32}")[0] == 404


def test_a_stream_ends_at_its_limit(tmp_path: Path) -> None:
    with tiny(tmp_path, stream_seconds=1) as address:
        start = time.monotonic()
        body = json.dumps({"data": [200]}).encode()
        event = json.loads(
            ask(
                address,
                "/gradio_api/call/count",
                "POST",
                body,
                {"Content-Type": "application/json"},
            )[2]
        )["event_id"]
        status, _, said = ask(address, f"/gradio_api/call/count/{event}")
        assert status == 200 and b"generating" in said and time.monotonic() - start < SOON


@pytest.mark.parametrize("value", [0, -1.0])
def test_limits_are_more_than_nothing(value: float) -> None:
    with pytest.raises(ValueError, match="header_seconds must be more than 0"):
        PageLimits(header_seconds=value)
