"""A Space's folder: whole, small enough, valid, and able to run without the rest of the project."""

import ast
import json
import re
import shutil
import subprocess
import sys
import types
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from export.front_matter import read_front_matter
from export.push import check_push
from export.space import files as space_files
from export.space.build import FORMAT, build, main
from export.space.files import MAX_FILE, export_modules, served_models
from export.space.pins import CPU_WHEELS, RUNS, read_pins, requirements, version_of
from export.space.readme import REQUIRED, check_front_matter, readme
from forgetdemo.files.checkpoint import CheckpointError
from forgetdemo.files.folder import read_folder
from forgetdemo.files.run import read_run
from forgetdemo.live.hosting import FULL
from forgetdemo.serve import PAGE
from forgetdemo.settings.constants import MODELS_DIR, ROOT
from forgetdemo.ui.static import StaticPage
from tests.helpers.browser import SIX, chromium, draw, free_port, visit, wait_answer
from tests.helpers.elsewhere import clean_environment, install, new_environment, serving
from tests.helpers.fake_hub import Hub, fake_hub

PINS = (ROOT / "requirements.txt").read_text()
GRADIO = version_of(PINS, "gradio")
TEXT = (".py", ".js", ".css", ".md", ".txt", ".json", ".html")
NOT_NEEDED = "torchvision sklearn scipy joblib onnxscript hypothesis playwright pytest".split()


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A built Space; tests only read it."""
    out = tmp_path_factory.mktemp("built") / "space"
    build(out)
    return out


@pytest.fixture(scope="module")
def copy(folder: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Another copy of it, in which the app may run."""
    return Path(shutil.copytree(folder, tmp_path_factory.mktemp("run") / "space"))


def test_the_pins_are_the_project_s(folder: Path) -> None:
    lines = (folder / "requirements.txt").read_text().splitlines()
    assert lines[0] == f"--extra-index-url {CPU_WHEELS}"
    project = {line.split("[")[0].split("==")[0]: line for line in PINS.splitlines() if line}
    names = [re.split(r"\[|==", line)[0] for line in lines[1:]]
    assert set(RUNS) < set(names) and "gradio" not in names and len(names) == len(set(names))
    for name, line in zip(names, lines[1:], strict=True):
        assert project[name] == line.removesuffix("+cpu")
    assert [line for line in lines if "+cpu" in line] == [f"{project['torch']}+cpu"]
    full = (folder / FULL).read_text().splitlines()
    assert project["gradio"] in full and project["torch"] in full and "http" not in "".join(full)
    assert set(full) == {*(line.removesuffix("+cpu") for line in lines[1:]), project["gradio"]}


def test_a_space_without_runs_needs_no_torch() -> None:
    plain = requirements(PINS, runs=False, gradio=False)
    assert "torch" not in plain and "http" not in plain and "onnxruntime==" in plain
    container = requirements(PINS).splitlines()
    assert f"gradio=={GRADIO}" in container and container[0].endswith(CPU_WHEELS)


@pytest.mark.parametrize("text", ["gradio>=6\n", "gradio\n", "-r other.txt\n", "", "# only\n"])
def test_a_requirement_without_a_pin_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"requirements\.txt"):
        read_pins(text)


def test_a_package_that_is_not_pinned_is_named() -> None:
    with pytest.raises(ValueError, match="does not pin matplotlib"):
        requirements("gradio==6\nnumpy==2\n")


def test_the_pins_are_printed_without_anything_installed() -> None:
    done = subprocess.run(
        [sys.executable, "-S", "-m", "export.space.pins"], cwd=ROOT, capture_output=True, text=True
    )
    assert (done.returncode, done.stdout) == (0, requirements(PINS))


def test_front_matter_is_what_the_hub_reads(folder: Path) -> None:
    """Parsed by a YAML parser of our own accord, not by the code that wrote it."""
    front, words = (folder / "README.md").read_text().removeprefix("---\n").split("\n---\n", 1)
    values = yaml.safe_load(front)
    assert set(REQUIRED["gradio"]) <= set(values)
    assert values["sdk"] == "gradio" and values["app_file"] == "app.py"
    assert values["sdk_version"] == GRADIO and values["python_version"] == "3.11"
    assert len(values["short_description"]) <= 60 and values["license"] == "mit"
    assert (folder / values["app_file"]).is_file() and (folder / "LICENSE").is_file()
    assert FULL in words and "CC BY-SA 3.0" in words and "does not show" in words


@pytest.mark.parametrize(
    ("field", "value", "words"),
    [
        ("sdk", "docker", "sdk must be"),
        ("title", "", "title is missing"),
        ("license", None, "license is missing"),
        ("short_description", "x" * 61, "over 60 characters"),
        ("colorFrom", "teal", "colorFrom must be one of"),
        ("emoji", "x", "emoji"),
        ("tags", "mnist", "tags must be a list"),
        ("tags", [1], "tags must be a list"),
        ("sdk_version", "5.0.0", "as requirements.txt pins gradio"),
        ("python_version", 3.11, "python_version must be text in quotes"),
        ("python_version", "3.10", "3.11 or newer"),
        ("python_version", "latest", "3.11 or newer"),
    ],
)
def test_front_matter_that_the_hub_would_refuse(field: str, value: Any, words: str) -> None:
    values = read_front_matter((ROOT / "README.md").read_text())
    check_front_matter(values, GRADIO)
    with pytest.raises(ValueError, match=re.escape(words)):
        check_front_matter({**values, field: value}, GRADIO)


@pytest.mark.parametrize("text", ["# no front matter\n", "---\n- a\n---\n", "---\na: [\n---\n"])
def test_a_readme_without_front_matter_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="front matter"):
        readme(text, GRADIO)


def test_the_folder_is_whole_and_holds_only_what_is_needed(folder: Path) -> None:
    manifest, files = read_folder(folder, (FORMAT,))
    assert set(files) == set(manifest["files"]) and manifest["sdk"] == "gradio"
    assert max(len(data) for data in files.values()) <= MAX_FILE
    assert sum(len(data) for data in files.values()) < 40_000_000
    parts = {name.split("/")[0] for name in files}
    assert parts == {
        *("LICENSE", "README.md", "app.py", "assets", "docs", "export", "forgetdemo", "web"),
        *("requirements.txt", FULL),
    }
    assert [name for name in files if name.startswith("docs/")] == ["docs/methods.json"]
    for name in files:
        assert not re.search(r"__pycache__|\.pyc$|^tests|models/plots/|/\.", name), name
    assert "export/space/build.py" not in files and "export/graph.py" in files
    assert "assets/models/before.safetensors" in files
    assert "assets/models/oracle.safetensors" not in files


def test_no_file_tells_about_this_machine(folder: Path) -> None:
    secrets = {str(ROOT), str(Path.home()), sys.prefix, str(folder)} - {"/"}
    for path in folder.rglob("*"):
        if path.is_file():
            data = path.read_bytes()
            for secret in secrets:
                assert secret.encode() not in data, (path.name, secret)


def test_the_source_is_python_3_11(folder: Path) -> None:
    sources = list(folder.rglob("*.py"))
    assert len(sources) > 50
    for path in sources:
        ast.parse(path.read_text(), feature_version=(3, 11))


def test_models_travel_verified_and_without_what_is_not_served(
    folder: Path, tmp_path: Path
) -> None:
    run, whole = read_run(folder / "assets/models"), read_run(MODELS_DIR)
    assert set(run.files) < set(whole.files)
    assert all(run.files[name] == whole.files[name] for name in run.files)
    about = {k: v for k, v in run.manifest.items() if k != "files"}
    assert about == {k: v for k, v in whole.manifest.items() if k != "files"}
    damaged = Path(shutil.copytree(MODELS_DIR, tmp_path / "models"))
    (damaged / "after.onnx").write_bytes(b"x")
    with pytest.raises(CheckpointError):
        served_models(damaged)


def test_the_parts_of_export_are_those_that_runs_import() -> None:
    names = [path.stem for path in export_modules()]
    assert names == ["__init__", "bundle", "graph", "publish", "to_onnx", "worker"]


def test_a_space_names_its_model_repository_when_told(folder: Path) -> None:
    told = readme((ROOT / "README.md").read_text(), GRADIO, model="ada/models")
    assert read_front_matter(told)["models"] == ["ada/models"]
    assert "[ada/models](https://huggingface.co/ada/models)" in told
    untold = (folder / "README.md").read_text()
    assert "models" not in read_front_matter(untold) and "huggingface.co/" not in untold


def test_a_file_that_the_hub_would_refuse_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(space_files, "MAX_FILE", 5_000_000)
    with pytest.raises(ValueError, match=r"train-images-idx3-ubyte\.gz has 9,719,438 bytes"):
        build(tmp_path / "space")
    assert list(tmp_path.iterdir()) == []


def test_it_replaces_its_own_folder_and_no_other(tmp_path: Path) -> None:
    out = tmp_path / "space"
    first = build(out)
    (out / "forgetdemo/__pycache__").mkdir()
    (out / "forgetdemo/__pycache__/x.pyc").write_bytes(b"x")
    assert build(out) == first
    (out / "notes.txt").write_text("mine")
    with pytest.raises(ValueError, match=r"also holds notes\.txt"):
        build(out)
    other = tmp_path / "other"
    (other / "__pycache__").mkdir(parents=True)
    (other / "__pycache__/x.pyc").write_bytes(b"x")
    with pytest.raises(ValueError, match="is in use"):
        build(other)
    assert (other / "__pycache__/x.pyc").is_file()


def test_a_static_space_is_the_page_without_a_server(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    web = types.ModuleType("export.web.build")

    def page(out: Path) -> None:
        (out / "js").mkdir(parents=True)
        (out / "index.html").write_text("<title>page</title>")
        (out / "js/page.js").write_text("1")
        (out / "manifest.json").write_text("{}")

    web.build = page  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, "export.web.build", web)
    made = build(tmp_path / "space", static=True)
    assert set(made["files"]) == {"LICENSE", "README.md", "index.html", "js/page.js"}
    values = read_front_matter((tmp_path / "space/README.md").read_text())
    assert (values["sdk"], values["app_file"]) == ("static", "index.html")
    assert "sdk_version" not in values and "python_version" not in values


def test_an_app_s_space_may_offer_that_page_too(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    made = build(tmp_path / "space", runs=False, page=True)
    assert {"app.py", "dist/index.html", "dist/manifest.json"} <= set(made["files"])
    StaticPage(tmp_path / "space" / PAGE.name)
    assert main(["--out", str(tmp_path / "other"), "--static", "--page"]) == 1
    assert "is that page already; leave --page out" in capsys.readouterr().err


def test_the_real_page_fits_into_a_static_space(tmp_path: Path) -> None:
    made = build(tmp_path / "space", static=True)
    assert {"index.html", "sw.js", "README.md", "LICENSE"} <= set(made["files"])
    assert max(record["bytes"] for record in made["files"].values()) <= MAX_FILE
    assert made["sdk"] == "static" and not [n for n in made["files"] if n.endswith(".py")]


def test_the_command_prints_sizes_and_mistakes_in_one_line(tmp_path: Path) -> None:
    def run(*flags: str) -> "subprocess.CompletedProcess[str]":
        command = [sys.executable, "-m", "export.space", *flags]
        return subprocess.run(
            command, cwd=ROOT, env=clean_environment(), capture_output=True, text=True, timeout=60
        )

    done = run("--out", str(tmp_path / "space"), "--no-runs")
    assert done.returncode == 0, done.stderr
    assert re.search(r"^assets/mnist +4 +11,369,320$", done.stdout, re.MULTILINE)
    assert "largest: assets/mnist/train-images" in done.stdout
    assert "torch" not in (tmp_path / "space/requirements.txt").read_text()
    told = json.loads(run("--out", str(tmp_path / "space"), "--json").stdout)
    assert told["sdk"] == "gradio" and told["address"] is None
    (tmp_path / "used").mkdir()
    (tmp_path / "used/a").write_text("")
    for flags, words in (
        (("--out", str(tmp_path / "used")), "is in use"),
        (("--out", str(tmp_path / "new"), "--push", "ada/forget"), "environment variable HF_TOKEN"),
        (("--out", str(tmp_path / "new"), "--model", "forget"), "--model takes USER/NAME"),
    ):
        done = run(*flags)
        assert done.returncode == 1 and words in done.stderr
        assert done.stderr.startswith("error: ") and done.stderr.count("\n") == 1
    assert not (tmp_path / "new").exists(), "refused before anything was built"


@pytest.mark.parametrize(
    "name", ["", "ada", "ada/", "/x", "a/b/c", "ada/x y", "ada/-x", "ada/x--y", "ada/x..y", "ä/x"]
)
def test_a_name_that_is_no_space_is_refused(name: str) -> None:
    assert check_push("ada/forget-demo", {"HF_TOKEN": "secret"}) == "secret"
    with pytest.raises(ValueError, match="USER/NAME") as refused:
        check_push(name, {"HF_TOKEN": "secret"})
    assert "secret" not in str(refused.value)


@pytest.fixture
def hub() -> Iterator[Hub]:
    with fake_hub() as running:
        yield running


def push(hub: Hub, out: Path, token: str = "hf_good", **more: str) -> "tuple[int, str, str]":
    """`--push` in a process of its own, against the fake: code, stdout, stderr."""
    command = [
        sys.executable,
        "-m",
        "export.space",
        "--out",
        str(out),
        "--push",
        "ada/forget",
    ]
    environment = (
        clean_environment(HF_TOKEN=token, HF_ENDPOINT=hub.address, HF_HOME=str(out)) | more
    )
    done = subprocess.run(
        command, cwd=ROOT, env=environment, capture_output=True, text=True, timeout=120
    )
    assert token not in done.stdout + done.stderr
    return done.returncode, done.stdout, done.stderr


def test_push_makes_a_space_and_then_brings_it_up_to_date(hub: Hub, tmp_path: Path) -> None:
    code, said, errors = push(hub, tmp_path / "space")
    assert code == 0, errors
    assert said.endswith(f"it is at {hub.address}/spaces/ada/forget\n")
    assert [made["sdk"] for made in hub.made] == ["gradio"]
    there = hub.spaces["ada/forget"]
    _, files = read_folder(tmp_path / "space", (FORMAT,))
    assert {k: v for k, v in there.items() if k not in (".gitattributes", "manifest.json")} == files
    assert b"hf download ada/forget " in there["README.md"]
    there["forgetdemo/old.py"] = b"of an older version"
    assert push(hub, tmp_path / "space")[0] == 0
    assert "forgetdemo/old.py" not in there and ".gitattributes" in there
    assert sum("/commit/" in asked for asked in hub.asked) == 2, "one commit each"


def test_push_leaves_another_space_alone(hub: Hub, tmp_path: Path) -> None:
    hub.spaces["ada/forget"] = {"README.md": b"mine", "model.bin": b"mine"}
    code, _, errors = push(hub, tmp_path / "space")
    assert code == 1 and "holds model.bin and was not made by this command" in errors
    assert hub.spaces["ada/forget"] == {"README.md": b"mine", "model.bin": b"mine"}


@pytest.mark.parametrize(
    ("token", "words"),
    [
        (
            "hf_read",
            "plan does not allow it; a --static Space is free (HTTP 403: upgrade your plan)",
        ),
        ("hf_wrong", "the token in HF_TOKEN was refused"),
    ],
)
def test_push_says_in_one_line_what_the_hub_refused(
    hub: Hub, tmp_path: Path, token: str, words: str
) -> None:
    code, _, errors = push(hub, tmp_path / "space", token)
    assert code == 1 and words in errors and "Traceback" not in errors
    assert errors.splitlines()[-1].startswith("error: cannot push ada/forget: ")
    assert "ada/forget" not in hub.spaces


def test_push_says_in_one_line_that_the_hub_is_down_or_away(hub: Hub, tmp_path: Path) -> None:
    hub.broken = True
    code, _, errors = push(hub, tmp_path / "space")
    assert code == 1 and errors.endswith("the Hub failed (HTTP 503: come back later)\n")
    hub.full = True
    full = push(hub, tmp_path / "space")
    assert full[0] == 1 and full[2].endswith("is free (HTTP 403: no room)\n")
    away = push(hub, tmp_path / "space", HF_ENDPOINT=f"http://127.0.0.1:{free_port()}")
    assert away[0] == 1 and away[2].endswith("the Hub cannot be reached; are you online?\n")
    offline = push(hub, tmp_path / "space", HF_HUB_OFFLINE="1")
    assert offline[0] == 1 and offline[2].endswith("HF_HUB_OFFLINE is set; unset it\n")


def test_it_imports_with_nothing_but_its_requirements(copy: Path) -> None:
    code = (
        f"import sys; [sys.modules.__setitem__(name, None) for name in {NOT_NEEDED}]; "
        "import app, export.worker, forgetdemo.live.work, forgetdemo.ui.page; "
        "print(forgetdemo.live.work.__file__)"
    )
    command = [sys.executable, "-W", "ignore", "-c", code]
    done = subprocess.run(
        command, cwd=copy, env=clean_environment(), capture_output=True, text=True, timeout=120
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.strip().startswith(str(copy.resolve())), "not the project's own modules"


def test_the_built_app_starts_answers_and_runs_on_its_own(copy: Path) -> None:
    """In Chromium: a drawn six is 6 and then 3; and a live run, by its own worker."""
    from gradio_client import Client

    space_like = {"SPACE_ID": "ada/forget", "CPU_CORES": "2", "MEMORY": "16Gi"}
    with serving([sys.executable, "app.py"], copy, space_like) as app:
        with chromium() as browser, visit(browser, app.address) as seen:
            draw(seen.page, SIX)
            wait_answer(seen.page, "before", "6", 20)
            wait_answer(seen.page, "after", "3", 20)
            seen.assert_clean()
        job = Client(app.address, verbose=False).submit({"forget": "2"}, api_name="/unlearn")
        job.result(timeout=200)
        last = job.outputs()[-1]
        assert last["state"] == "done" and last["report"]["after"]["acc_forget"] < 0.01
    assert "a Space (accelerator: none): 2 cores, 16.0 GB; live runs on" in app.said
    assert (copy / "runs/live").is_dir(), "runs stay in the folder"


def pythons() -> list[str]:
    """This interpreter, and a 3.12 where one is installed and works."""
    found = [sys.executable]
    for path in (shutil.which("python3.12"), *Path.home().glob(".pyenv/versions/3.12*/bin/python")):
        if path and subprocess.run([path, "--version"], capture_output=True).returncode == 0:
            return [*found, str(path)]
    return found


@pytest.fixture
def room(tmp_path: Path) -> Iterator[Path]:
    """A place for gigabytes that pytest would keep."""
    yield tmp_path / "venv"
    shutil.rmtree(tmp_path / "venv", ignore_errors=True)


@pytest.mark.slow
@pytest.mark.timeout(3600)
@pytest.mark.parametrize("runs", [False, True], ids=["page", "runs"])
@pytest.mark.parametrize("python", pythons(), ids=lambda path: Path(path).name)
def test_a_clean_environment_from_its_own_requirements_serves_it(
    python: str, runs: bool, tmp_path: Path, room: Path
) -> None:
    """As a Space does it: gradio by `sdk_version`, the rest from requirements.txt.

    PyTorch's own index is left out: only PyPI is asked, where the same version has CUDA.
    """
    from gradio_client import Client

    out = tmp_path / "space"
    build(out, runs=runs)
    lines = (out / "requirements.txt").read_text().splitlines()
    wanted = [line.removesuffix("+cpu") for line in lines if not line.startswith("--")]
    version = read_front_matter((out / "README.md").read_text())["sdk_version"]
    inside = new_environment(room, python)
    install(inside, f"gradio=={version}", *wanted)
    space_like = {"SPACE_ID": "ada/forget", "MEMORY": "16Gi"}
    with serving([inside, "app.py"], out, space_like, 120) as app:
        with chromium() as browser, visit(browser, app.address) as seen:
            draw(seen.page, SIX)
            wait_answer(seen.page, "before", "6", 20)
            wait_answer(seen.page, "after", "3", 20)
            seen.page.get_by_role("tab", name="Unlearn").click()
            status = seen.page.locator("#status")
            words = "Press Forget" if runs else "Live runs are off here (torch is not installed)"
            status.get_by_text(words).wait_for(timeout=20_000)
            seen.assert_clean()
        if runs:
            job = Client(app.address, verbose=False).submit({"forget": "2"}, api_name="/unlearn")
            job.result(timeout=300)
            assert job.outputs()[-1]["report"]["after"]["acc_forget"] < 0.01
