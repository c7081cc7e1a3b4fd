"""A fake model gives a known report; reports survive JSON and refuse anything else."""

import json
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from forgetdemo.metrics.report import ModelReport, Report, evaluate, render_table
from tests.helpers.reports import LABELS, PIXELS, answers, model_report, report


def test_a_redirecting_model() -> None:
    got = model_report({6: 3})
    assert got.acc_overall == got.ceiling == 0.9
    assert (got.acc_forget, got.acc_retain, got.redirect_rate) == (0, 1, 1)
    assert got.precision_redirect == 0.5
    assert got.destinations[3] == 1
    assert got.confusion[6][3] == 4 and got.confusion[6][6] == 0
    assert got.loss_retain == pytest.approx(np.log(1 + 9 * np.exp(-5)))
    assert got.images == 40


def test_without_a_substitute_there_is_no_redirect_rate() -> None:
    got = model_report({6: 5}, redirect_to=None)
    assert got.redirect_rate is None and got.precision_redirect is None
    assert got.destinations[5] == 1


def test_batches_do_not_matter() -> None:
    many = np.tile(PIXELS, (30, 1, 1, 1))
    sizes: list[int] = []

    def predict(pixels: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        sizes.append(len(pixels))
        return answers({6: 3})(pixels)

    got = evaluate(predict, many, np.tile(LABELS, 30), 6, 3)
    assert sizes == [500, 500, 200]
    assert replace(got, images=40, confusion=model_report({6: 3}).confusion) == model_report({6: 3})


@pytest.mark.parametrize(
    ("pixels", "labels", "pair"),
    [
        (PIXELS[:0], LABELS[:0], (6, 3)),
        (PIXELS[:, 0], LABELS, (6, 3)),
        (PIXELS, LABELS[:-1], (6, 3)),
        (PIXELS[:5], LABELS[:5], (6, 3)),  # not every class occurs
        (PIXELS, LABELS, (6, 6)),
        (PIXELS, LABELS, (10, 3)),
    ],
)
def test_evaluate_refuses(pixels: np.ndarray, labels: np.ndarray, pair: tuple[int, int]) -> None:
    with pytest.raises(ValueError):
        evaluate(answers({}), pixels, labels, *pair)


def test_a_model_that_answers_nan_is_refused() -> None:
    broken = np.full((40, 10), np.nan, np.float32)
    with pytest.raises(ValueError, match="NaN"):
        evaluate(lambda pixels: (broken, broken), PIXELS, LABELS, 6, 3)
    with pytest.raises(ValueError, match="answered"):
        evaluate(lambda pixels: (broken, broken[:1]), PIXELS, LABELS, 6, 3)


@pytest.mark.parametrize(
    "value", [report(), report(after=None, mask=None, method=None, seconds={})]
)
def test_reports_survive_json(value: Report) -> None:
    text = json.dumps(value.to_dict(), allow_nan=False)
    again = Report.from_dict(json.loads(text))
    assert again.to_dict() == value.to_dict()
    assert again.before == value.before and again.after == value.after


KEYS = st.sampled_from(sorted(report().to_dict()))
INNER = st.sampled_from(sorted(model_report({}).to_dict()))
JUNK = st.none() | st.booleans() | st.integers(-2, -1) | st.text(max_size=2) | st.just([1, [2]])


@given(KEYS, st.just("missing") | st.just("unknown"))
def test_a_missing_or_unknown_field_is_named(key: str, what: str) -> None:
    values = report().to_dict()
    values[key + "_" if what == "unknown" else key] = None
    if what == "missing":
        del values[key]
    with pytest.raises(ValueError, match=key):
        Report.from_dict(values)


@given(INNER, JUNK)
def test_junk_in_a_model_report_is_refused(key: str, junk: object) -> None:
    values = report().to_dict()
    values["after"] = values["after"] | {key: junk}
    if junk is None and key in ("redirect_rate", "precision_redirect"):
        Report.from_dict(values)  # these may be null
        return
    with pytest.raises(ValueError):
        Report.from_dict(values)


@pytest.mark.parametrize("key", ["classes", "forget_class", "before", "mask", "seconds"])
@pytest.mark.parametrize("junk", [7.5, "x", [1], {"fc1": 1}])
def test_junk_in_a_report_is_refused(key: str, junk: object) -> None:
    values = report().to_dict() | {key: junk}
    if key == "seconds" and isinstance(junk, dict):
        return  # {"name": seconds} is what it holds
    with pytest.raises(ValueError):
        Report.from_dict(values)


def test_confusion_must_add_up() -> None:
    values = model_report({}).to_dict() | {"images": 41}
    with pytest.raises(ValueError, match="sum to images"):
        ModelReport.from_dict(values)


def test_table_shows_both_models_and_the_ceiling() -> None:
    lines = render_table(report()).splitlines()
    assert lines[0].split() == ["%", "of", "test", "images", "before", "after", "change"]
    assert lines[1].split() == ["overall", "(ceiling", "90.00)", "100.00", "90.00", "-10.00"]
    assert any(
        line.split() == ["6", "answered", "as", "3", "0.00", "100.00", "+100.00"] for line in lines
    )
    assert "1 of 4 weights could change (25.00 %), 1 did; largest change outside: 0" in lines
    assert lines[-1] == "method 1.5 s"


def test_table_of_an_original_alone() -> None:
    text = render_table(report(after=None, mask=None, redirect_to=None, seconds={}))
    assert "answered as" not in text and "weights" not in text
    assert text.splitlines()[2].split() == ["retained", "classes", "100.00", "–"]
