"""Live runs for the web process: one at a time, a short waiting line, a shelf of finished ones."""

import logging
import re
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from forgetdemo.files.run import Run, read_run
from forgetdemo.live.driver import Driver, Limits
from forgetdemo.live.job import ENDED, Event, Job, RunError
from forgetdemo.live.messages import Message
from forgetdemo.live.orders import Order, make_order
from forgetdemo.live.shelf import Shelf, unsaved
from forgetdemo.settings.limits import PageLimits

WAITING = 8  # orders in the line, the running one not counted
TIDY_SECONDS = 5.0  # between two looks for what can be forgotten
EVERY = 0.25  # seconds between two looks of `watch`, at most
STARTS = ("before.safetensors", "after.safetensors")  # what an order's key is made of
SESSION = re.compile(r"[A-Za-z0-9_-]{1,64}")
SHARED = "Live runs are off here (another program uses their folder)"
log = logging.getLogger(__name__)


def to_start_from(run: Run) -> Run:
    """A run with the weights that a further one may start from, without its other large files."""
    kept = {name: run.files[name] for name in STARTS if name in run.files}
    return replace(run, files=kept)


class RunManager:
    """Owns the worker and the shelf. All methods may be called from any thread."""

    def __init__(
        self,
        original: Path,
        root: Path,
        *,
        command: Sequence[str],
        limits: Limits | None = None,
        off: str = "",
        data: Path | None = None,
        bounds: PageLimits | None = None,
    ) -> None:
        """Set up without starting anything; `start` does.

        The folder of runs is this manager's until `close`; where another one has it, no run is
        possible here.

        Args:
            command: starts a worker, see `live.worker`.
            original: model folder whose "before" every unlearning run starts from.
            root: folder of live runs; made when first needed.
            off: why no run is possible here (see `hosting`): the answer to every order.
            data: folder of the data set; None: the bundled one.
            bounds: on what sessions make it remember.
        """
        self.off, self.data, self.bounds = off, data, bounds or PageLimits()
        self.source = to_start_from(read_run(original))
        self.shelf = Shelf(root)
        if not off and not self.shelf.claim():
            self.off = SHARED
            log.warning("live runs are off: another app uses %s; give each its own --runs", root)
        warm = {"original": str(original.resolve()), "data": str(data.resolve()) if data else None}
        self._driver = Driver(warm, limits or Limits(), command)
        self._jobs: dict[str, Job] = {}  # by key: waiting, running, and how the last one ended
        self._line: list[str] = []  # keys that wait
        self._own: dict[str, list[str]] = {}  # session → keys of its runs, oldest first
        self._seen: dict[str, float] = {}  # session → when it last asked for anything
        self._change = threading.Condition()
        self._closed = False
        self._thread = threading.Thread(target=self._serve, daemon=True, name="runs")

    def start(self) -> None:
        """Clear what a killed app left, start the thread, and warm a worker; nothing where off."""
        if self.off:
            return
        self.shelf.recover()
        self._thread.start()

    def close(self) -> None:
        """End the worker and the thread; running and waiting orders are cancelled."""
        with self._change:
            self._closed = True
            for job in self._jobs.values():
                job.cancelled = True
            self._change.notify_all()
        self._driver.close()
        if self._thread.is_alive():
            self._thread.join(5)
        self.shelf.release()

    def submit(
        self, session: str, kind: str, values: Mapping[str, Any], source: str | None = None
    ) -> str:
        """Take an order of a session; equal orders share one run, finished ones run no more.

        Args:
            session: who asks.
            kind, values: see `orders.make_order`.
            source: key of this session's run to start from; None: the shipped models.
        Returns:
            The run's key.
        Raises:
            ValueError: settings out of range.
            RunError: this session has one under way, the line is full, runs are off here, or no
                session has such a name.
        """
        if self.off:
            raise RunError(self.off)
        if not SESSION.fullmatch(session):
            raise RunError("there is no such session")
        order = make_order(kind, self._source(session, source), values)
        done = self.shelf.is_done(order.key)
        with self._change:
            if self._closed:
                raise RunError("the app is stopping; try again in a minute")
            busy = self._current(session)
            if busy is not None:
                raise RunError(f"your run {busy.order.title} is still going; stop it first")
            job = self._jobs.get(order.key)
            if job is not None and not job.ended and not job.cancelled:
                job.sessions.add(session)
            elif done:
                self._jobs[order.key] = Job(order, {session}, "done")
            else:
                if len(self._line) >= WAITING:
                    raise RunError(f"{WAITING} runs are waiting already; try again in a minute")
                self._jobs[order.key] = Job(order, {session})
                self._line.append(order.key)
            own = self._own.setdefault(session, [])
            if order.key not in own:
                own.append(order.key)
            left_out = own[: -self.bounds.runs_per_session]
            del own[: len(left_out)]
            self._seen[session] = time.monotonic()
            private = self._private(left_out)
            self._change.notify_all()
        for key in private:
            self.shelf.remove(key)
        self._expire()
        return order.key

    def watch(self, session: str, key: str) -> Iterator[Event]:
        """Follow a run of this session; yields at least every 250 ms, and last when it has ended.

        For a session that left a run which goes on for others it has ended, too: "cancelled".

        Raises:
            RunError: this session has no such run.
        """
        with self._change:
            job, seen = self._job(session, key), 0
        while True:
            with self._change:
                self._seen[session] = time.monotonic()
                if not job.ended and len(job.records) == seen:
                    self._change.wait(EVERY)
                event = self._event(job, seen)
                if key not in self._own.get(session, []):
                    event = replace(event, state="cancelled", sentence="stopped")
                seen = len(job.records)
            yield event
            if event.state in ENDED:
                return

    def stop(self, session: str) -> bool:
        """Take this session out of its run; one that nobody else wants is cancelled.

        Returns:
            Whether there was one.
        """
        with self._change:
            job = self._current(session)
            if job is None:
                return False
            job.sessions.discard(session)
            if job.sessions:
                self._own[session].remove(job.order.key)
                return True
            job.cancelled = True
            if job.state == "queued":
                self._line.remove(job.order.key)
                job.end("cancelled", "stopped")
            self._change.notify_all()
            return True

    def runs_of(self, session: str) -> list[tuple[str, Order]]:
        """This session's finished runs, oldest first: key and order."""
        with self._change:
            keys = self._own.get(session, [])
            if keys:
                self._seen[session] = time.monotonic()
            jobs = [(key, self._jobs[key]) for key in keys if key in self._jobs]
            return [(key, job.order) for key, job in jobs if job.state in ("ready", "done")]

    def forget_session(self, session: str) -> None:
        """A tab was closed: cancel what it alone wanted and delete what is private to it."""
        self.stop(session)
        with self._change:
            self._seen.pop(session, None)
            private = self._private(self._own.pop(session, []))
        for key in private:
            self.shelf.remove(key)

    def gauges(self) -> dict[str, Callable[[], int]]:
        """How much there is of what, for the log."""
        return {
            "runs_waiting": lambda: len(self._line),
            "runs_remembered": lambda: len(self._jobs),
            "sessions": lambda: len(self._own),
        }

    def is_drawing(self, key: str) -> bool:
        """Whether a run's model is there and its pictures are still to come."""
        with self._change:
            return key in self._jobs and self._jobs[key].state == "ready"

    @property
    def is_warm(self) -> bool:
        """Whether a run would start at once."""
        return self._driver.is_warm

    def _private(self, keys: list[str]) -> list[str]:
        """Those of these runs that go with their session. Call with the lock."""
        return [key for key in keys if key in self._jobs and self._jobs[key].order.private]

    def _expire(self) -> None:
        """Forget sessions that gave no sign of life, and ended runs that nobody owns."""
        now = time.monotonic()
        with self._change:
            idle = [
                session
                for session in sorted(self._own, key=lambda name: self._seen.get(name, 0.0))
                if self._current(session) is None
            ]
            over = max(0, len(self._own) - self.bounds.sessions)
            since = now - self.bounds.session_seconds
            gone = [s for i, s in enumerate(idle) if i < over or self._seen.get(s, 0.0) < since]
        for session in gone:
            self.forget_session(session)
        with self._change:
            until = now - self.bounds.ended_seconds
            old = [job for job in self._jobs.values() if job.ended and job.ended_at < until]
            for job in old:
                job.records.clear()  # a page reads them from the shelf
                if job.state != "done":
                    for keys in self._own.values():
                        if job.order.key in keys:
                            keys.remove(job.order.key)
            owned = {key for keys in self._own.values() for key in keys}
            for job in old:
                if job.order.key not in owned and self._jobs.get(job.order.key) is job:
                    del self._jobs[job.order.key]
            for session in [s for s, keys in self._own.items() if not keys]:
                del self._own[session]
            self._seen = {s: at for s, at in self._seen.items() if s in self._own}

    def _source(self, session: str, key: str | None) -> Run:
        """The folder to start from; somebody else's run is as good as none."""
        if key is None:
            return self.source
        if key not in [own for own, _ in self.runs_of(session)]:
            raise RunError("there is no such run in this session")
        return read_run(self.shelf.models(key))

    def _current(self, session: str) -> Job | None:
        """The run of a session that has not ended. Call with the lock."""
        for key in self._own.get(session, []):
            job = self._jobs.get(key)
            if job is not None and session in job.sessions and job.state in ("queued", "running"):
                return job
        return None

    def _job(self, session: str, key: str) -> Job:
        """A session's own run. Call with the lock."""
        if key not in self._own.get(session, []) or key not in self._jobs:
            raise RunError("there is no such run in this session")
        return self._jobs[key]

    def _event(self, job: Job, seen: int) -> Event:
        """What is new. Call with the lock."""
        waiting = job.order.key in self._line
        return job.event(self._line.index(job.order.key) + 1 if waiting else 0, seen)

    def _serve(self) -> None:
        """The thread: one order after the other; between them, tidy, and keep the worker warm."""
        tidied = time.monotonic()
        while True:
            with self._change:
                if not self._line and not self._closed:
                    self._change.wait(EVERY)
                if self._closed:
                    return
                job = self._jobs[self._line.pop(0)] if self._line else None
                if job is not None:
                    job.state = "running"
            if job is None:
                self._driver.tend()
                if time.monotonic() > tidied + TIDY_SECONDS:
                    tidied = time.monotonic()
                    self._expire()
            else:
                self._do(job)

    def _do(self, job: Job) -> None:
        """Run one order to its end and note how it ended."""
        order, key = job.order, job.order.key
        try:
            self.shelf.evict(self._wanted(), [key])
            self.shelf.begin(key, {"kind": order.kind, "title": order.title})
            request = order.request(self.shelf.root, self.data)
            outcome = self._driver.execute(
                request, lambda m: self._tell(job, m), lambda: job.cancelled
            )
            state, sentence = outcome.state, outcome.sentence
            if state == "done":
                self.shelf.finish(key)
        except OSError as error:
            state, sentence = "failed", unsaved(error)
        except ValueError:
            state, sentence = "failed", "what the run wrote is damaged; start it again"
        if state != "done" and job.state == "ready" and self._keep(key):
            state, sentence = "done", f"the model is here, its pictures are not: {sentence}"
        if state != "done":
            self.shelf.fail(key, sentence)
        with self._change:
            job.end(state, sentence or ("stopped" if state == "cancelled" else ""))
            self._change.notify_all()

    def _keep(self, key: str) -> bool:
        """Whether a model that was published is whole, though what came after it failed."""
        try:
            self.shelf.finish(key)
        except (OSError, ValueError):
            return self.shelf.is_whole(key)  # a full disk takes no note of it
        return True

    def _tell(self, job: Job, message: Message) -> None:
        """A message of the worker about the run that is going."""
        with self._change:
            if message["type"] == "progress":
                job.note(message["record"])
            elif message["type"] == "ready":
                job.state = "ready"
            self._change.notify_all()

    def _wanted(self) -> set[str]:
        """Keys that some session still looks at."""
        with self._change:
            return {key for keys in self._own.values() for key in keys}
