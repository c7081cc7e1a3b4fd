"""The worker's side: reads requests from stdin, one a line, and does them.

{"kind": "warm", "original": DIR, "data": DIR | null}
{"kind": "unlearn", "id": ID, "config": {...}, "original": DIR, "out": DIR, "data": DIR | null}
{"kind": "cancel", "id": ID}

It answers on stdout as `wire.parse` expects, does one request at a time, and ends when stdin
closes, which is what happens when the app dies in any way.
"""

import contextlib
import errno
import os
import queue
import signal
import sys
import threading
import traceback
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO

from forgetdemo.files.writing import REASONS
from forgetdemo.live.messages import MAX_LINE, Message, decode, encode
from forgetdemo.live.shelf import unsaved
from forgetdemo.settings.constants import ROOT

if TYPE_CHECKING:
    from forgetdemo.live.work import Publish

NICE = 5  # drawing comes first
UNEXPECTED = "the run failed for an unexpected reason; the app's log has the details"


class Cancelled(BaseException):
    """The current request is not wanted any more. Not an Exception: nothing below catches it."""


class Worker:
    """Reads requests in a thread, does them in the main thread, where a cancel interrupts them."""

    def __init__(self, requests: BinaryIO, answers: BinaryIO, publish: "Publish") -> None:
        self._requests = requests
        self._publish = publish
        self._answers = answers
        self._inbox: queue.Queue[Message] = queue.Queue()
        self._cancelled: set[str] = set()
        self._current: str | None = None
        self._shielded = True  # between requests and while a line is written

    def serve(self) -> None:
        """Do requests until stdin closes; does not return."""
        signal.signal(signal.SIGUSR1, self._interrupt)
        threading.Thread(target=self._read, daemon=True).start()
        from forgetdemo.network.features import Remembered

        remembered = Remembered()
        while True:
            request = self._inbox.get()
            try:
                self._answer(request, remembered)
            except Cancelled:  # arrived as the request ended
                self._say({"type": "cancelled", "id": request.get("id")})

    def _read(self) -> None:
        """The reading thread: cancels act at once, the rest waits its turn."""
        while line := self._requests.readline(MAX_LINE + 1):
            message = decode(line)
            if message is None:
                continue
            if message.get("kind") == "cancel":
                self._cancelled.add(str(message.get("id")))
                signal.pthread_kill(threading.main_thread().ident or 0, signal.SIGUSR1)
            else:
                self._inbox.put(message)
        os._exit(0)

    def _interrupt(self, *_: object) -> None:
        """In the main thread, between two of its instructions."""
        if not self._shielded and self._current in self._cancelled:
            raise Cancelled

    def _say(self, message: Message) -> None:
        """Write one line, whole."""
        before, self._shielded = self._shielded, True
        try:
            self._answers.write(encode(message))
            self._answers.flush()
        except BrokenPipeError:
            os._exit(0)
        finally:
            self._shielded = before
        self._interrupt()

    def _answer(self, request: Message, remembered: Any) -> None:
        """Do one request and say how it ended."""
        name = request.get("id")
        if request.get("kind") == "warm":
            with contextlib.suppress(OSError, ValueError):  # a run will say what is wrong
                warm(request, remembered)
            self._say({"type": "warm"})
            return
        if not isinstance(name, str):
            return
        end: Message = {"type": "cancelled", "id": name}
        try:
            if name not in self._cancelled:
                self._current, self._shielded = name, False
                self._say({"type": "started", "id": name})
                self._run(name, request, remembered)
                end = {"type": "done", "id": name}
        except Cancelled:
            pass
        except Exception as error:
            if not isinstance(error, ValueError | OSError):
                traceback.print_exc()
            end = {"type": "failed", "id": name, "sentence": sentence(error, request)}
        finally:
            self._current, self._shielded = None, True
        self._cancelled.discard(name)
        self._say(end)

    def _run(self, name: str, request: Message, remembered: Any) -> None:
        """Hand a request to its kind."""
        from forgetdemo.live.work import KINDS, Work

        kind = request.get("kind")
        if kind not in KINDS:
            raise ValueError(f"kind must be one of {', '.join(KINDS)}; got {kind!r}")
        KINDS[kind](
            Work(
                config=request["config"],
                original=Path(request["original"]),
                out=Path(request["out"]),
                data=Path(request["data"]) if request.get("data") else None,
                remembered=remembered,
                publish=self._publish,
                progress=lambda record: self._say(
                    {"type": "progress", "id": name, "record": record}
                ),
                ready=lambda: self._say({"type": "ready", "id": name}),
            )
        )


def warm(request: Message, remembered: Any) -> None:
    """Import and compute what every run needs."""
    from forgetdemo.live.work import warm_up

    warm_up(
        Path(request["original"]),
        Path(request["data"]) if request.get("data") else None,
        remembered,
    )


def sentence(error: BaseException, request: Message) -> str:
    """What a visitor may read about an error: one line, without this machine's paths."""
    if isinstance(error, OSError) and error.errno in REASONS:
        return unsaved(error)
    if isinstance(error, MemoryError) or getattr(error, "errno", None) == errno.ENOMEM:
        return "the run needed more memory than there is"
    if not isinstance(error, ValueError | OSError):
        return UNEXPECTED
    text = " ".join(str(error).split())
    for name in ("out", "original", "data"):
        if request.get(name):
            text = text.replace(f"{request[name]}", f"({name})")
    return text.replace(f"{ROOT}/", "")


def harden() -> None:
    """Step back: low priority, first to go when memory ends, one thread, no core dumps."""
    with contextlib.suppress(OSError):
        os.nice(NICE)
    with contextlib.suppress(OSError):
        Path("/proc/self/oom_score_adj").write_text("1000")
    with contextlib.suppress(ImportError, OSError, ValueError):
        import resource

        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    import torch

    torch.set_num_threads(1)


def main(publish: "Publish") -> None:
    """Start serving. What libraries print goes to stderr; stdout belongs to the messages.

    publish: makes the folder of a run's models, see `live.work.Publish`.
    """
    answers = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)
    harden()
    Worker(sys.stdin.buffer, answers, publish).serve()
