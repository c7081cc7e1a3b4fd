"""What the worker can be asked for: settings checked at the edge, named, and given their key."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from forgetdemo.config import UnlearnConfig, as_json, from_json
from forgetdemo.rundir import Run, run_key, unlearn_settings


@dataclass(frozen=True)
class Order:
    """One request that passed every check. `config` is complete, as JSON takes it."""

    kind: str
    config: Mapping[str, Any]
    key: str  # the run folder's name: equal orders have equal keys
    title: str  # for people: "6 → 3, described, 1 %"
    original: Path  # folder of the model to start from
    private: bool = False  # holds something of the visitor: deleted with their session


Maker = Callable[[Run, Mapping[str, Any]], Order]


def percent(share: float) -> str:
    """0.01 → '1 %', 0.0025 → '0.25 %'."""
    return f"{100 * share:.3g} %"


def order_unlearn(source: Run, values: Mapping[str, Any]) -> Order:
    """Check the settings of an unlearning run; the same key as the command line gives it.

    Raises:
        ValueError: an unknown setting, or a value out of its range.
    """
    try:
        config = from_json(UnlearnConfig, dict(values))
    except TypeError as error:
        raise ValueError("settings must be plain numbers, names and lists of names") from error
    if config.threads != 1:
        raise ValueError(f"threads must be 1 here, got {config.threads!r}")
    settings = unlearn_settings(source, config)
    key = run_key(settings, source.manifest["data_sha256"], config.seed)
    target = "none" if config.redirect_to is None else str(config.redirect_to)
    title = f"{config.forget_class} → {target}, {config.method}, {percent(config.mask_fraction)}"
    if config.seed:
        title += f", seed {config.seed}"
    return Order("unlearn", as_json(config), key, title, source.directory)


ORDERS: dict[str, Maker] = {"unlearn": order_unlearn}


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
