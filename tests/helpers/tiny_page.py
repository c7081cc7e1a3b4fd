"""A small page served as the real one is: `python -m tests.helpers.tiny_page --port N …`.

Its endpoints: /echo answers at once, /count streams through the queue, /boom fails.
"""

import argparse
import json
import time
from collections.abc import Iterator
from pathlib import Path

from forgetdemo.settings.limits import PageLimits
from forgetdemo.ui.downloads import Download
from forgetdemo.ui.server import gr, serve  # type: ignore[attr-defined]  # its switches first
from forgetdemo.ui.tally import Gauge

DIGEST = "ab" * 32
CONTENT = b"model bytes"
LARGE = 40_000_000  # bytes: more than the system's buffers between two sockets hold


class Nothing:
    """No work beside the page."""

    def start(self) -> None:
        """Nothing begins."""

    def close(self) -> None:
        """Nothing ends."""

    def gauges(self) -> dict[str, Gauge]:
        """Nothing is under way."""
        return {}


def lookup(digest: str, name: str) -> Download | None:
    """One file is known; one is known to be damaged."""
    if name == "damaged.onnx":
        raise ValueError("damaged")
    if name == "large.onnx":
        return Download.of_bytes(bytes(LARGE))
    return Download.of_bytes(CONTENT) if (digest, name) == (DIGEST, "a.onnx") else None


def build(canary: Path) -> gr.Blocks:
    """Build the page; `canary` is a file whose bytes must never be answered."""

    def echo(text: str) -> str:
        return text

    def count(to: float) -> Iterator[int]:
        for number in range(int(to)):
            yield number
            time.sleep(0.1)

    def boom(text: str) -> str:
        raise OSError(f"secret {canary} {canary.read_text()}")

    with gr.Blocks(analytics_enabled=False) as page:
        text, number, out = gr.Textbox(), gr.Number(), gr.Textbox()
        gr.Button("Echo").click(echo, text, out, api_name="echo", queue=False)
        gr.Button("Count").click(count, number, out, api_name="count")
        gr.Button("Boom").click(boom, text, out, api_name="boom", queue=False)
    return page


def main() -> None:
    """Serve until stopped."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--canary", type=Path, required=True)
    parser.add_argument("--limits", type=json.loads, default={}, help="of PageLimits, as JSON")
    parser.add_argument("--behind-proxy", action="store_true")
    flags = parser.parse_args()
    serve(
        build(flags.canary),
        host="127.0.0.1",
        port=flags.port,
        debug=False,
        open_browser=False,
        lookup=lookup,
        ready=lambda: True,
        background=Nothing(),
        limits=PageLimits(**flags.limits),
        behind_proxy=flags.behind_proxy,
    )


if __name__ == "__main__":
    main()
