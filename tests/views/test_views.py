"""What the tabs compute, as plain functions: doors, morphs, settings, archives."""

import io
import json
import math
import shutil
import zipfile
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from forgetdemo.data import Dataset
from forgetdemo.files.checkpoint import sha256_hex
from forgetdemo.files.run import read_run
from forgetdemo.live.job import RunError
from forgetdemo.live.manager import RunManager
from forgetdemo.predict.entry import Entry, choose, shipped_entries
from forgetdemo.predict.inference import Models, load_models
from forgetdemo.predict.preprocess import canvas_of, preprocess
from forgetdemo.serve import WORKER
from forgetdemo.settings.constants import MODELS_DIR
from forgetdemo.settings.records import from_json
from forgetdemo.settings.unlearning import UnlearnConfig
from forgetdemo.ui import morph, result
from forgetdemo.ui.library import Library
from forgetdemo.views import form
from forgetdemo.views.examples import Examples


@pytest.fixture(scope="module")
def models() -> Models:
    return load_models(MODELS_DIR)


@pytest.fixture(scope="module")
def entries(models: Models) -> dict[str, Entry]:
    return shipped_entries(models)


def test_unknown_columns_are_left_out(entries: dict[str, Entry]) -> None:
    assert [e.key for e in choose(entries, ["after", "before"])] == ["after", "before"]
    assert [e.key for e in choose(entries, ["nothing", 7, None])] == ["before", "after"]


def test_a_cell_holds_exactly_the_images_that_the_matrix_counts(entries: dict[str, Entry]) -> None:
    report = read_run(MODELS_DIR).report
    examples, before, after = Examples(), entries["before"], entries["after"]
    assert not examples.knows(after)
    assert report.after is not None
    for truth, predicted in ((6, 5), (5, 3), (0, 9)):
        view, found = examples.cell(before, after, after, truth, predicted)
        count = report.after.confusion[truth][predicted]
        assert len(found) == min(count, 24) == len(view["items"])
        assert (examples.images().labels[found] == truth).all()
        assert all(item["caption"].endswith(f"→ {predicted}") for item in view["items"])
    assert len(examples.answers(before)) == 10_000 and examples.knows(after)


@given(st.floats(0, 1))
def test_a_blend_lies_between_its_ends(share: float) -> None:
    start, end = np.full((28, 28), 40, np.uint8), np.full((28, 28), 200, np.uint8)
    mixed = morph.blend(start, end, share)
    assert 40 <= mixed.min() and mixed.max() <= 200
    assert np.array_equal(morph.blend(start, end, 0), start)
    assert np.array_equal(morph.blend(start, end, 1), end)


def test_a_morph_shows_where_the_boundary_moved(entries: dict[str, Entry], mnist: Dataset) -> None:
    def digit(label: int) -> Any:
        at = np.flatnonzero(mnist.test.labels == label)[0]
        return preprocess(canvas_of(mnist.test.pixels[at]))

    chosen = [entries["before"], entries["after"]]
    data = morph.strip(chosen, digit(6), digit(3))
    assert data is not None and len(data["steps"]) == morph.STEPS
    first, last = data["steps"][0]["answers"], data["steps"][-1]["answers"]
    assert [a["answer"] for a in first] == [6, 3] and [a["answer"] for a in last] == [3, 3]
    words = morph.boundary_words(chosen, data)
    assert words.startswith("Before: 6 until") and "After: 3" in words
    blank = preprocess(np.zeros((280, 280), np.uint8))
    assert morph.strip(chosen, blank, digit(3)) is None
    with pytest.raises(ValueError, match="share"):
        morph.blend(blank.pixels, blank.pixels, 1.5)


def test_the_controls_start_at_the_defaults_of_described() -> None:
    values = list(form.start_values().values())
    assert from_json(UnlearnConfig, form.config_of(values)) == UnlearnConfig()


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("forget", "3"),  # equal to the substitute
        ("forget", "12"),
        ("forget", None),
        ("forget", True),
        ("substitute", "x"),
        ("method", "retrain"),
        ("method", ["described"]),
        ("share", 3.0),
        ("share", math.nan),
        ("share", "1"),
        ("penalty", -1),
        ("pull", math.inf),
        ("seed", 1.5),
        ("seed", -1),
    ],
)
def test_values_out_of_range_are_one_sentence(name: str, value: object) -> None:
    values = form.start_values() | {name: value}
    with pytest.raises(ValueError) as error:
        form.config_of(list(values.values()))
    assert str(error.value) and "\n" not in str(error.value)


@pytest.mark.parametrize("method", form.METHODS)
def test_every_method_of_the_page_can_be_asked_for(method: str) -> None:
    values = form.start_values() | {"method": method, "forget": "2", "substitute": "none"}
    config = form.config_of(list(values.values()))
    assert config["method"] == method and config["forget_class"] == 2


@given(st.floats(-1, 2))
def test_the_share_is_a_plain_number_of_percent(position: float) -> None:
    share = form.percent_of(position)
    assert 0.1 <= share <= 100 and len(f"{share:g}") <= 4
    assert form.percent_of(form.LOW) == 0.1 and form.percent_of(0) == 1


def test_a_link_restores_its_settings_and_nonsense_restores_the_defaults() -> None:
    start = list(form.start_values().values())
    query = {"forget": "2", "substitute": "7", "share": "0.5", "seed": "4", "x": "y"}
    restored = form.link_values(query)
    assert restored[:4] == ["2", "7", "described", 0.5] and restored[-1] == 4
    assert form.link_values({"forget": "3"}) == start, "3 → 3 cannot be meant"
    assert form.link_values({"seed": "<script>"}) == start
    assert form.link_values({"method": "a" * 500}) == start
    assert form.link_values({}) == start


def test_a_result_has_a_value_for_every_view(models: Models) -> None:
    values = result.result_values(read_run(MODELS_DIR), result.links_of(models))
    assert len(values) == 7 and all(values)
    assert "plots.zip" in values[6] and "everything.zip" in values[6]
    assert json.loads(values[4])["editable"] == 4293
    accuracy, loss = result.run_curves({"unlearn": []}, 300)
    assert json.loads(accuracy)["xMax"] == 300 and json.loads(loss)["lines"] == []


def test_an_archive_holds_every_file_and_repeats(models: Models) -> None:
    manifest = (MODELS_DIR / "manifest.json").read_bytes()
    drawn = {"plots/curves.png": b"late"}
    asked = models, lambda: drawn, sha256_hex(manifest)
    data = result.archive_lookup(*asked, "everything.zip")
    assert data and data == result.archive_lookup(*asked, "everything.zip")
    with zipfile.ZipFile(io.BytesIO(data)) as packed:
        assert set(packed.namelist()) == {*models.manifest["files"], *drawn, "manifest.json"}
        assert packed.read("after.onnx") == models.file("after.onnx")
    plots = result.archive_lookup(*asked, "plots.zip")
    assert plots is not None
    with zipfile.ZipFile(io.BytesIO(plots)) as packed:
        assert packed.namelist() == [*drawn]
    assert result.archive_lookup(models, dict, asked[2], "plots.zip") is None, "there are none"
    assert result.archive_lookup(models, dict, "0" * 64, "everything.zip") is None


def test_downloads_find_shipped_and_live_files_by_their_hash(
    models: Models, tmp_path: Path
) -> None:
    manager = RunManager(MODELS_DIR, tmp_path, command=WORKER)
    library = Library(models, manager)
    key = "0123456789abcdef"
    with pytest.raises(FileNotFoundError):
        library.live(key)
    for place in (manager.shelf.models(key), manager.shelf.run(key)):
        shutil.copytree(MODELS_DIR, place)
    manifest = json.loads((manager.shelf.models(key) / "manifest.json").read_text())
    (manager.shelf.models(key) / "manifest.json").write_text(json.dumps(manifest | {"seed": 77}))
    own = sha256_hex((manager.shelf.models(key) / "manifest.json").read_bytes())
    assert library.download(own, "everything.zip") is None, "nobody has looked at this run yet"
    library.live(key)
    archive = library.download(own, "everything.zip")
    assert archive is not None
    with zipfile.ZipFile(io.BytesIO(archive)) as packed:
        assert json.loads(packed.read("manifest.json"))["seed"] == 77
        assert any(name.startswith("plots/") for name in packed.namelist())
    shipped = models.manifest["files"]["after.onnx"]["sha256"]
    assert library.download(shipped, "after.onnx") == models.file("after.onnx")
    assert library.download(shipped, "before.onnx") is None
    with pytest.raises(RunError, match="no such run"):
        library.own("somebody", key)
    assert library.own("somebody", None) is models
    shutil.rmtree(tmp_path / key)
    with pytest.raises(OSError, match="manifest.json"):
        library.download(own, "plots.zip")
