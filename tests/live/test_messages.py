"""Nothing but a worker's own messages is believed, however the bytes arrive."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from forgetdemo.live.messages import (
    MAX_LINE,
    MAX_SENTENCE,
    Lines,
    clean_record,
    decode,
    encode,
    parse,
)

RECORD = {"step": 3, "of": 9, "loss": 0.5}
values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=9),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=9), inner),
    max_leaves=9,
)


@given(st.dictionaries(st.text(max_size=9), values))
def test_a_message_is_one_line_and_comes_back(message: dict[str, Any]) -> None:
    try:
        line = encode(message)
    except ValueError:
        assert any(word in json.dumps(message) for word in ("NaN", "Infinity"))
        return
    assert line.endswith(b"\n") and line.count(b"\n") == 1
    assert decode(line) == message


def test_what_is_no_message_is_not_sent() -> None:
    with pytest.raises(ValueError):
        encode({"loss": float("nan")})
    with pytest.raises(ValueError, match="is too long"):
        encode({"drawings": "x" * MAX_LINE})


@given(st.lists(st.binary(max_size=20), max_size=8), st.data())
def test_lines_are_whole_wherever_they_were_cut(lines: list[bytes], data: st.DataObject) -> None:
    sent = [line.replace(b"\n", b" ") for line in lines]
    stream, cutter, found = b"".join(line + b"\n" for line in sent), Lines(limit=12), []
    while stream:
        size = data.draw(st.integers(1, len(stream)))
        found += cutter.feed(stream[:size])
        stream = stream[size:]
    assert found == [line for line in sent if len(line) <= 12], "a line over the limit is skipped"


@given(st.binary(max_size=60) | values.map(lambda value: json.dumps(value).encode()))
def test_junk_is_no_message_and_no_error(line: bytes) -> None:
    assert parse(line) is None or parse(line)["type"] == "warm"  # type: ignore[index]


@pytest.mark.parametrize(
    ("sent", "believed"),
    [
        ({"type": "warm", "more": 1}, {"type": "warm"}),
        ({"type": "done", "id": "a", "path": "/etc"}, {"type": "done", "id": "a"}),
        ({"type": "done"}, None),
        ({"type": "done", "id": "a" * 65}, None),
        ({"type": "failed", "id": "a"}, None),
        ({"type": "progress", "id": "a", "record": {"step": 3}}, None),
        (
            {"type": "progress", "id": "a", "record": RECORD},
            {"type": "progress", "id": "a", "record": RECORD},
        ),
    ],
)
def test_a_message_has_exactly_its_type_s_fields(
    sent: dict[str, Any], believed: dict[str, Any] | None
) -> None:
    assert parse(json.dumps(sent).encode()) == believed


def test_a_sentence_is_one_bounded_line() -> None:
    sent = {"type": "failed", "id": "a", "sentence": "two\nlines " + "x" * 999}
    found = parse(json.dumps(sent).encode())
    assert found and found["sentence"].startswith("two lines x")
    assert len(found["sentence"]) == MAX_SENTENCE


@pytest.mark.parametrize(
    "change",
    [
        {"step": 10},
        {"step": -1},
        {"step": True},
        {"loss": float("inf")},
        {"loss": "0.5"},
        {"loss": False},
        {"confusion": [[0] * 10] * 9},
        {"confusion": [[-1] * 10] * 10},
        {f"more{i}": 0 for i in range(40)},
    ],
)
def test_records_that_promise_something_else_are_dropped(change: dict[str, Any]) -> None:
    assert clean_record(RECORD) == RECORD
    assert clean_record(RECORD | {"confusion": [[0] * 10] * 10}) is not None
    assert clean_record(RECORD | change) is None
