"""Methods side by side as the page shows them, and what the published benchmark must hold."""

import json
from pathlib import Path
from statistics import fmean

import pytest

from forgetdemo.files.checkpoint import CheckpointError, write_json
from forgetdemo.settings.methods import METHOD_NAMES
from forgetdemo.views import methods
from tests.helpers.audits import small_bench


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
