"""Firefox and WebKit under their own wire protocols: the same three verbs for both.

Playwright drives patched builds of both, which no distribution packages; these are the browsers
that people have. Firefox speaks WebDriver BiDi itself, WebKitGTK brings WebKitWebDriver.
"""

import itertools
import json
import os
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, Protocol

import httpx
from websockets.sync.client import ClientConnection, connect

from tests.helpers.browser import free_port

PATIENT = 120.0  # seconds
FIREFOX, WEBKIT = "firefox-esr", "WebKitWebDriver"
PREFERENCES = {  # a new profile asks, fetches and reports; a test's does not
    "app.normandy.enabled": False,
    "app.update.enabled": False,
    "browser.aboutwelcome.enabled": False,
    "browser.safebrowsing.enabled": False,
    "browser.shell.checkDefaultBrowser": False,
    "datareporting.policy.dataSubmissionEnabled": False,
    "extensions.getAddons.cache.enabled": False,
    "network.captive-portal-service.enabled": False,
    "network.connectivity-service.enabled": False,
    "network.dns.disablePrefetch": True,
    "services.settings.server": "data:,",
    "toolkit.telemetry.enabled": False,
}


class Driver(Protocol):
    """An open browser with one page."""

    version: str

    def open(self, address: str) -> None:
        """Go to an address, and wait until it is loaded."""

    def evaluate(self, script: str) -> Any:
        """The value of an expression or promise in the page, as JSON holds it."""

    def perform(self, actions: Sequence[dict[str, Any]]) -> None:
        """Do what a mouse does, as WebDriver's actions say it."""


class Firefox:
    """Firefox over WebDriver BiDi."""

    def __init__(self, socket: ClientConnection) -> None:
        self._socket, self._numbers = socket, itertools.count(1)
        found = self._send("session.new", capabilities={})
        self.version = f"Firefox {found['capabilities']['browserVersion']}"
        self._page = self._send("browsingContext.create", type="tab")["context"]
        self._send(
            "browsingContext.setViewport",
            context=self._page,
            viewport={"width": 1280, "height": 900},
        )

    def _send(self, method: str, **params: Any) -> Any:
        """One command and its result; events in between are let go."""
        number = next(self._numbers)
        self._socket.send(json.dumps({"id": number, "method": method, "params": params}))
        while True:
            answer = json.loads(self._socket.recv(PATIENT))
            if answer.get("id") == number:
                assert answer["type"] == "success", answer
                return answer["result"]

    def open(self, address: str) -> None:
        self._send("browsingContext.navigate", context=self._page, url=address, wait="complete")

    def evaluate(self, script: str) -> Any:
        expression = f"Promise.resolve({script}).then((value) => JSON.stringify(value ?? null))"
        found = self._send(
            "script.evaluate",
            expression=expression,
            target={"context": self._page},
            awaitPromise=True,
        )
        assert found["type"] == "success", found["exceptionDetails"]["text"]
        return json.loads(found["result"]["value"])

    def perform(self, actions: Sequence[dict[str, Any]]) -> None:
        pointer = {"type": "pointer", "id": "mouse", "actions": list(actions)}
        self._send("input.performActions", context=self._page, actions=[pointer])


class WebKit:
    """WebKitGTK's MiniBrowser over WebDriver."""

    def __init__(self, address: str) -> None:
        self._http = httpx.Client(base_url=address, timeout=PATIENT, trust_env=False)
        options = {"webkitgtk:browserOptions": {"args": ["--automation"]}}
        found = self._call("POST", "", capabilities={"alwaysMatch": options})
        about = found["capabilities"]
        self.version = f"WebKitGTK {about['browserVersion']}"
        self._session = f"/{found['sessionId']}"
        self._call("POST", "/timeouts", script=int(PATIENT * 1000))
        self._call("POST", "/window/rect", width=1280, height=1000)

    _session = ""

    def _call(self, verb: str, place: str, **body: Any) -> Any:
        """One command and its value."""
        content = json.dumps(body) if verb == "POST" else None
        answer = self._http.request(verb, f"/session{self._session}{place}", content=content)
        value = answer.json()["value"]
        assert answer.status_code == 200, value
        return value

    def open(self, address: str) -> None:
        self._call("POST", "/url", url=address)

    def evaluate(self, script: str) -> Any:
        body = (
            "const done = arguments[arguments.length - 1];"
            f"Promise.resolve({script}).then((v) => done(JSON.stringify([v ?? null])),"
            " (error) => done(JSON.stringify({error: String(error)})));"
        )
        found = json.loads(self._call("POST", "/execute/async", script=body, args=[]))
        assert isinstance(found, list), found["error"]
        return found[0]

    def perform(self, actions: Sequence[dict[str, Any]]) -> None:
        pointer = {"type": "pointer", "id": "mouse", "actions": list(actions)}
        self._call("POST", "/actions", actions=[pointer])

    def close(self) -> None:
        """End the session, and its browser."""
        self._call("DELETE", "")
        self._http.close()


@contextmanager
def process(command: Sequence[str], **variables: str) -> Iterator["subprocess.Popen[bytes]"]:
    """A program in a group of its own, which is gone afterwards."""
    running = subprocess.Popen(
        command,
        env=os.environ | variables,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )
    try:
        yield running
    finally:
        with suppress(ProcessLookupError):
            os.killpg(running.pid, signal.SIGKILL)
        running.wait()


def insisting(attempt: Any) -> Any:
    """What a call gives once what it calls has started."""
    deadline = time.monotonic() + PATIENT
    while True:
        try:
            return attempt()
        except (OSError, httpx.TransportError):
            assert time.monotonic() < deadline, "the browser did not start"
            time.sleep(0.1)


@contextmanager
def firefox(**preferences: Any) -> Iterator[Firefox]:
    """A headless Firefox with a profile of its own."""
    assert shutil.which(FIREFOX), f"{FIREFOX} not found: install the package of that name"
    port = free_port()
    with tempfile.TemporaryDirectory() as profile:
        lines = [
            f"user_pref({json.dumps(name)}, {json.dumps(value)});"
            for name, value in (PREFERENCES | preferences).items()
        ]
        Path(profile, "user.js").write_text("\n".join(lines))
        command = [FIREFOX, "--headless", "--no-remote", "--profile", profile]
        with process(
            [*command, "--remote-debugging-port", str(port), "about:blank"],
            HOME=profile,
        ):
            place = f"ws://127.0.0.1:{port}/session"
            with insisting(lambda: connect(place, max_size=2**26, proxy=None)) as socket:
                yield Firefox(socket)


@contextmanager
def webkit() -> Iterator[WebKit]:
    """A WebKitGTK on a screen of its own, which nobody sees."""
    for name in (WEBKIT, "Xvfb"):
        assert shutil.which(name), f"{name} not found: install webkit2gtk-driver and xvfb"
    port, screen = free_port(), f":{free_port()}"
    with (
        tempfile.TemporaryDirectory() as home,
        process(["Xvfb", screen, "-screen", "0", "1400x1100x24", "-nolisten", "tcp"]),
        process(
            [WEBKIT, f"--port={port}", "--host=127.0.0.1"],
            DISPLAY=screen,
            HOME=home,
            XDG_DATA_HOME=home,
            WEBKIT_DISABLE_SANDBOX_THIS_IS_DANGEROUS="1",
            NO_AT_BRIDGE="1",
        ),
    ):
        insisting(lambda: httpx.get(f"http://127.0.0.1:{port}/status", trust_env=False))
        opened = insisting(lambda: WebKit(f"http://127.0.0.1:{port}"))
        try:
            yield opened
        finally:
            with suppress(AssertionError, httpx.HTTPError):
                opened.close()
