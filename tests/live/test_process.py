"""A worker is spoken to whatever the numbers of its pipes are."""

import resource
import sys
import time
from collections.abc import Iterator

import pytest

from forgetdemo.live.messages import Message
from forgetdemo.live.process import WorkerGone, WorkerProcess

FAKE = (sys.executable, "-m", "tests.helpers.fake_worker")
MANY = 1100  # descriptors: more than `select` knows


@pytest.fixture
def many_files() -> Iterator[None]:
    """As with `ulimit -n 4096` and 1,100 open streams."""
    before = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = 4096 if before[1] == resource.RLIM_INFINITY else min(4096, before[1])
    resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, before[1]))
    held = [open("/dev/null", "rb") for _ in range(MANY)]
    yield
    for file in held:
        file.close()
    resource.setrlimit(resource.RLIMIT_NOFILE, before)


def test_a_run_works_beside_a_thousand_open_files(many_files: None) -> None:
    worker = WorkerProcess(FAKE)
    try:
        assert worker._from > 1024
        worker.send({"kind": "warm"})
        until, found = time.monotonic() + 20, list[Message]()
        while not found and time.monotonic() < until:
            found = worker.receive(0.1)
        assert found == [{"type": "warm"}]
    finally:
        worker.kill()


def test_a_worker_that_reads_nothing_counts_as_gone(many_files: None) -> None:
    worker = WorkerProcess((sys.executable, "-c", "import time; time.sleep(60)"))
    try:
        with pytest.raises(WorkerGone, match="does not read"):
            for _ in range(40):
                worker.send({"text": "x" * 100_000})
    finally:
        worker.kill()
