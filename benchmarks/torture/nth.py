"""Something goes wrong at the n-th operation on the disk: for a child process that then ends."""

import builtins
import io
import os
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

EVENTS = ("open", "os.mkdir", "os.rename", "os.remove", "os.rmdir", "os.link", "os.truncate")


class Nth:
    """Counts opens, writes, fsyncs, renames, mkdirs and removals of what lies below a folder.

    `install` cannot be taken back: Python keeps audit hooks until the process ends.
    """

    def __init__(self, root: Path, n: int, act: Callable[[], None]) -> None:
        """At the n-th operation, from 1, `act` is called in its place: it raises, or kills."""
        self.root, self.n, self.act, self.count = str(root.resolve()), n, act, 0

    def install(self) -> None:
        """Watch this process from now on."""
        fsync, real, nth = os.fsync, io.open, self

        class Raw(io.FileIO):
            """A file below the folder, whose writes count."""

            def write(self, data: Any) -> int:
                nth.tick()
                return super().write(data)

        def opened(file: Any, mode: str = "r", buffering: int = -1, *rest: Any, **more: Any) -> Any:
            if "b" in mode and set(mode) & set("wxa") and self.ours(file):
                raw = Raw(file, mode.replace("b", ""))
                return io.BufferedWriter(raw) if buffering else raw
            return real(file, mode, buffering, *rest, **more)

        def synced(fd: Any) -> None:
            self.tick()
            fsync(fd)

        sys.addaudithook(self.heard)
        builtins.open = io.open = opened
        os.fsync = synced

    def heard(self, event: str, arguments: tuple[Any, ...]) -> None:
        """Before the operation; what is raised here is raised there."""
        if event in EVENTS and self.ours(arguments[0]):
            self.tick()

    def ours(self, path: Any) -> bool:
        """Whether a path is below the folder; relative ones are, for the process stands in it."""
        if not isinstance(path, str | bytes | os.PathLike):
            return False
        return os.path.abspath(os.fsdecode(path)).startswith(self.root + os.sep)

    def tick(self) -> None:
        """One operation more."""
        self.count += 1
        if self.count == self.n:
            self.act()
