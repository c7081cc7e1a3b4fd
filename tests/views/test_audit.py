"""The shipped audit as the page reads it, and the commands that make a run and its audit again."""

import json
import shutil
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from forgetdemo.cli import build_parser
from forgetdemo.files.checkpoint import CheckpointError, write_json
from forgetdemo.files.run import read_run
from forgetdemo.files.sealed import sealed
from forgetdemo.live.orders import make_order
from forgetdemo.predict.inference import Models, load_models
from forgetdemo.settings.constants import MODELS_DIR
from forgetdemo.settings.records import as_json
from forgetdemo.settings.unlearning import unlearn_config
from forgetdemo.views import audit
from tests.helpers.audits import small_audit


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """The shipped models with an audit beside them."""
    place = Path(shutil.copytree(MODELS_DIR, tmp_path / "models"))
    write_json(place / "audit.json", sealed(small_audit().to_dict()))
    return place


def damaged(place: Path, change: Any) -> Models:
    found = json.loads((place / "audit.json").read_text())
    (place / "audit.json").write_text(json.dumps(sealed(change(found))))
    return load_models(place)


def test_an_audit_is_read_whole(folder: Path) -> None:
    found = audit.read_audit(load_models(folder))
    assert found == json.loads(json.dumps(sealed(small_audit().to_dict())))
    assert found["verdict"]["level"] == "shallow"
    assert "5 oracles" in audit.limits(found) and audit.limits(found).count(". ") == 0


def test_no_audit_says_how_to_make_one(folder: Path) -> None:
    (folder / "audit.json").unlink()
    with pytest.raises(FileNotFoundError, match="python -m forgetdemo audit --run models --out"):
        audit.read_audit(load_models(folder))
    flags = build_parser().parse_args(audit.command_for(load_models(MODELS_DIR)).split()[3:])
    assert flags.run == Path("assets/models") == flags.out
    assert str(folder.parent) not in audit.command_for(load_models(folder))


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (lambda f: f | {"format": "forgetdemo-audit/0"}, "no audit of this version"),
        (lambda f: f | {"rows": []}, "damaged"),
        (lambda f: f | {"rows": [f["rows"][0] | {"extra": 1}]}, "damaged"),
        (lambda f: f | {"rows": 7}, "damaged"),
        (lambda f: f | {"verdict": {"level": "perfect", "sentence": "yes"}}, "damaged"),
        (lambda f: f | {"verdict": None}, "damaged"),
        (lambda f: f | {"steps": [0, 1]}, "damaged"),
        (lambda f: f | {"curves": {"run": {"5": [1.0]}}}, "damaged"),
        (lambda f: f | {"about": {}}, "damaged"),
        (lambda f: f | {"forget_class": 5}, "another model"),
        (lambda f: f | {"about": f["about"] | {"run_sha256": "0" * 64}}, "another model"),
    ],
)
def test_what_is_no_audit_of_these_models_is_refused(folder: Path, change: Any, words: str) -> None:
    with pytest.raises(CheckpointError, match=words):
        audit.read_audit(damaged(folder, change))


@pytest.mark.parametrize("text", ["{", "[]", "{}", '{"format": "forgetdemo-audit/1"}'])
def test_text_that_is_no_audit_is_refused(folder: Path, text: str) -> None:
    (folder / "audit.json").write_text(text)
    with pytest.raises(CheckpointError, match="damaged, or of an earlier version"):
        audit.read_audit(load_models(folder))


def test_an_audit_of_which_a_figure_was_changed_is_refused(folder: Path) -> None:
    found = json.loads((folder / "audit.json").read_text())
    found["destinations"]["run"][0] += 1e-9
    (folder / "audit.json").write_text(json.dumps(found))
    with pytest.raises(CheckpointError, match="damaged"):
        audit.read_audit(load_models(folder))


def test_the_command_lines_make_the_same_run_again() -> None:
    config = unlearn_config(
        "described", forget_class=2, redirect_to=7, mask_fraction=0.025, weight_penalty=0.1, seed=4
    )
    order = make_order("unlearn", read_run(MODELS_DIR), as_json(config))
    again, judged = audit.commands_for(order)
    flags = build_parser().parse_args(again.split()[3:])
    asked = {name: getattr(flags, name) for name in (*audit.FLAGS, "forget_class", "redirect_to")}
    typed = {name: value for name, value in asked.items() if value is not None}
    assert unlearn_config(flags.method, **typed) == config
    assert build_parser().parse_args(judged.split()[3:]).run == flags.out
    natural = as_json(unlearn_config("natural_target", redirect_to=None))
    words = audit.commands_for(make_order("unlearn", read_run(MODELS_DIR), natural))[0]
    assert "--replace none" in words and "--seed" not in words and "--original" not in words
    elsewhere = replace(order, original=Path("/somewhere/my-models"))
    again, judged = audit.commands_for(elsewhere, Path("/somewhere/data"))
    flags = build_parser().parse_args(again.split()[3:])
    assert (flags.original, flags.data) == (Path("my-models"), Path("data"))
    assert judged.endswith(" --data data") and "somewhere" not in again + judged
