"""The real app, running: asked over loopback, and watched from outside."""

import http.client
import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

from forgetdemo.settings.constants import ROOT
from forgetdemo.system import resident_memory
from forgetdemo.views.pictures import load_samples
from tests.helpers.browser import free_port, wait_ready

JSON = {"Content-Type": "application/json"}
PREDICT, JOIN = "/gradio_api/run/predict", "/gradio_api/queue/join"
OWN_MOUNTS = ("unshare", "--user", "--map-root-user", "--mount")
START_SECONDS, END_SECONDS = 60, 15


@cache
def a_drawing() -> str:
    """What the pad would send."""
    return str(load_samples()[0]["pad"])


@dataclass
class App:
    """A running app: where it is, its process, what it has said, what it can be asked."""

    address: str
    process: "subprocess.Popen[bytes]"
    log: Path
    config: dict[str, Any] = field(default_factory=dict)

    @property
    def host(self) -> str:
        """Name and port, as http.client takes them."""
        return self.address.removeprefix("http://")

    @property
    def place(self) -> tuple[str, int]:
        """Name and port, as sockets take them."""
        name, port = self.host.split(":")
        return name, int(port)

    @property
    def events(self) -> list[dict[str, Any]]:
        """Everything that its page can ask for."""
        return self.config["dependencies"]

    def ask(self, path: str, method: str = "GET", body: bytes | None = None) -> tuple[int, bytes]:
        """One request on a connection of its own: status and answer. Raises OSError."""
        connection = http.client.HTTPConnection(self.host, timeout=60)
        try:
            connection.request(method, path, body, JSON if body is not None else {})
            reply = connection.getresponse()
            return reply.status, reply.read()
        finally:
            connection.close()

    def event(self, name: str) -> int:
        """The number of an event."""
        return next(int(e["id"]) for e in self.events if e["api_name"] == name)

    def body(self, name: str, session: str, **holds: Any) -> bytes:
        """What the page would send for an event, its components as they are at first.

        Args:
            name: of the event.
            session: who asks.
            holds: what components hold instead, by element id with "_" for "-".
        """
        components = {c["id"]: c for c in self.config["components"]}
        event = next(e for e in self.events if e["api_name"] == name)
        data = []
        for number in event["inputs"]:
            known, props = components[number], components[number]["props"]
            at_first = None if known["type"] == "state" else props.get("value")
            data.append(holds.get(str(props.get("elem_id")).replace("-", "_"), at_first))
        asked = {"data": data, "fn_index": event["id"], "session_hash": session}
        return json.dumps({**asked, "trigger_id": None, "event_data": None}).encode()

    def memory(self) -> float:
        """Resident megabytes."""
        return resident_memory(self.process.pid) / 2**20

    def inside(self, path: Path) -> Path:
        """A path as the app sees it, which may have mounts of its own."""
        return Path(f"/proc/{self.process.pid}/root{path}")

    def descriptors(self) -> int:
        """Open files."""
        return len(os.listdir(f"/proc/{self.process.pid}/fd"))

    def threads(self) -> int:
        """Threads."""
        return len(os.listdir(f"/proc/{self.process.pid}/task"))

    def tracebacks(self) -> int:
        """How many the log holds."""
        return self.log.read_bytes().count(b"Traceback")


@contextmanager
def running(
    *flags: str,
    runs: Path | None = None,
    files: int | None = None,
    disk: int | None = None,
    program: tuple[str, ...] = ("app.py",),
) -> Iterator[App]:
    """The real app on a free port, from ready to stopped.

    Args:
        flags: more of them.
        runs: its folder of runs; None: one of its own.
        files: at most so many open files, as `ulimit -n` sets it.
        program: what is run instead of app.py.
        disk: kilobytes of a disk of its own for its folder of runs, which `App.inside` reads.
    """
    with tempfile.TemporaryDirectory() as folder:
        port, log = free_port(), Path(folder) / "log"
        command = [sys.executable, *program, "--port", str(port), *flags]
        place = runs or Path(folder) / "runs"
        command += ["--runs", str(place)]
        if files is not None:
            command = ["sh", "-c", f'ulimit -n {files} && exec "$@"', "sh", *command]
        if disk is not None:
            place.mkdir(exist_ok=True)
            mount = f'mount -t tmpfs -o size={disk}k none "$0" && exec "$@"'
            command = [*OWN_MOUNTS, "sh", "-c", mount, str(place), *command]
        with open(log, "wb") as said:
            process = subprocess.Popen(command, cwd=ROOT, stdout=said, stderr=said)
        app = App(f"http://127.0.0.1:{port}", process, log)
        try:
            wait_ready(app.address, process, START_SECONDS)
            app.config = json.loads(app.ask("/config")[1])
            yield app
        finally:
            process.terminate()
            try:
                process.wait(END_SECONDS)
            except subprocess.TimeoutExpired:
                process.kill()
                raise
