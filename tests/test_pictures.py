"""The measurement on pictures counts what it says; whole: `python -m benchmarks.pictures`."""

import pytest

from benchmarks.pictures import kind, measure, no_digit, table


def test_a_few_are_counted() -> None:
    row = kind("paper of grey 230", 3)
    assert row == {"kind": "paper of grey 230", "right": 3, "none": 0, "of": 3, "goal": 97}
    none = no_digit("grey", 2)
    assert none == {"kind": "grey", "refused": 2, "of": 2}
    found = {
        "digits": [row],
        "no digits": [none],
        "several": {"counted": 2, "right": 1, "of": 2},
        "noise": [{"noise": 5, "right": 1.0, "confidence": 0.995, "quality": 0.98}],
    }
    text = table(found)
    for line in ("| paper of grey 230 | 3 | 97 |", "| grey | 2 |", "| 5 | 100 | 99.5 | 0.98 |"):
        assert line in text
    assert "Of 2 rows of two to five digits 2 were counted rightly, and in 1 every" in text


def test_a_count_out_of_range_is_refused() -> None:
    with pytest.raises(ValueError, match="count must be"):
        measure(0)


@pytest.mark.slow
def test_every_kind_reaches_its_goal() -> None:
    found = measure(20, jobs=2)
    for row in found["digits"]:
        assert row["right"] >= row["goal"] / 100 * row["of"] - 1, row["kind"]
