"""Cells are doors: to the images behind them, and from these to the pad."""

import json
from pathlib import Path

import pytest

from forgetdemo.ui import doors
from forgetdemo.views.examples import Examples
from tests.helpers.visitor import Visitor, open_page, shipped_library


def test_a_cell_opens_and_an_image_goes_on_the_pad(visitor: Visitor) -> None:
    visitor.does("cell_images_after", 6, 5)
    shown = json.loads(visitor.does("cell_images_after_open")["cell-images"])
    assert "After answers 5" in shown["label"]
    assert all(item["caption"].endswith("→ 5") for item in shown["items"])
    changes = visitor.does("cell_images_pad", 0)
    p = json.loads(changes["comparison"])["columns"][1]["probabilities"]
    assert p.index(max(p)) == 5 and changes["tabs"]["selected"] == "draw"


def test_a_click_beside_all_cells_opens_nothing(visitor: Visitor) -> None:
    visitor.does("cell_images_after", 6, 10)
    assert visitor.does("cell_images_after_open") == {}
    assert visitor.does("cell_images_pad", 0) == {}, "no image is shown yet"


def test_the_first_look_says_that_it_takes_a_while(tmp_path: Path) -> None:
    with shipped_library(tmp_path) as library:
        visitor = Visitor(open_page(library))
        waiting = visitor.does("cell_images_before", 0, 0)
        assert json.loads(waiting["cell-images"]) == doors.LOOKING


def test_images_that_are_not_here_are_a_sentence_without_paths(
    visitor: Visitor, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def lost(*_: object) -> None:
        raise FileNotFoundError("/some/where/else does not hold mnist")

    monkeypatch.setattr(Examples, "cell", lost)
    visitor.does("cell_images_after", 6, 5)
    shown = json.loads(visitor.does("cell_images_after_open")["cell-images"])
    assert shown["label"] == doors.MISSING and shown["items"] == []
    assert "/some/where/else" in capsys.readouterr().err
