"""The Inside tab: what is seen inside two models, a chosen unit, and models between them."""

import json
from typing import Any

import gradio as gr
import pytest

from forgetdemo.predict.inside import load_inside
from forgetdemo.predict.preprocess import Drawing
from forgetdemo.ui import inside
from forgetdemo.ui.inside import alpha_of, chosen_of
from forgetdemo.ui.library import Library
from forgetdemo.views.pictures import load_samples
from tests.helpers.visitor import Visitor


def read(changes: dict[str, Any], name: str) -> Any:
    return json.loads(changes[name])


def test_it_opens_with_the_drawing_of_the_other_pad(visitor: Visitor) -> None:
    three = load_samples()[11]["pad"]
    changes = visitor.does("inside_open", pad=three)
    assert changes["inside-pad"] == three
    layers = read(changes, "inside-layers")["layers"]
    assert [layer["count"] for layer in layers] == [32, 64, 128, 64, 10]
    assert [len(layer["differs"]) for layer in layers[:2]] == [0, 0], "these layers were frozen"
    assert changes["inside-unit"] == ""
    cloud = read(changes, "inside-cloud")
    assert [len(places) for places in cloud["places"]] == [500, 500] and None not in cloud["at"]
    assert read(changes, "inside-strokes")["columns"][0]["answer"] == "3"


def test_a_six_differs_in_dense_layers_and_is_followed_on_both_pads(visitor: Visitor) -> None:
    six = load_samples()[0]["pad"]
    changes = visitor.does("inside_stroke", inside_pad=six)
    layers = read(changes, "inside-layers")["layers"]
    assert layers[3]["differs"] and layers[4]["differs"] == [3, 6]
    assert changes["pad"] == six
    assert "redirected" in read(changes, "comparison")["sentence"]
    blank = visitor.does("inside_stroke", inside_pad=None)
    assert read(blank, "inside-layers")["picture"] is None
    assert read(blank, "inside-cloud")["at"] == [None, None]
    with pytest.raises(gr.Error, match="not a drawing"):
        visitor.does("inside_stroke", inside_pad="x")


def test_a_unit_its_part_in_the_answer_and_its_strongest_images(visitor: Visitor) -> None:
    visitor.does("inside_open", pad=load_samples()[0]["pad"])
    for layer in range(5):
        unit = read(visitor.does("inside_unit", layer, 3), "inside-unit")
        assert [column["title"] for column in unit["columns"]] == ["Before", "After"]
    assert unit["title"] == "Answers, 3"
    assert all(column["items"][0]["label"] == "test image of 3" for column in unit["columns"])
    assert unit["columns"][1]["words"].startswith("Logit ")
    changes = visitor.does("inside_image", 1, 0)
    p = read(changes, "comparison")["columns"][0]["probabilities"]
    assert p.index(max(p)) == 3, "a three is on both pads"
    assert changes["inside-pad"] == changes["pad"]
    for wrong in ((5, 0), (0, 32), (0, 127), (-1, 0)):
        assert visitor.does("inside_unit", *wrong) == {}, "no such unit"
    assert visitor.does("inside_image", 0, 8) == {}


def test_models_between(visitor: Visitor) -> None:
    visitor.does("inside_open", pad=load_samples()[0]["pad"])
    for alpha, answers in ((0, (6, 6)), (1, (3, 3)), (1.5, (3, 3))):
        changes = visitor.does("inside_alpha", between_alpha=alpha)
        columns = read(changes, "between-comparison")["columns"]
        found = [c["probabilities"].index(max(c["probabilities"])) for c in columns]
        assert tuple(found) == answers
        assert f"At α = {alpha:.2f}" in changes["between-words"]
    changes = visitor.does("inside_alpha", between_alpha=0.5, right="oracle")
    assert len(read(changes, "between-comparison")["columns"]) == 1
    assert "the shipped pair alone" in changes["between-words"]


def test_what_a_page_holds_is_not_trusted() -> None:
    assert chosen_of([3, 63]) == [3, 63]
    for wrong in (None, "x", [3, 64], [5, 0], [True, 0], [0], [0.0, 1], [0, -1]):
        assert chosen_of(wrong) == []
    assert alpha_of(0.35000000000000003) == 0.35
    for nonsense in (None, "1", -1, 9, float("nan")):
        assert alpha_of(nonsense) == 1.0


def test_few_models_stay_open(library: Library, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(inside, "KEPT", 2)
    looker = inside.Looker(load_inside())
    blank = Drawing(looker.inside.pixels[0] * 0, True)
    entries = library.pick("me", ["before", "after", "oracle"])
    for entry in [*entries, *entries]:
        subject, _ = looker.look(entry, blank)
        assert subject.inner is None and subject.entry is entry
        assert len(looker._open) <= 2
