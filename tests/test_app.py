"""Starting the app: mistakes end in one line; the guard lets through only what the page needs."""

import asyncio
import errno
import json
import shutil
import socket
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest

from benchmarks.torture.app import OWN_MOUNTS
from forgetdemo.settings.constants import MODELS_DIR, ROOT
from forgetdemo.settings.limits import PageLimits
from forgetdemo.ui.bodies import PREDICT, Event, is_text
from forgetdemo.ui.downloads import Download
from forgetdemo.ui.guard import GONE, NO_ROOM, Guard, allowed, policy
from forgetdemo.ui.static import StaticPage
from tests.helpers.browser import free_port, running_app, wait_ready

MAX_BODY = PageLimits().body_bytes
EVENTS = {0: Event(0, "echo", (is_text,), False, True, frozenset(), False)}
GOOD = b'{"fn_index": 0, "data": ["x"]}'


def run_app(*flags: str) -> "subprocess.CompletedProcess[str]":
    command = [sys.executable, "app.py", *flags]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=60)


def test_help_is_instant() -> None:
    start = time.perf_counter()
    done = run_app("--help")
    assert done.returncode == 0 and "--models" in done.stdout
    assert time.perf_counter() - start < 1


def test_missing_and_damaged_models_end_in_one_line(tmp_path: Path) -> None:
    folder = Path(shutil.copytree(MODELS_DIR, tmp_path / "models"))
    (folder / "before.onnx").write_bytes(b"broken")
    for models, words in ((tmp_path / "none", "does not exist"), (folder, "damaged")):
        done = run_app("--models", str(models))
        assert done.returncode == 1 and words in done.stderr
        assert done.stderr.startswith("error: ") and done.stderr.count("\n") == 1


def test_a_data_folder_without_the_data_ends_in_one_line(tmp_path: Path) -> None:
    for place, words in ((tmp_path / "none", "is not a folder"), (tmp_path, "does not hold")):
        done = run_app("--data", str(place))
        assert done.returncode == 1 and words in done.stderr
        assert done.stderr.startswith("error: ") and done.stderr.count("\n") == 1


def test_a_port_in_use_is_said_in_one_line() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        done = run_app("--port", str(taken.getsockname()[1]))
    assert done.returncode == 1 and "choose another --port" in done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize("port", ["0", "70000"])
def test_what_is_no_port_is_said_in_one_line(port: str) -> None:
    done = run_app("--port", port)
    assert done.returncode == 1 and done.stderr == f"error: --port must be 1..65535, got {port}\n"


@pytest.mark.parametrize("proxy", ["http://127.0.0.1:9", "socks5://127.0.0.1:9", "nonsense"])
def test_a_proxy_of_the_environment_is_not_for_the_app_itself(proxy: str) -> None:
    names = ("http_proxy", "HTTP_PROXY", "https_proxy", "all_proxy", "ALL_PROXY")
    with running_app(variables=dict.fromkeys(names, proxy)) as address:
        assert address


@pytest.mark.skipif(sys.platform != "linux", reason="mounts a folder that cannot be written")
def test_it_starts_and_answers_where_nothing_can_be_written(tmp_path: Path) -> None:
    port, place = free_port(), tmp_path / "place"
    place.mkdir()
    there = f'mount -t tmpfs -o ro,size=64k none {place} && cd {place} && exec "$@"'
    bare = ("env", "--unset=HOME", "TMPDIR=/nowhere", sys.executable, str(ROOT / "app.py"))
    command = [*OWN_MOUNTS, "sh", "-c", there, "sh", *bare, "--port", str(port)]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    try:
        wait_ready(f"http://127.0.0.1:{port}", process, 60)
    finally:
        process.kill()
        said = process.communicate()[0].decode()
    assert "Traceback" not in said, said


@pytest.mark.parametrize("path", ["demo/", "/<b>"])
def test_a_sub_path_that_is_none_is_one_sentence(path: str) -> None:
    done = run_app("--root-path", path)
    assert done.returncode == 1
    assert done.stderr == f"error: --root-path must be like /demo, got {path!r}\n"


def test_start_is_quick_and_sigterm_ends_it() -> None:
    start = time.perf_counter()
    with running_app():
        assert time.perf_counter() - start < 12
        stop = time.perf_counter()
    assert time.perf_counter() - stop < 5


@pytest.mark.parametrize(
    "path", ["/", "/config", "/assets/index.js", "/gradio_api/run/predict", "/gradio_api/info"]
)
def test_the_page_s_own_routes_are_open(path: str) -> None:
    assert allowed(path)


@pytest.mark.parametrize(
    "path",
    [
        "/gradio_api/file=/etc/passwd",
        "/gradio_api/upload",
        "/assets/../app.py",
        "/assets/%2e%2e/app.py",
        "/assets//x",
        "/gradio_api/proxy=http://x",
        "/docs",
        "/config/",
        "/\\x",
        "/gradio_api/component_server",
    ],
)
def test_everything_else_is_closed(path: str) -> None:
    assert not allowed(path)


async def echo(scope: Any, receive: Any, send: Any) -> None:
    """An app that reads the whole body and answers 200."""
    while (await receive()).get("more_body"):
        pass
    await send({"type": "http.response.start", "status": 200, "headers": []})
    await send({"type": "http.response.body", "body": b"ok"})


def call(
    path: str = "/",
    method: str = "GET",
    chunks: tuple[bytes, ...] = (b"",),
    ready: bool = True,
    headers: tuple[tuple[bytes, bytes], ...] = (),
    app: Any = None,
    static: StaticPage | None = None,
) -> tuple[int, dict[bytes, bytes], bytes]:
    """One request through the guard: status, headers, body."""

    def lookup(digest: str, name: str) -> Download | None:
        if name == "full.json":
            raise OSError(errno.ENOSPC, "no space")
        return Download.of_bytes(b"data") if name == "a.json" else None

    guard = Guard(app or echo, lookup=lookup, ready=lambda: ready, events=EVENTS, static=static)
    sent: list[Any] = []
    parts = iter(chunks)

    async def receive() -> Any:
        body = next(parts, None)
        return {"type": "http.request", "body": body or b"", "more_body": body is not None}

    async def send(message: Any) -> None:
        sent.append(message)

    scope = {"type": "http", "path": path, "raw_path": path.encode(), "method": method,
             "headers": list(headers)}  # fmt: skip
    asyncio.run(guard(scope, receive, send))
    body = b"".join(m.get("body", b"") for m in sent)
    return sent[0]["status"], dict(sent[0]["headers"]), body


def post(*chunks: bytes, **headers: str) -> int:
    """The status of a body in pieces, sent as JSON."""
    named = {"content-type": "application/json"} | headers
    found = tuple((n.replace("_", "-").encode(), v.encode()) for n, v in named.items())
    return call(PREDICT, "POST", chunks, headers=found)[0]


def test_bodies_are_limited_with_and_without_a_stated_length() -> None:
    assert post(GOOD[:9], GOOD[9:]) == 200
    assert post(GOOD + b" " * 50_000) == 200 and post(*[b" " * 1000] * 99) == 413
    assert post(GOOD, content_length=str(MAX_BODY + 1)) == 413
    assert post(GOOD, content_length="-5") == 413
    assert post(GOOD[:-1]) == 400 and post(GOOD, **{"content-type": "text/plain"}) == 415


def test_the_app_sees_one_whole_body_written_anew() -> None:
    seen: list[Any] = []

    async def reads(scope: Any, receive: Any, send: Any) -> None:
        seen.append((await receive(), dict(scope["headers"])))
        await echo(scope, receive, send)

    kind = ((b"content-type", b"application/json"), (b"transfer-encoding", b"chunked"))
    assert call(PREDICT, "POST", (GOOD[:5], GOOD[5:]), headers=kind, app=reads)[0] == 200
    message, headers = seen[0]
    assert not message["more_body"] and b'"data":["x"]' in message["body"]
    assert headers[b"content-length"] == str(len(message["body"])).encode()
    assert b"transfer-encoding" not in headers


def test_who_may_show_the_page_in_a_frame_is_said() -> None:
    name, words = policy(("https://example.org", "https://*.example.org:8443"))
    assert name == b"content-security-policy"
    assert words.startswith(
        b"frame-ancestors 'self' https://example.org https://*.example.org:8443;"
    )
    assert policy(())[1].startswith(b"frame-ancestors 'self';")
    assert call()[1][name] == policy(())[1]
    for wrong in ("example.org", "*", "https://a b", "https://a; script-src *", "none"):
        with pytest.raises(ValueError, match="takes origins like"):
            policy((wrong,))
    done = run_app("--frame-ancestors", "example.org")
    assert done.returncode == 1 and done.stderr.startswith("error: --frame-ancestors takes")


def test_methods_headers_health_and_downloads() -> None:
    assert call(method="PUT")[0] == 405 and call(method="DELETE")[0] == 405
    status, headers, _ = call()
    assert status == 200 and headers[b"x-content-type-options"] == b"nosniff"
    assert call("/healthz", ready=False)[0] == 200
    assert call("/readyz")[0] == 200 and call("/readyz", ready=False)[0] == 503
    status, headers, body = call(f"/download/{'a' * 64}/a.json")
    assert (status, body) == (200, b"data") and b"attachment" in headers[b"content-disposition"]
    status, _, body = call(f"/download/{'a' * 64}/b.json")
    assert status == 404 and json.loads(body)["error"] == GONE
    status, _, body = call(f"/download/{'a' * 64}/full.json")
    assert status == 507 and json.loads(body)["error"] == NO_ROOM
    assert call("/download/short/a.json")[0] == 404
