"""What this machine allows: is it a Space, what has it, are live runs possible, and if not, why.

Nothing heavy is imported: the page asks before torch could matter. Threads need no setting here:
a model uses one thread, a run one, and the server at most `ui.server.THREADS`.
"""

import os
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

from forgetdemo.settings.constants import INSTALL, ROOT
from forgetdemo.system import can_guard_runs, machine_memory

RUNS_NEED = ("torch", "onnx", "matplotlib")  # what the worker imports beyond the page's packages
FULL = "requirements-full.txt"  # in a Space's folder: the packages of the page and of live runs
SPACES = "https://huggingface.co/spaces"
SPACE_CORES = 2  # one for a run, one for everybody's drawing
LEAST_MEMORY = 5 * 2**29  # bytes, 2.5 GB: a run was seen at 1.6, the page at 0.25
MISSING = "is not installed"
NO_STOP = "a run could not be stopped on this system"
RUN_SECONDS = 60.0
SPACE_RUN_SECONDS = 120.0  # two hosted cores may be two threads of one
UNITS = {"": 1, "K": 10**3, "M": 10**6, "G": 10**9, "Ki": 2**10, "Mi": 2**20, "Gi": 2**30}
CGROUP = Path("/sys/fs/cgroup/memory.max")


@dataclass(frozen=True, kw_only=True)
class Hosting:
    """What was found at the start."""

    on_space: bool
    cores: int
    memory: int  # bytes; 0: the system does not tell
    accelerator: str  # as the Space names it, "none" elsewhere; nothing here uses one
    live_runs: bool
    why: str  # where they are off: a sentence for visitors, without its full stop; else ""

    @property
    def run_seconds(self) -> float:
        """How long one run may take before it is stopped."""
        return SPACE_RUN_SECONDS if self.on_space else RUN_SECONDS

    def describe(self) -> str:
        """One line for the log."""
        size = f"{self.memory / 2**30:.1f} GB" if self.memory else "unknown memory"
        place = f"a Space (accelerator: {self.accelerator})" if self.on_space else "this machine"
        runs = "on" if self.live_runs else f"off: {self.why}"
        return f"{place}: {self.cores} cores, {size}; live runs {runs}"


def is_installed(package: str) -> bool:
    """Whether a package could be imported; it is not."""
    return find_spec(package) is not None


def look_around(
    environment: Mapping[str, str] | None = None,
    installed: Callable[[str], bool] = is_installed,
) -> Hosting:
    """Find out where we run.

    Args:
        environment: default: the process's own. SPACE_ID, CPU_CORES, MEMORY, ACCELERATOR are read;
            what cannot be understood is replaced by what the system says.
        installed: asked for each of `RUNS_NEED`.
    """
    found = os.environ if environment is None else environment
    space = found.get("SPACE_ID", "")
    on_space = bool(space)
    cores = cores_of(found.get("CPU_CORES", "")) or system_cores()
    memory = memory_of(found.get("MEMORY", "")) or system_memory()
    missing = [name for name in RUNS_NEED if not installed(name)]
    reason = ""
    if not can_guard_runs():
        reason = NO_STOP
    elif missing:
        reason = f"{missing[0]} {MISSING}"
    elif 0 < memory < LEAST_MEMORY:
        reason = f"a run needs {LEAST_MEMORY / 2**30:g} GB of memory, {memory / 2**30:.1f} are here"
    elif on_space and cores < SPACE_CORES:
        reason = f"a run needs {SPACE_CORES} cores, {cores} is here"
    return Hosting(
        on_space=on_space,
        cores=cores,
        memory=memory,
        accelerator=found.get("ACCELERATOR") or "none",
        live_runs=not reason,
        why=f"Live runs are off here ({reason}); {advice(space, reason)}" if reason else "",
    )


def advice(space: str, reason: str) -> str:
    """How to get them all the same: in a copy of the Space, with the packages, or elsewhere."""
    if re.fullmatch(r"[\w.-]{1,96}/[\w.-]{1,96}", space, re.ASCII):
        return f"to make your own, copy {SPACES}/{space} to your machine, as its README says"
    if reason == NO_STOP:
        return "use Linux or macOS"
    command = f"pip install -r {FULL}" if (ROOT / FULL).is_file() else INSTALL["train"]
    return f"`{command}` and start again" if MISSING in reason else "use a larger machine"


def cores_of(text: str) -> int:
    """A number of cores as the environment spells it; 0 for anything else."""
    return int(text) if re.fullmatch(r"[1-9][0-9]{0,3}", text) else 0


def memory_of(text: str) -> int:
    """Bytes of "16Gi", "512M" or "1000000"; 0 for anything else."""
    parts = re.fullmatch(r"([0-9]{1,15}(?:\.[0-9]{1,3})?)(K|M|G|Ki|Mi|Gi)?B?", text, re.ASCII)
    return int(float(parts[1]) * UNITS[parts[2] or ""]) if parts else 0


def system_cores() -> int:
    """Cores that this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def system_memory() -> int:
    """Bytes that this process may use: the container's limit or the machine's; 0 if unknown."""
    sizes = [machine_memory()]
    try:
        sizes.append(int(CGROUP.read_text()))
    except (OSError, ValueError):  # "max" is no number: no limit
        pass
    return min((size for size in sizes if size > 0), default=0)
