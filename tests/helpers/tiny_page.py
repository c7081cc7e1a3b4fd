"""A small page served as the real one is: `python -m tests.helpers.tiny_page --port N …`.

Its endpoints: /echo answers at once, /count streams through the queue, /boom fails.
"""

import argparse
import time
from collections.abc import Iterator
from pathlib import Path

from forgetdemo.ui.server import gr, serve  # type: ignore[attr-defined]  # its switches first

DIGEST = "ab" * 32
CONTENT = b"model bytes"


class Nothing:
    """No work beside the page."""

    def start(self) -> None:
        """Nothing begins."""

    def close(self) -> None:
        """Nothing ends."""


def lookup(digest: str, name: str) -> bytes | None:
    """One file is known; one is known to be damaged."""
    if name == "damaged.onnx":
        raise ValueError("damaged")
    return CONTENT if (digest, name) == (DIGEST, "a.onnx") else None


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
    )


if __name__ == "__main__":
    main()
