"""`python -m export.hub --out DIR`: write, and upload, a folder that is a model repository."""

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from export.deliver import add_flags, deliver
from export.push import MODEL, check_name
from forgetdemo.settings.constants import INSTALLED, MODELS_DIR, ROOT
from forgetdemo.terminal import ended

CARD, PREVIEW, LICENCE = "README.md", "preview.png", "LICENSE"
LEFT_OUT = ("plots/",)


def build(
    out: Path,
    *,
    models: Path = MODELS_DIR,
    name: str | None = None,
    space: str | None = None,
) -> dict[str, Any]:
    """Write the folder; an older one of this command is replaced once the new one is whole.

    It is a model folder, which `app.py --models` takes, with a card, a picture and the licence
    beside its files: those may be edited on the Hub.

    Args:
        out: where; its parents are made.
        models: the model folder, audited.
        name: USER/NAME of the repository, where it is known.
        space: USER/NAME of the Space that shows these models, where there is one.
    Returns:
        The folder's manifest.
    Raises:
        ValueError: `out` holds something else, this is an installed package, or as `make_card`.
        FileNotFoundError, CheckpointError: the models or their audit are missing or damaged.
        OSError: unwritable or full; what was there is still whole.
    """
    from export.hub.card import make_card
    from export.released import companions, released
    from forgetdemo.files.folder import MODELS_FORMAT, check_target, write_folder

    if INSTALLED:
        raise ValueError(
            "a model repository is made from a clone of the project, not an installed package"
        )
    check_target(out, MODELS_FORMAT)
    check_ours(out)
    manifest, files = released(models, LEFT_OUT)
    card = make_card(models, preview=PREVIEW, name=name, space=space)
    beside = companions(models) | {
        CARD: card.encode(),
        PREVIEW: (ROOT / "docs/screenshot.png").read_bytes(),
        LICENCE: (ROOT / LICENCE).read_bytes(),
    }
    about = {key: value for key, value in manifest.items() if key not in ("files", "format")}
    return write_folder(out, files, about, MODELS_FORMAT, beside)


def check_ours(out: Path) -> None:
    """Refuse a model folder that is no repository: a run's export, or the shipped models.

    Raises:
        ValueError: it is one.
    """
    from forgetdemo.files.checkpoint import MANIFEST, read_manifest
    from forgetdemo.files.folder import beside_of

    if (out / MANIFEST).exists() and CARD not in beside_of(read_manifest(out)):
        raise ValueError(f"{out} is a model folder without a card; choose another --out")


def build_parser() -> argparse.ArgumentParser:
    """The flags."""
    parser = argparse.ArgumentParser(
        prog="python -m export.hub",
        description="Write the shipped models as a Hugging Face model repository.",
    )
    add_flags(parser, MODEL)
    parser.add_argument(
        "--space", metavar="USER/NAME", help="the Space that shows them, to link to"
    )
    return parser


def run(flags: argparse.Namespace) -> None:
    """Build, push if asked, and print sizes and the address."""
    if flags.space is not None:
        check_name(flags.space, "--space")
    deliver(flags, MODEL, lambda: build(flags.out, name=flags.push, space=flags.space))


def main(arguments: Sequence[str] | None = None) -> int:
    """Parse and run; returns the exit code."""
    return ended(lambda: run(build_parser().parse_args(arguments)), "stopped")


if __name__ == "__main__":
    sys.exit(main())
