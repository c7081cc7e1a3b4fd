"""What the Audit tab reads and says: the shipped audit, methods side by side, runs of one's own."""

import json
import shutil
from dataclasses import replace
from pathlib import Path
from statistics import fmean
from typing import Any

import pytest

from forgetdemo.cli import build_parser
from forgetdemo.files.checkpoint import CheckpointError, write_json
from forgetdemo.files.run import read_run
from forgetdemo.live.orders import make_order
from forgetdemo.predict.inference import Models, load_models
from forgetdemo.settings.constants import MODELS_DIR
from forgetdemo.settings.methods import METHOD_NAMES
from forgetdemo.settings.records import as_json
from forgetdemo.settings.unlearning import unlearn_config
from forgetdemo.ui.audit import own_words
from forgetdemo.views import audit, methods
from tests.helpers.audits import small_audit, small_bench
from tests.helpers.visitor import Visitor


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """The shipped models with an audit beside them."""
    place = Path(shutil.copytree(MODELS_DIR, tmp_path / "models"))
    write_json(place / "audit.json", small_audit().to_dict())
    return place


def damaged(place: Path, change: Any) -> Models:
    found = json.loads((place / "audit.json").read_text())
    (place / "audit.json").write_text(json.dumps(change(found)))
    return load_models(place)


def test_an_audit_is_read_whole(folder: Path) -> None:
    found = audit.read_audit(load_models(folder))
    assert found == json.loads(json.dumps(small_audit().to_dict()))
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
        (lambda f: [f], "no audit of this version"),
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


def test_text_that_is_no_json_is_refused(folder: Path) -> None:
    (folder / "audit.json").write_text("{")
    with pytest.raises(CheckpointError, match="not JSON"):
        audit.read_audit(load_models(folder))


def test_methods_are_averaged_and_failures_are_no_results() -> None:
    shown = methods.methods_view(small_bench())
    rows = {row["name"]: row for row in shown["rows"]}
    names = ["original", "oracles", "held-out oracle", "described", "ascent", "scrub"]
    assert list(rows) == names
    assert rows["oracles"]["cells"]["js_forget"] == {"mean": 0.4, "sd": 0.1, "beyond": 0}
    js = rows["described"]["cells"]["js_forget"]
    assert js == {"mean": pytest.approx(0.65), "sd": pytest.approx(0.0707, abs=1e-4), "beyond": 0}
    assert rows["described"]["cells"]["t90_50"] == {"mean": 2.0, "sd": None, "beyond": 1}
    assert rows["scrub"]["note"] == "failed: unlearning diverged at step 1"
    first = shown["panels"][0]
    assert {p["name"] for p in first["points"]} == {"described"}, "0.4 and 0.2 recognise too little"
    assert first["band"] == pytest.approx([0.2, 0.6])
    assert shown["note"].startswith("mnist, class 6: mean ± sd over 2 seeds; ")
    json.dumps(shown, allow_nan=False)


def test_some_failed_seeds_are_named_and_no_references_are_no_band() -> None:
    found = small_bench()
    found["rows"][1]["failed"] = "diverged"
    shown = methods.methods_view(found | {"references": {}})
    assert shown["rows"][0]["name"] == "described (1 failed)" and shown["panels"][0]["band"] is None


def test_methods_are_left_out_without_their_file_and_refused_when_damaged(tmp_path: Path) -> None:
    path = tmp_path / "methods.json"
    assert methods.read_methods(path) is None
    write_json(path, small_bench())
    assert methods.read_methods(path) == methods.methods_view(small_bench())
    for text in ("{", '{"rows": 3}', "[]", '{"rows": [{}], "references": {}, "seeds": 1}'):
        path.write_text(text)
        with pytest.raises(CheckpointError, match="damaged"):
            methods.read_methods(path)


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


def test_the_published_benchmark_holds_what_is_claimed_of_it() -> None:
    """Of the project's own method, and of what tells a redirect from a retrain."""
    found = json.loads(methods.METHODS.read_text())
    of = {name: [r for r in found["rows"] if r["method"] == name] for name in METHOD_NAMES}
    known = found["references"]
    assert all(len(rows) == found["seeds"] >= 3 for rows in of.values())
    own = {key: fmean(r[key] for r in of["deep_natural"]) for key in ("acc_retain", "js_forget")}
    assert known["original"]["acc_retain"] - own["acc_retain"] <= 0.001
    assert own["js_forget"] <= 2 * known["oracle_mean"]["js_forget"]
    assert all(row["ratio_50"] >= 0.5 for row in of["deep_natural"])
    assert not any(row["dest_tv_inside"] for row in of["described"])
    assert all(row["dest_tv_inside"] for row in of["natural_target"])
    for name in ("area_50", "proto_half_forget"):  # expose the mask, which ties on accuracy
        mean, sd = known["oracle_mean"][name], known["oracle_sd"][name]
        assert all(row[name] > mean + 2 * sd for row in of["logit_mask"])


def test_own_runs_are_named_and_lessons_are_not() -> None:
    source = read_run(MODELS_DIR)
    run = make_order("unlearn", source, as_json(unlearn_config("described", forget_class=1)))
    lesson = make_order("relearn", source, {"config": {"forget_class": 6, "images": 5}})
    words = own_words([run, lesson], "a & b")
    assert words.count("<pre>") == 1 and "1 → 3, described, 1 %" in words
    assert "a &amp; b" in own_words([lesson], "a & b") and "a &amp; b" not in words


def test_the_tab_names_a_visitor_s_own_runs_when_it_is_opened(visitor: Visitor) -> None:
    assert "For the shipped pair:" in visitor.does("audit_own")["audit-own"]
    visitor.does("forget", forget="1", substitute="0")
    assert "1 → 0, described, 1 %" in visitor.does("audit_own")["audit-own"]
