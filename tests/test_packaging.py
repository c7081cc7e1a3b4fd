"""The wheel: built, installed far from this checkout, and used there as a user would."""

import email
import json
import re
import shutil
import subprocess
import sys
import sysconfig
import zipfile
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from export.space.pins import read_pins
from forgetdemo.data import Dataset
from forgetdemo.serve import WORKER
from forgetdemo.settings.constants import ROOT
from forgetdemo.settings.version import VERSION
from tests.helpers.elsewhere import (
    clean_environment,
    install,
    new_environment,
    run_there,
    serving,
)

QUICK = ("--steps", "5", "--pool-per-class", "20")
MAX_WHEEL = 40_000_000  # bytes; 26 of models and data do not compress


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Built as `pip install .` does it, but with the build tool that is here."""
    out = tmp_path_factory.mktemp("wheel")
    before = set(ROOT.iterdir())
    pip = (sys.executable, "-m", "pip", "--disable-pip-version-check", "wheel", "--quiet")
    run_there([*pip, "--no-deps", "--no-build-isolation", "--wheel-dir", str(out), str(ROOT)], out)
    assert set(ROOT.iterdir()) == before, "building leaves nothing behind"
    (made,) = out.glob("*.whl")
    return made


@pytest.fixture(scope="module")
def environment(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """The interpreter of an environment that holds the wheel; its other packages are borrowed."""
    place = tmp_path_factory.mktemp("installed")
    python = new_environment(place / "venv")
    install(python, "--no-deps", "--no-index", wheel)
    (packages_of(python) / "borrowed.pth").write_text(sysconfig.get_path("purelib"))
    yield python
    shutil.rmtree(place)


@pytest.fixture(scope="module")
def six(mnist: Dataset, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A picture of a real six."""
    path = tmp_path_factory.mktemp("picture") / "six.png"
    Image.fromarray(mnist.test.pixels[np.flatnonzero(mnist.test.labels == 6)[0]]).save(path)
    return path


def packages_of(python: Path) -> Path:
    """An environment's site-packages."""
    (found,) = python.parent.parent.glob("lib/python*/site-packages")
    return found


def installed_files(python: Path) -> dict[str, bytes]:
    """What is in an environment, compiled modules aside."""
    place = packages_of(python)
    return {
        path.relative_to(place).as_posix(): path.read_bytes()
        for path in place.rglob("*")
        if path.is_file() and "__pycache__" not in path.parts
    }


def metadata_of(wheel: Path) -> "email.message.Message[str, str]":
    """A wheel's METADATA."""
    with zipfile.ZipFile(wheel) as archive:
        (name,) = (n for n in archive.namelist() if n.endswith(".dist-info/METADATA"))
        return email.message_from_bytes(archive.read(name))


def test_the_wheel_holds_everything_and_nothing_else(wheel: Path) -> None:
    with zipfile.ZipFile(wheel) as archive:
        names = {n for n in archive.namelist() if ".dist-info/" not in n}
    expected = {"forgetdemo/docs/methods.json"}
    for folder, inside in (
        *((name, name) for name in ("forgetdemo", "export")),
        *((name, f"forgetdemo/{name}") for name in ("assets", "web/shared", "web/page")),
    ):
        for path in (ROOT / folder).rglob("*"):
            if path.is_file() and "__pycache__" not in path.parts:
                expected.add(f"{inside}/{path.relative_to(ROOT / folder).as_posix()}")
    assert names == expected
    assert wheel.stat().st_size < MAX_WHEEL


def test_its_requirements_are_the_project_s_pins(wheel: Path) -> None:
    told = metadata_of(wheel).get_all("Requires-Dist") or []
    found: dict[str, set[str]] = {}
    for line in told:
        pin, _, marker = line.partition("; ")
        found.setdefault(marker, set()).add(pin)
    page, *more = read_pins((ROOT / "requirements.txt").read_text())
    dev, cluster = read_pins((ROOT / "requirements-dev.txt").read_text())
    assert found == {
        "": set(page.values()),
        "extra == 'train'": {line for group in more for line in group.values()},
        "extra == 'dev'": set(dev.values()),
        "extra == 'cluster'": set(cluster.values()),
    }
    assert {"torch", "pytest", "ray"}.isdisjoint(page), "what a visitor of the page needs"


def test_the_version_is_the_changelog_s_newest(wheel: Path) -> None:
    versions = re.findall(r"^## \[?(\d[^\]\s]*)", (ROOT / "CHANGELOG.md").read_text(), re.MULTILINE)
    assert versions[0] == VERSION == metadata_of(wheel)["Version"]
    assert f"\nversion: {VERSION}\n" in (ROOT / "CITATION.cff").read_text()


def test_it_works_far_from_the_checkout(environment: Path, six: Path, tmp_path: Path) -> None:
    """A picture, an unlearning, the page and its worker: in a folder of the user's, which is
    where results go; the installed package stays as it is."""
    before = installed_files(environment)
    command = environment.with_name("forgetdemo")
    assert run_there([command, "--version"], tmp_path).stdout == f"forgetdemo {VERSION}\n"
    assert run_there([command, "--help"], tmp_path).stdout.startswith("usage: forgetdemo [-h]")
    answer = json.loads(run_there([command, "predict", six, "--json"], tmp_path).stdout)
    assert [answer["models"][name]["answer"] for name in ("before", "after")] == [6, 3]
    told = json.loads(run_there([command, "unlearn", *QUICK, "--json"], tmp_path).stdout)
    assert told["before"]["acc_forget"] > 0.98 and (tmp_path / told["run"]).is_dir()
    with serving([command, "app"], tmp_path):
        pass
    worker: list[str | Path] = [environment, *WORKER[1:]]
    done = subprocess.run(
        worker, cwd=tmp_path, env=clean_environment(), stdin=subprocess.DEVNULL, timeout=60
    )
    assert done.returncode == 0, "it starts, and ends with its input"
    assert [path.name for path in tmp_path.iterdir()] == ["runs"]
    assert installed_files(environment) == before


def test_without_what_training_needs_one_line_says_so(environment: Path, tmp_path: Path) -> None:
    script = (
        "import sys; sys.modules['torch'] = None\n"
        "from forgetdemo.cli import main; sys.exit(main(['unlearn']))"
    )
    done = subprocess.run(
        [environment, "-c", script],
        cwd=tmp_path,
        env=clean_environment(),
        capture_output=True,
        text=True,
    )
    words = "error: torch is not installed; run pip install 'forgetdemo[train]'\n"
    assert (done.returncode, done.stderr) == (1, words)


@pytest.fixture
def room(tmp_path: Path) -> Iterator[Path]:
    """A place for gigabytes that pytest would keep."""
    yield tmp_path / "venv"
    shutil.rmtree(tmp_path / "venv", ignore_errors=True)


@pytest.mark.slow
@pytest.mark.timeout(3600)
@pytest.mark.parametrize("extra", ["", "[train]"], ids=["page", "train"])
def test_a_clean_environment_with_its_own_requirements(
    extra: str, wheel: Path, six: Path, tmp_path: Path, room: Path
) -> None:
    """From PyPI. Without the extra: picture and page; with it, also runs, live ones included."""
    from gradio_client import Client

    python = new_environment(room)
    install(python, f"forgetdemo{extra} @ {wheel.as_uri()}")
    command = python.with_name("forgetdemo")
    place = tmp_path / "here"
    place.mkdir()
    answer = json.loads(run_there([command, "predict", six, "--json"], place).stdout)
    assert [answer["models"][name]["answer"] for name in ("before", "after")] == [6, 3]
    with serving([command, "app"], place, seconds=120) as app:
        client = Client(app.address, verbose=False)
        if not extra:
            with pytest.raises(Exception, match="torch is not installed"):
                client.predict({"forget": "2"}, api_name="/unlearn")
            return
        job = client.submit({"forget": "2"}, api_name="/unlearn")
        job.result(timeout=300)
        assert job.outputs()[-1]["report"]["after"]["acc_forget"] < 0.01
    run_there([command, "unlearn", *QUICK, "--out", "run"], place)
    run_there([python, "-m", "export", "--run", "run", "--out", "models"], place)
    told = run_there([command, "predict", six, "--json", "--models", "models"], place)
    assert json.loads(told.stdout)["models"]["before"]["answer"] == 6
