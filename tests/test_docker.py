"""The Dockerfile: linted, held to what a small image owes, and carried out as far as goes here.

There is no container engine in the tests: COPY, the list of packages, CMD and HEALTHCHECK run in
a scratch folder with this environment.
"""

import fnmatch
import json
import os
import re
import shlex
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from export.space.pins import CPU_WHEELS, requirements
from forgetdemo.settings.constants import ROOT
from tests.helpers.browser import free_port, wait_ready

DOCKERFILE = ROOT / "Dockerfile"
PORT = "7860"


def instructions() -> list[tuple[str, str]]:
    """Keyword and arguments of each instruction; comments gone, continued lines joined."""
    lines = [line for line in DOCKERFILE.read_text().splitlines() if not line.startswith("#")]
    joined = re.sub(r"\\\n\s*", "", "\n".join(lines))
    pairs = [line.split(maxsplit=1) for line in joined.splitlines() if line.strip()]
    return [(keyword, arguments) for keyword, arguments in pairs]


def only(keyword: str) -> str:
    """Arguments of the one instruction of that name."""
    found = [arguments for name, arguments in instructions() if name == keyword]
    assert len(found) == 1, (keyword, found)
    return found[0]


def ignored(name: str) -> bool:
    """Whether .dockerignore keeps a path from the builder; the last pattern that fits decides."""
    kept_out = False
    parents = [name, *(p.as_posix() for p in Path(name).parents if p.as_posix() != ".")]
    for line in (ROOT / ".dockerignore").read_text().splitlines():
        pattern = line.strip()
        if not pattern or pattern.startswith("#"):
            continue
        back = pattern.startswith("!")
        plain = pattern.removeprefix("!").removeprefix("**/")
        tails = parents if "**/" not in pattern else [Path(p).name for p in parents]
        if any(fnmatch.fnmatchcase(tail, plain) for tail in tails):
            kept_out = not back
    return kept_out


@pytest.fixture(scope="module")
def image(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What COPY puts into the image's /app."""
    app = tmp_path_factory.mktemp("image") / "app"
    app.mkdir()
    for keyword, arguments in instructions():
        if keyword != "COPY":
            continue
        *sources, target = shlex.split(arguments)
        for source in sources:
            place = ROOT / source
            assert place.exists(), f"COPY {source}: there is none"
            for path in [place] if place.is_file() else sorted(place.rglob("*")):
                name = path.relative_to(ROOT).as_posix()
                if path.is_file() and not ignored(name):
                    inside = path.name if place.is_file() else path.relative_to(place)
                    (app / target / inside).parent.mkdir(parents=True, exist_ok=True)
                    shutil.copyfile(path, app / target / inside)
    return app


def test_the_linter_has_nothing_to_say() -> None:
    """hadolint, which comes with the development requirements."""
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ.get('PATH', '')}"
    linter = shutil.which("hadolint", path=path)
    assert linter, "hadolint not found: pip install -r requirements-dev.txt"
    done = subprocess.run([linter, DOCKERFILE], capture_output=True, text=True, timeout=60)
    assert (done.returncode, done.stdout) == (0, "")
    bad = "FROM python:latest\nRUN pip install torch\nRUN cd /tmp && sudo ls\n"
    done = subprocess.run([linter, "-"], input=bad, capture_output=True, text=True, timeout=60)
    assert done.returncode != 0 and "DL3007" in done.stdout, "it looks at what it is given"


def test_it_is_slim_unprivileged_and_watches_itself() -> None:
    assert re.fullmatch(r"python:3\.1[1-9]-slim", only("FROM"))
    keywords = [name for name, _ in instructions()]
    assert only("USER").isdigit() and int(only("USER")) >= 1000, "a number that hosts can check"
    assert keywords.index("USER") > max(i for i, name in enumerate(keywords) if name == "COPY")
    assert f"--uid {only('USER')} " in only("RUN")
    assert only("EXPOSE") == PORT and keywords[-1] == "CMD" and "ADD" not in keywords
    assert "--chown" not in DOCKERFILE.read_text(), "the app cannot change itself"
    health = only("HEALTHCHECK")
    assert f"127.0.0.1:{PORT}/readyz" in health and '["python"' in health
    assert not re.search(r"curl|wget|apt-get|--privileged|TOKEN|SECRET", DOCKERFILE.read_text())


def test_only_what_it_needs_is_sent_to_the_builder(image: Path) -> None:
    for name in ("app.py", "forgetdemo/ui/page.py", "assets/mnist/train-images-idx3-ubyte.gz"):
        assert not ignored(name) and (image / name).is_file()
    for name in (
        ".git/config",
        ".venv/bin/python",
        "tests/test_docker.py",
        "runs/live/a",
        "notes",
        "forgetdemo/__pycache__/a.pyc",
        "build-cache/a.tgz",
    ):
        assert ignored(name), name
    assert sum(path.stat().st_size for path in image.rglob("*") if path.is_file()) < 60_000_000


def test_its_packages_are_the_project_s_with_torch_for_the_cpu(image: Path) -> None:
    """The first step of RUN, with nothing installed."""
    assert CPU_WHEELS not in DOCKERFILE.read_text(), "named once, in export/space/pins.py"
    first, second, *_ = only("RUN").split(" && ")
    command, target = first.split(" > ")
    assert f"-r {target}" in second and second.startswith("pip install ")
    words = [sys.executable, "-S", *shlex.split(command)[1:]]
    done = subprocess.run(words, cwd=image, capture_output=True, text=True, timeout=60)
    wanted = requirements((ROOT / "requirements.txt").read_text())
    assert (done.returncode, done.stdout) == (0, wanted), done.stderr
    assert "+cpu" in wanted and "pytest" not in wanted


def test_it_starts_and_its_health_check_tells_a_damaged_model(image: Path, tmp_path: Path) -> None:
    """CMD and HEALTHCHECK as written, but for the interpreter, the port and the home."""
    port = free_port()

    def here(words: list[str]) -> list[str]:
        swapped = [
            w.replace("/home/forgetdemo", str(tmp_path)).replace(PORT, str(port)) for w in words
        ]
        return [sys.executable, *swapped[1:]]

    command, health = json.loads(only("CMD")), only("HEALTHCHECK")
    assert command[0] == "python" and command[command.index("--host") + 1] == "0.0.0.0"
    check = here(json.loads(health[health.index("CMD ") + 4 :]))
    gone = ("PYTHONPATH", "VIRTUAL_ENV", "SPACE_ID")
    environment = {name: value for name, value in os.environ.items() if name not in gone}
    process = subprocess.Popen(
        here(command),
        cwd=image,
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
    )
    model = image / "assets/models/after.onnx"
    whole = model.read_bytes()
    try:
        wait_ready(f"http://127.0.0.1:{port}", process, 60)
        assert subprocess.run(check, timeout=60).returncode == 0
        model.write_bytes(whole[:-1])
        done = subprocess.run(check, timeout=60, capture_output=True, text=True)
        assert done.returncode != 0 and "503" in done.stderr
    finally:
        model.write_bytes(whole)
        process.terminate()
        said = process.communicate(timeout=15)[0].decode()
    assert "Traceback" not in said, said
    assert subprocess.run(check, timeout=60, capture_output=True).returncode, (
        "nobody answers any more"
    )
