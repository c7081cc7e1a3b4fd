"""One worker process: started by exec in a group of its own, spoken to in lines, killable."""

import contextlib
import os
import selectors
import signal
import subprocess
import time
from collections.abc import Mapping, Sequence
from typing import Any

from forgetdemo.live.messages import Lines, Message, encode, parse
from forgetdemo.settings.constants import INSTALLED, ROOT
from forgetdemo.system import resident_memory

ONE_THREAD = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS")
SEND_SECONDS = 2.0  # a worker that reads nothing for so long counts as gone
CHUNK = 1 << 16


class WorkerGone(RuntimeError):
    """The process ended, or no longer listens."""


class WorkerProcess:
    """A started worker. Used by one thread; `kill` may come from any."""

    def __init__(self, command: Sequence[str]) -> None:
        """Start it, here, so that ./data is the page's too. Raises OSError where it cannot."""
        environment = os.environ | dict.fromkeys(ONE_THREAD, "1") | {"OMP_WAIT_POLICY": "PASSIVE"}
        if not INSTALLED:  # a checkout is found wherever the page was started from
            others = filter(None, [os.environ.get("PYTHONPATH")])
            environment["PYTHONPATH"] = os.pathsep.join([str(ROOT), *others])
        self._process = subprocess.Popen(
            list(command),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            env=environment,
            start_new_session=True,  # a group of its own: signals reach its children, too
        )
        assert self._process.stdin is not None and self._process.stdout is not None
        self._to, self._from = self._process.stdin.fileno(), self._process.stdout.fileno()
        os.set_blocking(self._to, False)
        os.set_blocking(self._from, False)
        self._lines = Lines()

    @property
    def pid(self) -> int:
        """Its process id, which is its group's id, too."""
        return self._process.pid

    @property
    def alive(self) -> bool:
        """Whether it still runs."""
        return self._process.poll() is None

    def send(self, message: Mapping[str, Any]) -> None:
        """Write one message. Raises WorkerGone, or ValueError where it cannot be encoded."""
        rest = memoryview(encode(message))
        until = time.monotonic() + SEND_SECONDS
        while rest:
            try:
                rest = rest[os.write(self._to, rest) :]
            except BlockingIOError:
                if time.monotonic() > until:
                    raise WorkerGone("the worker does not read") from None
                _wait_for(self._to, selectors.EVENT_WRITE, 0.1)
            except OSError as error:
                raise WorkerGone("the worker is gone") from error

    def receive(self, timeout: float) -> list[Message]:
        """Messages that arrived within `timeout` seconds; unknown and broken lines are dropped.

        Raises:
            WorkerGone: the process closed its output.
        """
        try:
            if not _wait_for(self._from, selectors.EVENT_READ, timeout):
                return []
            piece = os.read(self._from, CHUNK)
        except BlockingIOError:
            return []
        except (OSError, ValueError) as error:
            raise WorkerGone("the worker is gone") from error
        if not piece:
            raise WorkerGone("the worker is gone")
        found = [parse(line) for line in self._lines.feed(piece)]
        return [message for message in found if message is not None]

    def memory(self) -> int:
        """Resident bytes; 0 where the system does not tell or the process is gone."""
        return resident_memory(self.pid)

    def kill(self, grace: float = 0.2) -> None:
        """End the whole group: SIGTERM, `grace` seconds, SIGKILL. Returns when it is gone."""
        if self._signal(signal.SIGTERM):
            with contextlib.suppress(subprocess.TimeoutExpired):
                self._process.wait(grace)
            self._signal(signal.SIGKILL)
        self._process.wait()
        for pipe in (self._process.stdin, self._process.stdout):
            with contextlib.suppress(OSError):
                if pipe is not None:
                    pipe.close()

    def _signal(self, number: int) -> bool:
        """Signal the group; False if nobody is left in it."""
        try:
            os.killpg(self.pid, number)
        except (ProcessLookupError, PermissionError):
            return False
        return True


def _wait_for(descriptor: int, event: int, timeout: float) -> bool:
    """Whether a pipe is ready within `timeout` seconds.

    `select.select` would refuse descriptors from 1,024 on: with many visitors, all runs failed.
    """
    with selectors.DefaultSelector() as selector:
        selector.register(descriptor, event)
        return bool(selector.select(timeout))
