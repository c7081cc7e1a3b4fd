"""A visitor who orders a live run and follows it, as the page does, over loopback."""

import http.client
import json
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from benchmarks.torture.app import JOIN, App

FOLLOW = "/gradio_api/queue/data?session_hash="
LAST = ("process_completed", "close_stream")
DONE = "done in"  # what the page says of a run that ended well
PATIENCE = 300.0  # seconds without a word


@contextmanager
def following(app: App, path: str) -> Iterator[Iterator[dict[str, Any]]]:
    """An open stream: its messages, as they come. Raises OSError."""
    connection = http.client.HTTPConnection(app.host, timeout=PATIENCE)
    try:
        connection.request("GET", path)
        reply = connection.getresponse()
        if reply.status != 200:
            raise ConnectionRefusedError(f"{reply.status} for a stream")
        yield (json.loads(line[6:]) for line in reply if line.startswith(b"data: {"))
    finally:
        connection.close()


def forget(app: App, session: str, **holds: Any) -> bool:
    """Press Forget and wait for the result; see `told`. Returns whether there is one."""
    return DONE in told(app, session, **holds)


def told(app: App, session: str, **holds: Any) -> str:
    """Press Forget and follow what the page is told until the end.

    Args:
        session: who; its page is not open.
        holds: what the controls say, by element id.
    Returns:
        Everything, as JSON; "" where the order, or the event, was refused.
    """
    status, _ = app.ask(JOIN, "POST", app.body("forget", session, **holds))
    if status != 200:
        return ""
    said = ""
    with following(app, FOLLOW + session) as messages:
        for message in messages:
            said += json.dumps(message) if message["msg"].startswith("process") else ""
            if message["msg"] in LAST:
                return said if message.get("success") else ""
    return ""
