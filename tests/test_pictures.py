"""The measurement on pictures counts what it says; whole: `python -m benchmarks.pictures`."""

import json
from typing import Any

import pytest

from benchmarks.pictures import doubt, kind, measure, no_digit, rows_of, table
from forgetdemo.data import Dataset
from forgetdemo.files.checkpoint import json_bytes


def test_a_few_are_counted(mnist: Dataset) -> None:
    row = kind("paper of grey 230", 3)
    assert row == {"kind": "paper of grey 230", "right": 3, "none": 0, "of": 3, "goal": 97}
    none = no_digit("grey", 2)
    assert none == {"kind": "grey", "refused": 2, "of": 2}
    found: dict[str, Any] = {
        "digits": [row],
        "no digits": [none],
        "several": rows_of(2, mnist.test),
        "noise": doubt(2, mnist.test),
    }
    assert json.loads(json_bytes(found)) == found, "plain numbers, as a file takes them"
    text = table(found)
    assert "| paper of grey 230 | 3 | 97 |" in text and "| grey | 2 |" in text
    assert f"Of 2 rows of two to five digits {found['several']['counted']} were counted" in text
    assert [row["noise"] for row in found["noise"]] == [0, 5, 10, 20, 40, 60]
    assert found["noise"][0]["confidence"] > found["noise"][-1]["confidence"]


def test_a_count_out_of_range_is_refused() -> None:
    with pytest.raises(ValueError, match="count must be"):
        measure(0)


@pytest.mark.slow
def test_every_kind_reaches_its_goal() -> None:
    found = measure(20, jobs=2)
    for row in found["digits"]:
        assert row["right"] >= row["goal"] / 100 * row["of"] - 1, row["kind"]
