"""A class comes back: from training images, from drawings, into a run folder like any other."""

import json
from pathlib import Path

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from forgetdemo.cli import main
from forgetdemo.data import Images, split_by_class
from forgetdemo.files.checkpoint import CheckpointError
from forgetdemo.files.requests import relearn_settings
from forgetdemo.files.run import read_run
from forgetdemo.network import relearn as r
from forgetdemo.network.model import MnistCNN, arrays_of, clone
from forgetdemo.network.outputs import set_output
from forgetdemo.settings.relearning import (
    RelearnConfig,
    check_drawings,
    config_from,
    measured_steps,
)
from forgetdemo.settings.training import train_config
from forgetdemo.stages.relearn import relearn_run
from forgetdemo.stages.train import train_run
from tests.helpers.idx import write_idx

Parts = tuple[Images, Images, Images]


@pytest.fixture(scope="module")
def parts(small_images: Images) -> Parts:
    """Sixes, others, and what to watch."""
    split = split_by_class(small_images.labels, 6)
    lesson, others = small_images.take(split.forget), small_images.take(split.retain)
    return lesson, others, r.watched_images(small_images, 6, others=5)


@pytest.fixture(scope="module")
def forgetful(small_model: MnistCNN) -> MnistCNN:
    """The original with the sixth output's weights and bias at 0."""
    model = clone(small_model)
    set_output(model, 6, -8.0)
    return model


def test_an_original_needs_no_step(small_model: MnistCNN, parts: Parts) -> None:
    done = r.relearn(small_model, *parts, RelearnConfig(images=5, steps=2))
    assert done.curve[0]["acc_forget"] >= 0.9 and done.t90 == 0


def test_a_muted_class_comes_back(forgetful: MnistCNN, parts: Parts) -> None:
    before = arrays_of(forgetful)
    seen: list[int] = []
    config = RelearnConfig(images=50, steps=24)
    done = r.relearn(forgetful, *parts, config, lambda record: seen.append(record["step"]))
    assert seen == [0, 1, 2, 3, 4, 6, 8, 12, 16, 24] == [record["step"] for record in done.curve]
    assert done.curve[0]["acc_forget"] == 0 and done.curve[-1]["acc_forget"] > 0.8
    assert done.curve[-1]["acc_retain"] > 0.8 and done.image_visits == 24 * 100
    for name, value in arrays_of(forgetful).items():
        assert value.tobytes() == before[name].tobytes(), "the input was changed"


def test_a_masked_output_is_lifted_first(small_model: MnistCNN, parts: Parts) -> None:
    masked = clone(small_model)
    set_output(masked, 6, -1e4)
    done = r.relearn(masked, *parts, RelearnConfig(images=50, steps=24))
    assert done.curve[0]["acc_forget"] == 0 and done.curve[-1]["acc_forget"] > 0.8
    assert masked.last.bias[6].item() == -1e4 and not r.lift_mask(clone(small_model), 6)


def test_without_a_six_it_stays_away(forgetful: MnistCNN, parts: Parts) -> None:
    done = r.relearn(forgetful, *parts, RelearnConfig(images=0, steps=4))
    assert done.curve[-1]["acc_forget"] == 0 and done.t90 is None
    assert done.image_visits == 4 * 90


def test_the_same_seed_gives_the_same_curve(forgetful: MnistCNN, parts: Parts) -> None:
    first, again, other = (
        r.relearn(forgetful, *parts, RelearnConfig(images=5, steps=4, seed=seed))
        for seed in (1, 1, 2)
    )
    assert first.curve == again.curve and first.curve != other.curve
    assert all(
        torch.equal(a, b)
        for a, b in zip(first.model.parameters(), again.model.parameters(), strict=True)
    )


def test_fewer_images_are_a_part_of_more(parts: Parts) -> None:
    few, more = r.some_of(parts[0], 5, 3), r.some_of(parts[0], 50, 3)
    assert np.array_equal(more.pixels[:5], few.pixels)
    with pytest.raises(ValueError, match="at most"):
        r.some_of(parts[0], len(parts[0]) + 1, 0)


def test_bad_input_and_divergence(forgetful: MnistCNN, parts: Parts) -> None:
    lesson, others, _ = parts
    with pytest.raises(ValueError, match="to watch"):
        r.relearn(forgetful, lesson, others, others, RelearnConfig(steps=1))
    wild = clone(forgetful)
    with torch.no_grad():
        wild.last.weight.fill_(3e38)
    with pytest.raises(r.DivergedError, match="diverged at step 1"):
        r.relearn(wild, *parts, RelearnConfig(steps=2))


@given(st.integers(1, 4096))
def test_measured_steps_double(steps: int) -> None:
    points = measured_steps(steps)
    assert points[0] == 0 and points[-1] == steps and points == sorted(set(points))
    assert all(b <= 2 * a for a, b in zip(points[1:], points[2:], strict=False))


@pytest.mark.parametrize(
    "bad",
    [{"images": -1}, {"steps": 0}, {"lr": float("nan")}, {"forget_class": 10}, {"seed": 1.5}],
)
def test_settings_out_of_range_are_refused(bad: dict[str, object]) -> None:
    with pytest.raises(ValueError, match="must be"):
        config_from(bad)
    with pytest.raises(ValueError, match="unknown settings"):
        config_from({"speed": 1})


def test_drawings_are_checked() -> None:
    good = np.full((2, 28, 28), 9, np.uint8)
    assert check_drawings(good) is good
    with pytest.raises(ValueError, match="drawing 2 is blank"):
        check_drawings(np.stack([good[0], 0 * good[0]]))
    for bad in (good.astype(float), good[0], good[:0], good[:, :20]):
        with pytest.raises(ValueError, match="drawings"):
            check_drawings(bad)


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("data")
    write_idx(folder / "KMNIST" / "raw", train=120)
    return folder


@pytest.fixture(scope="module")
def source(data: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    config = train_config("paper", epochs=1, dataset="kmnist", exclude_class=6)
    return train_run(config, tmp_path_factory.mktemp("runs") / "oracle", data).directory


def test_a_lesson_is_a_run_folder(
    data: Path, source: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    config = RelearnConfig(images=3, steps=3)
    run = relearn_run(config, source, tmp_path / "run", data)
    assert run.report.method == "relearn" and run.report.redirect_to is None
    assert [p["step"] for p in run.history["relearn"]] == [0, 1, 2, 3]
    assert run.files["before.safetensors"] == read_run(source).files["before.safetensors"]
    assert run.files["after.safetensors"] != run.files["before.safetensors"]
    assert run.manifest["image_visits"] == 300
    monkeypatch.setattr(r, "RUNS", tmp_path / "runs")
    first = relearn_run(config, source, None, data)
    assert first.directory.name == first.manifest["key"] == run.manifest["key"]
    monkeypatch.setattr(r, "relearn", None)  # running it again would fail
    assert relearn_run(config, source, None, data).directory == first.directory
    taught = r.start_of(run)
    assert taught == "after", "a taught model can be taught again"


def test_drawings_teach(data: Path, source: Path, tmp_path: Path) -> None:
    drawn = np.random.default_rng(0).integers(0, 256, (5, 28, 28), np.uint8)
    config = RelearnConfig(images=0, steps=2)
    run = relearn_run(config, source, tmp_path / "run", data, drawings=drawn)
    settings = json.loads(run.files["config.json"])
    assert settings["relearn"]["images"] == 5
    other = relearn_settings(read_run(source), RelearnConfig(images=5, steps=2), drawn[:, ::-1])
    assert other["drawings_sha256"] != settings["drawings_sha256"]


def test_other_data_is_refused(source: Path, tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError, match="does not exist"):
        relearn_run(RelearnConfig(), tmp_path / "nothing")
    weights = source / "before.safetensors"
    whole = weights.read_bytes()
    weights.write_bytes(whole[:-1] + bytes([whole[-1] ^ 1]))
    try:
        with pytest.raises(CheckpointError, match="damaged"):
            relearn_run(RelearnConfig(), source)
    finally:
        weights.write_bytes(whole)


def test_the_command(
    data: Path, source: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    flags = ["relearn", "--run", str(source), "--steps", "2", "--data", str(data)]
    assert main([*flags, "--images", "5", "--out", str(tmp_path / "run")]) == 0
    assert capsys.readouterr().out.splitlines()[1].startswith("step")
    picture = tmp_path / "six.png"
    ink = np.zeros((28, 28), np.uint8)
    ink[5:20, 9:12] = 255
    Image.fromarray(ink).save(picture)
    drawn = [*flags, "--drawings", str(picture), "--out", str(tmp_path / "drawn"), "--json"]
    assert main(drawn) == 0
    assert len(json.loads(capsys.readouterr().out)["curve"]) == 3
    assert main([*flags, "--drawings", str(tmp_path / "no.png")]) == 1
    assert "no.png" in capsys.readouterr().err
    assert main([*flags, "--images", "-1"]) == 1
    assert "images must be a whole number" in capsys.readouterr().err
