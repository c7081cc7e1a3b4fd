"""The records that Python hands to web/*.js."""

import json
from typing import Any


def show(data: Any) -> str:
    """JSON for a `View`; an empty string for None, which empties it."""
    return "" if data is None else json.dumps(data, separators=(",", ":"))
