"""What the body of a request may be: JSON that this page, or a program by its API, would send.

Checked before Gradio sees it, by structure. Gradio looks for file records at any depth of any
argument and fetches what they name before a handler runs; here an argument has the form of its
component or is refused, and what goes on is written anew from what was understood.
"""

import json
import math
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

MAX_TEXT = 65_536  # characters: the pad's picture
MAX_CHOICE = 200  # characters of a key or a choice
MAX_PICKED = 4  # numbers of a click on a view
MAX_ITEMS = 64  # of a list of choices, or of an object's names
MAX_NUMBER = 2**53  # whole numbers beyond are not exact in a browser
SESSION = re.compile(r"[A-Za-z0-9_-]{1,64}")
EVENT_ID = re.compile(r"[0-9a-f]{32}")
NAME = re.compile(r"[a-z_]{1,32}")
# What Gradio's file records are made of: never the name of a setting.
RESERVED = {"path", "url", "meta", "_type", "orig_name", "mime_type", "is_stream", "size"}

Check = Callable[[Any], bool]


class BadBody(ValueError):
    """The body is none that an event of this page could have. Nothing of it is repeated."""


def parse(data: bytes) -> Any:
    """JSON as RFC 8259 has it and as every parser understands it the same.

    Raises:
        BadBody: no UTF-8, a name given twice, NaN, infinity, a number too large, half a surrogate
            pair, nested too deep, or no JSON at all.
    """
    try:
        value = json.loads(
            data.decode("utf-8"),
            object_pairs_hook=_once,
            parse_constant=_no_number,
            parse_int=_whole,
            parse_float=_finite,
        )
        json.dumps(value, ensure_ascii=False).encode("utf-8")  # a lone surrogate has no UTF-8
    except (ValueError, RecursionError) as error:
        raise BadBody("not plain JSON") from error
    return value


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """An object; which of two equal names counts is not left to whoever reads it next."""
    found = dict(pairs)
    if len(found) != len(pairs):
        raise BadBody("a name is given twice")
    return found


def _no_number(constant: str) -> float:
    """NaN and Infinity are not JSON."""
    raise BadBody(constant)


def _whole(digits: str) -> int:
    """A whole number that a browser could have meant."""
    if len(digits) > 17 or abs(int(digits)) > MAX_NUMBER:
        raise BadBody("a number is too large")
    return int(digits)


def _finite(text: str) -> float:
    """A number that is one."""
    value = float(text)
    if not math.isfinite(value):
        raise BadBody("a number is too large")
    return value


def is_nothing(value: Any) -> bool:
    """A visitor's state is kept here; the page sends null in its place."""
    return value is None


def is_number(value: Any) -> bool:
    """A number, or an emptied field."""
    return value is None or (isinstance(value, int | float) and not isinstance(value, bool))


def is_text(value: Any) -> bool:
    """Text, such as the pad's picture, or nothing."""
    return value is None or (isinstance(value, str) and len(value) <= MAX_TEXT)


def is_choice(value: Any) -> bool:
    """One of several: a short key or a number. Whether it is on offer, the component asks."""
    return is_number(value) or (isinstance(value, str) and len(value) <= MAX_CHOICE)


def is_choices(value: Any) -> bool:
    """Several of several."""
    return isinstance(value, list) and len(value) <= MAX_ITEMS and all(map(is_choice, value))


def is_argument(value: Any) -> bool:
    """Of the API: a scalar, or one object of named scalars, lists and lists of lists of numbers.

    No object stands in another one, so none can be a file record.
    """
    if not isinstance(value, dict):
        return is_text(value) or is_number(value) or isinstance(value, bool)
    return (
        len(value) <= MAX_ITEMS
        and all(NAME.fullmatch(name) and name not in RESERVED for name in value)
        and all(
            is_choice(part) or isinstance(part, bool) or _is_table(part) for part in value.values()
        )
    )


def _is_table(value: Any) -> bool:
    """A list of choices, or of lists of numbers."""
    return isinstance(value, list) and all(
        is_choice(row) or (isinstance(row, list) and all(map(is_number, row))) for row in value
    )


FORMS: dict[str, Check] = {  # a Gradio class → what it may be sent
    "HTML": is_text,
    "Textbox": is_text,
    "Dropdown": is_choice,
    "Radio": is_choice,
    "CheckboxGroup": is_choices,
    "Slider": is_number,
    "Number": is_number,
    "State": is_nothing,
    "Api": is_argument,
}


@dataclass(frozen=True)
class Event:
    """One thing that the page can be asked to do."""

    index: int
    name: str
    forms: tuple[Check, ...]  # of its arguments, in order
    queued: bool  # waits in line; the others are answered at once
    public: bool  # may be called by name
    heard: frozenset[int]  # components that set it off
    picks: bool  # its handler reads which part of a component was clicked


Events = Mapping[int, Event]


def form_of(component: object) -> Check:
    """What a component may be sent.

    Raises:
        ValueError: nothing is known of its class; an input that reads files must not slip in.
    """
    for kind in type(component).__mro__:
        if kind.__name__ in FORMS:
            return FORMS[kind.__name__]
    raise ValueError(f"no form is known for the input {type(component).__name__}; see ui/bodies.py")


def events_of(page: Any) -> dict[int, Event]:
    """Everything that a browser or a program may ask of a built page.

    Raises:
        ValueError: an input of a class that has no form.
    """
    heard = {source for f in page.fns.values() for source, _ in f.targets if source is not None}
    return {
        index: Event(
            index,
            str(f.api_name),
            tuple(form_of(component) for component in f.inputs),
            bool(f.queue),
            f.api_visibility == "public",
            # What follows upon another event names what set that one off.
            frozenset({source for source, _ in f.targets if source is not None} or heard),
            bool(f.collects_event_data),
        )
        for index, f in page.fns.items()
        if f.fn is not None and "unload" not in [what for _, what in f.targets]
    }


FIELDS = {"data", "fn_index", "trigger_id", "event_data", "session_hash"}
UNUSED = {"event_id", "oauth_token", "simple_format", "batched"}  # null or false, if there
PREDICT, JOIN = "/gradio_api/run/predict", "/gradio_api/queue/join"
CANCEL, RESET = "/gradio_api/cancel", "/gradio_api/reset"
CALL = re.compile(r"/gradio_api/call/([A-Za-z0-9_]{1,64})")


def takes_body(path: str) -> bool:
    """Whether a path is one that is posted to."""
    return path in (PREDICT, JOIN, CANCEL, RESET) or CALL.fullmatch(path) is not None


def canonical(path: str, data: bytes, events: Events) -> bytes:
    """A checked body, written anew.

    Args:
        path: one that `takes_body`.
        data: as it arrived, whole.
        events: of the page.
    Raises:
        BadBody: it is none of this page's.
    """
    value = parse(data)
    if not isinstance(value, dict):
        raise BadBody("no object")
    if path in (CANCEL, RESET):
        checked = _ending(value, path, events)
    elif call := CALL.fullmatch(path):
        checked = _called(value, call[1], events)
    else:
        checked = _sent(value, path, events)
    return json.dumps(checked, separators=(",", ":"), allow_nan=False).encode()


def _sent(value: dict[str, Any], path: str, events: Events) -> dict[str, Any]:
    """What the page and gradio_client send: an event by its number."""
    if set(value) - FIELDS - UNUSED or any(value.get(name) for name in UNUSED):
        raise BadBody("unknown fields")
    index, trigger = value.get("fn_index"), value.get("trigger_id")
    event = events.get(index) if type(index) is int else None
    if event is None or (event.queued if path == PREDICT else not (event.queued or event.public)):
        raise BadBody("no such event")
    if trigger is not None and (type(trigger) is not int or trigger not in event.heard):
        raise BadBody("not set off by that")
    if path == JOIN and value.get("session_hash") is None:
        raise BadBody("no session")
    return {
        "data": _arguments(value.get("data"), event),
        "fn_index": index,
        "trigger_id": trigger,
        "event_data": _picked(value.get("event_data")) if event.picks else None,
        "session_hash": _session(value.get("session_hash")),
    }


def _called(value: dict[str, Any], name: str, events: Events) -> dict[str, Any]:
    """What programs send: an event by its name."""
    if set(value) - {"data", "session_hash"}:
        raise BadBody("unknown fields")
    event = next((e for e in events.values() if e.public and e.name == name), None)
    if event is None:
        raise BadBody("no such event")
    session = {"session_hash": _session(value["session_hash"])} if "session_hash" in value else {}
    return {"data": _arguments(value.get("data"), event), **session}


def _ending(value: dict[str, Any], path: str, events: Events) -> dict[str, Any]:
    """Cancelling an event."""
    names = {"event_id"} if path == RESET else {"event_id", "session_hash", "fn_index"}
    if set(value) != names or not _matches(EVENT_ID, value["event_id"]):
        raise BadBody("unknown fields")
    if path == CANCEL:
        if type(value["fn_index"]) is not int or value["fn_index"] not in events:
            raise BadBody("no such event")
        if _session(value["session_hash"]) is None:
            raise BadBody("no session")
    return value


def _arguments(data: object, event: Event) -> list[Any]:
    """As many as the event has, each of its form."""
    if not isinstance(data, list) or len(data) != len(event.forms):
        raise BadBody("another number of arguments")
    if not all(form(value) for form, value in zip(event.forms, data, strict=True)):
        raise BadBody("an argument of another form")
    return data


def _picked(data: object) -> dict[str, Any] | None:
    """Which part was clicked: {"picked": [numbers]}; anything else a browser says is dropped."""
    picked = data.get("picked") if isinstance(data, dict) else None
    if picked is None:
        return None
    if not isinstance(picked, list) or len(picked) > MAX_PICKED:
        raise BadBody("not a click")
    if not all(type(number) is int for number in picked):
        raise BadBody("not a click")
    return {"picked": picked}


def _session(name: object) -> str | None:
    """Who asks, or nobody."""
    if name is not None and not _matches(SESSION, name):
        raise BadBody("no session's name")
    return str(name) if name is not None else None


def _matches(pattern: re.Pattern[str], value: object) -> bool:
    """Whether a value is text of that form."""
    return isinstance(value, str) and pattern.fullmatch(value) is not None
