"""What the commands share: how a command is added, and how flags are read."""

import argparse
from collections.abc import Callable, Sequence
from typing import Any

Add = Callable[[str, Any, str], argparse.ArgumentParser]


def substitute(text: str) -> int | None:
    """Parse --replace: a number, or 'none' for the natural target.

    Raises:
        ArgumentTypeError: it is neither; for argparse.
    """
    if text == "none":
        return None
    try:
        return int(text)
    except ValueError as error:
        raise argparse.ArgumentTypeError(f"must be a digit or none, got {text!r}") from error


def name_list(text: str) -> tuple[str, ...]:
    """Parse --layers and --methods: names with commas in between."""
    return tuple(text.split(","))


def given(flags: argparse.Namespace, names: Sequence[str]) -> dict[str, Any]:
    """The flags among `names` that were typed: everything else keeps its default."""
    return {name: value for name in names if (value := getattr(flags, name, None)) is not None}


def seed_list(text: str) -> tuple[int, ...]:
    """Parse --seeds: '3' is 0, 1, 2; '4,7' is 4 and 7.

    Raises:
        ArgumentTypeError: neither; for argparse.
    """
    try:
        return tuple(map(int, text.split(","))) if "," in text else tuple(range(int(text)))
    except ValueError as error:
        raise argparse.ArgumentTypeError(
            f"must be how many, or seeds with commas in between, got {text!r}"
        ) from error
