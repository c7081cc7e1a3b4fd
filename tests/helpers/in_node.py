"""The static page's own modules run by Node, to compare them with Python."""

import functools
import json
import shutil
import subprocess
import tempfile
from pathlib import Path
from typing import Any

from forgetdemo.settings.constants import ROOT
from tests.helpers.website import app_of, built


@functools.cache
def node_app() -> Path:
    """The scripts of `built()`, as `scripts_of` has them."""
    return scripts_of(built())


def scripts_of(site: Path) -> Path:
    """A page's scripts where Node takes .js for modules."""
    place = Path(tempfile.mkdtemp(prefix="forgetdemo-node-")) / "app"
    shutil.copytree(app_of(site), place)
    (place / "package.json").write_text('{"type": "module"}')
    return place


def in_node(app: Path, name: str, **task: Any) -> Any:
    """What tests/helpers/web_in_node.mjs answers to one task."""
    done = node_process(app, name, **task)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def node_process(app: Path, name: str, **task: Any) -> "subprocess.CompletedProcess[str]":
    """The same, however it ends."""
    node = shutil.which("node")
    assert node, "Node.js is needed to compare web/ with Python: install nodejs"
    script = ROOT / "tests/helpers/web_in_node.mjs"
    text = json.dumps({"name": name, **task})
    return subprocess.run([node, script, app], input=text, capture_output=True, text=True)
