"""`forgetdemo app`: its flags, where it keeps runs, and the worker that it starts."""

import time
from pathlib import Path

import pytest

from forgetdemo.cli import build_parser
from forgetdemo.live.process import WorkerProcess
from forgetdemo.serve import WORKER, run_app
from forgetdemo.settings.constants import MODELS_DIR


def test_it_listens_here_only_but_on_a_space(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("SPACE_ID", raising=False)
    flags = build_parser().parse_args(["app"])
    assert (flags.host, flags.port, flags.models) == ("127.0.0.1", 7860, MODELS_DIR)
    monkeypatch.setenv("SPACE_ID", "ada/forget")
    assert build_parser().parse_args(["app"]).host == "0.0.0.0"


def test_runs_go_to_the_current_folder() -> None:
    assert build_parser().parse_args(["app"]).runs == Path("runs/live")


def test_limits_for_operators() -> None:
    flags = build_parser().parse_args(["app", "--connections", "50", "--behind-proxy"])
    assert (flags.connections, flags.connections_per_client) == (50, 300) and flags.behind_proxy
    with pytest.raises(ValueError, match="connections must be more than 0"):
        run_app(build_parser().parse_args(["app", "--connections", "0"]))


def test_the_worker_is_found_and_nothing_stands_in_its_way(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """From a folder that has modules of the same names, and of the standard library's."""
    for name in ("export", "json", "queue"):
        (tmp_path / f"{name}.py").write_text("raise SystemExit('a stranger')")
    monkeypatch.chdir(tmp_path)
    python, *flags, _, module = WORKER
    said = f'import {module}, time; print(\'{{"type": "warm"}}\', flush=True); time.sleep(60)'
    process = WorkerProcess((python, *flags, "-c", said))
    try:
        until = time.monotonic() + 60
        while not (found := process.receive(1)) and time.monotonic() < until:
            pass
        assert [message["type"] for message in found] == ["warm"]
    finally:
        process.kill()
