"""A key changes with the code that decides a result, and with no other."""

import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from forgetdemo.files import keys
from forgetdemo.files.keys import code_of, code_version, run_key, stage_code
from forgetdemo.settings.constants import ROOT

STAGES = ("train", "unlearn", "unlearn_onnx", "relearn")
EXAMINING = "forgetdemo.audit.examine"


@pytest.fixture
def package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A copy of the package whose files may be changed."""
    place = tmp_path / "forgetdemo"
    shutil.copytree(ROOT / "forgetdemo", place, ignore=shutil.ignore_patterns("__pycache__"))
    monkeypatch.setattr(keys, "PACKAGE", place)
    code_of.cache_clear()
    yield place
    code_of.cache_clear()


def changed(package: Path, name: str, line: str = "CHANGED = 1\n") -> None:
    """Add a line to a module, as an edit would."""
    path = package / name
    path.write_text(path.read_text() + line)
    code_of.cache_clear()


def all_keys() -> dict[str, str]:
    """The code version of every stage, and of the audit's cache."""
    return {stage: stage_code(stage) for stage in STAGES} | {"examine": code_version(EXAMINING)}


@pytest.mark.parametrize(
    ("module", "stale"),
    [
        ("data.py", {*STAGES, "examine"}),
        ("network/model.py", {"train", "unlearn", "relearn", "examine"}),
        ("predict/unlearn.py", {"unlearn_onnx"}),
        ("network/augment.py", {"train", "unlearn", "relearn", "examine"}),
        ("network/relearn.py", {"relearn", "examine"}),
        ("methods/losses.py", {"unlearn"}),
        ("methods/registry.py", {"unlearn"}),
        ("settings/methods.py", {"unlearn", "unlearn_onnx"}),
        ("metrics/attacks.py", {"examine"}),
        ("metrics/counts.py", {*STAGES, "examine"}),  # a run's report is made of them
        ("live/manager.py", set()),  # the waiting line
        ("live/work.py", set()),
        ("plots/report.py", set()),
        ("stages/pictures.py", set()),
        ("audit/attacks.py", {"examine"}),
        ("audit/measures.py", set()),  # computed from what was measured, every time
        ("audit/looks.py", set()),
        ("audit/verdict.py", set()),
        ("ui/page.py", set()),
        ("cli.py", set()),
    ],
)
def test_what_a_stage_imports_makes_it_stale_and_nothing_else(
    package: Path, module: str, stale: set[str]
) -> None:
    before = all_keys()
    changed(package, module)
    after = all_keys()
    assert {name for name in before if before[name] != after[name]} == stale


def test_keys_cover_what_python_really_imports() -> None:
    """An independent reference: import the stage and see which modules are there."""
    for stage in STAGES:
        script = (
            f"import sys, forgetdemo.stages.{stage}; "
            "print(*sorted(m for m in sys.modules if m.split('.')[0] == 'forgetdemo'))"
        )
        done = subprocess.run(
            [sys.executable, "-c", script], cwd=ROOT, capture_output=True, text=True, check=True
        )
        known = {module for module, _ in code_of(f"forgetdemo.stages.{stage}")}
        assert set(done.stdout.split()) <= known, "an import that the key does not see"


def test_words_and_layout_make_nothing_stale(package: Path) -> None:
    before = all_keys()
    path = package / "network/train.py"
    text = path.read_text().replace('"""The plain training loop', '"""The loop, plain')
    path.write_bytes((text + "# a comment\n").replace("\n", "\r\n").encode())
    code_of.cache_clear()
    assert all_keys() == before


def test_a_lazy_import_counts(package: Path) -> None:
    before = stage_code("train")
    changed(package, "stages/train.py", "\ndef later():\n    import forgetdemo.plots.report\n")
    with_plots = stage_code("train")
    assert with_plots != before
    changed(package, "plots/report.py")
    assert stage_code("train") != with_plots


def test_an_unknown_stage_is_refused() -> None:
    with pytest.raises(ValueError, match=r"forgetdemo\.stages\.tarin is no module"):
        stage_code("tarin")


def test_the_code_is_read_once(monkeypatch: pytest.MonkeyPatch) -> None:
    stage_code("train")
    monkeypatch.setattr(keys, "source_of", None)
    assert len(run_key({}, "d", 0, stage_code("train"))) == 16
