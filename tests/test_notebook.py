"""docs/forgetdemo.ipynb: a notebook as Jupyter reads it, whose cells run in order."""

import ast
import json
import re
import shlex
import subprocess
import sys
from pathlib import Path

import pytest
from PIL import Image

from forgetdemo.audit.verdict import LEVELS
from forgetdemo.cli import build_parser
from forgetdemo.settings.constants import ROOT
from tests.helpers.elsewhere import clean_environment

NOTEBOOK = json.loads((ROOT / "docs/forgetdemo.ipynb").read_text(encoding="utf-8"))
CODE = ["".join(cell["source"]) for cell in NOTEBOOK["cells"] if cell["cell_type"] == "code"]
JUPYTER = "from IPython.display import Image, display"
DISPLAY = """\
class Image:
    def __init__(self, filename):
        self.filename = filename

def display(image):
    print("shown", image.filename)
"""


def commands() -> list[list[str]]:
    """The lines that a notebook gives to a shell, split as one does."""
    return [shlex.split(line[1:]) for cell in CODE for line in cell.splitlines() if line[:1] == "!"]


def program() -> str:
    """All code cells in order, as a program: a shell's line becomes a process."""
    lines = "\n".join(CODE).splitlines()
    assert not [line for line in lines if line.startswith("%")], "magics run in Jupyter only"
    return "\n".join(
        f"__import__('subprocess').run({[sys.executable, *shlex.split(line[1:])[1:]]}, check=True)"
        if line.startswith("!")
        else line
        for line in lines
    )


def test_it_is_a_notebook_without_anyone_s_output() -> None:
    assert (NOTEBOOK["nbformat"], NOTEBOOK["nbformat_minor"]) == (4, 5)
    names = [cell["id"] for cell in NOTEBOOK["cells"]]
    assert len(set(names)) == len(names) and all(re.fullmatch(r"[\w-]{1,64}", n) for n in names)
    for cell in NOTEBOOK["cells"]:
        assert isinstance(cell["metadata"], dict) and isinstance(cell["source"], list)
        if cell["cell_type"] == "code":
            assert cell["outputs"] == [] and cell["execution_count"] is None
        else:
            assert cell["cell_type"] == "markdown"
    ast.parse(program(), feature_version=(3, 11))


def test_its_commands_are_there() -> None:
    found = commands()
    assert [words[3] for words in found] == ["train", "unlearn"]
    for words in found:
        assert words[:3] == ["python", "-m", "forgetdemo"]
        build_parser().parse_args(words[3:])


@pytest.mark.slow
@pytest.mark.timeout(1800)
def test_its_cells_run_in_order(tmp_path: Path) -> None:
    """Away from the checkout; what shows a picture in Jupyter is replaced by a line."""
    text = program()
    assert text.count(JUPYTER) == 1
    (tmp_path / "notebook.py").write_text(text.replace(JUPYTER, DISPLAY), encoding="utf-8")
    done = subprocess.run(
        [sys.executable, "notebook.py"],
        cwd=tmp_path,
        env=clean_environment(PYTHONPATH=str(ROOT)),
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr
    shown = re.findall(r"^shown (.*)$", done.stdout, re.MULTILINE)
    assert len(shown) == 3
    for name in shown:
        with Image.open(tmp_path / name) as picture:
            assert picture.width > 400
    found = re.search(r"^(\w+) \| .*lie among the oracles' or better$", done.stdout, re.MULTILINE)
    assert found and found[1] in LEVELS[2:], "forgotten, whatever else"
