"""What names a run: a key from settings, data, seed and code; versions for the record."""

import ast
import json
import platform
import subprocess
import sys
from collections.abc import Iterator, Mapping
from functools import cache, lru_cache
from importlib import metadata
from pathlib import Path
from typing import Any

from forgetdemo.files.checkpoint import sha256_hex
from forgetdemo.settings.constants import PACKAGE, ROOT

KEY_LENGTH = 16
PACKAGES = ("numpy", "torch", "onnx", "onnxscript", "onnxruntime", "safetensors", "scipy")


def source_of(module: str) -> Path | None:
    """The file of a module of this package; None for a name that is no module of it."""
    place = PACKAGE.parent.joinpath(*module.split("."))
    for path in (place / "__init__.py", place.with_suffix(".py")):
        if module.split(".")[0] == PACKAGE.name and path.is_file():
            return path
    return None


def imports_of(tree: ast.Module) -> Iterator[str]:
    """Every name that a module may import, lazily too, but for what only type checkers read."""
    waiting: list[ast.AST] = [tree]
    while waiting:
        node = waiting.pop()
        if isinstance(node, ast.If) and "TYPE_CHECKING" in ast.unparse(node.test):
            waiting += node.orelse
            continue
        waiting += ast.iter_child_nodes(node)
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield node.module
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def without_words(tree: ast.Module) -> str:
    """What a module does, as text: docstrings, comments and layout say nothing to a computer."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef):
            if ast.get_docstring(node, clean=False) is not None:
                node.body = node.body[1:] or [ast.Pass()]
    return ast.unparse(tree)


@cache
def code_of(entry: str) -> tuple[tuple[str, str], ...]:
    """Every module of this package that an entry module imports, itself and lazy imports included.

    Args:
        entry: a module's dotted name.
    Returns:
        (module, SHA-256 of what it does) by name.
    Raises:
        ValueError: there is no such module.
    """
    if source_of(entry) is None:
        raise ValueError(f"{entry} is no module of {PACKAGE.name}")
    found: dict[str, str] = {}
    waiting = [entry]
    while waiting:
        module = waiting.pop()
        path = source_of(module)
        if module in found or path is None:
            continue
        tree = ast.parse(path.read_bytes())
        waiting += imports_of(tree)
        found[module] = sha256_hex(without_words(tree).encode())
        waiting.append(module.rpartition(".")[0])
    return tuple(sorted(found.items()))


def code_version(entry: str) -> str:
    """SHA-256 over all code that decides what an entry module gives, derived from its imports.

    So a change in a module that a stage imports makes its runs stale, and a change anywhere else
    (the waiting line, the plots) makes none.

    Raises:
        ValueError: there is no such module.
    """
    lines = "".join(f"{module} {digest}\n" for module, digest in code_of(entry))
    return sha256_hex(lines.encode())


def stage_code(stage: str) -> str:
    """Version of the code that decides what a stage gives: "train", "unlearn", "relearn".

    A sweep's runs are `unlearn`'s: the same weights under the same key.

    The serving side names runs without importing a stage, which would import torch.
    """
    return code_version(f"forgetdemo.stages.{stage}")


def run_key(config: Mapping[str, Any], data_sha256: str, seed: int, code: str) -> str:
    """Name of a run: the same request finds the same folder.

    Args:
        config: all settings, as JSON takes them; the order of keys does not matter.
        data_sha256: of the data set; add the original's hash to `config` where there is one.
        seed: of the run.
        code: of the code, see `code_version`.
    Returns:
        16 lower-case hex digits.
    """
    whole = {"config": config, "data": data_sha256, "seed": seed, "code": code}
    text = json.dumps(whole, sort_keys=True, separators=(",", ":"), allow_nan=False)
    return sha256_hex(text.encode())[:KEY_LENGTH]


@lru_cache(maxsize=1)
def versions() -> dict[str, str]:
    """Versions of Python and of the libraries that are installed, without importing them."""
    found = {"python": platform.python_version(), "system": f"{sys.platform} {platform.machine()}"}
    for name in PACKAGES:
        try:
            found[name] = metadata.version(name)
        except metadata.PackageNotFoundError:
            continue
    return found


@lru_cache(maxsize=1)
def git_commit() -> str | None:
    """The commit that is checked out; None without git, or outside a clone of this repository."""
    command = ["git", "-C", str(ROOT), "rev-parse", "--show-toplevel", "HEAD"]
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=10, check=True)
    except (OSError, subprocess.SubprocessError):
        return None
    top, _, commit = done.stdout.strip().partition("\n")
    return commit if Path(top).resolve() == ROOT else None
