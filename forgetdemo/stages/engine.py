"""Many independent jobs at once: joblib's processes, or an existing Ray cluster through joblib."""

import os
import socket
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from functools import lru_cache
from typing import Any, TypeVar

from forgetdemo.settings.checks import require_choice, require_count
from forgetdemo.settings.constants import INSTALL

ENGINES = ("joblib", "ray")
RAY_WAVE = 4  # jobs per worker that are handed to Ray at a time; progress moves wave by wave
Input = TypeVar("Input")
Output = TypeVar("Output")


def run_jobs(
    work: Callable[[Input], Output],
    jobs: Sequence[Input],
    workers: int | None = None,
    engine: str = "joblib",
    address: str | None = None,
) -> Iterator[Output]:
    """Do all jobs, and yield each outcome as it comes, in no promised order.

    Args:
        work: a module's function; it and the jobs travel to other processes.
        jobs: as many as there are.
        workers: processes, one thread each; default: all cores. 1 runs them right here.
        engine: joblib, or ray (of the extra `cluster`).
        address: of a running Ray cluster; None: one that is started on this machine.
    Raises:
        ValueError: an unknown engine, no workers, or Ray asked for and not installed.
    """
    from joblib import Parallel, delayed, parallel_config

    require_choice("engine", engine, ENGINES)
    count = (os.cpu_count() or 1) if workers is None else workers
    require_count("jobs", count, 1, 10_000)
    if engine == "joblib" and count == 1:
        yield from map(work, jobs)
    elif engine == "joblib":
        with parallel_config(backend="loky", inner_max_num_threads=1):
            parallel = Parallel(
                n_jobs=count, batch_size=1, pre_dispatch=count, return_as="generator_unordered"
            )
            yield from parallel(delayed(followed)(work, job, os.getpid()) for job in jobs)
    else:
        with ray_cluster(count, address), parallel_config(backend="ray"):
            for wave in waves(jobs, count * RAY_WAVE):
                yield from Parallel(n_jobs=count, batch_size=1)(delayed(work)(j) for j in wave)


def followed(work: Callable[[Input], Output], job: Input, parent: int) -> Output:
    """Do one job in a process that ends soon after `parent` does."""
    follow(parent)
    return work(job)


@lru_cache(maxsize=1)
def follow(parent: int) -> None:
    """Watch `parent` from now on: joblib's workers outlive a killed sweep by minutes, and would
    write into its folders beside the next one.
    """

    def watch() -> None:
        """End at once, like the parent did; folders are whole or absent whatever the moment."""
        while os.getppid() == parent:
            time.sleep(0.5)
        os._exit(1)

    threading.Thread(target=watch, daemon=True).start()


def waves(jobs: Sequence[Input], size: int) -> Iterator[Sequence[Input]]:
    """Cut jobs into parts of at most `size`."""
    for start in range(0, len(jobs), size):
        yield jobs[start : start + size]


def require_reachable(address: str) -> None:
    """Refuse an address that nobody listens at: Ray itself would wait for minutes.

    Raises:
        ValueError: not HOST:PORT or "auto", or nothing answers there within 5 seconds.
    """
    if address == "auto":
        return
    host, _, port = address.removeprefix("ray://").rpartition(":")
    if not host or not port.isdigit() or not 0 < int(port) < 2**16:
        raise ValueError(f"--address must be HOST:PORT or auto, got {address!r}")
    try:
        socket.create_connection((host, int(port)), timeout=5).close()
    except OSError as error:
        raise ValueError(
            f"no Ray cluster answers at {address}; check the address, or leave --address out"
        ) from error


@contextmanager
def ray_cluster(workers: int, address: str | None) -> Iterator[Any]:
    """Join a Ray cluster, or start one here, and leave it as it was found.

    Raises:
        ValueError: Ray is not installed, or no cluster answers at the address.
    """
    if address is not None:
        require_reachable(address)
    try:
        import ray
        from ray.util.joblib import register_ray
    except ImportError as error:
        raise ValueError(f"--engine ray needs Ray; run {INSTALL['cluster']}") from error
    own = not ray.is_initialized()
    if own:
        alone = {"address": "local", "num_cpus": workers, "include_dashboard": False}
        joined = {"address": address} if address else alone
        try:
            ray.init(log_to_driver=False, **joined)
        except ConnectionError as error:
            raise ValueError(
                f"the Ray cluster at {address} cannot be joined ({error}); where it asks for a "
                "token, as `ray start --head` makes one by default, set RAY_AUTH_MODE=token"
            ) from error
    register_ray()
    try:
        yield ray
    finally:
        if own:
            ray.shutdown()
