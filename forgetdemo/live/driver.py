"""Drives one worker: keeps it warm, gives it one request at a time, and enforces the limits."""

import logging
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from forgetdemo.live.messages import Message
from forgetdemo.live.process import WorkerGone, WorkerProcess

POLL = 0.05  # seconds between looks at limits and cancels
ENDINGS = ("done", "failed", "cancelled")
FAILED_STARTS = 3  # after so many, a worker is started only for a request
GONE = "the worker process was stopped from outside or crashed; please start the run again"
log = logging.getLogger(__name__)


@dataclass(frozen=True, kw_only=True)
class Limits:
    """What one run may cost."""

    seconds: float = 60.0  # from the moment the worker begins it; so many to begin it, at most
    memory: int = 2 * 2**30  # resident bytes
    cancel_seconds: float = 0.5  # for a worker to stop by itself; then it is killed


@dataclass(frozen=True)
class Outcome:
    """How a run ended: "done", "failed" or "cancelled", and why in one sentence."""

    state: str
    sentence: str = ""


class Driver:
    """Owns at most one worker process. For one thread; only `close` may come from another."""

    def __init__(
        self,
        warm_request: Mapping[str, Any],
        limits: Limits,
        command: Sequence[str],
    ) -> None:
        self._warm_request = warm_request
        self._limits = limits
        self._command = command
        self._worker: WorkerProcess | None = None
        self._failed_starts = 0
        self._closed = False
        self.is_warm = False

    @property
    def pid(self) -> int | None:
        """The worker's process id, while there is one."""
        return None if self._worker is None else self._worker.pid

    def tend(self) -> None:
        """Between runs: hear when the worker is warm; replace one that died or grew too large."""
        try:
            worker = self._worker or self._start(patient=False)
            if worker is None:
                return
            for message in worker.receive(0):
                self._note(message)
            if worker.memory() > self._limits.memory:
                raise WorkerGone("too large")
        except WorkerGone:
            log.warning("the idle worker is gone")
            self._drop()

    def execute(
        self,
        request: Mapping[str, Any],
        tell: Callable[[Message], None],
        is_cancelled: Callable[[], bool],
    ) -> Outcome:
        """Let the worker do one request; returns when it ended or was ended.

        Args:
            request: with a unique "id".
            tell: called with every "progress" and "ready" message.
            is_cancelled: asked every 50 ms.
        """
        try:
            self._submit(request)
            outcome = self._follow(request, tell, is_cancelled)
        except WorkerGone:
            outcome = Outcome("cancelled") if is_cancelled() else Outcome("failed", GONE)
            self._drop()
        except (OSError, ValueError) as error:
            log.warning("no worker: %s", error)
            outcome = Outcome("failed", "the worker process could not be started")
            self._drop()
        return outcome

    def close(self) -> None:
        """End the worker for good."""
        self._closed = True
        self._drop()

    def _start(self, patient: bool = True) -> WorkerProcess | None:
        """A new worker that is told to warm up; None when closed, or after too many failures."""
        if self._closed or (not patient and self._failed_starts >= FAILED_STARTS):
            return None
        self._failed_starts += 1  # taken back once it says that it is warm
        try:
            self._worker = WorkerProcess(self._command)
        except OSError as error:
            log.warning("the worker could not be started: %s", error)
            if patient:
                raise
            return None
        if self._closed:  # meanwhile
            self._drop()
            return None
        self._worker.send({**self._warm_request, "kind": "warm"})
        return self._worker

    def _submit(self, request: Mapping[str, Any]) -> None:
        """Hand a request to a living worker; one that died while idle is replaced."""
        for attempt in (1, 2):
            try:
                worker = self._worker
                if worker is not None and not worker.alive:
                    raise WorkerGone
                worker = worker or self._start()
                if worker is None:
                    raise WorkerGone("closed")
                worker.send(request)
                return
            except WorkerGone:
                self._drop()
                if attempt == 2:
                    raise

    def _follow(
        self,
        request: Mapping[str, Any],
        tell: Callable[[Message], None],
        is_cancelled: Callable[[], bool],
    ) -> Outcome:
        """Read messages until the request ends; cancel and limits end it, too."""
        name, limits, worker = request["id"], self._limits, self._worker
        if worker is None:
            raise WorkerGone
        until = time.monotonic() + limits.seconds
        started, asked = False, 0.0
        astray: float | None = None  # since when it does what was cancelled before it began
        while True:
            for message in worker.receive(POLL):
                self._note(message)
                if message.get("id") != name:
                    astray = time.monotonic() if message["type"] == "started" else astray
                    astray = None if message["type"] in ENDINGS else astray
                    continue
                if message["type"] == "started":
                    started, until = True, time.monotonic() + limits.seconds
                elif message["type"] in ENDINGS:
                    return Outcome(message["type"], message.get("sentence", ""))
                else:
                    tell(message)
            now = time.monotonic()
            if is_cancelled():
                if not asked:
                    asked = now
                    worker.send({"kind": "cancel", "id": name})
                if not started:  # it will skip the request when it gets there
                    return Outcome("cancelled")
                if now - asked > limits.cancel_seconds:
                    self._drop()
                    return Outcome("cancelled")
            elif astray is not None and now - astray > limits.cancel_seconds:
                self._drop()
                self._submit(request)
                worker, astray, until = self._worker or worker, None, now + limits.seconds
            elif now > until:
                self._drop()
                what = "took longer than" if started else "did not begin within"
                return Outcome("failed", f"the run {what} {limits.seconds:g} s and was stopped")
            elif worker.memory() > limits.memory:
                self._drop()
                size = limits.memory / 2**20
                return Outcome("failed", f"the run used more than {size:,.0f} MB and was stopped")

    def _note(self, message: Message) -> None:
        """Remember that the worker is warm."""
        if message["type"] == "warm":
            self.is_warm, self._failed_starts = True, 0

    def _drop(self) -> None:
        """Kill the worker, if there is one."""
        worker, self._worker, self.is_warm = self._worker, None, False
        if worker is not None:
            worker.kill()
