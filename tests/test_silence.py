"""Nothing is sent to anyone: what libraries would report is switched off before they start."""

import base64
import os
import subprocess
import sys
from pathlib import Path

import pytest

from forgetdemo.settings.constants import MODELS_DIR, ROOT
from forgetdemo.views.pictures import load_samples

OFF = "ORT_DISABLE_TELEMETRY"
ASKED = f"import os; assert os.environ.get('{OFF}') == '1'"
# Fails as soon as an address that is not this machine's own is connected to, by Python's sockets.
GUARD = """
import sys

def watch(event, arguments):
    if event == "socket.connect":
        address = arguments[1]
        if isinstance(address, tuple) and address[0] not in ("127.0.0.1", "::1", "localhost"):
            raise SystemExit(f"connected to {address}")

sys.addaudithook(watch)
"""


def plain_environment(home: Path) -> dict[str, str]:
    """An ordinary user's: nothing that would keep a library silent by itself."""
    kept = {name: os.environ[name] for name in ("PATH", "LD_LIBRARY_PATH") if name in os.environ}
    return kept | {"HOME": str(home), "PYTHONPATH": str(ROOT), "PYTHONDONTWRITEBYTECODE": "1"}


def run(code: str, home: Path, *arguments: str) -> "subprocess.CompletedProcess[str]":
    """A fresh Python with an empty home, in a folder of its own."""
    home.mkdir(exist_ok=True)
    place = home.parent / "place"
    place.mkdir(exist_ok=True)
    return subprocess.run(
        [sys.executable, "-c", GUARD + code, *arguments],
        cwd=place,
        env=plain_environment(home),
        capture_output=True,
        text=True,
    )


@pytest.mark.parametrize(
    "module",
    ["app", "forgetdemo.predict.inference", "export.to_onnx", "benchmarks.paste", "tests.helpers"],
)
def test_every_entry_switches_reports_off_before_the_runtime_comes(
    module: str, tmp_path: Path
) -> None:
    look = f"""
import builtins
real = builtins.__import__

def look(name, *more):
    if name.partition(".")[0] == "onnxruntime":
        {ASKED}
    return real(name, *more)

builtins.__import__ = look
import {module}
{ASKED}
"""
    done = run(look, tmp_path / "home")
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize(
    "code",
    [
        "from forgetdemo.cli import main; sys.exit(main(['predict', sys.argv[2]]))",
        f"from forgetdemo.predict.inference import load_models; import pathlib; "
        f"load_models(pathlib.Path({str(MODELS_DIR)!r}))",
        "from forgetdemo.predict.steps import Graphs; Graphs()['answers']",
    ],
)
def test_asking_the_models_writes_nothing_under_the_home_and_connects_nowhere(
    code: str, tmp_path: Path
) -> None:
    picture = tmp_path / "six.png"
    picture.write_bytes(base64.b64decode(load_samples()[0]["pad"].partition(",")[2]))
    done = run(code, tmp_path / "home", "-", str(picture))
    assert done.returncode == 0, done.stderr
    assert list((tmp_path / "home").rglob("*")) == []
    assert list((tmp_path / "place").rglob("*")) == []


def test_the_guard_notices_who_connects(tmp_path: Path) -> None:
    code = "import socket; s = socket.socket(); s.setblocking(False); s.connect(('203.0.113.1', 9))"
    done = run(code, tmp_path / "home")
    assert done.returncode == 1 and "203.0.113.1" in done.stderr


def test_the_container_is_silent_too() -> None:
    assert f"{OFF}=1" in (ROOT / "Dockerfile").read_text(encoding="utf-8")
