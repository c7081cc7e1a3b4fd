"""What web process and worker say to each other: one JSON object a line, nothing else believed."""

import json
import math
from collections.abc import Mapping
from typing import Any

MAX_LINE = 256 * 1024  # bytes; longer lines are dropped
MAX_FIELDS = 40  # of one progress record
TYPES = ("warm", "started", "progress", "ready", "done", "failed", "cancelled")
MAX_SENTENCE = 400  # characters
Message = dict[str, Any]


def encode(message: Mapping[str, Any]) -> bytes:
    """One message as a line.

    Raises:
        ValueError: it holds NaN or infinity, or is longer than `MAX_LINE`.
    """
    line = json.dumps(message, allow_nan=False, separators=(",", ":")).encode() + b"\n"
    if len(line) > MAX_LINE:
        raise ValueError(f"a message of {len(line):,} bytes is too long (limit {MAX_LINE:,})")
    return line


class Lines:
    """Cuts what arrives in pieces into lines; a line over the limit is skipped whole."""

    def __init__(self, limit: int = MAX_LINE) -> None:
        self._limit = limit
        self._rest = b""
        self._skipping = False

    def feed(self, piece: bytes) -> list[bytes]:
        """The lines that `piece` completes, without their newline; the rest is kept."""
        *whole, self._rest = (self._rest + piece).split(b"\n")
        if self._skipping and whole:
            whole, self._skipping = whole[1:], False
        if len(self._rest) > self._limit or self._skipping:
            self._rest, self._skipping = b"", True
        return [line for line in whole if len(line) <= self._limit]


def decode(line: bytes) -> Message | None:
    """A JSON object, or None for anything else (NaN, deep nesting, broken text)."""
    try:
        value = json.loads(line, parse_constant=_refuse)
    except (ValueError, RecursionError):
        return None
    return value if isinstance(value, dict) else None


def parse(line: bytes) -> Message | None:
    """A worker's message with exactly the fields that its type has, or None.

    {"type": "warm"} has no id; "started", "ready", "done", "cancelled" have {"id"}; "failed" has
    {"id", "sentence"}; "progress" has {"id", "record"}, see `clean_record`.
    """
    value = decode(line)
    if value is None or value.get("type") not in TYPES:
        return None
    kind = value["type"]
    if kind == "warm":
        return {"type": kind}
    message: Message = {"type": kind, "id": value.get("id")}
    if not isinstance(message["id"], str) or len(message["id"]) > 64:
        return None
    if kind == "failed":
        sentence = value.get("sentence")
        if not isinstance(sentence, str):
            return None
        message["sentence"] = " ".join(sentence.split())[:MAX_SENTENCE]
    if kind == "progress":
        record = clean_record(value.get("record"))
        if record is None:
            return None
        message["record"] = record
    return message


def clean_record(record: object) -> dict[str, Any] | None:
    """A progress record whose values are what their names promise, or None.

    "step" and "of" count, 0 ≤ step ≤ of; "confusion" (optional) is 10×10 counts; everything else
    is a finite number.
    """
    if not isinstance(record, dict) or not 2 <= len(record) <= MAX_FIELDS:
        return None
    step, of = record.get("step"), record.get("of")
    if type(step) is not int or type(of) is not int or not 0 <= step <= of:
        return None
    for name, value in record.items():
        if name == "confusion":
            if not _is_confusion(value):
                return None
        elif isinstance(value, bool) or not isinstance(value, int | float):
            return None
        elif isinstance(value, float) and not math.isfinite(value):
            return None
    return record


def _is_confusion(value: object) -> bool:
    """10 lists of 10 counts."""
    return (
        isinstance(value, list)
        and len(value) == 10
        and all(isinstance(row, list) and len(row) == 10 for row in value)
        and all(type(cell) is int and cell >= 0 for row in value for cell in row)
    )


def _refuse(constant: str) -> float:
    """NaN and Infinity are not JSON."""
    raise ValueError(constant)
