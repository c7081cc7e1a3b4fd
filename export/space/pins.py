"""requirements.txt → the packages of a Space or a container: the same pins, torch without CUDA.

`python -m export.space.pins` prints them for a container. Standard library only: it runs before
anything is installed.
"""

import argparse
import re
import sys
from collections.abc import Sequence
from pathlib import Path

REQUIREMENTS = Path(__file__).resolve().parents[2] / "requirements.txt"
CPU_WHEELS = "https://download.pytorch.org/whl/cpu"  # PyTorch's own index; PyPI's wheel has CUDA
RUNS = ("matplotlib", "onnx", "torch")  # what live runs need beyond the page's group
SDK = "gradio"  # on a Space `sdk_version` installs it
PIN = re.compile(r"([A-Za-z0-9._-]+)(?:\[[a-z0-9,]+\])?==([A-Za-z0-9.+!_-]+)")


def read_pins(text: str) -> list[dict[str, str]]:
    """The groups of a requirements file, in order: per group, line by package.

    Args:
        text: comments, blank lines between groups, and `name==version` lines.
    Raises:
        ValueError: another kind of line, or no line at all.
    """
    groups: list[dict[str, str]] = [{}]
    for line in text.splitlines():
        plain = line.partition("#")[0].strip()
        found = PIN.fullmatch(plain)
        if found:
            groups[-1][found[1].lower()] = plain
        elif plain:
            raise ValueError(f"requirements.txt: expected name==version, got {plain!r}")
        elif not line.strip() and groups[-1]:
            groups.append({})
    groups = [group for group in groups if group]
    if not groups:
        raise ValueError("requirements.txt pins nothing")
    return groups


def version_of(text: str, package: str) -> str:
    """The pinned version of a package.

    Raises:
        ValueError: it is not pinned.
    """
    for group in read_pins(text):
        if package in group:
            return group[package].partition("==")[2]
    raise ValueError(f"requirements.txt does not pin {package}")


def requirements(text: str, *, runs: bool = True, gradio: bool = True, cpu: bool = True) -> str:
    """Pick the packages of the page, and of live runs, with their pins.

    Args:
        text: the project's requirements.txt; its first group is the page's.
        runs: with torch and what else the worker needs.
        gradio: with gradio; a Space has its own line for that, in README.md.
        cpu: torch as the CPU build, from PyTorch's index, named on the first line.
    Returns:
        Lines that pip takes.
    Raises:
        ValueError: as `read_pins`, or a needed package is not pinned.
    """
    page = [line for name, line in read_pins(text)[0].items() if gradio or name != SDK]
    more = [f"{name}=={version_of(text, name)}" for name in RUNS] if runs else []
    head = []
    if runs and cpu:
        head = [f"--extra-index-url {CPU_WHEELS}"]
        more = [f"{line}+cpu" if line.startswith("torch==") else line for line in more]
    return "\n".join([*head, *page, *more]) + "\n"


def main(arguments: Sequence[str] | None = None) -> int:
    """Print the packages of a container."""
    parser = argparse.ArgumentParser(prog="python -m export.space.pins", description=__doc__)
    parser.add_argument("--no-runs", action="store_true", help="the page only, without torch")
    flags = parser.parse_args(arguments)
    try:
        text = REQUIREMENTS.read_text(encoding="utf-8")
        print(requirements(text, runs=not flags.no_runs), end="")
    except (ValueError, OSError) as error:
        print(f"error: {error}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
