"""Runs survive the disk, and refuse to be anything else than what was written."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from forgetdemo.files import keys
from forgetdemo.files.checkpoint import CheckpointError
from forgetdemo.files.keys import git_commit, run_key, versions
from forgetdemo.files.run import extend_run, read_run, save_run
from forgetdemo.settings.constants import ROOT
from tests.helpers.reports import report

HISTORY: dict[str, list[dict[str, float]]] = {"train": [], "unlearn": []}
WEIGHTS = {"before": {"fc3.bias": np.arange(10, dtype=np.float32)}}


def save(out: Path, **changes: Any) -> dict[str, Any]:
    values: dict[str, Any] = dict(
        config={"steps": 3},
        seed=7,
        data_sha256="d" * 64,
        report=report(),
        history=HISTORY,
        weights=WEIGHTS,
        code="c" * 64,
    )
    return save_run(out, **(values | changes))


def test_a_run_round_trips(tmp_path: Path) -> None:
    manifest = save(tmp_path / "run", about={"recipe": "robust"})
    run = read_run(tmp_path / "run", dataset="mnist")
    assert run.manifest == manifest
    assert run.report.to_dict() == report().to_dict()
    assert (run.config, run.history, run.dataset) == ({"steps": 3}, HISTORY, "mnist")
    assert run.has("before") and not run.has("after")
    assert (run.weights("before")["fc3.bias"] == np.arange(10)).all()
    assert manifest["key"] == run_key({"steps": 3}, "d" * 64, 7, "c" * 64)
    assert (manifest["recipe"], manifest["forget_class"], manifest["seed"]) == ("robust", 6, 7)
    with pytest.raises(CheckpointError, match="no after.safetensors"):
        run.weights("after")


def test_a_newer_run_replaces_an_older_one(tmp_path: Path) -> None:
    save(tmp_path / "run")
    save(tmp_path / "run", config={"steps": 4})
    assert read_run(tmp_path / "run").config == {"steps": 4}
    assert [path.name for path in tmp_path.iterdir()] == ["run"]


def test_a_run_gets_further_files_and_stays_what_it_is(tmp_path: Path) -> None:
    save(tmp_path / "run", about={"recipe": "robust"})
    run = read_run(tmp_path / "run")
    more = extend_run(run, {"plots/a.svg": b"<svg/>"})
    assert dict(more.files) == {**run.files, "plots/a.svg": b"<svg/>"}
    facts = [{k: v for k, v in r.manifest.items() if k != "files"} for r in (run, more)]
    assert facts[0] == facts[1]
    with pytest.raises(ValueError, match="cannot write"):
        extend_run(more, {"../outside": b""})
    assert read_run(tmp_path / "run").manifest == more.manifest


def test_nothing_is_written_of_a_run_that_cannot_be(tmp_path: Path) -> None:
    save(tmp_path / "run")
    with pytest.raises(ValueError):
        save(tmp_path / "run", history={"train": [{"loss": float("nan")}]})
    with pytest.raises(ValueError, match="a run needs before.safetensors"):
        save(tmp_path / "run", weights={})
    assert read_run(tmp_path / "run").config == {"steps": 3}


def edit(path: Path, change: Any) -> None:
    """Change a file and make the manifest agree, as somebody tampering with care would."""
    from forgetdemo.files.checkpoint import file_record

    path.write_bytes(change(path.read_bytes()))
    manifest = json.loads((path.parent / "manifest.json").read_text())
    manifest["files"][path.name] = file_record(path.read_bytes())
    (path.parent / "manifest.json").write_text(json.dumps(manifest))


@pytest.mark.parametrize(
    ("name", "change", "sentence"),
    [
        ("report.json", lambda data: b"{", "is damaged"),
        ("report.json", lambda data: b"[]", "report must be an object"),
        ("report.json", lambda data: data.replace(b'"mnist"', b'"kmnist"'), "disagree"),
        ("config.json", lambda data: b"[]", "config or history"),
        ("before.safetensors", lambda data: data[:9], "not a safetensors file"),
    ],
)
def test_consistent_nonsense_is_refused_too(
    tmp_path: Path, name: str, change: Any, sentence: str
) -> None:
    save(tmp_path / "run")
    edit(tmp_path / "run" / name, change)
    with pytest.raises(CheckpointError, match=sentence):
        read_run(tmp_path / "run").weights("before")


def test_incomplete_foreign_and_missing_runs(tmp_path: Path) -> None:
    run = tmp_path / "run"
    with pytest.raises(FileNotFoundError, match="does not exist"):
        read_run(run)
    save(run)
    with pytest.raises(CheckpointError, match=r"another data set \(mnist, expected kmnist\)"):
        read_run(run, dataset="kmnist")
    manifest = json.loads((run / "manifest.json").read_text())
    del manifest["files"]["history.json"]
    (run / "manifest.json").write_text(json.dumps(manifest))
    with pytest.raises(CheckpointError, match="incomplete.*history.json"):
        read_run(run)


settings = st.dictionaries(st.text(max_size=5), st.integers() | st.booleans() | st.none())


@given(settings, settings)
def test_equal_requests_have_equal_keys_and_others_do_not(
    a: dict[str, Any], b: dict[str, Any]
) -> None:
    key = run_key(a, "d", 0, "c")
    assert len(key) == 16 and int(key, 16) >= 0
    assert run_key(dict(reversed(a.items())), "d", 0, "c") == key
    same = json.dumps(a, sort_keys=True) == json.dumps(b, sort_keys=True)
    assert (run_key(b, "d", 0, "c") == key) == same
    assert (
        len({key, run_key(a, "e", 0, "c"), run_key(a, "d", 1, "c"), run_key(a, "d", 0, "x")}) == 4
    )


def test_keys_refuse_what_json_cannot_say() -> None:
    with pytest.raises(ValueError):
        run_key({"lr": float("nan")}, "d", 0, "c")


def test_versions_name_python_and_numpy() -> None:
    assert versions()["python"].count(".") == 2
    assert versions()["numpy"] == np.__version__


def test_git_commit_is_a_commit_or_nothing(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    fresh = git_commit.__wrapped__
    commit = fresh()
    assert commit is None or len(commit) == 40
    monkeypatch.setattr(keys, "ROOT", tmp_path)  # no clone
    assert fresh() is None
    monkeypatch.setenv("PATH", "")  # no git
    assert fresh() is None


def test_reading_a_run_needs_no_torch() -> None:
    script = "import sys; sys.modules['torch'] = None; import forgetdemo.files.run"
    subprocess.run([sys.executable, "-c", script], cwd=ROOT, check=True)
