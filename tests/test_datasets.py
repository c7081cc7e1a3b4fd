"""Other data sets in torchvision's layout go through every command, under their own names."""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from export.__main__ import main as export
from forgetdemo.audit import audit
from forgetdemo.audit.profile import AuditSettings
from forgetdemo.cli import main
from forgetdemo.data import FILES, TORCHVISION_NAMES, load_dataset
from forgetdemo.predict.inference import load_models
from forgetdemo.settings.constants import CLASS_NAMES, ROOT
from tests.helpers.idx import write_idx

OTHERS = ("fashion_mnist", "kmnist")
PAGE = """
import json, sys
sys.modules["torch"] = None
from pathlib import Path
from types import SimpleNamespace
from forgetdemo.predict.inference import load_models
from forgetdemo.live.manager import RunManager
from forgetdemo.ui.library import Library
from forgetdemo.ui.page import build_page
place = Path(sys.argv[1])
models = load_models(place)
data = Path(sys.argv[2]) if len(sys.argv) > 2 else None
manager = RunManager(place, Path("live"), command=("none",), data=data)
page = build_page(Library(models, manager))
parts = [c["props"] for c in page.config["components"]]
shown = {p["elem_id"]: p for p in parts if p.get("elem_id")}
opened = next(f for f in page.fns.values() if f.api_name == "cell_images_before_open")
told = dict(zip(opened.inputs, ([6, 6], "")))  # the cell, and whose matrices these are
view, found = opened.fn(told, SimpleNamespace(session_hash="me")).values()
shown["opened"] = {"value": view, "found": found}
print(json.dumps(shown, default=str))
"""
SMALL = AuditSettings(relearn_images=(0, 5, 50), relearn_steps=2, relearn_seeds=1)


def write_bars(folder: Path) -> None:
    """A data set whose classes are bars at ten heights, over faint noise: easy to learn."""
    write_idx(folder, train=400, test=120)
    for part in ("train", "t10k"):
        path = folder / f"{part}-images-idx3-ubyte"
        raw = bytearray(path.read_bytes())
        pixels = np.frombuffer(raw, np.uint8, offset=16).reshape(-1, 28, 28)
        pixels //= 8
        for position, image in enumerate(pixels):
            top = 3 + 2 * (position % 10)
            image[top : top + 3, 5:23] = 255
        path.write_bytes(raw)


@pytest.fixture(params=OTHERS)
def dataset(request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """A name; its files are in ./data, where runs are made in ./runs, in this process."""
    name = str(request.param)
    write_bars(tmp_path / "data" / TORCHVISION_NAMES[name] / "raw")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(audit, "DEFAULTS", SMALL)
    monkeypatch.setattr("os.cpu_count", lambda: 1)
    load_dataset.cache_clear()  # it remembers by ./data
    return name


def said(capsys: pytest.CaptureFixture[str], *words: str) -> dict[str, Any]:
    """Run a command that must work, and give back its JSON."""
    assert main([*words, "--json"]) == 0, capsys.readouterr().err
    found = json.loads(capsys.readouterr().out)
    assert isinstance(found, dict)
    return found


def test_every_command_works_under_the_data_set_s_own_names(
    dataset: str, capsys: pytest.CaptureFixture[str]
) -> None:
    names = list(CLASS_NAMES[dataset])
    typed = ("--recipe", "paper", "--epochs", "1", "--batch-size", "4")
    trained = said(capsys, "train", "--dataset", dataset, *typed, "--out", "original")
    assert trained["dataset"] == dataset and trained["classes"] == names
    assert trained["before"]["acc_overall"] > 0.9
    quick = ("--steps", "80", "--pool-per-class", "30", "--mask-fraction", "0.1")
    unlearned = said(capsys, "unlearn", "--original", "original", *quick, "--out", "run")
    assert unlearned["classes"] == names
    assert unlearned["after"]["acc_forget"] < 0.2 and unlearned["after"]["redirect_rate"] > 0.8
    oracles = said(capsys, "oracles", "--original", "original", "--count", "4")["oracles"]
    assert len(oracles) == 4 and all(row["acc_forget"] == 0 for row in oracles)
    assert main(["audit", "--run", "run", "--oracles", "3", "--out", "run-audit"]) == 0
    printed = capsys.readouterr()
    assert f"class {names[6]} of {dataset}, method described" in printed.out
    assert f"too few training images of class {names[6]}: fewer curves" in printed.err
    audited = json.loads(Path("run-audit/audit.json").read_text())
    assert audited["classes"] == names and audited["about"]["settings"]["relearn_images"] == [0, 5]
    assert "of its images bring it back" in audited["verdict"]["sentence"]
    assert export(["--run", "run", "--out", "models"]) == 0
    assert f"class {names[6]} " in capsys.readouterr().out
    serve(Path("models"), names, capsys)


def serve(place: Path, names: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    """The model folder answers under its names, on the command line and on the page."""
    Image.fromarray(load_dataset_pixels(place)).save("picture.png")
    answer = said(capsys, "predict", "picture.png", "--models", str(place))
    assert answer["models"]["before"]["label"] in names
    parts, _ = page_of(place)
    assert [label for label, _ in parts["forget"]["choices"]] == names
    for key in ("matrix-before", "matrix-after", "per-class"):
        assert json.loads(parts[key]["value"])["classes"] == names
    opened = parts["opened"]["value"]
    assert opened["items"] and f"of {names[6]}: Before answers {names[6]}" in opened["label"]
    empty, lost = Path("elsewhere"), Path("lost")
    empty.mkdir()
    write_idx(lost, seed=7)  # whole, yet not the files that the models were made from
    for other, words in ((empty, "does not hold"), (lost, "made from other")):
        parts, log = page_of(place, other)
        opened = parts["opened"]["value"]
        assert opened["items"] == [] == parts["opened"]["found"]
        assert "names their folder with --data" in opened["label"]
        assert "no test images: " in log and words in log and "Traceback" not in log


def page_of(place: Path, data: Path | None = None) -> tuple[dict[str, Any], str]:
    """What the page shows in a process that has no torch, a cell of it opened; and its log."""
    done = subprocess.run(
        [sys.executable, "-c", PAGE, str(place), *([str(data)] if data else [])],
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert done.returncode == 0, done.stderr
    parts = json.loads(done.stdout)
    assert isinstance(parts, dict)
    return parts, done.stderr


def load_dataset_pixels(place: Path) -> np.ndarray:
    """The first test image of the data set a model folder is from."""
    return load_dataset(load_models(place).manifest["dataset"], Path("data")).test.pixels[0]


@pytest.mark.parametrize("dataset_name", OTHERS)
def test_offline_one_sentence_says_what_to_place_where(
    dataset_name: str,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    from torchvision.datasets import mnist

    def offline(*_: object, **__: object) -> None:
        raise OSError("network is unreachable")

    monkeypatch.setattr(mnist, "download_and_extract_archive", offline)
    flags = ["--dataset", dataset_name, "--data", str(tmp_path)]
    assert main(["train", "--epochs", "1", *flags]) == 1
    place = tmp_path / TORCHVISION_NAMES[dataset_name] / "raw"
    files = ", ".join(f"{file}.gz" for file in FILES)
    assert capsys.readouterr().err == (
        f"error: {dataset_name} is not in {tmp_path} and could not be downloaded (OSError); "
        f"place {files} in {place}\n"
    )


def test_a_data_set_that_is_not_known_is_refused(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        main(["train", "--dataset", "cifar"])
    assert "invalid choice: 'cifar'" in capsys.readouterr().err
