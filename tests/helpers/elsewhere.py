"""Running the project far from this checkout: environments, and the app as a process of its own."""

import os
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from tests.helpers.browser import free_port, wait_ready

GONE = ("PYTHONPATH", "VIRTUAL_ENV", "SPACE_ID", "HF_TOKEN", "HF_ENDPOINT")


def clean_environment(**more: str) -> dict[str, str]:
    """This process's environment without what would let Python find the project."""
    return {k: v for k, v in os.environ.items() if k not in GONE} | more


def run_there(command: Sequence[str | Path], place: Path) -> "subprocess.CompletedProcess[str]":
    """A command in a folder, to its end; it must work."""
    done = subprocess.run(
        command, cwd=place, env=clean_environment(), capture_output=True, text=True, timeout=300
    )
    assert done.returncode == 0, done.stderr
    return done


@dataclass
class App:
    """One that runs, and what it has said once it is stopped."""

    address: str
    said: str = ""


@contextmanager
def serving(
    command: Sequence[str | Path],
    place: Path,
    environment: Mapping[str, str] | None = None,
    seconds: float = 60,
) -> Iterator[App]:
    """An app in a folder, from ready to stopped.

    Args:
        command: starts it; host and port are added.
        place: its current folder.
        environment: of the process, besides what is left of ours.
        seconds: within which it must be ready.
    Raises:
        AssertionError: it was not ready in time, or a traceback is among what it said.
    """
    port = free_port()
    process = subprocess.Popen(
        [*command, "--host", "127.0.0.1", "--port", str(port)],
        cwd=place,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        env=clean_environment(**environment or {}),
    )
    app = App(f"http://127.0.0.1:{port}")
    try:
        wait_ready(app.address, process, seconds)
        yield app
    finally:
        process.terminate()
        try:
            app.said = process.communicate(timeout=15)[0].decode()
        finally:
            if process.poll() is None:
                process.kill()
    assert "Traceback" not in app.said, app.said


def new_environment(place: Path, python: str = sys.executable) -> Path:
    """An empty virtual environment: its interpreter. Packages come by `install`."""
    subprocess.run([python, "-m", "venv", "--without-pip", place], check=True, timeout=120)
    return place / "bin/python"


def install(python: Path, *words: str | Path) -> None:
    """`pip install` into an environment, by the pip of this one."""
    pip = (sys.executable, "-m", "pip", "--disable-pip-version-check", "--python", python)
    command: list[str | Path] = [*pip, "install", "--quiet", *words]
    subprocess.run(command, check=True, timeout=1500, env=clean_environment())
