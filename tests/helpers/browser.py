"""Driving a real Chromium: the app as a subprocess, pages that record what they request."""

import os
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser, Page, sync_playwright

from forgetdemo.settings.constants import ROOT
from tests.helpers.install_browser import find

FLAGS = (
    "--no-sandbox --disable-gpu --disable-quic --no-first-run --disable-background-networking "
    "--disable-component-update --disable-sync"
).split()
SIX = [  # a six as people draw it, in fractions of the pad
    (0.62, 0.16), (0.52, 0.22), (0.43, 0.33), (0.37, 0.46), (0.34, 0.60), (0.37, 0.74),
    (0.47, 0.82), (0.58, 0.80), (0.65, 0.71), (0.63, 0.60), (0.54, 0.54), (0.44, 0.57),
    (0.37, 0.66),
]  # fmt: skip
TWO = [
    (0.32, 0.32), (0.37, 0.22), (0.48, 0.17), (0.60, 0.21), (0.65, 0.32), (0.60, 0.45),
    (0.50, 0.57), (0.40, 0.68), (0.32, 0.79), (0.45, 0.79), (0.57, 0.79), (0.69, 0.79),
]  # fmt: skip


def free_port() -> int:
    """A port that nobody listens on now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextmanager
def running_app(
    *flags: str,
    program: tuple[str, ...] = ("app.py",),
    cwd: Path = ROOT,
    seconds: float = 60,
    variables: Mapping[str, str] | None = None,
) -> Iterator[str]:
    """`python app.py` on a free port, from ready to stopped; yields its address.

    variables: more of the environment.
    """
    port = free_port()
    command = [sys.executable, *program, "--port", str(port), *flags]
    process = subprocess.Popen(
        command,
        cwd=cwd,
        env=os.environ | dict(variables or {}),
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
    )
    address = f"http://127.0.0.1:{port}"
    try:
        wait_ready(address, process, seconds)
        yield address
    finally:
        process.terminate()
        try:
            process.wait(60)
        finally:
            process.kill()
            process.wait()
            if process.stdout:
                process.stdout.close()


def wait_ready(address: str, process: "subprocess.Popen[bytes]", seconds: float) -> None:
    """Poll /readyz; fail with the app's own words if it ends or takes too long."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if process.poll() is not None:
            said = process.stdout.read().decode() if process.stdout else ""
            raise AssertionError(f"the app ended with {process.returncode}: {said}")
        try:
            with urllib.request.urlopen(f"{address}/readyz", timeout=5) as answer:
                if answer.status == 200:
                    return
        except urllib.error.HTTPError as error:
            error.close()
            time.sleep(0.05)
        except OSError:
            time.sleep(0.05)
    raise AssertionError(f"the app was not ready within {seconds} s")


@contextmanager
def chromium() -> Iterator[Browser]:
    """A headless browser; a missing one is a failure, never a skip."""
    path = find()
    assert path, "no Chromium found: run `make browser`, or set CHROMIUM=/path/to/it"
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=FLAGS)
        yield browser
        browser.close()


@dataclass
class Visit:
    """A page under watch. `assert_clean` says whether it kept to itself and had no errors."""

    page: Page
    address: str
    requests: list[str] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)

    def assert_clean(self) -> None:
        """No request to the outside, no answer ≥ 400, no error on the page or in the console."""
        allowed = (self.address, "data:", "blob:")
        outside = [url for url in self.requests if not url.startswith(allowed)]
        assert not outside, outside
        assert not self.problems, self.problems


@contextmanager
def visit(
    browser: Browser,
    address: str,
    *,
    path: str = "/",
    width: int = 1280,
    height: int = 900,
    script: str = "",
    **context: Any,
) -> Iterator[Visit]:
    """Open the app in a context of its own, `script` first, and wait until the pad is ready."""
    own = browser.new_context(viewport={"width": width, "height": height}, **context)
    own.add_init_script(script)
    page = own.new_page()
    seen = Visit(page, address)
    page.on("request", lambda request: seen.requests.append(request.url))
    page.on(
        "response",
        lambda r: seen.problems.append(f"{r.status} {r.url}") if r.status >= 400 else None,
    )
    page.on("pageerror", lambda error: seen.problems.append(f"page error: {error}"))
    page.on(
        "console",
        lambda m: seen.problems.append(f"console: {m.text}") if m.type == "error" else None,
    )
    page.goto(address + path)
    page.wait_for_selector(".fd-canvas:visible", state="visible", timeout=30_000)
    page.wait_for_timeout(500)
    try:
        yield seen
    finally:
        own.close()


def draw(page: Page, points: list[tuple[float, float]], pad: str = "#pad .fd-canvas") -> None:
    """Draw one stroke with the mouse; points in fractions of the pad."""
    canvas = page.locator(pad)
    canvas.scroll_into_view_if_needed()
    box = canvas.bounding_box()
    assert box
    at = [(box["x"] + x * box["width"], box["y"] + y * box["height"]) for x, y in points]
    page.mouse.move(*at[0])
    page.mouse.down()
    for x, y in at[1:]:
        page.mouse.move(x, y, steps=4)
    page.mouse.up()


def touch(page: Page, points: list[tuple[float, float]], pad: str = "#pad .fd-canvas") -> None:
    """Draw one stroke with a finger; points in fractions of the pad, which must be in sight."""
    box = page.locator(pad).bounding_box()
    assert box
    at = [{"x": box["x"] + x * box["width"], "y": box["y"] + y * box["height"]} for x, y in points]
    session = page.context.new_cdp_session(page)
    kinds = ["touchStart", *["touchMove"] * (len(at) - 1)]
    for kind, point in zip(kinds, at, strict=True):
        session.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": [point]})
        page.wait_for_timeout(16)
    session.send("Input.dispatchTouchEvent", {"type": "touchEnd", "touchPoints": []})


def answer(page: Page, model: str) -> str:
    """The large digit in a column ('–' for none)."""
    return page.locator(f'[data-model="{model}"] .fd-answer').inner_text().strip()


def wait_answer(page: Page, model: str, digit: str, seconds: float = 5) -> None:
    """Wait until a column shows this digit."""
    page.wait_for_function(
        """([model, digit]) => {
            const n = document.querySelector(`[data-model="${model}"] .fd-answer`);
            return n && n.textContent.trim() === digit;
        }""",
        arg=[model, digit],
        timeout=seconds * 1000,
    )
