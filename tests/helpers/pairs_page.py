"""The real page with other data: `python -m tests.helpers.pairs_page --pairs DIR …`."""

import argparse
import sys
from functools import partial
from pathlib import Path

from forgetdemo import cli
from forgetdemo.predict.pairs import open_pairs
from forgetdemo.ui import audit, library


def main() -> int:
    """Serve until stopped; all other flags are the page's own."""
    parser = argparse.ArgumentParser(add_help=False)
    parser.add_argument("--pairs", type=Path, required=True)
    parser.add_argument("--methods", type=Path, required=True)
    flags, rest = parser.parse_known_args()
    library.open_pairs = partial(open_pairs, directory=flags.pairs)  # type: ignore[attr-defined]
    audit.METHODS = flags.methods  # type: ignore[attr-defined]
    return cli.main(["app", *rest])


if __name__ == "__main__":
    sys.exit(main())
