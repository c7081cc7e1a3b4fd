"""A Hub that pretends: speaks enough of the real protocol for an upload, on a port of this machine.

The token "hf_good" may write, "hf_read" may not; others are unknown. Files are kept in memory.
"""

import base64
import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

COMMIT = "c" * 40


@dataclass
class Hub:
    """What it holds and what it was asked."""

    address: str = ""
    spaces: dict[str, dict[str, bytes]] = field(default_factory=dict)
    made: list[dict[str, Any]] = field(default_factory=list)  # bodies of "create"
    asked: list[str] = field(default_factory=list)
    broken: bool = False  # answers 503 to commits


@contextmanager
def fake_hub() -> Iterator[Hub]:
    """Start one; ends with the block."""
    hub = Hub()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            hub.asked.append(f"GET {self.path}")
            if self.refused():
                return
            parts = self.path.partition("?")[0].split("/")  # "", api, spaces, USER, NAME, what, …
            files = hub.spaces.get("/".join(parts[3:5]))
            if files is None:
                self.say({"error": "Repository not found"}, 404)
            elif parts[5:6] == ["tree"]:
                self.say([{"type": "file", "path": p, "oid": "0" * 40, "size": len(d)}
                          for p, d in files.items()])  # fmt: skip
            else:
                siblings = [{"rfilename": path} for path in files]
                self.say({"id": "/".join(parts[3:5]), "sha": COMMIT, "siblings": siblings})

        def do_POST(self) -> None:
            hub.asked.append(f"POST {self.path}")
            body = self.rfile.read(int(self.headers.get("content-length", 0)))
            if self.refused(write=True):
                return
            if self.path == "/api/repos/create":
                self.create(json.loads(body))
            elif self.path == "/api/validate-yaml":
                asked = json.loads(body)
                good = asked["repoType"] == "space" and asked["content"].startswith("---\n")
                self.say({"errors": [] if good else [{"message": "bad"}], "warnings": []})
            elif "/preupload/" in self.path:
                listed = json.loads(body)["files"]
                mode = {"uploadMode": "regular", "shouldIgnore": False}
                self.say({"files": [{"path": entry["path"], **mode} for entry in listed]})
            elif "/commit/" in self.path and not hub.broken:
                self.commit(body)
            else:
                self.say({"error": "come back later"}, 503 if hub.broken else 404)

        def create(self, asked: dict[str, Any]) -> None:
            hub.made.append(asked)
            name = f"{asked.get('organization')}/{asked['name']}"
            url = f"{hub.address}/spaces/{name}"
            if name in hub.spaces:
                self.say({"error": "You already created this space", "url": url}, 409)
                return
            hub.spaces[name] = {".gitattributes": b"* lfs", "README.md": b"new"}
            self.say({"url": url, "name": name})

        def commit(self, body: bytes) -> None:
            name = "/".join(self.path.split("/")[3:5])
            files = hub.spaces[name]
            for line in body.decode().splitlines():
                entry = json.loads(line)
                if entry["key"] == "file":
                    value = entry["value"]
                    files[value["path"]] = base64.b64decode(value["content"])
                elif entry["key"] == "deletedFile":
                    files.pop(entry["value"]["path"])
            url = f"{hub.address}/spaces/{name}/commit/{COMMIT}"
            self.say({"success": True, "commitOid": COMMIT, "commitUrl": url})

        def refused(self, write: bool = False) -> bool:
            token = self.headers.get("authorization", "").removeprefix("Bearer ")
            if token == "hf_good" or (token == "hf_read" and not write):
                return False
            if token == "hf_read":
                self.say({"error": "upgrade your plan"}, 403)
            else:
                self.say({"error": "Invalid username or password."}, 401)
            return True

        def say(self, value: Any, status: int = 200) -> None:
            data = json.dumps(value).encode()
            self.send_response(status)
            self.send_header("content-type", "application/json")
            if status >= 400:
                self.send_header("x-error-message", value["error"])
            self.send_header("content-length", str(len(data)))
            self.end_headers()
            self.wfile.write(data)

        def log_message(self, *_: object) -> None:
            """Nothing is printed."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    hub.address = f"http://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield hub
    finally:
        server.shutdown()
        server.server_close()
        thread.join(5)
