"""Whose models are whose: shipped ones are everybody's, runs their owner's."""

import io
import json
import shutil
import zipfile
from pathlib import Path
from typing import Any

import pytest

from forgetdemo.files.checkpoint import sha256_hex
from forgetdemo.live.job import RunError
from forgetdemo.live.manager import RunManager
from forgetdemo.predict.inference import load_models
from forgetdemo.settings.constants import MODELS_DIR
from forgetdemo.ui.library import Library
from tests.helpers.visitor import PRETENDS


def test_downloads_find_shipped_and_live_files_by_their_hash(tmp_path: Path) -> None:
    models = load_models(MODELS_DIR)
    manager = RunManager(MODELS_DIR, tmp_path, command=PRETENDS)
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


@pytest.mark.parametrize("wanted", [[], [None, 7, [], {}, ["before"]], ["unknown"]])
def test_what_is_no_model_of_this_visitor_s_is_left_out(library: Library, wanted: Any) -> None:
    assert [e.key for e in library.pick("me", wanted)] == ["before", "after"], "the default pair"
    assert [e.key for e in library.pick("me", [*wanted, "oracle"])] == ["oracle"]
    assert ("After", "after") in library.choices("me")
