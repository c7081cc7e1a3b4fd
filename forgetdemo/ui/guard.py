"""Pure ASGI around the app: an allow-list of routes, size limits, headers, and our own routes."""

import asyncio
import json
import re
from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any
from urllib.parse import unquote

Scope = MutableMapping[str, Any]
Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
App = Callable[[Scope, Receive, Send], Awaitable[None]]
Lookup = Callable[[str, str], bytes | None]  # (sha256, file name) → verified bytes

MAX_BODY = 96 * 1024  # bytes: the pad's 64 kB and its JSON envelope
MAX_HEADERS = 64 * 1024  # bytes, names and values together
READY_SECONDS = 5.0  # an engine that has not answered by then is not ready
EXACT = {
    "/",
    "/config",
    "/theme.css",
    "/favicon.ico",
    "/manifest.json",
    "/pwa_icon",
    "/robots.txt",
    *(
        f"/gradio_api/{name}"
        for name in (
            "info run/predict cancel reset startup-events app_id theme.css queue/join queue/data"
        ).split()
    ),
}
PREFIXES = ("/assets/", "/static/", "/svelte/", "/gradio_api/call/", "/gradio_api/heartbeat/")
DOWNLOAD = re.compile(r"/download/([0-9a-f]{64})/([A-Za-z0-9._-]{1,80})")
TYPES = {"json": b"application/json", "zip": b"application/zip", "png": b"image/png"}
HEADERS = [
    (b"x-content-type-options", b"nosniff"),
    (b"referrer-policy", b"no-referrer"),
    (b"permissions-policy", b"camera=(), microphone=(), geolocation=()"),
    (
        b"content-security-policy",
        b"frame-ancestors 'self' https://huggingface.co https://*.hf.space; object-src 'none'; "
        b"base-uri 'self'",
    ),
]


class TooLarge(Exception):
    """The body grew beyond the limit while it was read."""


def allowed(path: str) -> bool:
    """Whether a decoded path is one that the page needs, spelled plainly."""
    plain = unquote(path)
    if plain != path or "//" in path or "\\" in path or "\0" in path:
        return False
    if any(part in (".", "..") for part in path.split("/")):
        return False
    return path in EXACT or path.startswith(PREFIXES)


class Guard:
    """Wraps an ASGI app; nothing behind it sees a route that is not on the list.

    It must be the outermost layer: what answers outside it (Gradio's CORS, the error page) has
    neither its limits nor its headers. See `server.guarded`.
    """

    def __init__(self, app: App, *, lookup: Lookup, ready: Callable[[], bool]) -> None:
        self.app, self.lookup, self.ready = app, lookup, ready
        self._check: asyncio.Future[bool] | None = None  # of readiness, while one is under way

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer our own routes, refuse what is not allowed, pass on the rest."""
        if scope["type"] == "lifespan":
            await self.app(scope, receive, send)
            return
        if scope["type"] != "http":
            await send({"type": "websocket.close", "code": 1000})  # none is needed: 403
            return
        path = scope["path"]
        if sum(len(name) + len(value) for name, value in scope["headers"]) > MAX_HEADERS:
            await reply(send, 431, b"headers too large")
        elif scope["method"] not in ("GET", "HEAD", "POST"):
            await reply(send, 405, b"method not allowed")
        elif path in ("/healthz", "/readyz"):
            await self.health(path, send)
        elif match := DOWNLOAD.fullmatch(path):
            await self.download(match[1], match[2], send)
        elif not allowed(path) or not allowed(
            scope.get("raw_path", path.encode()).decode("latin-1")
        ):
            await reply(send, 404, b"not found")
        else:
            await self.pass_on(scope, receive, send)

    async def health(self, path: str, send: Send) -> None:
        """/healthz: the event loop turns. /readyz: the models are there and answer right."""
        try:
            good = path == "/healthz" or await self.is_ready()
        except Exception:  # a dead engine fails in its own ways; all of them mean "not ready"
            good = False
        body = json.dumps({"status": "ok" if good else "not ready"}).encode()
        fresh = [(b"cache-control", b"no-store")]
        await reply(send, 200 if good else 503, body, b"application/json", fresh)

    async def is_ready(self) -> bool:
        """Ask `ready` in a thread; all who ask meanwhile share that one answer.

        So neither many questions nor an engine that hangs can use up the threads.

        Raises:
            TimeoutError: no answer within `READY_SECONDS`.
        """
        if self._check is None or self._check.done():
            self._check = asyncio.ensure_future(asyncio.to_thread(self.ready))
        return await asyncio.wait_for(asyncio.shield(self._check), READY_SECONDS)

    async def download(self, digest: str, name: str, send: Send) -> None:
        """A verified file by its hash, or 404, also when it was damaged since the start."""
        try:  # in a thread: packing everything takes half a second
            data = await asyncio.to_thread(self.lookup, digest, name)
        except (ValueError, OSError):
            data = None
        if data is None:
            await reply(send, 404, b"not found")
            return
        kind = TYPES.get(name.rpartition(".")[2], b"application/octet-stream")
        attach = (b"content-disposition", f'attachment; filename="{name}"'.encode())
        await reply(send, 200, data, kind, [attach])

    async def pass_on(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Call the app with a body that may not grow, adding headers to what it answers."""
        headers = dict(scope["headers"])
        declared = headers.get(b"content-length", b"0")
        if not declared.isdigit() or int(declared) > MAX_BODY:
            await reply(send, 413, b"too large")
            return
        seen, over, started = 0, False, False

        async def limited() -> Message:
            nonlocal seen, over
            message = await receive()
            seen += len(message.get("body", b""))
            if seen > MAX_BODY:
                over = True
                raise TooLarge
            return message

        async def with_headers(message: Message) -> None:
            nonlocal started
            if over and not started:
                return  # the app turned TooLarge into an answer of its own
            if message["type"] == "http.response.start":
                started = True
                message["headers"] = [*message.get("headers", []), *HEADERS]
            await send(message)

        try:
            await self.app(scope, limited, with_headers)
        except TooLarge:
            pass
        if over and not started:
            await reply(send, 413, b"too large")


async def reply(
    send: Send,
    status: int,
    body: bytes,
    kind: bytes = b"text/plain; charset=utf-8",
    more: list[tuple[bytes, bytes]] | None = None,
) -> None:
    """Send one whole response."""
    length = (b"content-length", str(len(body)).encode())
    headers = [(b"content-type", kind), length, *HEADERS, *(more or [])]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": body})
