"""A request names its folder; an equal, finished one is found and not made again."""

from pathlib import Path

import pytest

from forgetdemo.settings.unlearning import unlearn_config
from forgetdemo.stages import finish, unlearn
from forgetdemo.stages.unlearn import unlearn_run

QUICK = dict(steps=6, pool_per_class=5)


def test_an_equal_request_finds_the_same_folder(
    data: Path, original: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(finish, "RUNS", tmp_path)
    config = unlearn_config("described", **QUICK)
    first = unlearn_run(config, original, None, data)
    monkeypatch.setattr(unlearn, "unlearn", None)  # running it again would fail
    assert unlearn_run(config, original, None, data).directory == first.directory
    assert [path.name for path in tmp_path.iterdir()] == [first.manifest["key"]]
