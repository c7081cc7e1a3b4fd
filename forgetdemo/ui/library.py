"""Which models a visitor may put side by side: the shipped ones, and their own runs."""

import threading
import time
from collections import OrderedDict
from collections.abc import Iterable
from pathlib import Path

from forgetdemo.files.checkpoint import MANIFEST, sha256_hex
from forgetdemo.files.run import read_run
from forgetdemo.live.job import RunError
from forgetdemo.live.manager import RunManager
from forgetdemo.predict.entry import Entry, choose, entry, shipped_entries
from forgetdemo.predict.inference import Models, load_models
from forgetdemo.predict.pairs import digits_of, open_pairs
from forgetdemo.ui.downloads import archive_lookup

KEPT = 16  # live models held in memory
HASHES = 2000  # of files whose run is remembered: more than the shelf holds
PATIENCE = 10.0  # seconds that a download waits for plots


class Library:
    """Looks models up for one visitor at a time: shipped ones for all, runs for their owner."""

    def __init__(self, models: Models, manager: RunManager) -> None:
        self.shipped = models
        self.manager = manager
        self.pairs = open_pairs(models)
        self._live: OrderedDict[Path, Models] = OrderedDict()
        self._keys: dict[str, str] = {}  # hash of a live run's file → the run
        self._lock = threading.Lock()

    def live(self, key: str) -> Models:
        """A live run's verified model folder. Raises as `load_models`."""
        place = self.manager.shelf.models(key)
        with self._lock:
            if place not in self._live:
                self._live[place] = load_models(place)
                self._index(key, self._live[place])
                while len(self._live) > KEPT:
                    self._live.popitem(last=False)
            self._live.move_to_end(place)
            return self._live[place]

    def _index(self, key: str, models: Models) -> None:
        """Remember which run a file's hash leads to. Call with the lock."""
        manifest = sha256_hex((models.directory / MANIFEST).read_bytes())
        found = {manifest, *(file["sha256"] for file in models.manifest["files"].values())}
        shared = {file["sha256"] for file in self.shipped.manifest["files"].values()}
        self._keys.update(dict.fromkeys(found - shared, key))
        while len(self._keys) > HASHES:
            del self._keys[next(iter(self._keys))]

    def own(self, session: str, key: str | None) -> Models:
        """The shipped models for None, else those of this session's run.

        Raises:
            RunError: this session has no such run.
            CheckpointError, FileNotFoundError: it is damaged, or gone.
        """
        if key is None:
            return self.shipped
        if key not in [mine for mine, _ in self.manager.runs_of(session)]:
            raise RunError("there is no such run in this session")
        return self.live(key)

    def entries(self, session: str) -> dict[str, Entry]:
        """Everything that this session may choose from; a run that is gone is left out."""
        found = shipped_entries(self.shipped)
        for key, order in self.manager.runs_of(session):
            try:
                models = self.live(key)
            except (OSError, ValueError):
                continue
            found[key] = entry(
                key, order.title, models.classifiers["after"], models.manifest, "after"
            )
        return found

    def choices(self, session: str) -> list[tuple[str, str]]:
        """What a column selector offers this session: title and key."""
        return [(entry.title, entry.key) for entry in self.entries(session).values()]

    def pick(self, session: str, wanted: Iterable[object]) -> list[Entry]:
        """This session's models of these keys, and shipped pairs, in this order, each once."""
        keys = dict.fromkeys(key for key in wanted if isinstance(key, str))
        return choose(self.entries(session) | self._pairs(keys), keys)

    def _pairs(self, keys: Iterable[str]) -> dict[str, Entry]:
        """The pairs among these keys; one that cannot be built is left out."""
        found = {}
        for key in keys:
            if key in self.pairs:
                try:
                    model = self.pairs.classifier(key)
                except ValueError:
                    continue
                classes = tuple(self.shipped.manifest["classes"])
                title, pair = self.pairs.title(key), digits_of(key)
                found[key] = Entry(key, title, "after", model, classes, *pair, unlearned=True)
        return found

    def download(self, digest: str, name: str) -> bytes | None:
        """A file of the shipped models or of a live run, by its hash; None if there is none.

        Raises:
            CheckpointError, OSError: it is damaged, or gone.
        """
        with self._lock:
            key = self._keys.get(digest)
        models = self.shipped if key is None else self.live(key)
        return archive_lookup(models, lambda: self.plots(key), digest, name)

    def plots(self, key: str | None) -> dict[str, bytes]:
        """The pictures of a run, by name; waits for one that is still drawing them.

        Args:
            key: a live run's, or None for the shipped models.
        Returns:
            PNG and SVG files; {} where a run had none to give after `PATIENCE` seconds.
        Raises:
            CheckpointError, OSError: a file is damaged, or gone.
        """
        shelf, until = self.manager.shelf, time.monotonic() + PATIENCE
        while key and shelf.state(key).get("state") == "running" and time.monotonic() < until:
            time.sleep(0.1)
        run = read_run(self.shipped.directory if key is None else shelf.run(key))
        return {name: data for name, data in run.files.items() if name.startswith("plots/")}
