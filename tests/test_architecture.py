"""The house stays in order: which room imports which, where torch may live, what is banned.

Rooms stand on floors and import downwards only, lazy imports included; rooms of one floor do not
import each other. `forgetdemo` never imports `export`, and `export` never imports the page.
"""

import ast
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from forgetdemo.settings.constants import ROOT

FLOORS = {  # top floor last
    **{"settings": 1, "system": 1},
    **{"metrics": 2, "terminal": 2},
    **{"files": 3, "plots": 3},
    **{"data": 4, "predict": 4},
    **{"network": 5},
    **{"methods": 6},
    **{"stages": 7},
    **{"audit": 8, "live": 8},
    **{"views": 9},
    **{"commands": 10, "ui": 10},
    **{"serve": 11},
    **{"cli": 12},
    **{"__main__": 13},
}
TORCH_ROOMS = {"network", "methods", "stages", "audit", "live"}
TORCH_IN_LIVE = {"work", "worker"}  # the rest of live/ is the web process's side
OWNERS = {  # a package, and the rooms and parts of export/ that may import it
    "torch": TORCH_ROOMS | {"export"},
    "torchvision": {"data"},  # lazily, to download
    "gradio": {"ui"},
    "onnx": {"export"},
    "onnxruntime": {"predict", "export"},
    "matplotlib": {"plots"},
}
TORCH_FREE = (
    *("settings system terminal metrics files plots data predict".split()),
    *("views ui commands serve cli".split()),
    *("live.manager live.orders live.driver live.hosting".split()),
    *("stages.finish stages.unlearn_onnx stages.evaluate_onnx stages.pictures".split()),
    *("audit.measures audit.attacks audit.rows audit.verdict audit.report audit.summary".split()),
)
BANNED = re.compile(
    r"\bpickle\b|torch\.load\(|(?<![\w.])eval\(|(?<![\w.])exec\(|shell=True|except:"
    r"|import pyplot|matplotlib\.pyplot"
)
MACHINE_PATH = re.compile(r"(?<![\w.])/(work|root|home)/")
LONGEST = 400  # lines, after which the question is: a second idea?


def files(*folders: str) -> list[Path]:
    """Python files of these folders of the checkout, in order."""
    found = [path for folder in folders for path in (ROOT / folder).rglob("*.py")]
    return sorted(path for path in found if "__pycache__" not in path.parts)


PACKAGE = files("forgetdemo")
SOURCES = [*PACKAGE, *files("export", "benchmarks"), ROOT / "app.py"]


def name_of(path: Path) -> str:
    """forgetdemo/files/run.py → forgetdemo.files.run; a room's __init__.py is the room."""
    parts = path.relative_to(ROOT).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


MODULES = {name_of(path) for path in SOURCES}


def imported(path: Path) -> Iterator[str]:
    """Everything a file may import, lazily too, but for what only type checkers read."""
    waiting: list[ast.AST] = [ast.parse(path.read_text(encoding="utf-8"))]
    while waiting:
        node = waiting.pop()
        if isinstance(node, ast.If) and "TYPE_CHECKING" in ast.unparse(node.test):
            continue
        waiting += ast.iter_child_nodes(node)
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0 and node.module, f"{path}: import by full name"
            for alias in node.names:
                whole = f"{node.module}.{alias.name}"
                yield whole if whole in MODULES else node.module


def room_of(module: str) -> str:
    """forgetdemo.files.run → files."""
    parts = module.split(".")
    return parts[1] if len(parts) > 1 else ""


@pytest.mark.parametrize("path", PACKAGE, ids=name_of)
def test_imports_point_down(path: Path) -> None:
    room = room_of(name_of(path))
    if not room:
        return
    for module in imported(path):
        top = module.split(".")[0]
        assert top not in ("export", "benchmarks", "app", "tests"), f"{module}: hand it in instead"
        if top == "forgetdemo" and room_of(module) != room:
            assert FLOORS[room_of(module)] < FLOORS[room], f"{module} is not below {room}"


def test_a_room_is_a_docstring_and_has_a_floor() -> None:
    for folder in (ROOT / "forgetdemo").iterdir():
        if folder.is_dir() and folder.name != "__pycache__":
            assert folder.name in FLOORS, f"{folder.name}/ has no floor"
            body = ast.parse((folder / "__init__.py").read_text(encoding="utf-8")).body
            assert len(body) == 1 and isinstance(body[0], ast.Expr), f"{folder}/__init__.py"


def test_no_module_imports_itself_through_others() -> None:
    graph = {name_of(p): {m for m in imported(p) if m in MODULES} - {name_of(p)} for p in SOURCES}
    done: set[str] = set()
    while len(done) < len(graph):
        ready = {name for name, needs in graph.items() if name not in done and needs <= done}
        assert ready, f"a circle among {sorted(set(graph) - done)}"
        done |= ready


@pytest.mark.parametrize("path", files("export"), ids=name_of)
def test_export_does_without_the_page(path: Path) -> None:
    for module in imported(path):
        assert not module.startswith(("forgetdemo.ui", "gradio")), module
        assert module.split(".")[0] not in ("benchmarks", "tests", "app"), module


@pytest.mark.parametrize("package", OWNERS)
def test_who_may_import_what(package: str) -> None:
    for path in SOURCES:
        name = name_of(path)
        owner = room_of(name) if name.startswith("forgetdemo") else name.split(".")[0]
        if any(module.split(".")[0] == package for module in imported(path)):
            assert owner in OWNERS[package] or owner == "benchmarks", f"{name} imports {package}"
            if package == "torch" and owner == "live":
                assert name.rpartition(".")[2] in TORCH_IN_LIVE, name


@pytest.mark.parametrize("name", ["app", *(f"forgetdemo.{room}" for room in TORCH_FREE)])
def test_imports_without_torch(name: str) -> None:
    """Every module of the room, in a process where torch cannot be imported."""
    places = [m for m in sorted(MODULES) if m == name or m.startswith(f"{name}.")]
    blocked = f"import sys; sys.modules['torch'] = None; import {', '.join(places)}"
    subprocess.run([sys.executable, "-W", "ignore", "-c", blocked], cwd=ROOT, check=True)


def test_views_and_the_static_page_need_no_gradio() -> None:
    places = [m for m in sorted(MODULES) if m.startswith(("forgetdemo.views", "export.web"))]
    blocked = (
        "import sys; sys.modules['gradio'] = None; "
        f"import {', '.join(m for m in places if not m.endswith('__main__'))}"
    )
    subprocess.run([sys.executable, "-W", "ignore", "-c", blocked], cwd=ROOT, check=True)


@pytest.mark.parametrize("path", SOURCES, ids=name_of)
def test_modules_are_clean(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    assert len(text.splitlines()) <= LONGEST, "a second idea in this file?"
    assert not BANNED.search(text), BANNED.search(text)
    assert not MACHINE_PATH.search(text), MACHINE_PATH.search(text)
    assert ast.get_docstring(ast.parse(text)), "a module says what it is for"
