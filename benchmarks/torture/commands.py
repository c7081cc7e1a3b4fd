"""Every command that writes, on a tiny data set: run as often as a trial likes.

Each run is a process of its own, forked off one that has imported everything; its current folder
holds what it writes.
"""

import base64
import multiprocessing
import os
import re
import signal
import sys
import threading
import traceback
from collections.abc import Sequence
from dataclasses import dataclass
from importlib import import_module
from multiprocessing.context import ForkServerContext
from pathlib import Path

from benchmarks.torture.app import a_drawing
from benchmarks.torture.nth import Nth
from export.web.vendor import CACHE
from tests.helpers.idx import write_idx

PRELOADED = (
    *("forgetdemo.cli forgetdemo.data forgetdemo.stages.train forgetdemo.stages.unlearn".split()),
    *("forgetdemo.stages.relearn forgetdemo.stages.tune forgetdemo.audit.audit".split()),
    *("forgetdemo.audit.bench forgetdemo.plots.bench forgetdemo.predict.reading".split()),
    *("export.bundle export.pairs export.hub.card export.released export.space.files".split()),
    *("export.web.build forgetdemo.plots.report torch._dynamo".split()),
    *("forgetdemo.live.shelf forgetdemo.ui.downloads".split()),
)
LONGEST = 120.0  # seconds that a try may take
UNCAUGHT = 70  # code of a process that ended in a traceback


@dataclass(frozen=True)
class Command:
    """What is called, with which words; {name} stands for a place of `make_places`."""

    module: str
    words: str
    kept: bool = False  # finds what it wrote before and does nothing: begin with nothing there


ON = "--data {data}"
COMMANDS = {
    "train": Command(
        "forgetdemo.cli", f"train --recipe paper --epochs 1 --dataset kmnist {ON} --out {{out}}"
    ),
    "unlearn": Command(
        "forgetdemo.cli", f"unlearn --original {{original}} --steps 3 {ON} --out {{out}}"
    ),
    "relearn": Command(
        "forgetdemo.cli", f"relearn --run {{run}} --images 3 --steps 4 {ON} --out {{out}}"
    ),
    "oracles": Command(
        "forgetdemo.cli", f"oracles --original {{original}} --forget 6 --count 3 {ON}", kept=True
    ),
    "audit": Command(
        "forgetdemo.cli", f"audit --run {{run}} --oracles {{oracles}} {ON} --out {{out}}", kept=True
    ),
    "sweep": Command(
        "forgetdemo.cli",
        f"sweep --original {{original}} --pairs 6-3,2-7 --steps 3 {ON} --out {{out}}",
        kept=True,
    ),
    "tune": Command(
        "forgetdemo.cli",
        f"tune --original {{original}} --methods finetune --budget 1 {ON} --out {{out}}/tuned.json",
        kept=True,
    ),
    "bench": Command(
        "forgetdemo.cli",
        "bench methods --methods logit_mask --seeds 1 --recipe paper --epochs 1 --oracles 2 "
        f"--dataset kmnist {ON} --out {{out}}",
        kept=True,
    ),
    "predict": Command("forgetdemo.cli", "predict {picture} --steps {out}"),
    "export": Command("export.__main__", f"--run {{run}} {ON} --out {{out}}"),
    "export.hub": Command("export.hub.build", "--out {out}"),
    "export.space": Command("export.space.build", "--out {out} --no-runs"),
    "export.web": Command("export.web.build", "--cache {cache} --out {out}"),
}
WRITERS = {  # what commands and app write with, and nothing around it
    name: Command("benchmarks.torture.writers", f"{name} {{out}}")
    for name in ("file", "folder", "pairs", "zip")
}
WRITERS["shelf"] = Command("benchmarks.torture.writers", "shelf {out}", kept=True)
EVERYTHING = COMMANDS | WRITERS
MADE_BY = {  # what commands start from: the command, and where it writes
    "original": ("train", "original"),
    "run": ("unlearn", "run"),
    "models": ("export", "models"),
    "oracles": ("oracles", "runs"),
}


def call(module: str, words: Sequence[str], place: Path, n: int, error: int | None) -> None:
    """Run a command in this process, with trouble at its n-th operation on the disk, and end it.

    Args:
        module: whose `main` takes the words.
        words: of the command line.
        place: becomes the current folder; `<place>.said` gets what the command prints.
        n: 0: no trouble, and `<place>.count` gets the number of operations.
        error: the system's number; None: this process is killed instead.
    """

    def act() -> None:
        if error is None:
            os.kill(os.getpid(), signal.SIGKILL)
        raise OSError(error, os.strerror(error or 0))

    from tqdm import tqdm

    from forgetdemo.audit import audit, bench  # here: the parent needs no torch

    tqdm.set_lock(threading.RLock())  # its own outlives a process that is killed
    said = os.open(f"{place}.said", os.O_WRONLY | os.O_CREAT | os.O_TRUNC)
    os.dup2(said, 1)
    os.dup2(said, 2)
    os.chdir(place)
    os.cpu_count = lambda: 1  # jobs run right here, one by one
    audit.DEFAULTS = bench.LIGHT  # in seconds
    sys.argv = [module]
    nth = Nth(place, n, act)
    nth.install()
    try:
        code = import_module(module).main(words)
    except SystemExit as end:
        code = end.code
    except BaseException:
        traceback.print_exc()
        code = UNCAUGHT
    sys.stdout.flush()
    sys.stderr.flush()
    if n == 0:
        Path(f"{place}.count").write_text(str(nth.count))
    os._exit(int(code or 0))


class Kitchen:
    """Processes that run commands, each forked off one that has imported what they need."""

    def __init__(self, base: Path) -> None:
        """Everything happens below `base`, where a tiny data set is made."""
        self.base = base
        self._context: ForkServerContext = multiprocessing.get_context("forkserver")
        self._context.set_forkserver_preload(list(PRELOADED))
        data = base / "data"
        write_idx(data / "KMNIST" / "raw", train=300, test=100)
        picture = base / "picture.png"
        picture.write_bytes(base64.b64decode(a_drawing().partition(",")[2]))
        # The packages that the page is made of are fetched once, and kept where the command would.
        self._places = {"data": data, "picture": picture, "cache": CACHE}
        (base / "made").mkdir()
        first = self._context.Process(target=os.getpid)  # imports everything
        first.start()
        first.join()

    def find(self, name: str) -> Path:
        """A place that commands start from, made by another command when it is first wanted."""
        if name not in self._places:
            by, where = MADE_BY[name]
            self.must(by, self.base / "made", where)
            self._places[name] = self.base / "made" / where
        return self._places[name]

    def words(self, command: Command, out: str) -> list[str]:
        """A command's words, with the places that they name."""
        wanted = set(re.findall(r"{(\w+)}", command.words)) - {"out"}
        return command.words.format(out=out, **{n: self.find(n) for n in wanted}).split()

    def start(
        self, name: str, place: Path, n: int = 0, error: int | None = None, out: str = "out"
    ) -> multiprocessing.process.BaseProcess:
        """Begin a command or writer, see `call`."""
        command = EVERYTHING[name]
        process = self._context.Process(
            target=call, args=(command.module, self.words(command, out), place, n, error)
        )
        process.start()
        return process

    def must(self, name: str, place: Path, out: str = "out") -> int:
        """Run a command to its good end, and return the number of its operations on the disk.

        Raises:
            RuntimeError: it failed.
        """
        process = self.start(name, place, out=out)
        process.join(LONGEST)
        if process.exitcode != 0:
            process.kill()
            said = Path(f"{place}.said").read_text()
            raise RuntimeError(f"{name} ended with {process.exitcode}: {said[-2000:]}")
        return int(Path(f"{place}.count").read_text())
