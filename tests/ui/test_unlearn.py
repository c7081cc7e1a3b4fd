"""The Unlearn tab: a run from the click to the pad, and everything that can go otherwise."""

import json
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import gradio as gr
import pytest

from forgetdemo.live.job import Event
from forgetdemo.settings.constants import MODELS_DIR
from forgetdemo.ui.unlearn import frames
from tests.helpers.visitor import Visitor, open_page, shipped_library

HANGS, FAILS = 7, 9  # seeds that the pretending worker knows


def status(changes: dict[str, Any]) -> str:
    return str(json.loads(changes["status"])["text"])


def test_a_run_is_followed_shown_and_put_beside_the_pad(page: gr.Blocks, visitor: Visitor) -> None:
    *frames, last = visitor.follows("forget", forget="2", substitute="7")
    title = "2 → 7, described, 1 %"
    assert any(status(f).startswith(f"{title}: step") for f in frames if "status" in f)
    done = frames[-1]
    assert f"{title}: done" in status(done) and done["stop"]["interactive"] is False
    assert {"lab-words", "lab-headline", "lab-before", "lab-heat", "lab-downloads"} <= set(done)
    assert done["lab-cell-images"] == "", "images of an earlier result are gone"
    key = last["right"]["value"]
    assert [title, key] in [list(choice) for choice in last["right"]["choices"]]
    assert last["teach-model"]["value"] == key
    columns = json.loads(last["comparison"])["columns"]
    assert [c["key"] for c in columns] == ["before", key] and columns[1]["title"] == title
    other = Visitor(page, "a stranger")
    with pytest.raises(gr.Error):  # not even by its key
        other.does("draw_right", right=key)


def test_an_earlier_result_stays_where_an_order_is_refused(visitor: Visitor) -> None:
    changes = visitor.does("forget", forget="6", substitute="6")
    assert set(changes) == {"status"} and "two different digits" in status(changes)


def test_a_run_that_fails_says_so_and_changes_no_column(visitor: Visitor) -> None:
    *_, last, nothing = visitor.follows("forget", seed=FAILS)
    assert nothing == {} and "unlearning diverged" in status(last) and "right" not in last
    assert last["stop"]["interactive"] is False


def test_a_run_is_stopped(visitor: Visitor) -> None:
    following = visitor.follows("forget", seed=HANGS)
    assert next(following)["stop"]["interactive"] is True
    visitor.does("stop")
    assert "stopped" in status([f for f in following if "status" in f][-1])


def test_a_link_sets_the_controls_and_words_follow_the_share(page: gr.Blocks) -> None:
    visitor = Visitor(page, "linked", forget="4", substitute="none", share="1", seed="3", x="y")
    changes = visitor.does("restore")
    assert (changes["forget"], changes["substitute"]) == ("4", "none")
    assert float(changes["share"]) == 1 and int(changes["seed"]) == 3
    assert "10 %: 42,926 of 429,258" in visitor.does("explain")["share-text"]


def test_a_new_run_does_not_stand_under_the_curves_of_an_earlier_one() -> None:
    waiting = Event("k", "8 → 1", "queued", 2, [], None, "")
    gone = Event("k", "8 → 1", "cancelled", 0, [], None, "stopped")
    manager = SimpleNamespace(watch=lambda *_: iter([waiting, waiting, gone]))
    models = SimpleNamespace(manifest={"classes": list("0123456789")})
    library: Any = SimpleNamespace(shipped=models, manager=manager)
    curves: dict[str, Any] = {"accuracy": [], "loss": []}
    tab: Any = SimpleNamespace(
        status="status", stop="stop", matrix="matrix", curves=lambda *given: curves | {"at": given}
    )
    first, second, last = frames(tab, library, "me", "k", 8)
    matrix = first["matrix"]
    assert "1 before you" in first["status"]["text"] and matrix["forget"] == 8
    assert first["at"] == ([], 1) and sum(map(sum, matrix["counts"])) == 0
    assert set(second) == {"status", "stop"}, "only the first frame empties them"
    assert "stopped" in last["status"]["text"] and set(last) == {"status", "stop"}


def test_where_no_run_is_possible_the_tab_says_why(tmp_path: Path) -> None:
    with shipped_library(tmp_path, off="Runs are off here") as library:
        visitor = Visitor(open_page(library))
        assert status(visitor.holds).endswith("Runs are off here.")
        assert "Runs are off here" in status(visitor.does("forget"))


def test_the_shipped_run_is_there_before_any_other(visitor: Visitor) -> None:
    report = json.loads((MODELS_DIR / "report.json").read_text())
    shown = json.loads(visitor.holds["lab-after"])
    assert shown["counts"] == report["after"]["confusion"]
    assert json.loads(visitor.holds["live-accuracy"])["lines"][0]["points"]
