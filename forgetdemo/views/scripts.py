"""The scripts and styles of web/shared, in the order in which both pages load them."""

import json
from typing import Literal

from forgetdemo.settings.constants import ROOT

WEB = ROOT / "web"
SHARED = WEB / "shared"


def shared(kind: Literal["scripts", "styles"]) -> list[str]:
    """File names in `SHARED`, in order; read from order.json, which JavaScript's tests read too."""
    found: dict[str, list[str]] = json.loads((SHARED / "order.json").read_text(encoding="utf-8"))
    return found[kind]


def text_of(kind: Literal["scripts", "styles"]) -> str:
    """All of a kind as one text, for a page that carries it inline."""
    return "\n".join((SHARED / name).read_text(encoding="utf-8") for name in shared(kind))
