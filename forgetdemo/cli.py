"""Flags → settings → calls → prints. Heavy imports stay inside commands, so --help is instant."""

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from forgetdemo import serve
from forgetdemo.commands import judging, learning, many
from forgetdemo.settings.version import VERSION
from forgetdemo.terminal import ended

MODULE, SCRIPT = "python -m forgetdemo", "forgetdemo"
WHERE = "What commands write goes to the current folder: runs/, data/, docs/, or where --out says."


def build_parser() -> argparse.ArgumentParser:
    """The whole command line, named as it was started."""
    parser = argparse.ArgumentParser(
        prog=SCRIPT if Path(sys.argv[0]).stem == SCRIPT else MODULE,
        description="Train a small CNN on digits, make it forget one, measure and compare.",
        epilog=WHERE,
    )
    parser.add_argument("--version", action="version", version=f"forgetdemo {VERSION}")
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")

    def command(name: str, function: Any, text: str) -> argparse.ArgumentParser:
        sub = commands.add_parser(name, help=text, description=text)
        sub.set_defaults(function=function)
        return sub

    def reporting(name: str, function: Any, text: str) -> argparse.ArgumentParser:
        sub = command(name, function, text)
        sub.add_argument("--json", action="store_true", help="print the result as JSON")
        return sub

    serve.add_commands(command)
    for room in (learning, judging, many):
        room.add_commands(reporting)
    return parser


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; a user's mistake ends in one line on stderr and a non-zero code."""

    def work() -> int | None:
        flags = build_parser().parse_args(arguments)
        code: int | None = flags.function(flags)
        return code

    return ended(work)
