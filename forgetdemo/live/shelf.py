"""The live runs on disk: `<root>/<key>/` with `run/`, `models/` and `state.json`; a bounded shelf.

run/     what `python -m forgetdemo unlearn` writes for the same settings
models/  what `python -m export` makes of it (no plots): readable as soon as the model is ready
state.json  {"state": "running" | "done" | "failed", "kind", "title", "config", "sentence", "pid"}
"""

import contextlib
import os
import re
import shutil
import uuid
from collections.abc import Collection, Mapping
from pathlib import Path
from typing import Any

from forgetdemo.files.checkpoint import read_json, write_json
from forgetdemo.files.folder import MODELS_FORMAT, RUN_FORMAT, read_folder
from forgetdemo.files.keys import KEY_LENGTH
from forgetdemo.files.run import read_run
from forgetdemo.files.writing import REASONS, plain_reason
from forgetdemo.system import is_running

QUOTA = 64  # runs kept on disk
STATE = "state.json"
LOCK = ".lock"
INTERRUPTED = "interrupted: the app stopped while this was running"
TRASH = ".trash-"
KEY = re.compile(rf"[0-9a-f]{{{KEY_LENGTH}}}")


class Shelf:
    """A folder of runs by key. Only folders named like keys are ever touched."""

    def __init__(self, root: Path, quota: int = QUOTA) -> None:
        self.root = root
        self.quota = quota
        self._lock: int | None = None  # a descriptor

    def claim(self) -> bool:
        """Make the folder this process's own until `release`, or the process ends.

        Returns:
            False where another process has it. Where the system cannot lock, or the folder cannot
            be written, nobody is kept out.
        """
        try:
            import fcntl

            self.root.mkdir(parents=True, exist_ok=True)
            self._lock = os.open(self.root / LOCK, os.O_CREAT | os.O_RDWR, 0o644)
            fcntl.flock(self._lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            self.release()
            return False
        except (ImportError, OSError):
            self.release()
        return True

    def release(self) -> None:
        """Let go of the folder."""
        if self._lock is not None:
            os.close(self._lock)
            self._lock = None

    def models(self, key: str) -> Path:
        """Where a run's model folder is."""
        return self.root / key / "models"

    def run(self, key: str) -> Path:
        """Where a run's folder is, as the command line writes it."""
        return self.root / key / "run"

    def keys(self) -> list[str]:
        """Every run there is, the one used longest ago first."""
        found = []
        for place in self.root.glob("*") if self.root.is_dir() else ():
            if KEY.fullmatch(place.name) and place.is_dir() and not place.is_symlink():
                try:
                    found.append((place.stat().st_mtime_ns, place.name))
                except OSError:
                    continue  # just removed
        return [name for _, name in sorted(found)]

    def state(self, key: str) -> dict[str, Any]:
        """What state.json says; {} if there is none, or it is damaged."""
        try:
            value = read_json(self.root / key / STATE)
        except (OSError, ValueError):
            return {}
        return value if isinstance(value, dict) else {}

    def recover(self) -> list[str]:
        """Set right what a killed app left behind, as an app does when it starts.

        Runs that no living process works on become "failed: interrupted" and lose their files.

        Returns:
            Their keys.
        """
        for rubbish in self.root.glob(f"{TRASH}*") if self.root.is_dir() else ():
            shutil.rmtree(rubbish, ignore_errors=True)
        broken = []
        for key in self.keys():
            state = self.state(key)
            if state.get("state") in ("done", "failed") or _is_alive(state.get("pid")):
                continue
            if self.is_whole(key):  # its model was published; only its pictures were to come
                with contextlib.suppress(OSError):
                    self._mark(key, {**state, "state": "done"})
                continue
            self.fail(key, INTERRUPTED)
            broken.append(key)
        return broken

    def begin(self, key: str, about: Mapping[str, Any]) -> None:
        """Make room and mark a run as running.

        Raises:
            OSError: unwritable or full; one sentence.
        """
        with plain_reason(Path("the run")):
            self.remove(key)
            (self.root / key).mkdir(parents=True)
            self._mark(key, {**about, "state": "running", "sentence": "", "pid": os.getpid()})

    def finish(self, key: str) -> None:
        """Mark a run as done, once both of its folders are whole.

        Raises:
            OSError, ValueError: a folder is missing or damaged, or the disk full.
        """
        with plain_reason(Path("the run")):
            read_folder(self.run(key), (RUN_FORMAT,))
            read_folder(self.models(key), (MODELS_FORMAT,))
            self._mark(key, {**self.state(key), "state": "done"})

    def fail(self, key: str, sentence: str) -> None:
        """Delete what a run wrote and keep the reason, if the disk takes it."""
        state = {**self.state(key), "state": "failed", "sentence": sentence}
        try:
            self.remove(key)
            (self.root / key).mkdir(parents=True)
            self._mark(key, state)
        except OSError:
            self.remove(key)

    def is_done(self, key: str) -> bool:
        """Whether a run is there, whole and verified; counts as a use of it."""
        if self.state(key).get("state") != "done" or not self.is_whole(key):
            return False
        with contextlib.suppress(OSError):
            os.utime(self.root / key)
        return True

    def is_whole(self, key: str) -> bool:
        """Whether both folders of a run are there and verify."""
        try:
            read_run(self.models(key))
            read_run(self.run(key))
        except (OSError, ValueError):
            return False
        return True

    def remove(self, key: str) -> None:
        """Delete a run: out of sight at once, then its bytes."""
        place, trash = self.root / key, self.root / f"{TRASH}{uuid.uuid4().hex[:12]}"
        try:
            os.rename(place, trash)
        except FileNotFoundError:
            return
        except OSError:
            trash = place
        shutil.rmtree(trash, ignore_errors=True)

    def evict(self, kept: Collection[str], busy: Collection[str]) -> list[str]:
        """Delete runs over the quota: those used longest ago, the `kept` ones last, never `busy`.

        Returns:
            The keys that are gone.
        """
        keys = [key for key in self.keys() if key not in busy]
        over = len(keys) + len(set(busy)) - self.quota
        keys.sort(key=lambda key: key in kept)  # stable: by age within both groups
        gone = keys[: max(over, 0)]
        for key in gone:
            self.remove(key)
        return gone

    def _mark(self, key: str, state: Mapping[str, Any]) -> None:
        """Write state.json."""
        write_json(self.root / key / STATE, dict(state))


def unsaved(error: OSError) -> str:
    """What a visitor may read of a run that could not be written: no path, no flag of ours."""
    reason = REASONS.get(error.errno or 0, "the system refused it")
    return f"the run could not be saved: {reason.split('; choose')[0]}"


def _is_alive(pid: object) -> bool:
    """Whether another process of that number runs. Ours has only just started."""
    return type(pid) is int and pid > 0 and pid != os.getpid() and is_running(pid)
