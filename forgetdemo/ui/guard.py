"""Pure ASGI around the app: a list of routes, of bodies, of sizes; headers, and our own routes."""

import asyncio
import errno
import json
import re
from collections import Counter
from collections.abc import Awaitable, Callable, MutableMapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any
from urllib.parse import unquote

from forgetdemo.settings.limits import PageLimits
from forgetdemo.ui.bodies import PREDICT, BadBody, Events, canonical, takes_body
from forgetdemo.ui.downloads import CHUNK, Download, NotYet
from forgetdemo.ui.static import PREFIX as STATIC
from forgetdemo.ui.static import StaticPage
from forgetdemo.ui.tally import Tally

Scope = MutableMapping[str, Any]
Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
App = Callable[[Scope, Receive, Send], Awaitable[None]]
Lookup = Callable[[str, str], Download | None]  # (sha256, file name) → what it is
Take = Callable[[str], bool]  # whether an event's results are this reader's

READY_SECONDS = 5.0  # an engine that has not answered by then is not ready
PATIENCE = 10.0  # seconds that a download waits for what is being made
MAX_QUERY = 4096  # bytes
REFUSED = "This is no request of this page."
GONE = "This file is not here: it was never made, or it is gone."
NO_ROOM = "There is no room to pack this; take the files one by one, or try later."
FAILED = "That did not work; the server's log has the reason."  # see `seal`
EXACT = {
    "/",
    "/config",
    "/theme.css",
    "/favicon.ico",
    "/manifest.json",
    "/pwa_icon",
    "/robots.txt",
    *(f"/gradio_api/{name}" for name in "info startup-events app_id theme.css queue/data".split()),
}
PREFIXES = ("/assets/", "/static/", "/svelte/")
# What stays open while something is followed, and whose: a page, a session, an event.
HEARTBEAT = re.compile(r"/gradio_api/heartbeat/([A-Za-z0-9_-]{1,64})")
RESULTS = re.compile(r"/gradio_api/call/[A-Za-z0-9_]{1,64}/([0-9a-f]{32})")
FOLLOWED = re.compile(rb"session_hash=([A-Za-z0-9_-]{1,64})")
DOWNLOAD = re.compile(r"/download/([0-9a-f]{64})/([A-Za-z0-9._-]{1,80})")
TYPES = {"json": b"application/json", "zip": b"application/zip", "png": b"image/png"}
HEADERS = [
    (b"x-content-type-options", b"nosniff"),
    (b"referrer-policy", b"no-referrer"),
    (b"permissions-policy", b"camera=(), microphone=(), geolocation=()"),
]
ORIGIN = re.compile(r"https?://(\*\.)?[A-Za-z0-9.-]{1,253}(:[0-9]{1,5})?")


def policy(frames: Sequence[str]) -> tuple[bytes, bytes]:
    """The header that says who may show the page in a frame, besides itself.

    Args:
        frames: origins such as "https://example.org" or "https://*.example.org".
    Raises:
        ValueError: one is no origin.
    """
    for origin in frames:
        if not ORIGIN.fullmatch(origin):
            raise ValueError(
                f"--frame-ancestors takes origins like https://example.org, got {origin!r}"
            )
    who = " ".join(("'self'", *frames))
    words = f"frame-ancestors {who}; object-src 'none'; base-uri 'self'"
    return b"content-security-policy", words.encode()


def allowed(path: str) -> bool:
    """Whether a decoded path is one that the page needs, spelled plainly."""
    plain = unquote(path)
    if plain != path or "//" in path or "\\" in path or "\0" in path:
        return False
    if any(part in (".", "..") for part in path.split("/")):
        return False
    streams = HEARTBEAT.fullmatch(path) or RESULTS.fullmatch(path)
    return path in EXACT or path.startswith(PREFIXES) or takes_body(path) or streams is not None


class Guard:
    """Wraps an ASGI app; nothing behind it sees a route or a body that is not on the list.

    It must be the outermost layer: what answers outside it (Gradio's CORS, the error page) has
    neither its limits nor its headers. See `server.guarded`.
    """

    def __init__(
        self,
        app: App,
        *,
        lookup: Lookup,
        ready: Callable[[], bool],
        events: Events,
        take: Take = lambda event: True,
        static: StaticPage | None = None,
        frames: Sequence[str] = (),
        limits: PageLimits | None = None,
        tally: Tally | None = None,
        forwarded: bool = False,
    ) -> None:
        """Wrap.

        Args:
            app: what answers.
            lookup: what is behind a download link.
            ready: see /readyz.
            events: what the page can be asked to do.
            take: whether an event's results are this reader's; they are read once.
            static: the page without a server, where there is one to offer.
            frames: origins that may show the page in a frame.
            limits: on sizes and streams.
            tally: where requests and refusals are counted.
            forwarded: a proxy stands in front and adds the client's address at the end of
                X-Forwarded-For. Without one the header is anybody's to write, and counts nothing.
        Raises:
            ValueError: see `policy`.
        """
        self.headers = [*HEADERS, policy(frames)]
        self.app, self.lookup, self.ready, self.events = app, lookup, ready, events
        self.take, self.forwarded, self.static = take, forwarded, static
        self.limits, self.tally = limits or PageLimits(), tally or Tally()
        self.streams: Counter[str] = Counter()  # open ones, by session
        self.clients: Counter[str] = Counter()  # open requests, by forwarded address
        self._check: asyncio.Future[bool] | None = None  # of readiness, while one is under way
        # Threads of their own: a crowd at the downloads does not make the app look dead.
        self._asking = ThreadPoolExecutor(1, "readiness")
        self._fetching = ThreadPoolExecutor(2, "downloads")

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer our own routes, refuse what is not allowed, pass on the rest."""
        if scope["type"] == "lifespan":
            await self.app(scope, receive, send)
            return
        if scope["type"] != "http":
            await send({"type": "websocket.close", "code": 1000})  # none is needed: 403
            return
        self.tally.count("requests")
        send = self.headed(send)
        headers = dict(scope["headers"])
        client = headers.get(b"x-forwarded-for", b"").rpartition(b",")[2].strip()[:64]
        client_name = client.decode("latin-1") if self.forwarded else ""
        if client_name and self.clients[client_name] >= self.limits.connections_per_client:
            await self.refuse(send, 429)
            return
        self.clients[client_name] += 1
        try:
            await self.answer(scope, headers, receive, send)
        finally:
            less(self.clients, client_name)

    async def answer(
        self, scope: Scope, headers: dict[bytes, bytes], receive: Receive, send: Send
    ) -> None:
        """Find out what is wanted, and who answers it."""
        path, method = scope["path"], scope["method"]
        raw = scope.get("raw_path", path.encode()).decode("latin-1")
        if sum(len(name) + len(value) for name, value in scope["headers"]) > (
            self.limits.header_bytes
        ):
            await self.refuse(send, 431)
        elif method not in ("GET", "HEAD", "POST"):
            await self.refuse(send, 405)
        elif path in ("/healthz", "/readyz"):
            await self.health(path, send)
        elif match := DOWNLOAD.fullmatch(path):
            await self.download(match[1], match[2], method, send)
        elif self.static is not None and path == raw and path.startswith(STATIC):
            await self.page_file(self.static, path, method, send)
        elif not allowed(path) or not allowed(raw):
            await self.refuse(send, 404)
        elif len(scope.get("query_string", b"")) > MAX_QUERY:
            await self.refuse(send, 414)
        elif takes_body(path) != (method == "POST"):
            await self.refuse(send, 405)
        elif method == "POST":
            await self.post(scope, headers, receive, send)
        else:
            await self.get(scope, receive, send)

    def headed(self, send: Send) -> Send:
        """What every answer says besides, whoever gives it."""

        async def headed(message: Message) -> None:
            if message["type"] == "http.response.start":
                message["headers"] = [*message.get("headers", []), *self.headers]
            await send(message)

        return headed

    async def refuse(self, send: Send, status: int, sentence: str = REFUSED) -> None:
        """One fixed sentence. What was sent is counted, not logged and not repeated."""
        self.tally.count(f"refused_{status}")
        body = json.dumps({"error": sentence, "detail": sentence}).encode()
        await reply(send, status, body, b"application/json")

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
            loop = asyncio.get_running_loop()
            self._check = asyncio.ensure_future(loop.run_in_executor(self._asking, self.ready))
        return await asyncio.wait_for(asyncio.shield(self._check), READY_SECONDS)

    async def download(self, digest: str, name: str, method: str, send: Send) -> None:
        """A verified file by its hash; 404, also when it was damaged since; 507: a full disk."""
        loop = asyncio.get_running_loop()
        until = loop.time() + PATIENCE
        found: Download | None = None
        missing = 404, GONE
        while True:
            try:
                found = await loop.run_in_executor(self._fetching, self.lookup, digest, name)
            except NotYet:  # waits here, where waiting holds no thread
                if loop.time() < until:
                    await asyncio.sleep(0.2)
                    continue
            except (ValueError, OSError) as error:
                if getattr(error, "errno", None) in (errno.ENOSPC, errno.EDQUOT):
                    missing = 507, NO_ROOM
            break
        if found is None:
            await self.refuse(send, *missing)
            return
        kind = TYPES.get(name.rpartition(".")[2], b"application/octet-stream")
        attach = (b"content-disposition", f'attachment; filename="{name}"'.encode())
        await self.send_whole(found, [(b"content-type", kind), attach], method, send)

    async def page_file(self, static: StaticPage, path: str, method: str, send: Send) -> None:
        """A file of the page without a server, or 404."""
        if method == "POST":
            await self.refuse(send, 405)
            return
        try:
            found = static.find(path)
        except OSError:
            found = None
        if found is None:
            await self.refuse(send, 404)
        else:
            await self.send_whole(*found, method, send)

    async def send_whole(
        self, found: Download, about: list[tuple[bytes, bytes]], method: str, send: Send
    ) -> None:
        """A file, piece by piece, and for HEAD its headers alone; it is closed afterwards."""
        loop = asyncio.get_running_loop()
        length = (b"content-length", str(found.size).encode())
        start = [*about, length]
        with found:
            await send({"type": "http.response.start", "status": 200, "headers": start})
            left = found.size if method == "GET" else 0
            while left > 0:
                piece = await loop.run_in_executor(self._fetching, found.read, min(left, CHUNK))
                if not piece:
                    raise OSError("a download ended early")  # the connection is cut: seen there
                left -= len(piece)
                await send({"type": "http.response.body", "body": piece, "more_body": True})
            await send({"type": "http.response.body", "body": b""})

    async def post(
        self, scope: Scope, headers: dict[bytes, bytes], receive: Receive, send: Send
    ) -> None:
        """Read the body whole, check it, and pass on what was understood."""
        if not headers.get(b"content-type", b"").lower().startswith(b"application/json"):
            await self.refuse(send, 415)
            return
        declared = headers.get(b"content-length", b"0")
        if not declared.isdigit() or len(declared) > 9 or int(declared) > self.limits.body_bytes:
            await self.refuse(send, 413)
            return
        body, more = b"", True
        while more:
            message = await receive()
            if message["type"] == "http.disconnect":
                return
            body += message.get("body", b"")
            more = message.get("more_body", False)
            if len(body) > self.limits.body_bytes:
                await self.refuse(send, 413)
                return
        try:
            body = canonical(scope["path"], body, self.events)
        except BadBody:
            await self.refuse(send, 400)
            return
        plain = [(b"content-type", b"application/json"), (b"content-length", b"%d" % len(body))]
        kept = {name for name, _ in plain} | {b"transfer-encoding"}
        scope["headers"] = [pair for pair in scope["headers"] if pair[0] not in kept] + plain
        given = False

        async def checked() -> Message:
            nonlocal given
            if given:
                return await receive()
            given = True
            return {"type": "http.request", "body": body, "more_body": False}

        await self.pass_on(scope, checked, send)

    async def get(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass on; what stays open is bounded in number and, but for an open page, in time."""
        path, query = scope["path"], scope.get("query_string", b"")
        heartbeat, results = HEARTBEAT.fullmatch(path), RESULTS.fullmatch(path)
        followed = FOLLOWED.fullmatch(query) if path.endswith("/queue/data") else None
        if path.endswith("/queue/data") and followed is None:
            await self.refuse(send, 400)
            return
        if results and not self.take(results[1]):  # read before: nothing would ever come
            await self.refuse(send, 404)
            return
        match = heartbeat or results
        whose = match[1] if match else followed[1].decode() if followed else ""
        if not whose:
            await self.pass_on(scope, receive, send)
            return
        if self.streams[whose] >= self.limits.streams_per_session:
            await self.refuse(send, 429)
            return
        self.streams[whose] += 1
        try:
            async with asyncio.timeout(None if heartbeat else self.limits.stream_seconds):
                await self.pass_on(scope, receive, send)
        except TimeoutError:
            self.tally.count("streams_ended")
            await send({"type": "http.response.body", "body": b""})
        finally:
            less(self.streams, whose)

    async def pass_on(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Call the app; a refusal of its own becomes a 4xx."""
        held: Message | None = None

        async def corrected(message: Message) -> None:
            nonlocal held
            if message["type"] == "http.response.start":
                if message["status"] == 500 and scope["path"] == PREDICT:
                    held = message  # Gradio says 500 to every handler's own sentence
                    return
            elif held is not None:
                held["status"] = 400 if is_sentence(message.get("body", b"")) else 500
                self.tally.count(f"answered_{held['status']}")
                await send(held)
                held = None
            await send(message)

        await self.app(scope, receive, corrected)


def less(counter: Counter[str], name: str) -> None:
    """One less of these; at zero the name goes."""
    counter[name] -= 1
    if counter[name] <= 0:
        del counter[name]


def is_sentence(body: bytes) -> bool:
    """Whether an error of Gradio's is a handler's words to the visitor, and no failure of ours."""
    try:
        words = json.loads(body)["error"]
    except (ValueError, KeyError, TypeError):
        return False
    return isinstance(words, str) and words != FAILED


async def reply(
    send: Send,
    status: int,
    body: bytes,
    kind: bytes = b"text/plain; charset=utf-8",
    more: list[tuple[bytes, bytes]] | None = None,
) -> None:
    """Send one whole response."""
    length = (b"content-length", str(len(body)).encode())
    headers = [(b"content-type", kind), length, *(more or [])]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": body})
