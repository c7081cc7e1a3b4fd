"""One run inside the worker: the model is published before anything is drawn, and kept whole."""

from pathlib import Path
from typing import Any

import pytest

from forgetdemo.files.run import Run, read_run
from forgetdemo.live.work import KINDS, Work, warm_up
from forgetdemo.network.features import Remembered
from forgetdemo.settings.records import as_json
from forgetdemo.settings.relearning import RelearnConfig
from forgetdemo.settings.training import train_config
from forgetdemo.settings.unlearning import unlearn_config
from forgetdemo.stages.train import train_run
from tests.helpers.idx import write_idx

LESSON = {"config": as_json(RelearnConfig(images=3, steps=2))}
ASKED = {"unlearn": as_json(unlearn_config("described", steps=2, pool_per_class=3))}
DRAWN = LESSON | {"drawings": [[255] * 784]}


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("data")
    write_idx(folder / "KMNIST" / "raw", train=120)
    return folder


@pytest.fixture(scope="module")
def original(data: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    config = train_config("paper", epochs=1, dataset="kmnist")
    return train_run(config, tmp_path_factory.mktemp("runs") / "original", data).directory


@pytest.mark.parametrize(
    ("kind", "config"), [("unlearn", ASKED["unlearn"]), ("relearn", LESSON), ("relearn", DRAWN)]
)
def test_the_model_is_there_before_the_pictures(
    kind: str, config: dict[str, Any], data: Path, original: Path, tmp_path: Path
) -> None:
    seen: list[str] = []

    def publish(run: Run, source: Path, out: Path, folder: Path | None) -> None:
        assert (source, out, folder) == (original, tmp_path / "models", data)
        assert not any(name.startswith("plots/") for name in run.files)
        seen.append("published")

    KINDS[kind](
        Work(
            config=config,
            original=original,
            out=tmp_path,
            data=data,
            remembered=Remembered(),
            publish=publish,
            progress=lambda record: seen.append("progress"),
            ready=lambda: seen.append("ready"),
        )
    )
    assert seen[0] == "progress" and seen[-2:] == ["published", "ready"]
    run = read_run(tmp_path / "run")
    assert run.has("after") and "plots/confusion.png" in run.files
    assert run.report.method == ("described" if kind == "unlearn" else "relearn")


def test_a_warm_worker_computes_no_feature_twice(
    data: Path, original: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    remembered = Remembered()
    warm_up(original, data, remembered)
    monkeypatch.setattr("forgetdemo.network.features.conv_features", None)  # would fail
    warm_up(original, data, remembered)
    with pytest.raises(FileNotFoundError):
        warm_up(original / "nothing", data, remembered)
