"""A Hub that pretends: speaks enough of the real protocol for an upload, on a port of this machine.

The token "hf_good" may write, "hf_read" may not; others are unknown. Files are kept in memory. As
on the real one, models and weights are large files, which travel by Git LFS.
"""

import base64
import hashlib
import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import yaml

COMMIT = "c" * 40
LARGE = (".onnx", ".safetensors", ".gz")  # of a new repository's .gitattributes


@dataclass
class Hub:
    """What it holds and what it was asked."""

    address: str = ""
    spaces: dict[str, dict[str, bytes]] = field(default_factory=dict)
    models: dict[str, dict[str, bytes]] = field(default_factory=dict)
    large: dict[str, bytes] = field(default_factory=dict)  # by SHA-256
    made: list[dict[str, Any]] = field(default_factory=list)  # bodies of "create"
    asked: list[str] = field(default_factory=list)
    broken: bool = False  # answers 503 to commits
    full: bool = False  # answers 403 to large files

    def held(self, kind: str) -> dict[str, dict[str, bytes]]:
        """Repositories of a kind, "space(s)" or "model(s)"."""
        return {"space": self.spaces, "model": self.models}[kind.removesuffix("s")]


def metadata_error(kind: str, content: str) -> str | None:
    """What the Hub would say of a README's front matter; a model's results follow its format."""
    if not content.startswith("---\n"):
        return "no front matter"
    values = yaml.safe_load(content.split("\n---\n")[0].removeprefix("---\n"))
    for index in values.get("model-index", ()) if kind == "model" else ():
        for result in index["results"]:
            known = {"task", "dataset", "metrics", "source"}
            if not index["name"] or not {"task", "dataset", "metrics"} <= set(result) <= known:
                return "model-index: a result lacks a part"
            if not result["task"].get("type") or not {"type", "name"} <= set(result["dataset"]):
                return "model-index: task or data set"
            if not all({"type", "value"} <= set(metric) for metric in result["metrics"]):
                return "model-index: metrics"
    return None


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
            files = hub.held(parts[2]).get("/".join(parts[3:5]))
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
                error = metadata_error(asked["repoType"], asked["content"])
                self.say({"errors": [{"message": error}] if error else [], "warnings": []})
            elif "/preupload/" in self.path:
                listed = json.loads(body)["files"]
                paths = [entry["path"] for entry in listed]
                modes = {True: "lfs", False: "regular"}
                self.say({"files": [{"path": path, "shouldIgnore": False,
                                     "uploadMode": modes[path.endswith(LARGE)]}
                                    for path in paths]})  # fmt: skip
            elif self.path.endswith(".git/info/lfs/objects/batch"):
                objects = [
                    {**part, "actions": {"upload": {"href": f"{hub.address}/lfs/{part['oid']}"}}}
                    for part in json.loads(body)["objects"]
                ]
                self.say({"transfer": "basic", "objects": objects})
            elif "/commit/" in self.path and not hub.broken:
                self.commit(body)
            else:
                self.say({"error": "come back later"}, 503 if hub.broken else 404)

        def do_PUT(self) -> None:
            oid = self.path.rpartition("/")[2]
            data = self.rfile.read(int(self.headers.get("content-length", 0)))
            if hub.full or hashlib.sha256(data).hexdigest() != oid:
                self.say({"error": "no room"}, 403)
                return
            hub.large[oid] = data
            self.say({})

        def create(self, asked: dict[str, Any]) -> None:
            hub.made.append(asked)
            name = f"{asked.get('organization')}/{asked['name']}"
            kind = asked.get("type", "model")
            repos = hub.held(kind)
            url = f"{hub.address}/{'spaces/' if kind == 'space' else ''}{name}"
            if name in repos:
                self.say({"error": f"You already created this {kind}", "url": url}, 409)
                return
            repos[name] = {".gitattributes": b"* lfs"}
            if kind == "space":
                repos[name]["README.md"] = b"new"
            self.say({"url": url, "name": name})

        def commit(self, body: bytes) -> None:
            kind, *parts = self.path.split("/")[2:5]
            name = "/".join(parts)
            files = hub.held(kind)[name]
            for line in body.decode().splitlines():
                entry = json.loads(line)
                if entry["key"] == "file":
                    value = entry["value"]
                    files[value["path"]] = base64.b64decode(value["content"])
                elif entry["key"] == "lfsFile":
                    files[entry["value"]["path"]] = hub.large[entry["value"]["oid"]]
                elif entry["key"] == "deletedFile":
                    files.pop(entry["value"]["path"])
            url = f"{hub.address}/{name}/commit/{COMMIT}"
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
