"""Where the app finds itself; live runs are off where they cannot work, and everybody is told."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from forgetdemo.live import hosting
from forgetdemo.live.hosting import LEAST_MEMORY, RUNS_NEED, cores_of, look_around, memory_of
from forgetdemo.live.job import RunError
from forgetdemo.live.manager import RunManager
from forgetdemo.serve import WORKER
from forgetdemo.settings.constants import MODELS_DIR, ROOT
from tests.helpers.browser import chromium, running_app, visit

SPACE = {"SPACE_ID": "ada/forgetdemo", "CPU_CORES": "2", "MEMORY": "16Gi"}


def everything(package: str) -> bool:
    """As if every package were installed."""
    return True


def test_a_space_of_the_usual_size_runs_live_and_gets_more_time() -> None:
    here = look_around(SPACE | {"ACCELERATOR": "none"}, everything)
    assert (here.on_space, here.cores, here.memory) == (True, 2, 16 * 2**30)
    assert here.live_runs and here.why == "" and here.run_seconds == 120
    assert here.describe() == "a Space (accelerator: none): 2 cores, 16.0 GB; live runs on"


def test_this_machine_is_no_space() -> None:
    here = look_around({}, everything)
    assert not here.on_space and here.run_seconds == 60
    assert here.cores >= 1 and here.memory > 2**20, "the system tells, or the test says it cannot"


@pytest.mark.parametrize("package", RUNS_NEED)
def test_without_a_package_of_the_worker_runs_are_off(package: str) -> None:
    here = look_around(SPACE, lambda name: name != package)
    assert not here.live_runs
    assert here.why.startswith(f"Live runs are off here ({package} is not installed); ")
    assert here.why.endswith(
        "copy https://huggingface.co/spaces/ada/forgetdemo to your machine, as its README says"
    )


def test_where_a_run_cannot_be_stopped_runs_are_off(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delattr(os, "killpg")
    here = look_around({"MEMORY": "16Gi"}, everything)
    assert not here.live_runs
    assert here.why.endswith("could not be stopped on this system); use Linux or macOS")


def test_runs_are_off_on_small_hardware() -> None:
    small = look_around(SPACE | {"MEMORY": "2Gi"}, everything)
    assert not small.live_runs and "needs 2.5 GB of memory, 2.0 are here" in small.why
    assert look_around(SPACE | {"MEMORY": str(LEAST_MEMORY)}, everything).live_runs
    one = look_around(SPACE | {"CPU_CORES": "1"}, everything)
    assert not one.live_runs and "needs 2 cores, 1 is here" in one.why
    own = look_around({"CPU_CORES": "1", "MEMORY": "16Gi"}, everything)
    assert own.live_runs, "on a machine of one's own nobody else draws meanwhile"


def test_a_missing_package_off_a_space_is_one_command_away() -> None:
    here = look_around({"MEMORY": "16Gi"}, lambda name: False)
    assert here.why.endswith("`pip install -r requirements.txt` and start again")
    assert "larger machine" in look_around({"MEMORY": "1Gi"}, everything).why


@pytest.mark.parametrize("space", ["<script>", "a/b/c", "a b/c", "ada/" + "x" * 99, "nonsense"])
def test_a_strange_space_name_is_never_repeated(space: str) -> None:
    assert space not in look_around({"SPACE_ID": space}, lambda name: False).why


@pytest.mark.parametrize(
    ("text", "size"),
    [
        ("16Gi", 16 * 2**30),
        ("15.5Gi", int(15.5 * 2**30)),
        ("512Mi", 2**29),
        ("16G", 16 * 10**9),
        ("16GB", 16 * 10**9),
        ("4096", 4096),
        ("", 0),
        ("much", 0),
        ("-1Gi", 0),
        ("1e9", 0),
        ("16 Gi", 0),
        ("9" * 40, 0),
        ("١Gi", 0),
    ],
)
def test_sizes_are_understood_or_left_to_the_system(text: str, size: int) -> None:
    assert memory_of(text) == size


@pytest.mark.parametrize(("text", "cores"), [("8", 8), ("0", 0), ("2.5", 0), ("x", 0), ("", 0)])
def test_cores_are_understood_or_left_to_the_system(text: str, cores: int) -> None:
    assert cores_of(text) == cores


def test_nonsense_in_the_environment_stops_nothing(tmp_path: Path) -> None:
    strange = {"SPACE_ID": "ada/forgetdemo", "CPU_CORES": "many", "MEMORY": "lots"}
    here = look_around(strange, everything)
    assert here.cores == hosting.system_cores() and here.memory == hosting.system_memory()


def test_a_container_s_limit_counts(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    limit = tmp_path / "memory.max"
    monkeypatch.setattr(hosting, "CGROUP", limit)
    limit.write_text("max\n")
    whole = hosting.system_memory()
    limit.write_text("1000000\n")
    assert hosting.system_memory() == 1_000_000 < whole


def test_a_closed_manager_refuses_every_order_and_starts_nothing(tmp_path: Path) -> None:
    why = look_around({}, lambda name: False).why
    manager = RunManager(MODELS_DIR, tmp_path / "live", off=why, command=WORKER)
    manager.start()
    try:
        assert manager._driver.pid is None and not manager._thread.is_alive()
        for kind in ("unlearn", "relearn"):
            with pytest.raises(RunError, match="torch is not installed"):
                manager.submit("a", kind, {})
        assert manager.runs_of("a") == [] and not manager.is_warm
    finally:
        manager.close()


def test_the_page_on_a_small_space_explains_itself_also_to_programs() -> None:
    """The real app with a Space's environment, in Chromium and through the API."""
    from gradio_client import Client
    from gradio_client.exceptions import AppError

    saved = dict(os.environ)
    os.environ.update(SPACE | {"MEMORY": "1Gi"})
    try:
        with running_app("--host", "127.0.0.1") as address:
            with chromium() as browser, visit(browser, address) as seen:
                page = seen.page
                page.get_by_role("tab", name="Unlearn").click()
                status = page.locator("#status")
                status.get_by_text("Live runs are off here").wait_for(timeout=20_000)
                said = status.inner_text()
                assert "spaces/ada/forgetdemo" in said and "Press Forget" not in said
                assert page.locator("#run").is_disabled()
                page.get_by_role("tab", name="Relearn").click()
                page.locator("#relearn-status").get_by_text("off here").wait_for(timeout=20_000)
                assert page.locator("#relearn").is_disabled()
                assert page.locator("#teach").is_disabled()
                seen.assert_clean()
            client = Client(address, verbose=False)
            with pytest.raises(AppError, match="Live runs are off here"):
                client.predict({"forget": "2"}, api_name="/unlearn")
            with pytest.raises(AppError, match="Live runs are off here"):
                client.predict({"images": 5}, api_name="/relearn")
    finally:
        os.environ.clear()
        os.environ.update(saved)


def test_looking_around_imports_nothing_heavy() -> None:
    code = (
        "import sys, forgetdemo.live.hosting as h; h.look_around(); "
        "assert not {'torch', 'onnx', 'matplotlib', 'numpy', 'gradio'} & set(sys.modules)"
    )
    subprocess.run([sys.executable, "-c", code], cwd=ROOT, check=True)
