"""The search: a known cost, the validation split alone, points on record, failures as failures."""

from pathlib import Path

import numpy as np
import pytest

from forgetdemo.data import Dataset, Images
from forgetdemo.files.checkpoint import read_json, write_json
from forgetdemo.files.run import save_run
from forgetdemo.methods.unlearn import unlearn
from forgetdemo.metrics.report import Report
from forgetdemo.network.model import MnistCNN, arrays_of
from forgetdemo.network.train import DivergedError
from forgetdemo.settings.constants import ROOT
from forgetdemo.settings.methods import METHOD_NAMES
from forgetdemo.settings.unlearning import unlearn_config
from forgetdemo.stages.evaluate import measure
from forgetdemo.stages.tune import AXES, TUNING_FILE, point_key, points, scored, tune


@pytest.fixture
def original(tmp_path: Path, small_model: MnistCNN, small_images: Images, mnist: Dataset) -> Path:
    """A run folder of the small model."""
    tiny = Dataset("mnist", mnist.classes, small_images, small_images, "0" * 64)
    before = measure(small_model, tiny, 6, None)
    save_run(
        tmp_path / "original",
        config={},
        seed=0,
        data_sha256="0" * 64,
        code="c" * 64,
        report=Report(
            dataset="mnist",
            classes=mnist.classes,
            forget_class=6,
            redirect_to=None,
            method=None,
            before=before,
            seconds={},
        ),
        history={},
        weights={"before": arrays_of(small_model)},
    )
    return tmp_path / "original"


def test_every_point_is_a_valid_setting_and_the_budget_holds() -> None:
    for method, axes in AXES.items():
        tried = list(points(method, 1000))
        assert len(tried) == np.prod([len(values) for values in axes.values()]) <= 20
        assert len({str(point) for point in tried}) == len(tried)
        assert all(unlearn_config(method, **point) for point in tried)
        assert list(points(method, 2)) == tried[:2]
    untuned = set(METHOD_NAMES) - set(AXES)
    assert {"retrain", "logit_mask", "zeroed_row"} <= untuned


def test_the_cost_of_hand_made_answers() -> None:
    labels = np.array([6, 6, 1, 2])
    before = np.full((4, 10), -20.0)
    before[np.arange(4), labels] = 20.0
    before[:2, 5] = 10.0  # the runner-up of both sixes
    same = scored(before, before, labels, 6)
    assert same["acc_forget"] == 1 and same["drop"] == 0
    assert same["cost"] == pytest.approx(1 + 0.1 * np.log(2), abs=1e-3)
    after = before.copy()
    after[:, 6] = -1e4
    assert scored(before, after, labels, 6)["cost"] == pytest.approx(0, abs=1e-9)
    after[3, 1] = 30.0  # half of the retained images lost
    assert scored(before, after, labels, 6)["cost"] == pytest.approx(5, abs=1e-9)


def test_points_are_recorded_and_a_diverged_one_never_wins(
    original: Path,
    tmp_path: Path,
    small_images: Images,
    mnist: Dataset,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    from forgetdemo.stages import tune as module

    empty = Images(small_images.pixels[:0], small_images.labels[:0])
    tiny = Dataset("mnist", mnist.classes, small_images, empty, "0" * 64)  # no test image to read
    monkeypatch.setattr(module, "load_dataset", lambda name, directory: tiny)

    def sometimes(model: MnistCNN, images: Images, config: object, **rest: object) -> object:
        if config.strength == 1e-6:  # type: ignore[attr-defined]
            raise DivergedError("unlearning diverged at step 3")
        return unlearn(model, images, config, **rest)  # type: ignore[arg-type]

    monkeypatch.setattr(module, "unlearn", sometimes)
    out, said = tmp_path / "tuning.json", list[str]()
    tune(original, ["fisher"], 10, out, None, said.append)
    found = read_json(out)["methods"]["fisher"]
    failed = [point for point in found["points"] if "failed" in point]
    assert len(failed) == 1 and len(said) == len(found["points"]) == len(AXES["fisher"]["strength"])
    costs = {str(p["settings"]): p["cost"] for p in found["points"] if "cost" in p}
    assert str(found["chosen"]) == min(costs, key=costs.__getitem__)
    tune(original, [], 1, out, None, said.append)
    record = read_json(out)
    assert "fisher" in record["methods"]
    record["original_sha256"] = "f" * 64
    write_json(out, record)
    with pytest.raises(ValueError, match="from another original"):
        tune(original, ["fisher"], 1, out)


def test_a_method_without_axes_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="method must be one of"):
        tune(tmp_path, ["retrain"])


def test_the_shipped_settings_are_the_recorded_winners() -> None:
    """Whoever changes a default searches again, and whoever searches copies the winner."""
    record = read_json(ROOT / TUNING_FILE)["methods"]
    assert set(record) == set(AXES)
    for method, found in record.items():
        best = min(found["points"], key=lambda point: point.get("cost", float("inf")))
        assert found["chosen"] == best["settings"]
        assert best["key"] == point_key(unlearn_config(method)), method
