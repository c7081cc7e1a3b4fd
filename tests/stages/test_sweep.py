"""Many runs: equal tables from any engine and split, nothing done twice, nothing lost."""

import contextlib
import json
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from forgetdemo.cli import main
from forgetdemo.data import load_dataset
from forgetdemo.files.checkpoint import Arrays, load_weights
from forgetdemo.files.run import read_run
from forgetdemo.settings.constants import ROOT
from forgetdemo.stages import sweep as s
from forgetdemo.stages.unlearn import unlearn_run

TABLES = ("table.json", "table.csv")
QUICK = {"steps": 2, "pool_per_class": 3}


def wanted(
    original: Path, data: Path, out: Path, methods: tuple[str, ...] = ("described", "logit_mask")
) -> list[s.Planned]:
    """Two pairs by two methods: four runs, or fewer."""
    source, loaded = read_run(original), load_dataset("kmnist", data)
    return s.plan(source, loaded, [(6, 3), (2, 7)], methods, (0,), out, data, QUICK)


@pytest.fixture(scope="module")
def whole(original: Path, data: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A finished sweep in one process."""
    out = tmp_path_factory.mktemp("sweep") / "whole"
    found = s.sweep(wanted(original, data, out), out, jobs=1)
    assert found["missing"] == 0 == found["failed"] and len(found["rows"]) == 4
    return out


def same_tables(one: Path, other: Path) -> bool:
    return all((one / name).read_bytes() == (other / name).read_bytes() for name in TABLES)


def apply_delta(before: Arrays, moved: Arrays) -> Arrays:
    """The way back: bit for bit what `delta` was given as `after`."""
    after = {name: moved.get(name, old).copy() for name, old in before.items()}
    for name in before:
        if f"{name}.index" in moved:
            after[name].reshape(-1)[moved[f"{name}.index"]] = moved[f"{name}.value"]
    return after


def test_a_folder_gives_back_the_weights(original: Path, data: Path, whole: Path) -> None:
    one = next(p for p in wanted(original, data, whole) if p.config.method == "described")
    run = unlearn_run(one.config, original, whole.parent / "run", data)
    before = read_run(original).weights("before")
    after = apply_delta(before, load_weights(one.out / "delta.safetensors"))
    for name, value in run.weights("after").items():
        assert after[name].tobytes() == value.tobytes()
    assert sum(p.stat().st_size for p in one.out.iterdir()) < 100_000
    assert run.manifest["key"] == one.key, "the same key as `unlearn` gives"
    assert json.loads((one.out / "report.json").read_text()) == run.report.after.to_dict()  # type: ignore[union-attr]


def test_what_exists_is_skipped_and_what_is_damaged_is_not(
    original: Path, data: Path, whole: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    planned = wanted(original, data, whole)
    tables = [(whole / name).read_bytes() for name in TABLES]
    (planned[0].out / "config.json").write_bytes(b"{}")
    (planned[1].out / "manifest.json").unlink()
    done: list[str] = []
    real = s.carry_out

    def noted(planned: s.Planned) -> str:
        done.append(planned.key)
        return real(planned)

    monkeypatch.setattr(s, "carry_out", noted)
    with pytest.raises(ValueError, match="in use"):
        s.sweep(planned, whole, jobs=1)  # without its manifest it may be anybody's folder
    for path in planned[1].out.iterdir():
        path.unlink()
    s.sweep(planned, whole, jobs=1)
    assert set(done) == {planned[0].key, planned[1].key}
    assert [(whole / name).read_bytes() for name in TABLES] == tables


def test_two_workers_and_two_shards_give_the_same_table(
    original: Path, data: Path, whole: Path, tmp_path: Path
) -> None:
    seen: list[int] = []
    parallel, shards = tmp_path / "parallel", tmp_path / "shards"
    s.sweep(
        wanted(original, data, parallel), parallel, jobs=2, progress=lambda r: seen.append(r["run"])
    )
    assert same_tables(whole, parallel) and seen == [1, 2, 3, 4]
    first = s.sweep(wanted(original, data, shards), shards, jobs=1, shard=(1, 2))
    assert first["missing"] == 2 and len(first["rows"]) == 2
    assert s.sweep(wanted(original, data, shards), shards, jobs=1, shard=(2, 2))["missing"] == 0
    assert same_tables(whole, shards)


def test_a_killed_sweep_goes_on(original: Path, data: Path, whole: Path, tmp_path: Path) -> None:
    def killed(record: dict[str, int]) -> None:
        if record["run"] == 2:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        s.sweep(wanted(original, data, tmp_path), tmp_path, jobs=1, progress=killed)
    assert len([p for p in tmp_path.iterdir() if p.is_dir()]) == 2
    s.sweep(wanted(original, data, tmp_path), tmp_path, jobs=1)
    assert same_tables(whole, tmp_path)


@pytest.mark.timeout(900)  # Ray starts some dozen processes
def test_ray_gives_the_same_table(
    original: Path, data: Path, whole: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A local cluster of two workers, here and in CI: Ray missing is a failure, not a skip."""
    seen: list[int] = []
    planned = wanted(original, data, tmp_path)
    monkeypatch.setenv("RAY_ADDRESS", "127.0.0.1:1")  # of a cluster that was not asked for
    s.sweep(planned, tmp_path, jobs=2, engine="ray", progress=lambda r: seen.append(r["run"]))
    assert same_tables(whole, tmp_path) and seen == [1, 2, 3, 4]
    import ray

    assert not ray.is_initialized(), "the cluster that was started here is gone again"


def test_a_diverged_run_is_a_failed_row(
    original: Path, data: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from forgetdemo.network.train import DivergedError

    def diverges(*_: object, **__: object) -> None:
        raise DivergedError("unlearning diverged at step 1 (the loss is not finite)")

    monkeypatch.setattr(s, "unlearn", diverges)
    planned = wanted(original, data, tmp_path, ("described",))[:1]
    found = s.sweep(planned, tmp_path, jobs=1)
    assert found["failed"] == 1 and "diverged" in found["rows"][0]["failed"]
    assert found["rows"][0]["acc_retain"] is None
    assert s.is_done(planned[0]), "it would diverge again"


def test_methods_without_a_substitute_run_once_a_class(original: Path, data: Path) -> None:
    source, loaded = read_run(original), load_dataset("kmnist", data)
    pairs = s.parse_pairs("all")
    assert len(pairs) == 90 == len(set(pairs))
    found = s.plan(source, loaded, pairs, ("logit_mask", "described"), (0, 1), Path("x"))
    assert len(found) == 2 * (10 + 90)
    assert [p.key for p in found] == sorted(p.key for p in found)


@given(
    hnp.arrays(np.float32, (3, 4), elements=st.floats(-1, 1, width=32)),
    hnp.arrays(np.float32, (3, 4), elements=st.floats(-1, 1, width=32)),
)
def test_a_delta_is_the_whole_change(old: np.ndarray, new: np.ndarray) -> None:
    before, after = {"a": old, "b": old[0]}, {"a": new, "b": old[0]}
    back = apply_delta(before, s.delta(before, after))
    assert np.array_equal(back["a"], new) and np.array_equal(back["b"], old[0])


@pytest.mark.parametrize("text", ["6", "6-3-1", "a-b", "", "6-3,"])
def test_bad_pairs_and_shards_are_refused(text: str) -> None:
    with pytest.raises(ValueError, match="pairs must be"):
        s.parse_pairs(text)
    for shard in ("0/2", "3/2", "1", "a/b"):
        with pytest.raises(ValueError, match="shard must be"):
            s.parse_shard(shard)


def test_the_command(
    original: Path, data: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    flags = ["sweep", "--original", str(original), "--data", str(data), "--out", str(tmp_path)]
    flags += ["--steps", "2", "--pool-per-class", "3", "--jobs", "1"]
    assert main([*flags, "--pairs", "6-3,6-none", "--seeds", "1"]) == 0
    assert "2 runs in" in capsys.readouterr().out
    rows = json.loads((tmp_path / "table.json").read_text())
    assert {row["redirect"] for row in rows} == {3, None} and "seconds" not in rows[0]
    assert len(json.loads((tmp_path / "timings.json").read_text())) == 2
    assert main([*flags, "--pairs", "6-6"]) == 1
    assert "choose two different digits" in capsys.readouterr().err
    assert main([*flags, "--methods", "magic"]) == 1
    capsys.readouterr()
    table = (tmp_path / "table.csv").read_bytes()
    assert main([*flags, "--seeds", "0"]) == 1
    assert "number of runs must be" in capsys.readouterr().err
    assert (tmp_path / "table.csv").read_bytes() == table
    manifest = next(tmp_path.glob("*/manifest.json"))
    manifest.write_text(json.dumps({"format": "forgetdemo-run/1", "files": {}}))
    assert main([*flags, "--pairs", "6-3,6-none", "--seeds", "1"]) == 1
    assert "choose another --out" in capsys.readouterr().err


def children(parent: int) -> list[int]:
    """Processes whose parent is this one."""
    found = []
    for stat in Path("/proc").glob("[0-9]*/stat"):
        with contextlib.suppress(OSError):
            if int(stat.read_text().rpartition(")")[2].split()[1]) == parent:
                found.append(int(stat.parent.name))
    return found


@pytest.mark.parametrize(("jobs", "kills"), [(1, 2), (2, 1)])
def test_a_process_killed_outright_loses_only_its_runs_in_flight(
    original: Path, data: Path, whole: Path, tmp_path: Path, jobs: int, kills: int
) -> None:
    """SIGKILL at any moment, again and again; what is finished is kept, the rest is done later."""
    flags = ["sweep", "--original", str(original), "--data", str(data), "--out", str(tmp_path)]
    flags += ["--steps", "2", "--pool-per-class", "3", "--jobs", str(jobs), "--seeds", "200"]

    def finished() -> set[Path]:
        return {p for p in tmp_path.glob("*/manifest.json") if ".tmp-" not in p.parent.name}

    for _ in range(kills):
        kept = finished()
        child = subprocess.Popen(
            [sys.executable, "-m", "forgetdemo", *flags, "--pairs", "6-3,2-7"],
            cwd=ROOT,
            stderr=subprocess.DEVNULL,
        )
        deadline = time.monotonic() + 120
        while len(finished()) < len(kept) + 2 and time.monotonic() < deadline:
            time.sleep(0.01)
        workers = children(child.pid)
        child.kill()
        child.wait()
        assert kept < finished() and len(finished()) < 400
        while any(Path(f"/proc/{pid}").exists() for pid in workers):
            assert time.monotonic() < deadline + 60, "its workers go on without it"
            time.sleep(0.05)
    s.sweep(wanted(original, data, tmp_path), tmp_path, jobs=1)
    assert same_tables(whole, tmp_path) and not list(tmp_path.glob("*.tmp-*"))
