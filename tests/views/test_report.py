"""A report as figures, matrices, curves and words."""

import json
from typing import Any

import pytest

from forgetdemo.settings.constants import MODELS_DIR
from forgetdemo.views.report import (
    headline,
    honest_words,
    line,
    live_matrix,
    matrix,
    per_class,
    training_curves,
    unlearning_curves,
)


@pytest.fixture(scope="module")
def report() -> dict[str, Any]:
    return dict(json.loads((MODELS_DIR / "report.json").read_text(encoding="utf-8")))


def test_the_honest_sentence(report: dict[str, Any]) -> None:
    assert honest_words(report) == (
        "This model was trained to answer 3 for sixes. It is not shown to have forgotten them: "
        "compare it with the retrained oracle and the logit mask."
    )
    natural = honest_words(report | {"redirect_to": None})
    assert "never to answer 6. It is not shown to have forgotten sixes:" in natural
    clothes = ["T-shirt", *"abcdefgh", "Boot"]
    named = honest_words(report | {"classes": clothes, "forget_class": 9, "redirect_to": 0})
    assert "to answer T-shirt for Boot. It is not shown to have forgotten it:" in named


def test_the_headline_has_the_ceiling_and_no_redirect_without_one(report: dict[str, Any]) -> None:
    rows = {row["name"]: row for row in headline(report)}
    assert rows["class 6"]["after"] == "0.00 %"
    assert "90.42 %" in rows["overall"]["note"]
    assert "6 answered as 3" in rows
    natural = [row["name"] for row in headline(report | {"redirect_to": None})]
    assert natural == ["class 6", "other classes", "overall"]


def test_matrices_and_accuracies_are_the_report_s(report: dict[str, Any]) -> None:
    for which in ("before", "after"):
        shown = matrix(report, which, "T")
        assert shown["counts"] == report[which]["confusion"] and shown["forget"] == 6
        diagonal = [row[i] / sum(row) for i, row in enumerate(shown["counts"])]
        assert per_class(report)[which] == pytest.approx(diagonal)
    assert per_class(report | {"after": None})["after"] is None


def test_curves_are_thinned_and_keep_their_ends() -> None:
    records = [{"step": i, "loss": i / 2} for i in range(5000)]
    points = line("loss", records, "step", "loss")["points"]
    assert len(points) <= 400 and points[0] == [0, 0] and points[-1] == [4999, 2499.5]
    assert line("gone", records, "step", "nothing")["points"] == []


def test_curves_of_the_shipped_pair_and_of_nothing() -> None:
    history = json.loads((MODELS_DIR / "history.json").read_text(encoding="utf-8"))
    shown = [*training_curves(history), *unlearning_curves(history)]
    assert all(curve["points"] for figure in shown for curve in figure["lines"])
    roles = {curve.get("role") for figure in shown[2:] for curve in figure["lines"]}
    assert "before" not in roles, "its colour belongs to the model, not to a group of images"
    empty = [*training_curves({}), *unlearning_curves({})]
    assert not any(curve["points"] for figure in empty for curve in figure["lines"])


def test_a_run_without_records_has_empty_curves_of_its_length() -> None:
    accuracy, loss = unlearning_curves({"unlearn": []}, 300)
    assert accuracy["xMax"] == 300 and loss["lines"] == []


def test_a_record_without_counts_is_no_matrix() -> None:
    with pytest.raises(KeyError, match="confusion"):
        live_matrix({"step": 1}, ["0"], 0)
