"""A command that writes as one should not: a file in place, piece by piece."""

from collections.abc import Sequence
from pathlib import Path

from forgetdemo.terminal import ended


def main(words: Sequence[str]) -> int:
    def work() -> None:
        out = Path(words[0])
        out.mkdir(exist_ok=True)
        with open(out / "a.json", "wb", buffering=0) as file:
            for piece in (b'{"a":', b" 1}"):
                file.write(piece)

    return ended(work)
