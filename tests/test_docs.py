"""What the texts say is there: links, commands, rooms, methods, versions, figures, programs."""

import argparse
import json
import re
import shlex
import statistics
import subprocess
import sys
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path

import pytest
import yaml
from PIL import Image

from forgetdemo.cli import build_parser
from forgetdemo.settings.constants import ROOT
from forgetdemo.settings.methods import METHOD_DEFAULTS
from forgetdemo.settings.version import VERSION
from tests.helpers.browser import running_app

README = ROOT / "README.md"
PAGES = sorted([*ROOT.glob("*.md"), *(ROOT / "docs").glob("*.md")])
TEXTS = {str(path.relative_to(ROOT)): path.read_text(encoding="utf-8") for path in PAGES}
LINK = re.compile(r"\]\((?!https?:)([^)\s]+)\)")
FENCE = re.compile(r"^```(.*?)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
STARTS = ("python -m ", "python app.py", "make ", "forgetdemo ")


def fenced(text: str) -> str:
    """The lines inside code fences that name no file: commands and what they print."""
    return "\n".join(body for head, body in FENCE.findall(text) if not head.strip())


def commands(text: str) -> Iterator[list[str]]:
    """Every command that a text names, split as a shell does; brackets and comments are dropped."""
    inline = re.findall(r"`([^`\n]+)`", FENCE.sub("", text).replace("\n", " "))
    for line in [*fenced(text).splitlines(), *inline]:
        for part in re.split(r"&&|\|", line.split("#")[0]):
            if part.strip().startswith(STARTS):
                yield shlex.split(re.sub(r"[\[\]…]", " ", part))


NAMED = sorted({(page, *words) for page, text in TEXTS.items() for words in commands(text)})


def subparser(parser: argparse.ArgumentParser, name: str) -> argparse.ArgumentParser:
    """The parser of one command."""
    (choice,) = (a for a in parser._actions if isinstance(a, argparse._SubParsersAction))
    assert name in choice.choices, f"there is no command {name}"
    found = choice.choices[name]
    assert isinstance(found, argparse.ArgumentParser)
    return found


def anchors(text: str) -> set[str]:
    """Headings as the places that links lead to."""
    titles = re.findall(r"^#+ (.+)$", text, re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", title.lower()).replace(" ", "-") for title in titles}


def test_readme_fits_and_shows_first_what_it_is() -> None:
    lines = TEXTS["README.md"].splitlines()
    assert len(lines) <= 120
    first = "\n".join(lines[:30])
    for part in ("docs/screenshot.png", "make app", "make test", "| original |", "| control"):
        assert part in first, part


@pytest.mark.parametrize("page", TEXTS)
def test_links_lead_somewhere(page: str) -> None:
    for link in LINK.findall(TEXTS[page]):
        name, _, anchor = link.partition("#")
        target = (ROOT / page).parent / name if name else ROOT / page
        assert target.exists(), f"{page} links to {link}"
        if anchor:
            assert anchor in anchors(target.read_text(encoding="utf-8")), f"{page} → {link}"


@pytest.mark.parametrize("page", TEXTS)
def test_files_that_are_named_exist(page: str) -> None:
    places = r"(?:forgetdemo|export|web|tests|benchmarks|docs)/[\w./-]+\.(?:py|js|json|md|png)"
    for name in re.findall(rf"`({places})`", TEXTS[page]):
        assert (ROOT / name).exists(), f"{page} names {name}"


@pytest.mark.parametrize("named", NAMED, ids=" ".join)
def test_commands_are_there_and_take_their_flags(named: tuple[str, ...]) -> None:
    _, start, *words = named
    if start == "make":
        rules = re.findall(r"^([\w-]+):", (ROOT / "Makefile").read_text(), re.MULTILINE)
        assert set(words) <= set(rules), words
        return
    module = words[1] if words[:1] == ["-m"] else "forgetdemo"
    if start == "python" and words[0] == "app.py":
        words = ["app", *words[1:]]
    elif start == "python":
        words = words[2:]
    if module.split(".")[0] in ("http", "venv"):
        return
    found = find_spec(module)
    assert found is not None and found.origin, f"there is no module {module}"
    flags = [word.split("=")[0] for word in words if word.startswith("--")]
    if module == "forgetdemo":
        parser = build_parser()
        if words and not words[0].startswith("-"):
            parser = subparser(parser, words[0])
        known = set(parser._option_string_actions)
        assert set(flags) <= known, set(flags) - known
    else:
        place = Path(found.origin)
        package = place.parent.glob("*.py") if place.name == "__init__.py" else [place]
        source = "".join(path.read_text(encoding="utf-8") for path in package)
        if "export.deliver" in source:  # its flags are shared
            source += (ROOT / "export/deliver.py").read_text(encoding="utf-8")
        for flag in flags:
            assert f'"{flag}"' in source, f"{module} has no {flag}"


@pytest.mark.parametrize("line", [*fenced(TEXTS["README.md"] + TEXTS["docs/API.md"]).splitlines()])
def test_whole_command_lines_parse(line: str) -> None:
    words = shlex.split(line.split("#")[0]) if line.startswith("python -m forgetdemo ") else []
    if words:
        build_parser().parse_args(words[3:])


def test_every_benchmark_is_named_somewhere() -> None:
    everything = "".join(TEXTS.values())
    for path in (ROOT / "benchmarks").glob("[!_]*.py"):
        assert f"python -m benchmarks.{path.stem}" in everything


def test_versions_agree() -> None:
    newest = re.search(r"^## \[(\d+\.\d+\.\d+)\] - (\S+)$", TEXTS["CHANGELOG.md"], re.MULTILINE)
    cited = yaml.safe_load((ROOT / "CITATION.cff").read_text(encoding="utf-8"))
    assert newest and newest[1] == VERSION == cited["version"]
    assert newest[2] == cited["date-released"]


def test_every_room_has_its_line() -> None:
    rooms = [path.parent for path in (ROOT / "forgetdemo").glob("*/__init__.py")]
    for name in [*(f"forgetdemo/{room.name}/" for room in rooms), "export/", "web/", "benchmarks/"]:
        assert re.search(rf"^\| .*`{name}`", TEXTS["README.md"], re.MULTILINE), name


def rows(text: str) -> dict[str, list[str]]:
    """A Markdown table's rows by their first cell."""
    cells = [[c.strip(" *") for c in line.strip("|").split("|")] for line in text.splitlines()]
    return {row[0].strip("`"): row[1:] for row in cells if len(row) > 1}


def shown(value: object) -> str:
    """A setting as the texts spell it."""
    if isinstance(value, tuple):
        return ", ".join(value)
    return "none" if value is None else f"{value:.6g}" if isinstance(value, float) else f"{value}"


@pytest.mark.parametrize("method", METHOD_DEFAULTS)
def test_every_method_has_its_settings_and_figures(method: str) -> None:
    section = re.search(rf"^### {method}\n(.*?)(?=^#|\Z)", TEXTS["docs/METHODS.md"], re.M | re.S)
    assert section, f"docs/METHODS.md has no section {method}"
    words = " ".join(section[1].split())
    for name in ("Formula", "Source", "Published", "Ours", "Measured"):
        assert f"**{name}:**" in words, name
    for name, value in METHOD_DEFAULTS[method].items():
        assert f"`{name}` {shown(value)}" in words, name
    measured = rows(TEXTS["docs/methods.md"]).get(method)
    if measured is None:  # a new one, until `bench methods` runs again
        assert "**Measured:** not yet" in words
        return
    forget, retain, _, js, _, sent, height, *_, prototype, seconds = measured
    assert (
        f"class 6 {forget} %, others {retain} %, JS {js}, sixes to 3 {sent} %, relearning curve "
        f"{height} %, prototype {prototype} %, {seconds} of a retrain's time." in words
    )


COLUMNS = (  # of README's table: a figure, what it is multiplied by, digits shown
    ("acc_forget", 100, 2),
    ("acc_retain", 100, 2),
    ("redirect_rate", 100, 1),
    ("mia_auc", 1, 2),
    ("area_50", 100, 1),
)


@pytest.mark.parametrize(
    ("row", "method"),
    [
        ("original", ""),
        ("oracle: ", ""),
        ("**unlearned**", "described"),
        ("control: ", "logit_mask"),
    ],
)
def test_readme_shows_the_benchmark(row: str, method: str) -> None:
    bench = json.loads((ROOT / "docs/methods.json").read_text())
    references, runs = bench["references"], [r for r in bench["rows"] if r["method"] == method]
    (line,) = re.findall(rf"^\| {re.escape(row)}.*", TEXTS["README.md"], re.MULTILINE)
    for (key, scale, digits), cell in zip(COLUMNS, line.split("|")[2:], strict=False):
        if method:
            values = [scale * run[key] for run in runs]
            mean, sd = statistics.mean(values), statistics.stdev(values)
        elif row == "original":
            mean, sd = scale * references["original"][key], 0.0
        else:
            mean, sd = (scale * references[name][key] for name in ("oracle_mean", "oracle_sd"))
        alone = f"{mean:.{digits}f}"
        assert cell.strip(" *") in (alone, f"{alone} ± {sd:.{digits}f}"), key


def program(page: str, name: str) -> str:
    """A code block by the file name after its language."""
    (found,) = (body for head, body in FENCE.findall(TEXTS[page]) if head.endswith(f" {name}"))
    return str(found)


def test_the_stages_program_runs_elsewhere(tmp_path: Path) -> None:
    for name in ("forgetdemo", "assets", "export"):
        (tmp_path / name).symlink_to(ROOT / name)
    Image.new("L", (28, 28)).save(tmp_path / "six.png")
    (tmp_path / "stages.py").write_text(program("docs/API.md", "stages.py"), encoding="utf-8")
    done = subprocess.run(
        [sys.executable, "stages.py"], cwd=tmp_path, capture_output=True, text=True, check=True
    )
    lines = done.stdout.splitlines()
    assert len(lines) == 4 and lines[1] == "0.0" and lines[2] == "True"
    assert (tmp_path / "runs/two/report.json").is_file()


@pytest.mark.slow  # browser tests ask every endpoint, too
def test_the_client_program_runs(tmp_path: Path) -> None:
    with running_app() as address:
        text = program("docs/API.md", "client.py").replace("http://localhost:7860", address)
        (tmp_path / "client.py").write_text(text, encoding="utf-8")
        done = subprocess.run(
            [sys.executable, "-W", "ignore", "client.py"],
            cwd=tmp_path,
            capture_output=True,
            text=True,
            check=True,
        )
    lines = done.stdout.splitlines()
    assert lines[0].startswith("Before: ") and any(line.startswith("done") for line in lines)
    assert lines[-1].endswith("done")
