"""Live runs for the web process: one at a time, a short waiting line, a shelf of finished ones."""

import threading
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from forgetdemo.files.run import Run, read_run
from forgetdemo.live.driver import Driver, Limits
from forgetdemo.live.job import ENDED, Event, Job, RunError
from forgetdemo.live.messages import Message
from forgetdemo.live.orders import Order, make_order
from forgetdemo.live.shelf import Shelf

WAITING = 8  # orders in the line, the running one not counted
EVERY = 0.25  # seconds between two looks of `watch`, at most


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
    ) -> None:
        """Set up without starting anything; `start` does.

        Args:
            command: starts a worker, see `live.worker`.
            original: model folder whose "before" every unlearning run starts from.
            root: folder of live runs; made when first needed.
            off: why no run is possible here (see `hosting`): the answer to every order.
            data: folder of the data set; None: the bundled one.
        """
        self.off, self.data = off, data
        self.source = read_run(original)
        self.shelf = Shelf(root)
        warm = {"original": str(original.resolve()), "data": str(data.resolve()) if data else None}
        self._driver = Driver(warm, limits or Limits(), command)
        self._jobs: dict[str, Job] = {}  # by key: waiting, running, and how the last one ended
        self._line: list[str] = []  # keys that wait
        self._own: dict[str, list[str]] = {}  # session → keys of its runs, oldest first
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
            RunError: this session has one under way, the line is full, or runs are off here.
        """
        if self.off:
            raise RunError(self.off)
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
            self._change.notify_all()
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
                job.state, job.sentence = "cancelled", "stopped"
            self._change.notify_all()
            return True

    def runs_of(self, session: str) -> list[tuple[str, Order]]:
        """This session's finished runs, oldest first: key and order."""
        with self._change:
            keys = self._own.get(session, [])
            jobs = [(key, self._jobs[key]) for key in keys if key in self._jobs]
            return [(key, job.order) for key, job in jobs if job.state in ("ready", "done")]

    def forget_session(self, session: str) -> None:
        """A tab was closed: cancel what it alone wanted and delete what is private to it."""
        self.stop(session)
        with self._change:
            keys = self._own.pop(session, [])
            private = [k for k in keys if k in self._jobs and self._jobs[k].order.private]
        for key in private:
            self.shelf.remove(key)

    @property
    def is_warm(self) -> bool:
        """Whether a run would start at once."""
        return self._driver.is_warm

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
        """The thread: one order after the other; between them, keep the worker warm."""
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
        except OSError as error:  # of the shelf: one sentence, without this machine's paths
            state, sentence = "failed", str(error)
        except ValueError:
            state, sentence = "failed", "what the run wrote is damaged; start it again"
        if state != "done":
            self.shelf.fail(key, sentence)
        with self._change:
            job.state = state
            job.sentence = sentence or ("stopped" if state == "cancelled" else "")
            self._change.notify_all()

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
