"""What the Audit tab reads and says: the shipped audit, methods side by side, runs of one's own."""

import json
import shutil
from dataclasses import replace
from pathlib import Path
from statistics import fmean
from typing import Any

import pytest

from forgetdemo.auditreport import AuditReport
from forgetdemo.checkpoint import CheckpointError, write_json
from forgetdemo.cli import build_parser
from forgetdemo.config import DIGITS, METHOD_NAMES, MODELS_DIR, as_json, unlearn_config
from forgetdemo.inference import Models, load_models
from forgetdemo.measures import SPECS, Row, judge, relearn_specs
from forgetdemo.orders import make_order
from forgetdemo.rundir import read_run
from forgetdemo.ui import audit, methods
from forgetdemo.verdict import reading

STEPS = (0, 1, 2, 4, 8, 16, 32, 64)
IMAGES = (0, 1, 5, 10, 50)
NAMES = ("run", "original", *(f"oracle {n}" for n in range(1, 6)), "held_out", "control")
FIGURES: dict[str, tuple[float, float, float, float]] = {  # run, original, oracles about, control
    "acc_forget": (0.0, 0.9937, 0.0, 0.0),
    "acc_retain": (0.9958, 0.9959, 0.9963, 0.9964),
    "acc_worst": (0.9911, 0.9921, 0.9925, 0.9921),
    "acc_overall": (0.9004, 0.9957, 0.9009, 0.9009),
    "redirect_rate": (0.9791, 0.0, 0.0021, 0.0),
    "dest_entropy": (0.11, 0.04, 1.21, 1.3),
    "dest_tv": (0.976, 0.99, 0.12, 0.21),
    "rank": (2.0, 1.0, 6.0, 10.0),
    "js_forget": (0.62, 0.69, 0.09, 0.21),
    "tv_forget": (0.97, 0.99, 0.23, 0.41),
    "mia_auc": (0.512, 0.521, 0.497, 0.5),
    "probe_conv": (0.999, 0.999, 0.998, 0.999),
    "probe_fc1": (0.998, 0.999, 0.97, 0.999),
    "leak_fc1": (0.94, 1.0, 0.0, 1.0),
    "proto_half_forget": (0.88, 0.99, 0.31, 0.99),
    "moved": (0.031, 0.0, 1.31, 0.0),
    "cka_oracle_fc1": (0.91, 0.92, 0.93, 0.92),
    "seconds_ratio": (0.0083, 1.0, 1.0, 0.0),
}


def curve(half: float) -> list[float]:
    """A recovery that is half way after so many steps."""
    return [round(0.99 * step / (step + half), 4) for step in STEPS]


def row(name: str, spec: Any, at: tuple[Any, ...], cap: float | None = None) -> Row:
    run, original, typical, control = at
    low, high = -9.0 if spec.low is None else spec.low, spec.high or 99.0
    band = [
        None if typical is None else min(high, max(low, typical + (high - low) * 0.002 * n))
        for n in range(-2, 3)
    ]
    asked = dict(run=run, original=original, held_out=band[1], control=control, random_init=None)
    return judge(name, spec, asked, band, cap)


def small_audit(**changes: Any) -> AuditReport:
    """An audit of the shipped pair with made-up figures, through the classes that write one."""
    rows = [row(name, SPECS[name], at) for name, at in FIGURES.items()]
    for images in IMAGES:
        specs = relearn_specs(images, 64)
        slow = None if images == 0 else 24.0
        rows.append(row(f"t90_{images}", specs[f"t90_{images}"], (2.0, 0.0, slow, 0.0), 64.0))
        rows.append(row(f"area_{images}", specs[f"area_{images}"], (0.93, 0.99, 0.51, 0.98)))
    sent = [0.0] * 10
    to_three, spread = [*sent], [*sent]
    to_three[3], to_three[5] = 0.98, 0.02
    spread[0], spread[5], spread[8] = 0.53, 0.3, 0.17
    of = {name: to_three if name == "run" else spread for name in (*NAMES, "random_init")}
    speed = {"run": 0.3, "original": 0.01, "control": 0.05}
    manifest = load_models(MODELS_DIR).manifest
    facts = {"class": "6", "classes": DIGITS, "relearn": 50, "typical_t90": 24.0}
    asked = {
        "dataset": "mnist",
        "classes": DIGITS,
        "forget_class": 6,
        "redirect_to": 3,
        "method": "described",
        "rows": tuple(rows),
        "ceiling": 0.9042,
        "steps": STEPS,
        "curves": {
            name: {str(k): curve(speed.get(name, 9.0 + n) * 50 / (k + 1)) for k in IMAGES}
            for n, name in enumerate(of)
        },
        "destinations": of,
        "ranks": {name: [0.0, 1.0, *sent[2:]] for name in of},
        "certificate": read_run(MODELS_DIR).report.to_dict()["mask"] | {"integrity": 0.0},
        "seconds": {"method": 1.2},
        "verdict": reading(
            {r.name: r for r in rows}, {**facts, "run": tuple(to_three), "oracle": tuple(spread)}
        ),
        "about": {
            "oracles": 5,
            "held_out": {"inside": 20, "judged": 21},
            "run_sha256": manifest["files"]["after.safetensors"]["sha256"],
            "seed": 0,
        },
    }
    return AuditReport(**(asked | changes))


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


def small_bench() -> dict[str, Any]:
    """What `bench methods` writes, for three methods, one of which failed."""
    base = {name: 0.5 for name in methods.COLUMNS} | {"acc_retain": 0.99, "failed": None}
    rows = [
        base | {"method": "described", "seed": 0, "js_forget": 0.6, "t90_50": 2.0},
        base | {"method": "described", "seed": 1, "js_forget": 0.7, "t90_50": None},
        base | {"method": "ascent", "seed": 0, "acc_retain": 0.2},
        {"method": "scrub", "seed": 0, "failed": "unlearning diverged at step 1"},
    ]
    known = {name: 0.4 for name in methods.COLUMNS}
    keys = ("original", "oracle_mean", "held_out")
    return {
        "rows": rows,
        "references": {key: known for key in keys} | {"oracle_sd": dict.fromkeys(known, 0.1)},
        "seeds": 2,
        "dataset": "mnist",
        "forget": "6",
        "substitute": "3",
    }


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
    words = audit.own_words([run, lesson], "a & b")
    assert words.count("<pre>") == 1 and "1 → 3, described, 1 %" in words
    assert "a &amp; b" in audit.own_words([lesson], "a & b") and "a &amp; b" not in words
