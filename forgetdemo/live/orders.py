"""What the worker can be asked for: settings checked at the edge, named, and given their key."""

import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from forgetdemo.files.keys import run_key, stage_code
from forgetdemo.files.requests import relearn_settings, unlearn_settings
from forgetdemo.files.run import Run
from forgetdemo.settings.constants import IMAGE_SIZE
from forgetdemo.settings.records import as_json, from_json
from forgetdemo.settings.relearning import RelearnConfig, check_drawings
from forgetdemo.settings.text import percent
from forgetdemo.settings.unlearning import UnlearnConfig


@dataclass(frozen=True)
class Order:
    """One request that passed every check. `config` is complete, as JSON takes it."""

    kind: str
    config: Mapping[str, Any]
    key: str  # the run folder's name: equal orders have equal keys
    title: str  # for people: "6 → 3, described, 1 %"
    original: Path  # folder of the model to start from
    private: bool = False  # holds something of the visitor: deleted with their session

    def request(self, root: Path, data: Path | None = None) -> dict[str, Any]:
        """What the worker is sent; the run is to stand in `root` under its key.

        Args:
            root: folder of live runs.
            data: folder of the data set; None: the bundled one.
        """
        return {
            "id": uuid.uuid4().hex,
            "kind": self.kind,
            "config": dict(self.config),
            "original": str(self.original.resolve()),
            "out": str((root / self.key).resolve()),
            "data": None if data is None else str(data.resolve()),
        }


Maker = Callable[[Run, Mapping[str, Any]], Order]


def order_unlearn(source: Run, values: Mapping[str, Any]) -> Order:
    """Check the settings of an unlearning run; the same key as the command line gives it.

    Raises:
        ValueError: an unknown setting, or a value out of its range.
    """
    try:
        config = from_json(UnlearnConfig, values)
    except TypeError as error:
        raise ValueError("settings must be plain numbers, names and lists of names") from error
    if config.threads != 1:
        raise ValueError(f"threads must be 1 here, got {config.threads!r}")
    settings = unlearn_settings(source, config)
    key = run_key(settings, source.manifest["data_sha256"], config.seed, stage_code("unlearn"))
    target = "none" if config.redirect_to is None else str(config.redirect_to)
    title = f"{config.forget_class} → {target}, {config.method}, {percent(config.mask_fraction)}"
    if config.seed:
        title += f", seed {config.seed}"
    return Order("unlearn", as_json(config), key, title, source.directory)


def order_relearn(source: Run, values: Mapping[str, Any]) -> Order:
    """Check the settings of bringing a class back: {"config": {…}, "drawings": [[784 ints], …]}.

    Drawings, if there are any, are the visitor's own: such a run is private to their session.

    Raises:
        ValueError: an unknown setting, a value out of its range, or drawings that are none.
    """
    config, drawn = values.get("config", {}), values.get("drawings")
    drawings = None if drawn is None else drawings_from(drawn)
    try:
        settings = from_json(RelearnConfig, config)
    except TypeError as error:
        raise ValueError("settings must be plain numbers") from error
    if settings.threads != 1:
        raise ValueError(f"threads must be 1 here, got {settings.threads!r}")
    if drawings is not None:
        settings = replace(settings, images=len(drawings))
    named = relearn_settings(source, settings, drawings)
    key = run_key(named, source.manifest["data_sha256"], settings.seed, stage_code("relearn"))
    kind = "drawings" if drawings is not None else "images"
    title = f"{settings.forget_class} relearned, {settings.images} {kind}"
    whole = {"config": as_json(settings), "drawings": drawn}
    return Order("relearn", whole, key, title, source.directory, private=drawings is not None)


def drawings_from(values: object) -> np.ndarray:
    """Lists of 784 whole numbers 0..255 → (N, 28, 28) uint8. Raises ValueError on all else."""
    rows = values if isinstance(values, list) else []
    whole = all(
        isinstance(row, list)
        and len(row) == IMAGE_SIZE**2
        and all(type(v) is int and 0 <= v <= 255 for v in row)
        for row in rows
    )
    if not rows or not whole:
        raise ValueError("drawings must be lists of 784 whole numbers 0..255")
    return check_drawings(np.array(rows, np.uint8).reshape(-1, IMAGE_SIZE, IMAGE_SIZE))


ORDERS: dict[str, Maker] = {"unlearn": order_unlearn, "relearn": order_relearn}


def make_order(kind: str, source: Run, values: Mapping[str, Any]) -> Order:
    """Check a request of any kind.

    Raises:
        ValueError: an unknown kind, or settings that its maker refuses.
    """
    if kind not in ORDERS:
        raise ValueError(f"kind must be one of {', '.join(ORDERS)}; got {kind!r}")
    if not isinstance(values, Mapping) or not all(isinstance(name, str) for name in values):
        raise ValueError("settings must be an object with names as keys")
    return ORDERS[kind](source, values)
