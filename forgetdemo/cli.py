"""Flags → settings → calls → prints. Heavy imports stay inside commands, so --help is instant."""

import argparse
from collections.abc import Sequence
from typing import Any

from forgetdemo.commands import judging, learning, many
from forgetdemo.terminal import ended


def build_parser() -> argparse.ArgumentParser:
    """The whole command line."""
    parser = argparse.ArgumentParser(
        prog="python -m forgetdemo",
        description="Train a small CNN on digits, make it forget one, measure and compare.",
    )
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")

    def command(name: str, function: Any, text: str) -> argparse.ArgumentParser:
        sub = commands.add_parser(name, help=text, description=text)
        sub.set_defaults(function=function)
        sub.add_argument("--json", action="store_true", help="print the result as JSON")
        return sub

    for room in (learning, judging, many):
        room.add_commands(command)
    return parser


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; a user's mistake ends in one line on stderr and a non-zero code."""

    def work() -> None:
        flags = build_parser().parse_args(arguments)
        flags.function(flags)

    return ended(work)
