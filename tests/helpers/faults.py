"""A disk that fails at the n-th operation of what `forgetdemo.files.writing` does with it."""

import builtins
import os
import subprocess
import sys
from typing import Any

import pytest

from forgetdemo.files import writing


class Faults:
    """Counts operations on the disk and lets one of them fail."""

    def __init__(self, patch: pytest.MonkeyPatch, fail_at: int, error: BaseException) -> None:
        self.count, self.fail_at, self.error = 0, fail_at, error
        real_open = builtins.open
        for name in ("fsync", "rename", "replace", "mkdir"):
            patch.setattr(os, name, self.counted(getattr(os, name)))

        def opened(*args: Any) -> Any:
            self.tick()
            file = real_open(*args)
            if "x" in args[1]:
                return Written(file, self)
            return file

        patch.setattr(writing, "open", opened, raising=False)

    def tick(self) -> None:
        self.count += 1
        if self.count == self.fail_at:
            raise self.error

    def counted(self, function: Any) -> Any:
        def call(*args: Any, **kwargs: Any) -> Any:
            self.tick()
            return function(*args, **kwargs)

        return call


class Written:
    """A file whose write fails half-way through."""

    def __init__(self, file: Any, faults: Faults) -> None:
        self.file, self.faults = file, faults

    def __enter__(self) -> "Written":
        return self

    def __exit__(self, *args: object) -> None:
        self.file.close()

    def write(self, data: bytes) -> None:
        self.file.write(data[: len(data) // 2])
        self.faults.tick()
        self.file.write(data[len(data) // 2 :])

    def flush(self) -> None:
        self.file.flush()

    def fileno(self) -> int:
        return self.file.fileno()


def dead_process() -> int:
    """The number of a process that has ended."""
    done = subprocess.Popen([sys.executable, "-c", ""])
    done.wait()
    return done.pid
