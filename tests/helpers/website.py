"""The static page built once per process, served by `python -m http.server`, its bytes counted."""

import functools
import json
import re
import select
import shutil
import socket
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from export.web.build import build
from forgetdemo.settings.constants import MODELS_DIR
from tests.helpers.browser import free_port
from tests.helpers.fake_pairs import write_fake_pairs

# In the page: [folder of its scripts, base64 of N · 784 grey values] → N · 10 by model.
PROBABILITIES = """async ([app, text]) => {
  const load = await import(app + 'page/load.js');
  const models = await import(app + 'page/models.js');
  const { toFloats } = await import(app + 'page/runtime.js');
  const site = JSON.parse(document.getElementById('site').textContent);
  const store = load.openStore(site.files);
  const floats = toFloats(Uint8Array.from(atob(text), (c) => c.charCodeAt(0)));
  const result = {};
  for (const entry of site.models) {
    const model = await models.openModel(await models.shippedBytes(entry, store.bytes), entry.file);
    result[entry.key] = Array.from(await model.askAll(floats, floats.length / 784));
  }
  return result; }"""


@functools.cache
def built() -> Path:
    """The page with all shipped models and 90 stand-ins as pairs; do not change it."""
    place = Path(tempfile.mkdtemp(prefix="forgetdemo-web-"))
    write_fake_pairs(place / "pairs", (MODELS_DIR / "before.onnx").read_bytes())
    build(place / "dist", pairs_dir=place / "pairs")
    return place / "dist"


def copied(to: Path) -> Path:
    """A copy of `built()` that a test may spoil."""
    shutil.copytree(built(), to)
    return to


def settings_of(site: Path) -> dict[str, Any]:
    """What index.html tells the page's scripts."""
    text = (site / "index.html").read_text()
    found = re.search(r'<script type="application/json" id="site">(.*?)</script>', text, re.S)
    assert found
    result: dict[str, Any] = json.loads(found[1])
    return result


def app_of(site: Path) -> Path:
    """The folder of the page's scripts."""
    (found,) = site.glob("app-*")
    return found


@dataclass
class Host:
    """A server that can be stopped before its time."""

    address: str
    process: "subprocess.Popen[bytes]"

    def stop(self) -> None:
        self.process.terminate()
        self.process.wait(10)


@contextmanager
def hosting(site: Path) -> Iterator[Host]:
    """`python -m http.server` on a free port, which sends files as they are."""
    port = free_port()
    command = [sys.executable, "-m", "http.server", str(port), "--bind", "127.0.0.1"]
    process = subprocess.Popen(
        [*command, "--directory", str(site)], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    host = Host(f"http://127.0.0.1:{port}", process)
    try:
        deadline = time.monotonic() + 20
        while True:
            with suppress(OSError), socket.create_connection(("127.0.0.1", port), 1):
                break
            assert time.monotonic() < deadline, "http.server did not start"
            time.sleep(0.05)
        yield host
    finally:
        host.stop()


class Counter:
    """Passes connections on to a server and counts every byte that it sends, headers included."""

    def __init__(self, address: str) -> None:
        self.target = ("127.0.0.1", int(address.rpartition(":")[2]))
        self.bytes = 0
        self._lock = threading.Lock()
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.address = f"http://127.0.0.1:{self._listener.getsockname()[1]}"
        threading.Thread(target=self._accept, daemon=True).start()

    def close(self) -> None:
        """Take no more connections."""
        self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()

    def _accept(self) -> None:
        with suppress(OSError):
            while True:
                visitor, _ = self._listener.accept()
                threading.Thread(target=self._pass_on, args=(visitor,), daemon=True).start()

    def _pass_on(self, visitor: socket.socket) -> None:
        with suppress(OSError), visitor, socket.create_connection(self.target) as server:
            while True:
                for ready in select.select([visitor, server], [], [])[0]:
                    data = ready.recv(65536)
                    if not data:
                        return
                    if ready is server:
                        with self._lock:
                            self.bytes += len(data)
                    (visitor if ready is server else server).sendall(data)
