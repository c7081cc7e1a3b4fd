"""The audit from folders to verdict, on a small noise data set: what holds whatever the data."""

import json
import shutil
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from forgetdemo.audit import audit as a
from forgetdemo.audit import examine
from forgetdemo.audit import oracles as o
from forgetdemo.audit.attacks import ATTACKS
from forgetdemo.audit.examine import Exam, Profiler, channels, fixed_sets, measurable
from forgetdemo.audit.profile import AuditSettings, Profile
from forgetdemo.audit.report import AuditReport, audit_row, render_audit
from forgetdemo.cli import main
from forgetdemo.data import load_dataset
from forgetdemo.files.checkpoint import CheckpointError
from forgetdemo.files.run import read_run, save_run
from forgetdemo.network.model import load_model
from forgetdemo.network.outputs import set_output
from forgetdemo.settings.constants import MODELS_DIR
from forgetdemo.settings.training import train_config
from forgetdemo.settings.unlearning import unlearn_config
from forgetdemo.stages import finish, train
from forgetdemo.stages.train import train_run
from forgetdemo.stages.unlearn import unlearn_run
from tests.helpers.idx import write_idx

SMALL = AuditSettings(relearn_images=(0, 5), relearn_steps=3, relearn_seeds=2, prototype_draws=1)
Folders = dict[str, Path]


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("data")
    write_idx(folder / "KMNIST" / "raw", train=400, test=120)
    return folder


@pytest.fixture(scope="module")
def folders(data: Path, tmp_path_factory: pytest.TempPathFactory) -> Folders:
    """An original, four oracles in one folder, a masked control and a redirected run."""
    root = tmp_path_factory.mktemp("runs")
    config = train_config("paper", epochs=1, dataset="kmnist")
    train_run(config, root / "original", data)
    for seed in range(100, 104):
        changes = replace(config, seed=seed, exclude_class=6)
        train_run(changes, root / "oracles" / str(seed), data)
    train_run(replace(config, seed=9), root / "oracles" / "not-an-oracle", data)
    for method, changed in (("logit_mask", {}), ("described", {"steps": 20, "peak_lr": 1e-2})):
        settings = unlearn_config(method, pool_per_class=20, **changed)
        unlearn_run(settings, root / "original", root / method, data)
    return {path.name: path for path in root.iterdir()}


@pytest.fixture(scope="module")
def cache(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("cache")


@pytest.fixture(scope="module")
def yard(data: Path, folders: Folders, cache: Path) -> a.Audit:
    original = read_run(folders["original"])
    found = o.load_oracles(folders["oracles"], original, 6)
    return a.Audit(original, found, 6, load_dataset("kmnist", data), SMALL, cache)


@pytest.fixture(scope="module")
def masked(yard: a.Audit, folders: Folders) -> AuditReport:
    return yard.report(read_run(folders["logit_mask"]))


def numbers(report: AuditReport) -> dict[str, float | None]:
    return {row.name: row.run for row in report.rows}


def test_the_mask_leaves_features_and_is_certified(masked: AuditReport) -> None:
    rows = {row.name: row for row in masked.rows}
    for layer in ("conv", "fc1", "fc2"):
        assert rows[f"probe_{layer}"].run == rows[f"probe_{layer}"].original
        assert rows[f"cka_original_{layer}"].run == pytest.approx(1)
    assert rows["acc_forget"].run == 0 and rows["rank"].run == 10 and rows["p_forget"].run == 0
    assert masked.certificate is not None and masked.certificate["integrity"] == 0
    assert {row.name: row.control for row in masked.rows if row.group == "distance"} == {
        row.name: row.run for row in masked.rows if row.group == "distance"
    }, "the run is the control"


def attacked(exam: Exam, attack: str) -> dict[str, Any]:
    return {
        name: ATTACKS[attack].run(exam, **t) for name, t in ATTACKS[attack].trials(SMALL).items()
    }


def test_a_masked_bias_does_not_stop_a_prototype(yard: a.Audit, folders: Folders) -> None:
    bare = load_model(read_run(folders["original"]).weights("before"))
    set_output(bare, 6, bare.last.bias[torch.arange(10) != 6].mean().item())
    lifted = attacked(Exam(bare, fixed_sets(yard.data, 6)), "prototype")
    assert yard.control.profile.attacks["prototype"] == lifted


def test_dead_features_have_no_prototype(yard: a.Audit, folders: Folders) -> None:
    dead = load_model(read_run(folders["original"]).weights("before"))
    for layer in dead.dense[:-1]:
        torch.nn.init.zeros_(layer.weight)
        torch.nn.init.zeros_(layer.bias)
    found = attacked(Exam(dead, fixed_sets(yard.data, 6)), "prototype")
    assert found["unit"] == {"acc_forget": None, "acc_retain": None}


def test_a_mean_curve_is_the_mean_of_its_lessons(yard: a.Audit, folders: Folders) -> None:
    exam = Exam(
        load_model(read_run(folders["described"]).weights("after")), fixed_sets(yard.data, 6)
    )
    found = attacked(exam, "relearning")["5"]
    alone = [
        ATTACKS["relearning"].run(exam, images=5, seeds=seeds, steps=3, threads=1)
        for seeds in (1, 2)
    ]
    assert found == alone[1] and found["steps"] == [0, 1, 2, 3]
    assert alone[0]["acc_forget"][0] == found["acc_forget"][0], "step 0 is the model as it is"


def test_every_row_is_complete_and_in_range(masked: AuditReport) -> None:
    for row in masked.rows:
        assert len(row.oracles) == 3
        for value in (row.run, row.original, row.held_out, row.control, *row.oracles):
            if value is not None:
                assert row.low is None or value >= row.low - 1e-9, row
                assert row.high is None or value <= row.high + 1e-9, row
    rows = {row.name: row for row in masked.rows}
    assert rows["probe_fc1"].random_init is not None and rows["acc_forget"].random_init is None
    assert set(masked.curves) >= {"run", "original", "oracle 1", "held_out", "control"}
    assert masked.steps == (0, 1, 2, 3)
    assert all(len(curve) == 4 for ks in masked.curves.values() for curve in ks.values())


def test_an_oracle_is_audited_against_the_others(yard: a.Audit, folders: Folders) -> None:
    report = yard.report(read_run(folders["oracles"] / "101"))
    assert report.about["oracles"] == 2, "it is no member of its own band"
    assert report.method is None and report.certificate is None
    found = numbers(report)
    assert found["changed"] == 1 and found["acc_forget"] == 0


def test_the_original_is_at_distance_zero_from_itself(yard: a.Audit, folders: Folders) -> None:
    found = numbers(yard.report(read_run(folders["original"])))
    assert found["moved"] == 0 == found["changed"] and found["cka_original_fc1"] == pytest.approx(1)
    assert found["js_forget"] is not None and found["js_forget"] > 0


def test_a_second_audit_measures_nothing_again(
    yard: a.Audit, folders: Folders, masked: AuditReport, monkeypatch: pytest.MonkeyPatch
) -> None:

    monkeypatch.setattr(examine, "relearn", None)
    monkeypatch.setattr(examine, "look", None)
    assert yard.report(read_run(folders["logit_mask"])) == masked


def assert_same(again: Profile, first: Profile) -> None:
    assert again.attacks == first.attacks and again.curves == first.curves
    assert again.acc_forget_train == first.acc_forget_train
    assert again.acc_retain_train == first.acc_retain_train
    assert all(np.array_equal(again.arrays[name], value) for name, value in first.arrays.items())


def test_a_damaged_cache_is_measured_again(data: Path, folders: Folders, tmp_path: Path) -> None:
    settings = replace(SMALL, relearn_images=(0,))
    profiler = Profiler(load_dataset("kmnist", data), 6, settings, tmp_path)
    weights = read_run(folders["original"]).weights("before")
    first = profiler.profile(weights)
    for path in tmp_path.iterdir():
        path.write_bytes(b"[1, 2")
    again = profiler.profile(weights)
    assert_same(again, first)


def test_reports_are_json_and_text(masked: AuditReport) -> None:
    assert json.loads(json.dumps(masked.to_dict(), allow_nan=False))["verdict"]["sentence"]
    text = render_audit(masked)
    assert (
        "ANSWERS" in text
        and "≈ forgotten class %" in text
        and text.endswith(masked.verdict.sentence)
    )
    assert "answered as, %" in text and "the held-out oracle lies among the others in" in text
    assert f" {next(row.explain for row in masked.rows)}" in text
    row = audit_row(masked)
    assert row["method"] == "logit_mask" and row["acc_forget"] == 0 and row["integrity"] == 0


def test_other_runs_are_refused(
    yard: a.Audit, data: Path, folders: Folders, tmp_path: Path
) -> None:
    other = unlearn_config("logit_mask", forget_class=2, pool_per_class=20)
    run = unlearn_run(other, folders["original"], tmp_path / "two", data)
    with pytest.raises(CheckpointError, match="forgot class 2, expected 6"):
        yard.report(run)
    start = folders["oracles"] / "not-an-oracle"
    mask = unlearn_config("logit_mask", pool_per_class=20)
    run = unlearn_run(mask, start, tmp_path / "other", data)
    with pytest.raises(CheckpointError, match="starts from another original"):
        yard.report(run)
    good = read_run(folders["logit_mask"])
    with pytest.raises(CheckpointError, match="another data set"):
        yard.report(replace(good, report=replace(good.report, dataset="mnist")))
    with pytest.raises(CheckpointError, match="other kmnist files"):
        yard.report(replace(good, manifest={**good.manifest, "data_sha256": "0" * 64}))
    with pytest.raises(CheckpointError, match="holds no unlearned model"):
        a.audit_run(folders["original"], folders["oracles"], data_dir=data)


def test_misfits_are_refused_by_the_command_before_any_oracle_is_trained(
    data: Path,
    folders: Folders,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Incomplete, unfinished, tampered with, other classes, other data: what, and why."""

    def started(*_: object, **__: object) -> None:
        raise AssertionError("hours of training began for a run that does not fit")

    monkeypatch.setattr(a, "train_oracles", started)
    good = read_run(folders["described"])

    def refused(run: Path, *words: str, **flags: Path) -> None:
        typed = [part for name, value in flags.items() for part in (f"--{name}", str(value))]
        typed += [] if "data" in flags else ["--data", str(data)]
        assert main(["audit", "--run", str(run), *typed]) == 1
        said = capsys.readouterr().err
        assert said.startswith("error: ") and said.count("\n") == 1, said
        assert all(word in said for word in words), said

    def copy(name: str) -> Path:
        return Path(shutil.copytree(folders["described"], tmp_path / name))

    (copy("gone") / "after.safetensors").unlink()
    refused(tmp_path / "gone", "is incomplete (after.safetensors is gone)")
    (copy("unfinished") / "manifest.json").unlink()
    refused(tmp_path / "unfinished", "unfinished", "manifest.json")
    report = copy("tampered") / "report.json"
    report.write_text(report.read_text().replace('"acc_forget": ', '"acc_forget": 0'))
    refused(tmp_path / "tampered", "report.json", "SHA-256")
    again: dict[str, Any] = {"config": good.config, "history": good.history}
    again |= {"seed": 0, "code": "c" * 64}
    again["weights"] = {name: good.weights(name) for name in ("before", "after", "mask")}
    again["data_sha256"] = good.manifest["data_sha256"]
    names = ("zero", *good.report.classes[1:])
    save_run(tmp_path / "classes", report=replace(good.report, classes=names), **again)
    refused(tmp_path / "classes", "names other classes (zero, ", "than kmnist has (お o, ")
    write_idx(tmp_path / "data" / "KMNIST" / "raw", seed=1, train=400, test=120)
    refused(folders["described"], "was made from other kmnist files", data=tmp_path / "data")
    refused(folders["described"], "another data set (kmnist", "expected mnist", original=MODELS_DIR)
    refused(folders["described"], "another original", original=folders["oracles"] / "100")


def test_curves_that_no_images_are_there_for_are_left_out(yard: a.Audit) -> None:
    asked = replace(SMALL, relearn_images=(0, 36, 37))
    assert measurable(asked, yard.data, 6).relearn_images == (0, 36)
    assert measurable(SMALL, yard.data, 6) == SMALL


def test_the_held_out_oracle_is_examined_too(masked: AuditReport) -> None:
    exam, judged = masked.about["held_out"], [r for r in masked.rows if r.reliable is not None]
    assert exam["judged"] == len(judged) > 20
    outside = sum("held-out oracle is outside" in "".join(row.flags) for row in judged)
    assert exam["inside"] == len(judged) - outside
    assert set(masked.ranks) == set(masked.destinations)
    assert masked.ranks["control"] == [0.0] * 9 + [1.0]


def test_broken_models_are_no_results(yard: a.Audit, folders: Folders, tmp_path: Path) -> None:
    good = read_run(folders["logit_mask"])
    for value, words in ((np.nan, "NaN or infinity"), (3e38, "NaN or infinity")):
        weights = {name: good.weights(name) for name in ("before", "after", "mask")}
        weights["after"]["fc3.weight"][:] = value
        weights["after"]["fc2.weight"][:] = value
        save_run(
            tmp_path / "run",
            config=good.config,
            seed=0,
            code="c" * 64,
            data_sha256=good.manifest["data_sha256"],
            report=good.report,
            history=good.history,
            weights=weights,
        )
        with pytest.raises(ValueError, match=words):
            yard.report(read_run(tmp_path / "run"))


def test_oracles_follow_the_recipe_from_other_seeds(folders: Folders) -> None:
    train = read_run(folders["original"]).config["train"]
    config = o.oracle_config(train | {"oversample_class": 6}, 6, 100)
    assert config.exclude_class == 6 and config.oversample_class is None and config.epochs == 1
    with pytest.raises(ValueError, match="another seed"):
        o.oracle_config(train, 6, 0)


def test_what_is_no_oracle_is_refused(folders: Folders, tmp_path: Path) -> None:
    original = read_run(folders["original"])
    runs = o.load_oracles(folders["oracles"], original, 6)
    assert [run.manifest["seed"] for run in runs] == [100, 101, 102, 103]
    with pytest.raises(ValueError, match="at least 3"):
        o.check_oracles(runs[:2], original, 6)
    with pytest.raises(ValueError, match="not trained without class 2"):
        o.check_oracles(runs, original, 2)
    with pytest.raises(ValueError, match="the same model"):
        o.check_oracles([*runs, runs[0]], original, 6)
    with pytest.raises(ValueError, match="shares .* with the original"):
        o.check_oracles(runs, runs[0], 6)
    with pytest.raises(FileNotFoundError, match="not a folder"):
        o.load_oracles(tmp_path / "nothing", original, 6)
    train = {**runs[0].config["train"], "epochs": 2}
    longer = replace(runs[0], config={**runs[0].config, "train": train})
    with pytest.raises(ValueError, match="trained with epochs 2, the original with 1"):
        o.check_oracles([longer, *runs[1:]], original, 6)
    train = {**runs[0].config["train"], "seed": 0}
    same = replace(runs[0], config={**runs[0].config, "train": train})
    with pytest.raises(ValueError, match="no oracle: .*another seed"):
        o.check_oracles([same, *runs[1:]], original, 6)


def test_oracles_are_trained_once(
    data: Path, folders: Folders, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(finish, "RUNS", tmp_path)
    original, seen = read_run(folders["original"]), []
    first = o.train_oracles(original, 6, 3, data, lambda r: seen.append(r["oracle"]), jobs=1)
    assert seen == [1, 2, 3] and [run.manifest["seed"] for run in first] == [100, 101, 102]
    monkeypatch.setattr(train, "train_original", None)
    again = o.train_oracles(original, 6, 3, data, jobs=1)
    assert [run.directory for run in again] == [run.directory for run in first]


def test_the_command(
    data: Path,
    folders: Folders,
    cache: Path,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(a, "DEFAULTS", SMALL)
    monkeypatch.setattr(a, "CACHE", cache)
    flags = ["audit", "--oracles", str(folders["oracles"]), "--data", str(data)]
    assert main([*flags, "--run", str(folders["described"]), "--out", str(tmp_path)]) == 0
    written = json.loads((tmp_path / "audit.json").read_text())
    assert written["format"] == "forgetdemo-audit/1" and written["method"] == "described"
    assert capsys.readouterr().out.rstrip().endswith(written["verdict"]["sentence"])
    assert main([*flags, "--run", str(tmp_path / "nothing")]) == 1
    assert "does not exist" in capsys.readouterr().err
    weights = folders["described"] / "after.safetensors"
    whole = weights.read_bytes()
    weights.write_bytes(whole[:-1] + bytes([whole[-1] ^ 1]))
    assert main([*flags, "--run", str(folders["described"])]) == 1
    weights.write_bytes(whole)
    assert "SHA-256" in capsys.readouterr().err


def test_channels_are_means_over_space() -> None:
    conv = np.arange(2 * 3136, dtype=np.float32).reshape(2, 3136)
    assert channels(conv).shape == (2, 64) and channels(conv)[0, 0] == conv[0, :49].mean()
