"""What a recovery says, beside an original and a model that never saw the digit."""

from typing import Any

import pytest

from forgetdemo.files.checkpoint import read_manifest
from forgetdemo.predict.inference import load_models
from forgetdemo.settings.constants import MODELS_DIR
from forgetdemo.settings.relearning import measured_steps
from forgetdemo.views.recovery import (
    ORIGINAL,
    RETRAINED,
    VERDICTS,
    back_after,
    band,
    curves_of,
    depth,
    depth_words,
    edges,
    nearest,
    references,
)


@pytest.mark.parametrize(
    ("points", "words"),
    [
        ([[0, 0.95], [64, 0.99]], "6 is back to stay at once; a model that never saw it"),
        ([[0, 0.0], [1, 0.93], [64, 0.99]], "6 is back to stay after 1 step; a model"),
        ([[0, 0.0], [3, 0.99], [64, 0.88]], "After 64 steps 6 is at 88 %, not at 90 % to stay; a"),
    ],
)
def test_a_recovery_is_compared_with_a_model_that_never_saw_the_digit(
    points: list[list[float]], words: str
) -> None:
    assert depth_words("6", points, shipped(6), 5).startswith(words)


def shipped(digit: int) -> Any:
    return references(read_manifest(MODELS_DIR), digit)


@pytest.mark.parametrize("digit", range(10))
def test_every_digit_has_curves_of_the_original_and_of_a_model_that_never_saw_it(
    digit: int,
) -> None:
    known = shipped(digit)
    assert set(known) == {ORIGINAL, RETRAINED}
    for lessons in known.values():
        assert set(lessons) == {"1", "5", "10", "50", "500"}
        for points in lessons.values():
            assert [step for step, _ in points] == measured_steps(64)
            assert all(0 <= share <= 1 for _, share in points)
    for count in known[ORIGINAL]:
        assert known[ORIGINAL][count][0][1] > 0.95 and known[RETRAINED][count][0][1] == 0
    assert back_after(known[RETRAINED]["50"]) != back_after(known[ORIGINAL]["50"])
    assert len(curves_of([], known, 5)["lines"]) == 3


def test_models_from_another_original_are_compared_with_nothing() -> None:
    manifest = read_manifest(MODELS_DIR)
    other = manifest | {"files": {"before.safetensors": {"sha256": "0" * 64}}}
    assert references(other, 6) == {} == references(manifest | {"files": {}}, 6)
    said = depth_words("4", [[0, 0.0], [2, 0.95]], {}, 5)
    assert "No retrained model was measured" in said
    assert "never saw" not in depth_words("4", [[0, 0.0], [64, 0.1]], {}, 5)
    assert [line["name"] for line in curves_of([], {}, 5)["lines"]] == ["this model"]


def test_back_means_to_stay() -> None:
    assert back_after([[0, 0.0], [1, 0.95], [2, 0.5], [3, 0.95]]) == 3
    assert back_after([[0, 0.0], [1, 0.95], [2, 0.5]]) is None
    assert nearest(7) == "5" and nearest(400) == "500"


def test_a_recovery_without_points_says_nothing() -> None:
    with pytest.raises(ValueError, match="ascending steps"):
        depth_words("6", [], {}, 5)


def line(*shares: float) -> list[list[float]]:
    return [[step, share] for step, share in zip((0, 1, 2, 4), shares, strict=True)]


@pytest.mark.parametrize(
    ("shares", "verdict"),
    [
        ((0, 0, 0, 0.2), "deep"),
        ((0, 0.1, 0.3, 0.6), "deep"),  # as low as the highest of the band
        ((0, 0.1, 0.5, 1), "between"),  # back to stay, but late
        ((0, 0.9, 1, 1), "shallow"),
        ((1, 1, 1, 1), "shallow"),
    ],
)
def test_the_verdict_is_by_how_high_the_curve_lies(shares: tuple[float, ...], verdict: str) -> None:
    several = [line(0, 0, 0, 0.1), line(0, 0.1, 0.3, 0.6)]
    assert depth(line(*shares), line(1, 1, 1, 1), several) == verdict
    known = {ORIGINAL: {"5": line(1, 1, 1, 1)}, RETRAINED: {"5": several[0]}}
    counts = {"1", "5", "10", "50", "500"}
    known = {name: dict.fromkeys(counts, lessons["5"]) for name, lessons in known.items()}
    said = depth_words("6", line(*shares), known, 5, {"5": several})
    assert said.endswith(VERDICTS[verdict]) and said.count("a model that never saw it") == 1


def test_the_band_is_of_the_audit_s_retrained_models() -> None:
    models = load_models(MODELS_DIR)
    among = band(models, 6)
    assert {count: len(curves) for count, curves in among.items()} == dict.fromkeys(
        ("0", "1", "5", "10", "50"), 6
    )
    drawn = curves_of([], shipped(6), 5, among)["band"]
    assert drawn["role"] == "oracle" and drawn["name"].startswith("6 retrained models")
    assert all(0 <= low <= high <= 1 for _, low, high in drawn["points"])
    assert band(models, 4) == {} and "band" not in curves_of([], shipped(6), 500, among)
    assert edges([line(0, 0.5, 0, 0), line(0.1, 0, 0, 1)])[:2] == [[0, 0, 0.1], [1, 0, 0.5]]
    assert edges([]) == []
