"""Which models a visitor may put side by side: the shipped ones, and their own runs."""

import threading
import time
from collections import OrderedDict
from collections.abc import Callable, Iterable, Iterator, Mapping
from concurrent.futures import Future

from forgetdemo.files.checkpoint import MANIFEST, read_manifest, sha256_hex
from forgetdemo.files.run import read_run
from forgetdemo.live.job import RunError
from forgetdemo.live.manager import RunManager
from forgetdemo.predict.compared import Yardsticks
from forgetdemo.predict.entry import Entry, choose, entry, shipped_entries
from forgetdemo.predict.inference import Models, load_models
from forgetdemo.predict.pairs import digits_of, open_pairs
from forgetdemo.settings.limits import PageLimits
from forgetdemo.ui.downloads import ARCHIVE, PLOTS, Archives, Download, NotYet

HASHES = 2000  # of files whose run is remembered: more than the shelf holds
SHIPPED = "shipped"  # folder, among the live runs, of the shipped models' zips


class Lazy(Mapping[str, Entry]):
    """Entries by key, each looked up when it is asked for; what cannot be had is not there."""

    def __init__(self, keys: Iterable[str], find: Callable[[str], Entry]) -> None:
        self._keys = tuple(dict.fromkeys(keys))
        self._find = find

    def __getitem__(self, key: str) -> Entry:
        if key not in self._keys:
            raise KeyError(key)
        try:
            return self._find(key)
        except (OSError, ValueError) as error:
            raise KeyError(key) from error

    def __iter__(self) -> Iterator[str]:
        return (key for key in self._keys if key in self)

    def __len__(self) -> int:
        return sum(1 for _ in self)


class Library:
    """Looks models up for one visitor at a time: shipped ones for all, runs for their owner."""

    def __init__(
        self, models: Models, manager: RunManager, limits: PageLimits | None = None
    ) -> None:
        self.shipped = models
        self.manager = manager
        self.pairs = open_pairs(models)
        self.yardsticks = Yardsticks(models)
        self._limits = limits or PageLimits()
        self._ready = shipped_entries(models)
        self._live: OrderedDict[str, Future[Models]] = OrderedDict()  # by key of the run
        self._used: dict[str, float] = {}  # when each of these was last asked for
        self._keys: dict[str, str] = {}  # hash of a live run's file → the run
        self._archives = Archives()
        self._lock = threading.Lock()  # of the dictionaries; never held while a file is read

    def live(self, key: str) -> Models:
        """A live run's verified model folder; who asks at the same time shares one reading.

        Raises as `load_models`.
        """
        with self._lock:
            known = self._live.get(key)
            loading = self._live.setdefault(key, Future())
            self._live.move_to_end(key)
            self._used[key] = time.monotonic()
            while len(self._live) > self._limits.live_models:
                self._drop(next(iter(self._live)))
        if known is None:
            try:
                loading.set_result(self._load(key))
            except BaseException as error:
                with self._lock:
                    if self._live.get(key) is loading:
                        self._drop(key)
                loading.set_exception(error)
        return loading.result()

    def rest(self) -> bool:
        """Drop live models that nobody has looked at for a while; they are read again if asked for.

        Returns:
            Whether there were any.
        """
        until = time.monotonic() - self._limits.idle_model_seconds
        with self._lock:
            idle = [key for key, used in self._used.items() if used < until]
            for key in idle:
                self._drop(key)
        return bool(idle)

    def _drop(self, key: str) -> None:
        """Forget one live model. Call with the lock."""
        self._live.pop(key, None)
        self._used.pop(key, None)

    def _load(self, key: str) -> Models:
        """Read a live run's folder; a model that is shipped, too, is not held twice."""
        models = load_models(self.manager.shelf.models(key), self.shipped)
        manifest = sha256_hex((models.directory / MANIFEST).read_bytes())
        found = {manifest, *(file["sha256"] for file in models.manifest["files"].values())}
        shared = {file["sha256"] for file in self.shipped.manifest["files"].values()}
        with self._lock:
            self._keys.update(dict.fromkeys(found - shared, key))
            while len(self._keys) > HASHES:
                del self._keys[next(iter(self._keys))]
        return models

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

    def choices(self, session: str) -> list[tuple[str, str]]:
        """What a selector offers this session: title and key. Reads no file."""
        ready = [(shipped.title, key) for key, shipped in self._ready.items()]
        return ready + [(order.title, key) for key, order in self.manager.runs_of(session)]

    def entries(self, session: str) -> Mapping[str, Entry]:
        """Everything that this session may choose from, a run read when it is looked at."""
        titles = {key: order.title for key, order in self.manager.runs_of(session)}

        def find(key: str) -> Entry:
            if key in self._ready:
                return self._ready[key]
            models = self.live(key)
            after = models.classifiers["after"]
            return entry(key, titles[key], after, models.manifest, "after")

        return Lazy([*self._ready, *titles], find)

    def pick(self, session: str, wanted: Iterable[object]) -> list[Entry]:
        """This session's models of these keys, and shipped pairs, in this order, each once.

        What they are compared with is about the class that the last of them forgot.
        """
        keys = dict.fromkeys(key for key in wanted if isinstance(key, str))
        mine = self.entries(session)
        found = {key: mine[key] for key in keys if key in mine}
        return self.yardsticks.fit(choose(self._ready | found | self._pairs(keys), keys))

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

    def download(self, digest: str, name: str) -> Download | None:
        """A file of the shipped models or of a live run, by its hash; None if there is none.

        Raises:
            NotYet: it is being made.
            CheckpointError, OSError: it is damaged, or gone.
        """
        with self._lock:
            key = self._keys.get(digest)
        shelf = self.manager.shelf
        if key is None:
            models, place = self.shipped, shelf.root / SHIPPED
        else:  # without building a classifier of it
            folder = shelf.models(key)
            models, place = Models(folder, read_manifest(folder), {}), shelf.root / key
        if name in (ARCHIVE, PLOTS):
            if key is None:
                place.mkdir(parents=True, exist_ok=True)
            return self._archives.find(models, lambda: self.plots(key), place, digest, name)
        data = models.download(digest, name)
        return None if data is None else Download.of_bytes(data)

    def plots(self, key: str | None) -> dict[str, bytes]:
        """The pictures of a run, by name.

        Args:
            key: a live run's, or None for the shipped models.
        Returns:
            PNG and SVG files; {} where a run has none.
        Raises:
            NotYet: it is still drawing them.
            CheckpointError, OSError: a file is damaged, or gone.
        """
        if key and self.manager.is_drawing(key):
            raise NotYet
        run = read_run(self.shipped.directory if key is None else self.manager.shelf.run(key))
        return {name: data for name, data in run.files.items() if name.startswith("plots/")}
