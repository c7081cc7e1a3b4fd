"""Commands that write, with the disk failing at any operation, or killed at any moment."""

import errno
import json
import random
import shutil
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from benchmarks.torture.commands import COMMANDS, EVERYTHING, LONGEST, WRITERS, Kitchen
from benchmarks.torture.table import Row
from forgetdemo.files.checkpoint import MANIFEST, read_manifest
from forgetdemo.files.folder import OLD, read_folder
from forgetdemo.files.writing import TEMPORARY
from forgetdemo.live.shelf import TRASH

ERRORS = (errno.ENOSPC, errno.EIO, errno.EACCES, errno.EINTR)
MOST = 25  # operations of a command that are tried, of those it has
SLOW = 2.5  # seconds that a command takes
QUICK = ("predict",)  # commands of the short form


def left_over(path: Path) -> bool:
    """Whether a file belongs to an unfinished writing."""
    return any(mark in part for part in path.parts for mark in (TEMPORARY, OLD, TRASH))


def visible(place: Path) -> set[str]:
    """Names of the files that a reader may find."""
    found = (path.relative_to(place) for path in place.rglob("*") if path.is_file())
    return {path.as_posix() for path in found if not left_over(path)}


def moved_aside(place: Path) -> set[str]:
    """Names of the files in folders that were being replaced: the next writer brings them back."""
    found = (path.relative_to(place).as_posix() for path in place.rglob("*") if path.is_file())
    return {
        f"{name.partition(OLD)[0]}/{name.partition(OLD)[2].partition('/')[2]}"
        for name in found
        if OLD in name
    }


def damage(place: Path) -> list[str]:
    """What a reader would find broken: folders that do not verify, JSON that is none."""
    found = []
    for name in visible(place):
        path = place / name
        try:
            if path.name == MANIFEST:
                read_folder(path.parent, (str(read_manifest(path.parent).get("format")),))
            elif path.suffix == ".json":
                json.loads(path.read_bytes())
        except (OSError, ValueError) as error:
            found.append(f"{name}: {error}")
    return found


@dataclass
class Subject:
    """One command's tries, what it writes when nothing is wrong, and what was found wrong."""

    kitchen: Kitchen
    name: str
    place: Path = field(init=False)
    wanted: set[str] = field(init=False)
    least: set[str] = field(init=False)
    operations: int = field(init=False)
    seconds: float = field(init=False)
    wrong: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.place = self.kitchen.base / self.name
        self.place.mkdir()
        self.kitchen.words(EVERYTHING[self.name], "out")  # what it starts from is made now
        begun = time.monotonic()
        self.operations = self.kitchen.must(self.name, self.place)
        self.seconds = time.monotonic() - begun
        self.wanted = visible(self.place)
        # A run is written as soon as it is made, and again with its pictures.
        self.least = {name for name in self.wanted if "/plots/" not in name}

    def again(self) -> None:
        """Prepare the next try: over what is there, or from nothing where that would be reused."""
        if EVERYTHING[self.name].kept:
            shutil.rmtree(self.place)
            self.place.mkdir()

    def faulty(self, n: int) -> None:
        """The n-th operation fails."""
        self.again()
        process = self.kitchen.start(self.name, self.place, n, ERRORS[n % len(ERRORS)])
        process.join(LONGEST)
        said = Path(f"{self.place}.said").read_text()
        self.note(f"operation {n}", process.exitcode in (0, 1), f"code {process.exitcode}: {said}")
        told = process.exitcode == 0 or "error: " in said
        self.note(f"operation {n}", told and "Traceback" not in said, said)
        found = visible(self.place)
        good = self.least <= found <= self.wanted
        if process.exitcode and EVERYTHING[self.name].kept:
            good = found <= self.wanted
        self.note(f"operation {n}", good, f"{sorted(found ^ self.wanted)}")
        self.look(f"operation {n}")

    def each_fails(self, most: int) -> int:
        """Try `faulty` with at most so many operations, evenly spread; returns how many.

        Where the command is slow, with a third of them.
        """
        most = most if self.seconds < SLOW else most // 3
        step = max(1, -(-self.operations // most))
        tries = range(1, self.operations + 1, step)
        for n in tries:
            self.faulty(n)
        return len(tries)

    def killed(self, dice: random.Random) -> None:
        """kill -9: half of the time before an operation on the disk, else at any instant."""
        self.again()
        n = dice.randrange(1, self.operations + 1) if dice.random() < 0.5 else self.operations + 999
        process = self.kitchen.start(self.name, self.place, n)
        process.join(dice.random() * self.seconds if n > self.operations else LONGEST)
        process.kill()
        process.join()
        found = visible(self.place)
        there = found | moved_aside(self.place)
        good = found <= self.wanted and (EVERYTHING[self.name].kept or there >= self.least)
        self.note("killed", good, f"at {n}: {sorted(found ^ self.wanted)}")
        self.look(f"killed at {n}")

    def look(self, when: str) -> None:
        """Whatever can be read is whole."""
        for what in damage(self.place):
            self.note(when, False, what)

    def note(self, when: str, good: bool, what: str) -> None:
        """Keep what went wrong."""
        if not good:
            self.wrong.append(f"{self.name}, {when}: {what}")

    def close(self) -> None:
        """Run it once more in the same place: everything is there, and nothing besides."""
        try:
            self.kitchen.must(self.name, self.place)
        except RuntimeError as error:
            self.wrong.append(str(error))
        names = {p.relative_to(self.place).as_posix() for p in self.place.rglob("*") if p.is_file()}
        self.note("afterwards", names == self.wanted, f"{sorted(names ^ self.wanted)}")


def try_faults(what: str, names: Sequence[str], most: int) -> Row:
    """Each operation on the disk fails once, or as many of them as are to be tried."""
    return tried(
        f"n-th disk operation {what} fails", names, lambda subject: subject.each_fails(most)
    )


def try_kills(names: Sequence[str], count: int) -> Row:
    """Each command is killed so many times, slow ones less often."""
    dice = random.Random(17)

    def kill(subject: Subject) -> int:
        tries = count if subject.seconds < SLOW else count // 4
        for _ in range(tries):
            subject.killed(dice)
        return tries

    return tried("kill -9 of a command", names, kill)


def tried(title: str, names: Sequence[str], work: Callable[[Subject], int]) -> Row:
    """One line for all these commands; what was wrong goes to stderr."""
    tries, wrong = 0, list[str]()
    with tempfile.TemporaryDirectory() as folder:
        kitchen = Kitchen(Path(folder))
        for name in names:
            subject = Subject(kitchen, name)
            tries += work(subject)
            subject.close()
            wrong += subject.wrong
    for what in wrong:
        print(what, file=sys.stderr)
    return Row(title, tries, len(wrong), f"{len(names)} commands", "old or new, one sentence")


def kills(short: bool) -> Iterator[Row]:
    """Row of commands that are killed."""
    yield try_kills(QUICK if short else tuple(COMMANDS), 5 if short else 50)


def faults(short: bool) -> Iterator[Row]:
    """Rows of the disk that fails."""
    yield try_faults("of a writer", tuple(WRITERS), 1000)
    yield try_faults("of a command", QUICK if short else tuple(COMMANDS), 5 if short else MOST)
