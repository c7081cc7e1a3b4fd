"""Whose models are whose, and that only what is looked at is read."""

import json
import shutil
import threading
import time
from pathlib import Path
from typing import Any

import pytest

from forgetdemo.files.checkpoint import sha256_hex
from forgetdemo.live.job import RunError
from forgetdemo.live.manager import RunManager
from forgetdemo.predict.inference import Models, load_models
from forgetdemo.settings.constants import MODELS_DIR
from forgetdemo.settings.limits import PageLimits
from forgetdemo.ui import library as module
from forgetdemo.ui.downloads import ARCHIVE, PLOTS, NotYet
from forgetdemo.ui.library import Library
from tests.ui.test_downloads import SHIPPED, content, names

KEY = "0123456789abcdef"


@pytest.fixture(scope="module")
def models() -> Models:
    return load_models(MODELS_DIR)


@pytest.fixture
def shelf(models: Models, tmp_path: Path) -> Library:
    return Library(models, RunManager(MODELS_DIR, tmp_path / "runs", command=("none",)))


def put_run(shelf: Library, key: str = KEY, seed: int = 77) -> str:
    """Lay a finished run on the shelf; returns its manifest's hash."""
    for place in (shelf.manager.shelf.models(key), shelf.manager.shelf.run(key)):
        shutil.copytree(MODELS_DIR, place)
    path = shelf.manager.shelf.models(key) / "manifest.json"
    path.write_text(json.dumps(json.loads(path.read_text()) | {"seed": seed}))
    return sha256_hex(path.read_bytes())


def test_files_of_shipped_and_live_models_are_found_by_their_hash(shelf: Library) -> None:
    with pytest.raises(FileNotFoundError):
        shelf.live(KEY)
    own = put_run(shelf)
    assert shelf.download(own, ARCHIVE) is None, "nobody has looked at this run yet"
    shelf.live(KEY)
    data = content(shelf.download(own, ARCHIVE))
    assert any(name.startswith("plots/") for name in names(data))
    hashed = shelf.shipped.manifest["files"]["after.onnx"]["sha256"]
    assert content(shelf.download(hashed, "after.onnx")) == shelf.shipped.file("after.onnx")
    assert shelf.download(hashed, "before.onnx") is None
    with pytest.raises(RunError, match="no such run"):
        shelf.own("somebody", KEY)
    assert shelf.own("somebody", None) is shelf.shipped


def test_an_archive_goes_with_its_run(shelf: Library) -> None:
    own = put_run(shelf)
    shelf.live(KEY)
    content(shelf.download(own, ARCHIVE))
    shelf.manager.shelf.remove(KEY)
    for name in (ARCHIVE, PLOTS, "after.onnx"):
        with pytest.raises(OSError):
            shelf.download(own, name)
    assert not (shelf.manager.shelf.root / KEY).exists(), "no folder of nothing but a zip"


def test_pictures_that_are_being_drawn_hold_no_thread(
    shelf: Library, monkeypatch: pytest.MonkeyPatch
) -> None:
    own = put_run(shelf)
    shelf.live(KEY)
    monkeypatch.setattr(shelf.manager, "is_drawing", lambda key: key == KEY)
    with pytest.raises(NotYet):
        shelf.download(own, ARCHIVE)
    monkeypatch.undo()
    state = shelf.manager.shelf.root / KEY / "state.json"
    state.write_text('{"state": "running"}')  # a full disk took no note of the end
    assert content(shelf.download(own, ARCHIVE))


class Order:
    """Stands for a finished order."""

    title = "6 → 3"


def own_runs(shelf: Library, monkeypatch: pytest.MonkeyPatch, count: int) -> list[str]:
    """Give a session so many runs."""
    keys = [f"{number:016x}" for number in range(count)]
    monkeypatch.setattr(shelf.manager, "runs_of", lambda session: [(key, Order()) for key in keys])
    return keys


def test_only_the_columns_shown_are_read(shelf: Library, monkeypatch: pytest.MonkeyPatch) -> None:
    keys = own_runs(shelf, monkeypatch, 40)
    put_run(shelf, keys[7])
    read: list[Path] = []

    def noted(at: Path, known: Any) -> Models:
        read.append(at)
        return load_models(at, known)

    monkeypatch.setattr(module, "load_models", noted)
    assert len(shelf.choices("a")) == 4 + 40 and not read
    picked = shelf.pick("a", ["before", keys[7], keys[8], "nonsense", 7])
    assert [entry.key for entry in picked] == ["before", keys[7]]
    assert len(read) == 2, "the one that is there, and the one that is gone"
    shelf.pick("a", ["before", keys[7]])
    assert len(read) == 2


def test_models_in_memory_are_bounded_and_shared(
    shelf: Library, monkeypatch: pytest.MonkeyPatch
) -> None:
    shelf = Library(shelf.shipped, shelf.manager, PageLimits(live_models=2))
    keys = own_runs(shelf, monkeypatch, 4)
    for key in keys:
        put_run(shelf, key)
        shelf.live(key)
    assert len(shelf._live) == 2
    assert shelf.live(keys[3]).classifiers["before"] is shelf.shipped.classifiers["before"]


def test_a_slow_read_keeps_nobody_else_waiting(
    shelf: Library, monkeypatch: pytest.MonkeyPatch
) -> None:
    keys = own_runs(shelf, monkeypatch, 2)
    for key in keys:
        put_run(shelf, key)
    begun, go = threading.Event(), threading.Event()

    def slow(at: Path, known: Any) -> Models:
        if at.parent.name == keys[0]:
            begun.set()
            go.wait(10)
        return load_models(at, known)

    monkeypatch.setattr(module, "load_models", slow)
    first = threading.Thread(target=shelf.live, args=(keys[0],))
    first.start()
    begun.wait(10)
    start = time.monotonic()
    shelf.live(keys[1])
    assert shelf.download(SHIPPED, "manifest.json") and time.monotonic() - start < 5
    go.set()
    first.join()


@pytest.mark.parametrize("wanted", [[], [None, 7, [], {}, ["before"]], ["unknown"]])
def test_what_is_no_model_of_this_visitor_s_is_left_out(library: Library, wanted: Any) -> None:
    assert [e.key for e in library.pick("me", wanted)] == ["before", "after"], "the default pair"
    assert [e.key for e in library.pick("me", [*wanted, "oracle"])] == ["oracle"]
    assert ("After", "after") in library.choices("me")
