"""The programs in docs/INFERENCE.md are taken from the page, run, and answer as forgetdemo does."""

import functools
import http.server
import json
import re
import shutil
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import onnxruntime as ort
import pytest
from PIL import Image, ImageDraw, ImageFilter

from export.web.vendor import ONNXRUNTIME, read_package
from forgetdemo.data import Dataset
from forgetdemo.predict.asking import answer_file
from forgetdemo.predict.preprocess import canvas_of
from forgetdemo.settings.constants import MODELS_DIR, NUM_CLASSES, ROOT
from tests.helpers.browser import SIX, TWO, chromium
from tests.helpers.pictures import KINDS

PAGE = (ROOT / "docs/INFERENCE.md").read_text()
MODELS = ("before", "after")
RUNTIME = ("ort-wasm-simd-threaded.mjs", "ort-wasm-simd-threaded.wasm")
PICTURES = ("photo", "small", "pad", "corner", "thick", "wide", "digit")
ASKED = [("photo", "after"), *((name, "before") for name in PICTURES)]


def program(name: str) -> str:
    """A code block by the file name after its language."""
    found = re.findall(rf"^```\w+ {re.escape(name)}\n(.*?)^```$", PAGE, re.MULTILINE | re.DOTALL)
    assert len(found) == 1, (name, len(found))
    return found[0]


def stroke(
    points: list[tuple[float, float]],
    size: tuple[int, int],
    box: tuple[float, float, float, float],
    width: float,
    ink: str,
    ground: str,
) -> Image.Image:
    """A digit as a pen draws it, anti-aliased; `box`: left, top, width, height in pixels."""
    left, top, across, down = box
    big = Image.new("RGB", (4 * size[0], 4 * size[1]), ground)
    pen = ImageDraw.Draw(big)
    at = [(4 * (left + x * across), 4 * (top + y * down)) for x, y in points]
    pen.line(at, fill=ink, width=int(4 * width), joint="curve")
    for x, y in at:
        pen.ellipse((x - 2 * width, y - 2 * width, x + 2 * width, y + 2 * width), fill=ink)
    return big.resize(size, Image.Resampling.LANCZOS)


@pytest.fixture(scope="module")
def pictures(mnist: Dataset, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """Pictures of digits as people have them, written as PNG."""
    folder = tmp_path_factory.mktemp("pictures")
    photo = stroke(SIX, (640, 480), (150, 40, 300, 400), 26, "#202838", "#fbfaf6")
    made = {
        "photo": photo.filter(ImageFilter.GaussianBlur(1.5)),  # dark blue pen on bright paper
        "small": stroke(SIX, (60, 60), (5, 5, 50, 50), 5, "white", "black"),
        "pad": stroke(TWO, (280, 280), (0, 0, 280, 280), 20, "white", "black"),
        "corner": stroke(SIX, (300, 500), (-30, -20, 160, 200), 12, "black", "white"),
        "thick": stroke(TWO, (280, 280), (0, 0, 280, 280), 45, "#dddddd", "black"),
        "wide": stroke(TWO, (900, 200), (100, 0, 700, 200), 18, "#111111", "#ffffff"),
        "digit": Image.fromarray(canvas_of(mnist.test.pixels[11])),
    }
    assert set(made) == set(PICTURES)
    for name, picture in made.items():
        picture.save(folder / f"{name}.png")
    return {name: folder / f"{name}.png" for name in made}


def expected(picture: Path, model: str) -> list[float]:
    """What `forgetdemo predict` says."""
    found: list[float] = answer_file(picture, MODELS_DIR)["models"][model]["probabilities"]
    return found


def same(said: str, wanted: list[float]) -> None:
    """Hold a program's line, class and probabilities, against forgetdemo's own."""
    label, _, rest = said.strip().partition(" ")
    probabilities = json.loads(rest)
    assert len(probabilities) == NUM_CLASSES and int(label) == int(np.argmax(wanted))
    assert (
        np.abs(np.array(probabilities) - wanted).max() < 0.02
    )  # pixels may differ by a few of 255


@pytest.fixture(scope="module")
def python(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with classify.py, far from the project."""
    folder = tmp_path_factory.mktemp("python")
    (folder / "classify.py").write_text(program("classify.py"))
    return folder


def run(command: list[str], place: Path) -> "subprocess.CompletedProcess[str]":
    """A program in its folder, without this project's paths."""
    return subprocess.run(
        command,
        cwd=place,
        capture_output=True,
        text=True,
        timeout=60,
        env={"PATH": "/usr/bin:/bin"},
    )


@pytest.mark.parametrize(("name", "model"), ASKED)
def test_python_answers_as_forgetdemo_does(
    python: Path, pictures: dict[str, Path], name: str, model: str
) -> None:
    command = [
        sys.executable,
        "classify.py",
        str(MODELS_DIR / f"{model}.onnx"),
        str(pictures[name]),
    ]
    done = run(command, python)
    assert done.returncode == 0, done.stderr
    same(done.stdout, expected(pictures[name], model))


def test_the_photo_is_a_six_and_then_a_three(pictures: dict[str, Path]) -> None:
    answers = [int(np.argmax(expected(pictures["photo"], model))) for model in MODELS]
    assert answers == [6, 3]


def test_the_python_program_needs_nothing_of_this_project(python: Path) -> None:
    done = run([sys.executable, "-c", "import forgetdemo"], python)
    assert done.returncode != 0 and "No module named 'forgetdemo'" in done.stderr
    text = program("classify.py")
    assert set(re.findall(r"^(?:import|from) (\w+)", text, re.MULTILINE)) == {
        *("sys", "numpy", "onnxruntime", "PIL")
    }
    body = [line for line in text.splitlines() if line and not re.match(r"import|from", line)]
    assert len(body) <= 20, "smallest: about twenty lines"


@pytest.mark.parametrize(
    "kind",
    [
        "transparent, black ink",
        "transparent, white ink",
        "turned, EXIF says how",
        "16 bits",
        "CMYK",
    ],
)
def test_python_reads_files_of_many_kinds(
    python: Path, tmp_path: Path, mnist: Dataset, kind: str
) -> None:
    for at in (0, 4):
        made = KINDS[kind].make(mnist.test.pixels[at], np.random.default_rng(at))
        (tmp_path / "picture").write_bytes(made.data())
        models = [str(MODELS_DIR / "before.onnx"), str(tmp_path / "picture")]
        done = run([sys.executable, "classify.py", *models], python)
        assert done.stdout.split()[:1] == [str(mnist.test.labels[at])], done.stderr


@pytest.mark.parametrize("grey", [0, 20, 255])
def test_python_says_that_there_is_no_ink(python: Path, tmp_path: Path, grey: int) -> None:
    Image.new("L", (50, 40), grey).save(tmp_path / "blank.png")
    done = run(
        [
            sys.executable,
            "classify.py",
            str(MODELS_DIR / "before.onnx"),
            str(tmp_path / "blank.png"),
        ],
        python,
    )
    assert (done.returncode, done.stdout, done.stderr) == (1, "", "no ink\n")


@pytest.mark.parametrize("model", MODELS)
def test_the_contract_on_the_page_is_the_files(model: str) -> None:
    session = ort.InferenceSession(MODELS_DIR / f"{model}.onnx")
    rows = re.findall(r"^\| (input|output) \| `(\w+)` \| \((.*?)\) (\w+) \|", PAGE, re.MULTILINE)
    assert len(rows) == 3
    found = [("input", value) for value in session.get_inputs()]
    found += [("output", value) for value in session.get_outputs()]
    for (kind, name, shape, dtype), (which, value) in zip(rows, found, strict=True):
        assert (kind, name, dtype) == (which, value.name, "float32")
        assert value.type == "tensor(float)"
        assert [str(n) for n in value.shape[1:]] == shape.split(", ")[1:]
        assert isinstance(value.shape[0], str), "the batch is free"


@pytest.fixture(scope="module")
def node(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the two modules, preprocess.js, and the pinned package as npm installs it."""
    assert f"onnxruntime-web@{ONNXRUNTIME.version}" in PAGE
    folder = tmp_path_factory.mktemp("node")
    package = folder / "node_modules/onnxruntime-web"
    members = [
        "package.json",
        "dist/ort.wasm.bundle.min.mjs",
        *(f"dist/{name}" for name in RUNTIME),
    ]
    for name, data in read_package(ONNXRUNTIME, members).items():
        (package / name).parent.mkdir(parents=True, exist_ok=True)
        (package / name).write_bytes(data)
    for name in ("classify.mjs", "main.mjs"):
        (folder / name).write_text(program(name))
    shutil.copyfile(ROOT / "web/shared/preprocess.js", folder / "preprocess.js")
    return folder


def in_node(node: Path, picture: Image.Image, model: str) -> str:
    """What main.mjs prints about a picture."""
    engine = shutil.which("node")
    assert engine, "Node.js is needed to run the programs of docs/INFERENCE.md: install nodejs"
    picture.convert("L").save(node / "picture.pgm")
    command = [engine, "main.mjs", str(MODELS_DIR / f"{model}.onnx"), "picture.pgm"]
    done = run(command, node)
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.mark.parametrize(("name", "model"), ASKED)
def test_javascript_answers_as_forgetdemo_does(
    node: Path, pictures: dict[str, Path], name: str, model: str
) -> None:
    with Image.open(pictures[name]) as picture:
        said = in_node(node, picture, model)
    wanted = expected(pictures[name], model)
    same(said, wanted)
    found = np.array(json.loads(said.partition(" ")[2]))
    assert np.abs(found - wanted).max() < 1e-4, "the same pixels to the bit"


def test_javascript_says_that_there_is_no_ink(node: Path) -> None:
    assert in_node(node, Image.new("L", (50, 40), 255), "before") == "no ink null\n"


@pytest.fixture
def site(tmp_path: Path) -> Iterator[str]:
    """The page of the third program on a plain file server."""
    members = ["dist/ort.wasm.min.mjs", *(f"dist/{name}" for name in RUNTIME)]
    (tmp_path / "ort").mkdir()
    for name, data in read_package(ONNXRUNTIME, members).items():
        (tmp_path / "ort" / Path(name).name).write_bytes(data)
    for name in ("index.html", "classify.mjs"):
        (tmp_path / name).write_text(program(name))
    shutil.copyfile(ROOT / "web/shared/preprocess.js", tmp_path / "preprocess.js")
    shutil.copyfile(MODELS_DIR / "after.onnx", tmp_path / "before.onnx")  # told apart by its answer

    class Quiet(http.server.SimpleHTTPRequestHandler):
        def log_message(self, *_: object) -> None:
            """Nothing is printed."""

    handler = functools.partial(Quiet, directory=str(tmp_path))
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()


def test_the_browser_s_page_answers_a_chosen_picture(
    site: str, pictures: dict[str, Path], tmp_path: Path
) -> None:
    Image.new("RGB", (40, 40), "white").save(tmp_path / "blank.png")
    ink = Image.open(pictures["photo"]).convert("L").point(lambda value: 255 - value)
    clear = Image.new("RGB", ink.size)
    clear.putalpha(ink.point(lambda value: max(0, value - 20)))
    clear.save(tmp_path / "clear.png")
    with chromium() as browser:
        page = browser.new_page()
        problems: list[str] = []
        page.on("pageerror", lambda error: problems.append(str(error)))
        page.on("request", lambda r: problems.append(r.url) if not r.url.startswith(site) else None)
        page.goto(site)
        page.wait_for_function("document.querySelector('input').onchange !== null")
        for path, wanted in (
            (pictures["photo"], "3"),
            (pictures["pad"], "2"),
            (tmp_path / "clear.png", "3"),
            (tmp_path / "blank.png", "no ink"),
        ):
            page.set_input_files("input", path)
            page.wait_for_function(
                "text => document.querySelector('output').value === text",
                arg=wanted,
                timeout=20_000,
            )
        assert problems == []
