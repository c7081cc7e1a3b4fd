"""A model folder as it is given away: verified, without what nobody there needs."""

from pathlib import Path
from typing import Any

from forgetdemo.files.folder import COMPANIONS
from forgetdemo.files.run import read_run


def released(directory: Path, left_out: tuple[str, ...]) -> tuple[dict[str, Any], dict[str, bytes]]:
    """Read a model folder whole, and keep a part of it.

    Args:
        left_out: how the names begin that are not kept.
    Returns:
        (its manifest, which lists what is kept, content of that by name).
    Raises:
        FileNotFoundError, CheckpointError: as `read_run`.
    """
    run = read_run(directory)
    kept = {name: data for name, data in run.files.items() if not name.startswith(left_out)}
    return {**run.manifest, "files": {name: run.manifest["files"][name] for name in kept}}, kept


def companions(directory: Path) -> dict[str, bytes]:
    """What lies beside a model folder's files and goes with them: its audit, if there is one."""
    paths = [directory / name for name in sorted(COMPANIONS)]
    return {path.name: path.read_bytes() for path in paths if path.is_file()}
