"""The benchmark on noise: rows, resuming, failed methods, its table and its figure."""

import json
from pathlib import Path
from typing import Any

import pytest

from forgetdemo.audit import bench as b
from forgetdemo.audit import examine
from forgetdemo.audit.profile import AuditSettings
from forgetdemo.audit.summary import table
from forgetdemo.cli import main
from forgetdemo.network.train import DivergedError
from forgetdemo.settings.training import train_config
from forgetdemo.stages import finish, train, unlearn
from tests.helpers.audits import small_bench
from tests.helpers.idx import write_idx

QUICK = {"steps": 2, "pool_per_class": 3}
SMALL = AuditSettings(relearn_images=(50,), relearn_steps=2, relearn_seeds=1, prototype_draws=1)
METHODS = ("logit_mask", "described")


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("bench")
    write_idx(folder / "KMNIST" / "raw", train=720, test=120)
    return folder


def measured(place: Path, methods: tuple[str, ...] = METHODS, **more: Any) -> dict[str, Any]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(finish, "RUNS", place / "runs")
        return b.bench_methods(
            methods,
            2,
            training=train_config("paper", epochs=1, dataset="kmnist"),
            jobs=1,
            oracles=2,
            data_dir=place,
            cache=place / "cache",
            settings=SMALL,
            changes=QUICK,
            **more,
        )


@pytest.fixture(scope="module")
def found(place: Path) -> dict[str, Any]:
    return measured(place)


def test_every_method_has_a_row_per_seed(found: dict[str, Any]) -> None:
    assert [(r["method"], r["seed"]) for r in found["rows"]] == [
        ("logit_mask", 0),
        ("logit_mask", 1),
        ("described", 0),
        ("described", 1),
    ]
    for row in found["rows"]:
        assert row["failed"] is None and row["redirect_rate"] is not None and row["integrity"] == 0
    assert found["rows"][0]["acc_forget"] == 0 and "references" not in found["rows"][0]
    assert set(found["references"]) >= {"original", "oracle_mean", "oracle_sd", "held_out"}
    json.dumps(found, allow_nan=False)


def test_a_finished_benchmark_computes_nothing(
    place: Path, found: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:

    b.yardstick.cache_clear()
    for module, name in (
        (examine, "relearn"),
        (examine, "look"),
        (unlearn, "unlearn"),
        (train, "train_original"),
    ):
        monkeypatch.setattr(module, name, None)
    seen: list[int] = []
    assert measured(place, progress=lambda r: seen.append(r["run"])) == found
    assert seen == list(range(1, 10))  # 2 originals and 3 oracles, then 4 runs


def test_a_diverged_method_is_a_failed_row(place: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def diverges(*_: object, **__: object) -> None:
        raise DivergedError("unlearning diverged at step 1")

    monkeypatch.setattr(b, "unlearn_run", diverges)
    rows = measured(place, ("scrub",))["rows"]
    assert [row["failed"] for row in rows] == ["unlearning diverged at step 1"] * 2
    text = table({"rows": rows, "references": {}, "forget": "6", "substitute": "3"})
    assert "| scrub (2 failed) | failed: unlearning diverged at step 1 |" in text


def test_figures_of_seeds_are_averaged() -> None:
    assert b.average([{"a": 1.0, "b": None}, {"a": 3.0, "b": 1.0}]) == {"a": 2.0, "b": None}


def test_panels_are_methods_beside_references() -> None:
    first, second = b.panels(small_bench())
    assert first.title == "JS to the oracles on the class, nats (down is better)"
    assert second.title.endswith("relearning curve, 50 images (at the band is better)")
    assert set(first.points) == {"described"} and first.points["described"][0] == 0.99
    assert first.band == pytest.approx((0.2, 0.6)) and first.original == 0.4
    alone = b.panels(small_bench() | {"references": {}})
    assert alone[0].band is None and alone[0].original is None


def test_the_command_writes_three_files(
    place: Path,
    found: dict[str, Any],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    asked: dict[str, Any] = {}
    monkeypatch.setattr(b, "bench_methods", lambda *a, **k: asked.update(k, methods=a[0]) or found)
    flags = ["bench", "methods", "--methods", "described,ssd", "--seeds", "2", "--steps", "9"]
    assert main([*flags, "--out", str(tmp_path)]) == 0
    assert asked["methods"] == ("described", "ssd") and asked["changes"] == {"steps": 9}
    assert capsys.readouterr().out.startswith("| |")
    assert sorted(p.name for p in tmp_path.iterdir()) == [
        "methods.json",
        "methods.md",
        "methods.png",
    ]
    monkeypatch.undo()
    assert main(["bench", "methods", "--seeds", "0"]) == 1
    assert "seeds must be" in capsys.readouterr().err
    assert main(["bench", "methods", "--methods", "magic"]) == 1
    assert "method must be one of" in capsys.readouterr().err
