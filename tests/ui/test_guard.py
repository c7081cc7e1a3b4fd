"""The guard in front of a real server with production settings; no request gets around it."""

import asyncio
import http.client
import json
import shutil
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from forgetdemo.settings.constants import MODELS_DIR, ROOT
from forgetdemo.settings.limits import PageLimits
from forgetdemo.ui.guard import Guard
from tests.helpers.browser import free_port, running_app, wait_ready
from tests.helpers.tiny_page import CONTENT, DIGEST

MAX_BODY, MAX_HEADERS = PageLimits().body_bytes, PageLimits().header_bytes
CANARY = "canary-5d1c9a"
PREDICT, JOIN = "/gradio_api/run/predict", "/gradio_api/queue/join"
WANTED_HEADERS = {
    "x-content-type-options": "nosniff",
    "referrer-policy": "no-referrer",
    "permissions-policy": "camera=(), microphone=(), geolocation=()",
}
CLOSED = (
    "/gradio_api/file={canary}",
    "/gradio_api/file/{canary}",
    "/file={canary}",
    "/assets/../../../..{canary}",
    "/static/../../../..{canary}",
    "/svelte/../../../..{canary}",
    "/gradio_api/proxy=http://127.0.0.1:{port}/config",
    "/gradio_api/upload",
    "/gradio_api/upload_progress",
    "/gradio_api/component_server",
    "/gradio_api/process_recording",
    "/gradio_api/custom_component/1/client/component/index.js",
    "/gradio_api/stream/a/1/2/playlist.m3u8",
    "/gradio_api/run/echo",
    "/gradio_api/api/echo",
    "/gradio_api/openapi.json",
    "/gradio_api/deep_link",
    "/gradio_api/dev/reload",
    "/gradio_api/vibe-edit",
    "/gradio_api/profiling/traces",
    "/gradio_api/run-history/records",
    "/gradio_api/mcp/sse",
    "/monitoring",
    "/monitoring/summary",
    "/docs",
    "/redoc",
    "/openapi.json",
    "/login",
)
JSON = {"Content-Type": "application/json"}
Reply = tuple[int, dict[str, str], bytes]


@pytest.fixture(scope="module")
def canary(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("canary") / "canary.txt"
    path.write_text(CANARY)
    return path


@pytest.fixture(scope="module")
def address(canary: Path) -> Iterator[str]:
    program = ("-m", "tests.helpers.tiny_page")
    with running_app("--canary", str(canary), program=program) as running:
        yield running


def ask(
    address: str,
    path: str,
    method: str = "GET",
    body: Any = None,
    headers: dict[str, str] | None = None,
) -> Reply:
    """One request with the path spelled exactly as given."""
    connection = http.client.HTTPConnection(address.removeprefix("http://"), timeout=20)
    try:
        connection.request(method, path, body, headers or {})
        reply = connection.getresponse()
        return reply.status, {k.lower(): v for k, v in reply.getheaders()}, reply.read()
    finally:
        connection.close()


def post(address: str, path: str, value: object) -> Reply:
    return ask(
        address, path, "POST", json.dumps(value).encode(), {"Content-Type": "application/json"}
    )


def index_of(address: str, name: str) -> int:
    """The number of an event."""
    known = json.loads(ask(address, "/config")[2])["dependencies"]
    return next(int(entry["id"]) for entry in known if entry["api_name"] == name)


def spellings(path: str) -> list[str]:
    """The same path plainly, percent-encoded once and twice, with doubled slashes and dots."""
    last = path[-1]
    once = path.replace("=", "%3D").replace("..", "%2e%2e")[:-1] + f"%{ord(last):02x}"
    return [
        path,
        path + "/",
        path + "?x=1",
        once,
        once.replace("%", "%25"),
        path.replace("/", "//"),
        "/" + path,
        path.replace("/", "/./", 1),
        "/assets/.." + path,
        "/assets/%2e%2e" + path,
        "/gradio_api/queue/.." + path.removeprefix("/gradio_api"),
        path.replace("/", "\\"),
        path.replace("/", "%2f"),
        path.upper(),
    ]


@pytest.mark.parametrize("template", CLOSED)
def test_closed_routes_stay_closed_in_every_spelling(
    address: str, canary: Path, template: str
) -> None:
    path = template.format(canary=canary, port=address.rpartition(":")[2])
    for spelling in spellings(path):
        for method in ("GET", "HEAD", "POST"):
            status, headers, body = ask(address, spelling, method)
            assert status in (400, 404), (method, spelling, status)
            assert CANARY.encode() not in body
            if status == 404:  # 400: no HTTP at all, refused before any of our code
                assert WANTED_HEADERS.items() <= headers.items(), spelling


def test_what_the_page_needs_is_open(address: str) -> None:
    for path in ("/", "/config", "/theme.css", "/gradio_api/info", "/robots.txt"):
        assert ask(address, path)[0] == 200, path
    page = ask(address, "/")[2].decode()
    scripts = {part.split('"')[0] for part in page.split('"./assets/')[1:]}
    assert scripts, "the page loads scripts from assets"
    for name in scripts:
        assert ask(address, f"/assets/{name}")[0] == 200, name


def test_every_answer_carries_the_headers(address: str) -> None:
    """Also what layers outside the usual middleware say: preflights and the error page."""
    unknown = {"data": [], "fn_index": 99_999, "session_hash": "a"}
    foreign = {"Origin": "http://elsewhere.test", "Access-Control-Request-Method": "POST"}
    replies = {
        200: ask(address, "/"),
        404: ask(address, "/docs"),
        405: ask(address, PREDICT, "OPTIONS", headers=foreign),
        413: ask(address, PREDICT, "POST", b"x" * (MAX_BODY + 1), JSON),
        415: ask(address, PREDICT, "POST", b"{}", {"Content-Type": "text/plain"}),
        400: post(address, JOIN, unknown),
        500: post(address, PREDICT, {"data": ["x"], "fn_index": index_of(address, "boom")}),
    }
    for status, (found, headers, body) in replies.items():
        assert found == status
        assert WANTED_HEADERS.items() <= headers.items(), status
        policy = headers["content-security-policy"]
        assert "frame-ancestors 'self'" in policy and "object-src 'none'" in policy
        assert "x-frame-options" not in headers, "a Space shows the page in a frame"
        assert b"Traceback" not in body and b"site-packages" not in body


@pytest.mark.parametrize("path", ["/", PREDICT, JOIN, "/gradio_api/upload"])
def test_no_other_site_is_granted_a_preflight(address: str, path: str) -> None:
    foreign = {"Host": "space.test", "Origin": "http://elsewhere.test"}
    asking = foreign | {"Access-Control-Request-Method": "POST"}
    status, headers, _ = ask(address, path, "OPTIONS", headers=asking)
    assert status == 405 and "access-control-allow-origin" not in headers


@pytest.mark.parametrize("method", ["PUT", "DELETE", "PATCH", "OPTIONS", "TRACE"])
def test_other_methods_are_refused(address: str, method: str) -> None:
    assert ask(address, "/config", method)[0] == 405


@pytest.mark.parametrize("path", [PREDICT, JOIN, "/gradio_api/call/echo"])
def test_large_bodies_are_refused_with_and_without_a_length(address: str, path: str) -> None:
    whole = b"x" * (MAX_BODY + 1)
    assert ask(address, path, "POST", whole, JSON)[0] == 413
    pieces = iter([b"x" * 16_384] * 8)  # an iterator goes out chunked, without a length
    assert ask(address, path, "POST", pieces, JSON)[0] == 413
    assert ask(address, "/healthz")[0] == 200


def test_a_drawing_of_the_largest_allowed_size_passes(address: str) -> None:
    from gradio_client import Client

    text = "x" * 65_536
    assert Client(address, verbose=False).predict(text, api_name="/echo") == text


def test_headers_of_a_megabyte_are_refused(address: str) -> None:
    """Written to a socket: clients refuse to send as much."""
    host, port = address.removeprefix("http://").split(":")
    with socket.create_connection((host, int(port)), timeout=20) as line:
        line.sendall(b"GET / HTTP/1.1\r\nHost: x\r\nX-Big: " + b"a" * 1_000_000 + b"\r\n\r\n")
        assert line.recv(100).split()[1] in (b"400", b"431")


def half_a_request(length: int) -> bytes:
    """A request whose body has only begun."""
    kind = "Content-Type: application/json\r\n"
    head = f"POST {PREDICT} HTTP/1.1\r\nHost: x\r\n{kind}Content-Length: {length}\r\n\r\n"
    return head.encode() + b"{"


def test_a_slow_body_keeps_nobody_waiting(address: str) -> None:
    host, port = address.removeprefix("http://").split(":")
    with socket.create_connection((host, int(port)), timeout=20) as line:
        line.sendall(half_a_request(50))
        start = time.perf_counter()
        assert ask(address, "/healthz")[0] == 200
        assert time.perf_counter() - start < 1


def test_a_websocket_is_refused_without_an_error(address: str) -> None:
    headers = {
        "Connection": "Upgrade",
        "Upgrade": "websocket",
        "Sec-WebSocket-Key": "dGhlIHNhbXBsZSBub25jZQ==",
        "Sec-WebSocket-Version": "13",
    }
    assert ask(address, JOIN, headers=headers)[0] == 403


def test_a_client_calls_and_streams_through_the_guard(address: str) -> None:
    from gradio_client import Client

    client = Client(address, verbose=False)
    assert client.predict("six", api_name="/echo") == "six"
    job = client.submit(4, api_name="/count")
    job.result(timeout=30)
    assert [str(value) for value in job.outputs()] == ["0", "1", "2", "3"]


def test_failures_tell_nothing_about_the_machine(address: str, canary: Path) -> None:
    from gradio_client import Client
    from gradio_client.exceptions import AppError

    with pytest.raises(AppError) as failed:
        Client(address, verbose=False).predict("x", api_name="/boom")
    assert CANARY not in str(failed.value) and str(canary) not in str(failed.value)


def test_queued_work_cannot_skip_the_queue(address: str) -> None:
    config = json.loads(ask(address, "/config")[2])
    ids = {entry["api_name"]: entry["id"] for entry in config["dependencies"]}
    call = {"session_hash": "a", "fn_index": ids["count"], "data": [3]}
    assert post(address, PREDICT, call)[0] == 400
    done = post(address, PREDICT, call | {"fn_index": ids["echo"], "data": ["6"]})
    assert done[0] == 200 and json.loads(done[2])["data"] == ["6"]


def test_own_routes(address: str) -> None:
    for path in ("/healthz", "/readyz"):
        status, headers, body = ask(address, path)
        assert (status, json.loads(body)) == (200, {"status": "ok"})
        assert headers["content-type"] == "application/json"
    status, headers, body = ask(address, f"/download/{DIGEST}/a.onnx")
    assert (status, body) == (200, CONTENT)
    assert headers["content-type"] == "application/octet-stream"
    assert headers["content-disposition"] == 'attachment; filename="a.onnx"'
    assert ask(address, f"/download/{DIGEST}/a.onnx", "HEAD")[2] == b""
    for path in (f"{'0' * 64}/a.onnx", f"{DIGEST}/b.onnx", f"{DIGEST}/../a.onnx", DIGEST):
        assert ask(address, f"/download/{path}")[0] == 404
    assert ask(address, f"/download/{DIGEST}/damaged.onnx")[0] == 404


async def never(scope: Any, receive: Any, send: Any) -> None:
    raise AssertionError("health is answered by the guard itself")


async def health(guard: Guard, path: str = "/readyz") -> tuple[int, bytes]:
    """Status and body of one question to a guard."""
    sent: list[Any] = []

    async def send(message: Any) -> None:
        sent.append(message)

    scope = {"type": "http", "method": "GET", "path": path, "headers": []}
    await guard(scope, None, send)  # type: ignore[arg-type]
    assert (b"cache-control", b"no-store") in sent[0]["headers"]
    return sent[0]["status"], sent[1]["body"]


def test_a_dead_engine_is_503_and_not_500() -> None:
    def dead() -> bool:
        raise RuntimeError("the engine died")

    guard = Guard(never, lookup=lambda digest, name: None, ready=dead, events={})
    status, body = asyncio.run(health(guard))
    assert status == 503 and b"engine" not in body
    assert asyncio.run(health(guard, "/healthz"))[0] == 200


def test_an_engine_that_hangs_is_503_and_costs_one_thread(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("forgetdemo.ui.guard.READY_SECONDS", 0.05)
    asked, free = [], threading.Event()

    def hangs() -> bool:
        asked.append(threading.get_ident())
        return free.wait(20)

    async def many() -> list[tuple[int, bytes]]:
        guard = Guard(never, lookup=lambda digest, name: None, ready=hangs, events={})
        first = await asyncio.gather(*(health(guard) for _ in range(50)))
        first.append(await health(guard))
        assert (await health(guard, "/healthz"))[0] == 200
        free.set()  # it comes back: the check that was under way ends, the next one is new
        for _ in range(100):
            if (last := await health(guard))[0] == 200:
                break
        return [*first, last]

    answers = asyncio.run(many())
    assert {status for status, _ in answers[:-1]} == {503}
    assert answers[-1][0] == 200 and len(asked) <= 2


def test_a_model_damaged_while_it_serves_is_503_until_it_is_whole(tmp_path: Path) -> None:
    """The real app, as an orchestrator sees it."""
    models = Path(shutil.copytree(MODELS_DIR, tmp_path / "models"))
    flags = ("--models", str(models), "--runs", str(tmp_path / "live"))
    with running_app(*flags) as address:
        whole = (models / "after.onnx").read_bytes()
        for damaged in (whole[:-1] + bytes([whole[-1] ^ 1]), whole[:1000]):
            (models / "after.onnx").write_bytes(damaged)
            status, headers, body = ask(address, "/readyz")
            assert (status, json.loads(body)) == (503, {"status": "not ready"})
            assert WANTED_HEADERS.items() <= headers.items()
            assert ask(address, "/healthz")[0] == 200
        (models / "after.onnx").unlink()
        assert ask(address, "/readyz")[0] == 503
        (models / "after.onnx").write_bytes(whole)
        assert ask(address, "/readyz")[0] == 200


def test_sigterm_ends_it_though_requests_are_open(canary: Path) -> None:
    """An open page holds a stream; a body that never comes whole held the server beyond 5 s."""
    port = free_port()
    command = [
        sys.executable,
        "-m",
        "tests.helpers.tiny_page",
        "--port",
        str(port),
        "--canary",
        str(canary),
    ]
    process = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    try:
        wait_ready(f"http://127.0.0.1:{port}", process, 60)
        with (
            socket.create_connection(("127.0.0.1", port), timeout=20) as page,
            socket.create_connection(("127.0.0.1", port), timeout=20) as half,
        ):
            half.sendall(half_a_request(9))
            page.sendall(b"GET /gradio_api/heartbeat/abc HTTP/1.1\r\nHost: x\r\n\r\n")
            assert page.recv(100).startswith(b"HTTP/1.1 200")
            start = time.perf_counter()
            process.terminate()
            said = process.communicate(timeout=20)[0].decode()
            assert time.perf_counter() - start < 5
        assert process.returncode == 0 and "Traceback" not in said, said
    finally:
        if process.poll() is None:
            process.kill()
        process.communicate()
