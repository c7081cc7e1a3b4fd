"""No body reaches Gradio that an event of the page could not have been sent."""

import asyncio
import gzip
import json
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from forgetdemo.ui.bodies import (
    CANCEL,
    JOIN,
    PREDICT,
    RESERVED,
    BadBody,
    Event,
    canonical,
    events_of,
    form_of,
    is_argument,
    is_choice,
    is_choices,
    is_number,
    is_text,
    parse,
    takes_body,
)
from tests.helpers.browser import running_app
from tests.ui.test_guard import JSON, ask, post

EVENTS = {
    0: Event(0, "quick", (is_text, is_choice, is_choices), False, False, frozenset({6}), True),
    1: Event(1, "slow", (is_argument,), True, True, frozenset({7}), False),
    2: Event(2, "named", (is_argument,), False, True, frozenset({7}), False),
}
RECORD = {"path": "http://127.0.0.1:1/x", "meta": {"_type": "gradio.FileData"}}
QUICK = {"fn_index": 0, "data": ["x", "a", ["b"]], "session_hash": "abc", "trigger_id": 6}
RECORD_TEXT = json.dumps(RECORD)
GOOD = json.dumps(QUICK).encode()


def test_what_the_page_sends_goes_on_as_it_was_understood() -> None:
    sent = QUICK | {"event_data": {"picked": [3], "more": RECORD}, "batched": False}
    found = json.loads(canonical(PREDICT, json.dumps(sent).encode(), EVENTS))
    assert found == QUICK | {"event_data": {"picked": [3]}}


def test_programs_call_by_name() -> None:
    body = json.dumps({"data": [{"images": 5, "drawings": [[0, 255], [1, 2]], "run": None}]})
    assert takes_body("/gradio_api/call/named")
    assert json.loads(canonical("/gradio_api/call/named", body.encode(), EVENTS))["data"]
    for name in ("quick", "unknown"):  # what is private is not called by name
        with pytest.raises(BadBody):
            canonical(f"/gradio_api/call/{name}", b'{"data": ["x"]}', EVENTS)


@pytest.mark.parametrize(
    ("path", "changes"),
    [
        (PREDICT, {"fn_index": 1}),  # queued work cannot skip the line
        (JOIN, {"fn_index": 0}),
        (PREDICT, {"fn_index": 99}),
        (PREDICT, {"fn_index": True}),
        (PREDICT, {"fn_index": "0"}),
        (PREDICT, {"fn_index": None}),
        (PREDICT, {"fn_index": 0.0}),
        (PREDICT, {"trigger_id": 5}),
        (PREDICT, {"trigger_id": "6"}),
        (PREDICT, {"session_hash": "../etc"}),
        (PREDICT, {"session_hash": "a" * 90_000}),
        (PREDICT, {"session_hash": 7}),
        (PREDICT, {"data": []}),
        (PREDICT, {"data": ["x", "a", ["b"], None]}),
        (PREDICT, {"data": {"0": "x"}}),
        (PREDICT, {"data": [RECORD, "a", ["b"]]}),
        (PREDICT, {"data": ["x", RECORD, ["b"]]}),
        (PREDICT, {"data": ["x", "a", [RECORD]]}),
        (PREDICT, {"data": ["x", "a", [["b"]]]}),
        (PREDICT, {"event_data": {"picked": [RECORD]}}),
        (PREDICT, {"event_data": {"picked": [1.5]}}),
        (PREDICT, {"oauth_token": "x"}),
        (PREDICT, {"batched": True}),
        (PREDICT, {"more": 1}),
        (JOIN, {"fn_index": 1, "data": [{}], "session_hash": None, "trigger_id": None}),
        (CANCEL, {}),
    ],
)
def test_what_no_event_is_sent_is_refused(path: str, changes: dict[str, Any]) -> None:
    with pytest.raises(BadBody) as refused:
        canonical(path, json.dumps(QUICK | changes).encode(), EVENTS)
    assert "127.0.0.1" not in str(refused.value)


@pytest.mark.parametrize(
    "data",
    [
        GOOD.decode().encode("utf-16"),
        GOOD.decode().encode("utf-32"),
        b"\xef\xbb\xbf" + GOOD,
        gzip.compress(GOOD, mtime=0),
        b'{"fn_index": 0, "fn_index": 1}',
        b'{"data": [], "d\\u0061ta": []}',
        b'{"data": [NaN]}',
        b'{"data": [-Infinity]}',
        b'{"data": [1e999]}',
        b'{"data": [%s]}' % (b"9" * 5000),
        b'{"data": ["\\ud800"]}',
        b"[" * 40_000,
        b'{"a":' * 9_000,
        b"\xff\xfe",
        b"",
        b"{} {}",
        b"null",
        b"[]",
    ],
)
def test_json_is_what_every_parser_reads_the_same(data: bytes) -> None:
    with pytest.raises(BadBody):
        canonical(PREDICT, data, EVENTS)


@pytest.mark.parametrize("name", sorted(RESERVED))
def test_no_setting_is_named_like_a_part_of_a_file_record(name: str) -> None:
    assert not is_argument({name: "x"})
    assert is_argument({"images": 5, "run": None})


JSON_VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=9),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(st.sampled_from(["path", "url", "meta", "run"]), inner, max_size=4)
    ),
    max_leaves=12,
)


@given(JSON_VALUES)
def test_no_accepted_argument_holds_an_object_within_an_object(value: Any) -> None:
    if not is_argument(value):
        return
    parts = list(value.values()) if isinstance(value, dict) else [value]
    while parts:
        part = parts.pop()
        assert not isinstance(part, dict)
        parts += part if isinstance(part, list) else []


@given(JSON_VALUES)
def test_any_json_is_refused_or_goes_on_as_itself(value: Any) -> None:
    try:
        found = parse(json.dumps(value).encode())
    except BadBody:
        return
    assert found == value


def test_forms_are_strict() -> None:
    assert is_number(None) and is_number(0.5) and not is_number(True) and not is_number("1")
    assert not is_text("x" * 65_537) and not is_choice("x" * 201) and not is_choices("ab")


def test_an_input_of_an_unknown_class_is_not_served() -> None:
    class File:
        """Stands for a component that reads files."""

    with pytest.raises(ValueError, match="no form is known for the input File"):
        form_of(File())


class Dropdown:
    """Stands for Gradio's."""


def function(name: str, targets: list[tuple[int | None, str]], **more: Any) -> SimpleNamespace:
    """Stands for what Gradio knows of an event."""
    fixed = {"fn": print, "api_name": name, "targets": targets, "inputs": [Dropdown()]}
    usual = {"queue": False, "api_visibility": "private", "collects_event_data": False}
    return SimpleNamespace(**fixed | usual | more)


def test_events_are_read_from_the_page() -> None:
    page = SimpleNamespace(
        fns={
            0: function("pick", [(6, "pick")], collects_event_data=True),
            1: function("follows", [(None, "then")]),
            2: function("leave", [(None, "unload")]),
            3: function("script", [(7, "change")], fn=None),
            4: function("named", [], api_visibility="public", queue=True),
        }
    )
    events = events_of(page)
    assert sorted(events) == [0, 1, 4], "leaving is ours to notice, and scripts stay in the browser"
    assert events[0].heard == {6} and events[1].heard == {6, 7}
    assert events[0].picks and events[0].forms == (is_choice,)
    assert events[4].public and events[4].queued


@contextmanager
def listener() -> Iterator[tuple[int, list[Any]]]:
    """A port on loopback, and who connected to it."""
    with socket.socket() as door:
        door.bind(("127.0.0.1", 0))
        door.listen(64)
        door.settimeout(0.2)
        came: list[Any] = []
        over = threading.Event()

        def wait() -> None:
            while not over.is_set():
                try:
                    connection, who = door.accept()
                except TimeoutError:
                    continue
                came.append(who)
                connection.close()

        thread = threading.Thread(target=wait)
        thread.start()
        try:
            yield int(door.getsockname()[1]), came
        finally:
            over.set()
            thread.join()


def forgeries(url: str, file: str) -> list[Any]:
    """File records in many spellings, as values."""
    meta = {"_type": "gradio.FileData"}
    records: list[Any] = [
        {"path": url, "meta": meta},
        {"path": file, "meta": meta},
        {"path": "x", "url": url, "meta": meta, "size": 1, "orig_name": "a", "is_stream": False},
        {"path": url, "meta": {"_type": "gradio.FileData", "x": 1}},
        {"value": {"path": url, "meta": meta}, "__type__": "update"},
        json.dumps({"path": url, "meta": meta}),
    ]
    return records + [[r] for r in records] + [{"run": r} for r in records] + [{"a": [records[0]]}]


def holds_record(value: Any) -> bool:
    """Whether there is an object in another one, or one that names a path."""
    if isinstance(value, list):
        return any(map(holds_record, value)) or any(isinstance(part, dict) for part in value)
    if isinstance(value, dict):
        return "path" in value or any(isinstance(part, dict | list) for part in value.values())
    return False


def test_nothing_is_fetched_for_any_event(tmp_path: Path) -> None:
    """Through the real server, as an attacker sees it: every event, private ones too."""
    secret = tmp_path / "secret.txt"
    secret.write_text("secret-7f3a")
    with listener() as (port, came), running_app("--runs", str(tmp_path / "runs")) as address:
        found = forgeries(f"http://127.0.0.1:{port}/x", str(secret))
        known = json.loads(ask(address, "/config")[2])["dependencies"]
        for event in known:
            for value in found:
                data = [value] * len(event["inputs"])
                call = {"fn_index": event["id"], "data": data, "session_hash": "a"}
                for path in (PREDICT, JOIN, f"/gradio_api/call/{event['api_name']}"):
                    body = call if path in (PREDICT, JOIN) else {"data": data}
                    status, _, answer = post(address, path, body)
                    if data and holds_record(value):
                        assert status == 400, (event["api_name"], value)
                    else:  # mere text, which nobody parses
                        assert status in (200, 400, 503), (event["api_name"], value)
                    assert b"secret" not in answer and b"Traceback" not in answer
                for spelled in ("utf-16", "utf-32"):
                    raw = json.dumps(call).encode(spelled)
                    assert ask(address, PREDICT, "POST", raw, JSON)[0] == 400
        assert len(known) > 30 and came == []
        assert ask(address, "/healthz")[0] == 200


def test_gradios_own_fetching_is_closed() -> None:
    """The second lock: without the guard, too, and whoever calls it."""
    import gradio as gr
    from gradio import processing_utils

    from forgetdemo.ui.seal import FETCHING, Sealed, seal_files

    whole = [(owner, name, getattr(owner, name)) for owner, name in FETCHING]
    try:
        seal_files()
        with listener() as (port, came):
            url = f"http://127.0.0.1:{port}/x"
            for name in ("async_ssrf_protected_get", "unsafe_download", "save_url_to_cache"):
                with pytest.raises(Sealed):
                    getattr(processing_utils, name)(url, cache_dir="x")
            box = gr.Textbox()
            record = {"path": url, "meta": {"_type": "gradio.FileData"}}
            with pytest.raises(Sealed):
                asyncio.run(processing_utils.async_move_files_to_cache(record, box))
            assert came == []
    finally:
        for owner, name, function in whole:
            setattr(owner, name, function)
