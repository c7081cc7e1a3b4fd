"""Behind nginx and Caddy, under a sub-path, with the settings that docs/HOSTING.md shows."""

import re
import shutil
import subprocess
import time
import urllib.error
import urllib.request
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from gradio_client import Client
from playwright.sync_api import expect

from forgetdemo.settings.constants import ROOT
from tests.browser.test_lab import tab, wait_status
from tests.helpers.browser import SIX, chromium, draw, free_port, running_app, visit, wait_answer

pytestmark = [pytest.mark.browser, pytest.mark.slow]


def shown(kind: str) -> str:
    """The settings in docs/HOSTING.md."""
    found = re.search(rf"```{kind}\n(.*?)```", (ROOT / "docs" / "HOSTING.md").read_text(), re.S)
    assert found, f"docs/HOSTING.md shows no settings of {kind}"
    return found[1]


def nginx(place: Path, port: int, app: str) -> list[str]:
    """Settings on loopback, without a certificate, and the command that serves them."""
    server = re.sub(r" *(ssl_|server_name).*\n", "", shown("nginx"))
    # The browser itself asks the root for an icon and a web app manifest: not the app's to answer.
    server = server.replace(
        "    location = /demo", "    location / { return 204; }\n    location = /demo"
    )
    server = server.replace("443 ssl", f"127.0.0.1:{port}").replace("127.0.0.1:7860", app)
    folders = "".join(
        f"{name}_temp_path {place}/{name};\n"
        for name in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
    )
    (place / "nginx.conf").write_text(
        f"daemon off;\npid {place}/pid;\nerror_log {place}/error.log;\nevents {{}}\n"
        f"http {{\naccess_log off;\n{folders}{server}}}\n"
    )
    return ["nginx", "-p", str(place), "-c", str(place / "nginx.conf")]


def caddy(place: Path, port: int, app: str) -> list[str]:
    """As for nginx."""
    site = shown("caddy").replace("example.org", f"http://127.0.0.1:{port}")
    (place / "Caddyfile").write_text(f"{{\n\tadmin off\n}}\n{site.replace('127.0.0.1:7860', app)}")
    return ["caddy", "run", "--config", str(place / "Caddyfile")]


@contextmanager
def proxied(kind: str, place: Path, app: str) -> Iterator[str]:
    """A proxy before the app; yields the page's address."""
    assert shutil.which(kind), f"{kind} not found: install your system's package of that name"
    port = free_port()
    make = {"nginx": nginx, "caddy": caddy}[kind]
    process = subprocess.Popen(
        make(place, port, app.removeprefix("http://")), stderr=subprocess.PIPE, text=True
    )
    address = f"http://127.0.0.1:{port}/demo"
    try:
        until = time.monotonic() + 20
        while True:
            try:
                with urllib.request.urlopen(f"{address}/readyz", timeout=5) as reply:
                    assert reply.status == 200
                break
            except urllib.error.URLError:
                assert process.poll() is None, process.communicate()[1]
                assert time.monotonic() < until, "the proxy does not answer"
                time.sleep(0.1)
        yield address
    finally:
        process.terminate()
        process.communicate(timeout=20)


@pytest.mark.parametrize("kind", ["nginx", "caddy"])
def test_behind_a_proxy_under_a_sub_path(kind: str, tmp_path: Path) -> None:
    flags = ("--behind-proxy", "--root-path", "/demo", "--runs", str(tmp_path / "runs"))
    with running_app(*flags) as app, proxied(kind, tmp_path, app) as address, chromium() as browser:
        with urllib.request.urlopen(address, timeout=10) as reply:
            assert reply.url == f"{address}/", "the slash is added"
        assert Client(f"{address}/", verbose=False).predict("", api_name="/predict")["blank"]
        with visit(browser, address, path="/?forget=2&substitute=7") as seen:
            page = seen.page
            page.locator("#pad .fd-clear").click()
            wait_answer(page, "before", "–")
            draw(page, SIX)
            wait_answer(page, "before", "6")
            wait_answer(page, "after", "3")
            tab(page, "Unlearn")
            expect(page.locator("#forget input")).to_have_value("2", timeout=20_000)
            page.locator("#run").click()
            wait_status(page, "step")
            wait_status(page, "done")
            with page.expect_download() as waiting:
                page.locator("#lab-downloads a", has_text="everything.zip").click()
            with zipfile.ZipFile(waiting.value.path()) as packed:
                assert "after.onnx" in packed.namelist()
            seen.assert_clean()
