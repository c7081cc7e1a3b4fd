"""The page without a server keeps a whole copy, whatever its host does in the meantime."""

import shutil
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from export.web.build import build
from tests.helpers.browser import chromium, visit, wait_answer
from tests.helpers.website import app_of, copied, settings_of

pytestmark = pytest.mark.browser
PATIENT = 60  # seconds: the runtime is compiled on a machine that may be busy
KEPT = "this is the one that was kept on your last visit"


class Moody(SimpleHTTPRequestHandler):
    """Sends a folder, unless told otherwise."""

    mood = "well"

    def do_GET(self) -> None:
        if Moody.mood == "failing":
            self.send_error(503)
        elif Moody.mood == "silent":
            threading.Event().wait(12)
        else:
            super().do_GET()

    def log_message(self, *words: object) -> None:
        """Nothing is printed."""


@contextmanager
def moody(site: Path) -> Iterator[str]:
    """The address of a host with moods."""
    Moody.mood = "well"
    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(Moody, directory=str(site)))
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        server.server_close()


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium() as opened:
        yield opened


@pytest.fixture(scope="module")
def older(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Another version than `built()`: without pairs."""
    site = tmp_path_factory.mktemp("older") / "dist"
    build(site, pairs_dir=site.parent)
    return site


def opened(page: Page, address: str) -> str:
    """Open the page, wait for its answers; what it says of being kept."""
    page.goto(address)
    wait_answer(page, "before", "6", PATIENT)
    wait_answer(page, "after", "3", PATIENT)
    expect(page.locator("#offline")).not_to_be_empty(timeout=1000 * PATIENT)
    return page.locator("#offline").inner_text()


def put(site: Path, files: Path) -> None:
    """Deploy a version in place of another."""
    shutil.rmtree(site)
    shutil.copytree(files, site)


def test_a_host_that_fails_or_hangs_is_stood_in_for(older: Path, browser: Browser) -> None:
    with moody(older) as address, visit(browser, address) as seen:
        assert "works offline" in opened(seen.page, address)
        for mood in ("failing", "silent"):
            Moody.mood = mood
            assert ("kept" in opened(seen.page, address)) is True, mood
        Moody.mood = "well"
        assert "works offline" in opened(seen.page, address)


def test_half_a_version_is_not_taken_up_and_a_version_can_be_taken_back(
    older: Path, tmp_path: Path, browser: Browser
) -> None:
    site, new = tmp_path / "site", copied(tmp_path / "new")
    shutil.copytree(older, site)
    pairs = "All pairs"
    runtime, model = (settings_of(new)["files"][n]["path"] for n in ("runtime.wasm", "before.onnx"))
    with moody(site) as address, visit(browser, address) as seen:
        page = seen.page
        assert "works offline" in opened(page, address)
        shutil.copy(new / "index.html", site)  # it comes first, its scripts do not come
        shutil.copy(new / "sw.js", site)
        assert KEPT in opened(page, address)
        shutil.copytree(app_of(new), site / app_of(new).name)
        script = site / app_of(new).name / "page" / "page.js"
        script.write_bytes(script.read_bytes() + b"\n")  # not what index.html says
        assert KEPT in opened(page, address)
        assert not page.get_by_role("tab", name=pairs).is_visible()
        put(site, new)
        assert "works offline" in opened(page, address)
        assert page.get_by_role("tab", name=pairs).is_visible()
        assert (site / runtime).is_file() and (site / model).is_file()
        put(site, older)  # back
        assert "works offline" in opened(page, address)
        assert not page.get_by_role("tab", name=pairs).is_visible()
        Moody.mood = "failing"
        assert KEPT in opened(page, address)
        assert not page.get_by_role("tab", name=pairs).is_visible()
