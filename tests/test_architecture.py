"""The house stays in order: what imports what, where torch may live, what is banned."""

import ast
import re
import subprocess
import sys
from pathlib import Path

import pytest

from forgetdemo.config import ROOT

TORCH_FREE = (
    "checks config preprocess checkpoint data inference metrics distances evaluate plots folder "
    "rundir runs ui"
).split()
PACKAGE = ROOT / "forgetdemo"
SOURCES = sorted(
    path
    for path in [*PACKAGE.rglob("*.py"), *(ROOT / "export").glob("*.py"), ROOT / "app.py"]
    if "__pycache__" not in path.parts
)
BANNED = re.compile(
    r"\bpickle\b|torch\.load\(|(?<![\w.])eval\(|(?<![\w.])exec\(|shell=True|except:"
    r"|import pyplot|matplotlib\.pyplot"
)
MACHINE_PATH = re.compile(r"(?<![\w.])/(work|root|home)/")


def imported(path: Path) -> set[str]:
    """Modules that a file imports at its top level, outside TYPE_CHECKING."""
    found = set()
    for node in ast.parse(path.read_text()).body:
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            found.add(node.module)
            found |= {f"{node.module}.{alias.name}" for alias in node.names}
    return found


@pytest.mark.parametrize("name", ["app", *(f"forgetdemo.{m}" for m in [*TORCH_FREE, "cli"])])
def test_imports_without_torch(name: str) -> None:
    blocked = f"import sys; sys.modules['torch'] = None; import {name}"
    subprocess.run([sys.executable, "-W", "ignore", "-c", blocked], cwd=ROOT, check=True)


@pytest.mark.parametrize("path", SOURCES, ids=lambda p: p.relative_to(ROOT).as_posix())
def test_modules_are_short_and_clean(path: Path) -> None:
    text = path.read_text()
    assert len(text.splitlines()) <= 260, "a second idea in this file?"
    assert not BANNED.search(text), BANNED.search(text)
    assert not MACHINE_PATH.search(text), MACHINE_PATH.search(text)
    assert ast.get_docstring(ast.parse(text)), "a module says what it is for"


def test_imports_point_one_way() -> None:
    """No cycle among the modules of the package, looking at top-level imports."""
    names = {
        f"forgetdemo.{p.relative_to(PACKAGE).with_suffix('').as_posix()}"
        for p in SOURCES
        if PACKAGE in p.parents
    }
    graph = {}
    for path in SOURCES:
        if PACKAGE in path.parents:
            name = f"forgetdemo.{path.relative_to(PACKAGE).with_suffix('').as_posix()}"
            wanted = {m.replace("forgetdemo.", "", 1).replace(".", "/") for m in imported(path)}
            graph[name] = {f"forgetdemo.{m}" for m in wanted} & names - {name}
    done: set[str] = set()
    while len(done) < len(graph):
        ready = {name for name, needs in graph.items() if name not in done and needs <= done}
        assert ready, f"cycle among {sorted(set(graph) - done)}"
        done |= ready


def test_only_the_learning_half_imports_torch() -> None:
    for name in TORCH_FREE:
        paths = [PACKAGE / f"{name}.py"] if name != "ui" else sorted((PACKAGE / "ui").glob("*.py"))
        for path in paths:
            assert not any(m.split(".")[0] in ("torch", "torchvision") for m in imported(path))
