"""What commands and app write with, each called as a command would be, on small contents."""

from collections.abc import Callable, Sequence
from pathlib import Path

from export.pairs import refuse_foreign
from forgetdemo.files.checkpoint import MANIFEST, read_manifest, sha256_hex
from forgetdemo.files.folder import MODELS_FORMAT, RUN_FORMAT, replace_folder, write_folder
from forgetdemo.files.writing import make_folder, write_atomic
from forgetdemo.live.shelf import Shelf
from forgetdemo.predict.inference import Models
from forgetdemo.settings.constants import MODELS_DIR
from forgetdemo.terminal import ended
from forgetdemo.ui.downloads import ARCHIVE, Archives

KEY = "0123456789abcdef"
FILES = {"a.bin": bytes(5000), "plots/b.png": b"b", "c.json": b"{}"}


def file(out: Path) -> None:
    """One file, over an older one."""
    make_folder(out)
    write_atomic(out / "a.json", b"{}")


def folder(out: Path) -> None:
    """A run's folder, over an older one."""
    write_folder(out, FILES, {"seed": 1}, RUN_FORMAT, {"README.md": b"a card"})


def pairs(out: Path) -> None:
    """The results of all pairs: two files that belong together."""
    replace_folder(out, {"pairs.safetensors": bytes(5000), "pairs.json": b"{}"}, refuse_foreign)


def shelf(out: Path) -> None:
    """A live run from its order to its end."""
    runs = Shelf(out)
    runs.recover()
    runs.begin(KEY, {"kind": "unlearn", "title": "6 → 3"})
    write_folder(runs.models(KEY), FILES, {}, MODELS_FORMAT)
    write_folder(runs.run(KEY), FILES, {}, RUN_FORMAT)
    runs.finish(KEY)


def zipped(out: Path) -> None:
    """The zip of everything of the shipped models."""
    make_folder(out)
    digest = sha256_hex((MODELS_DIR / MANIFEST).read_bytes())
    models = Models(MODELS_DIR, read_manifest(MODELS_DIR), {})
    found = Archives().find(models, dict, out, digest, ARCHIVE)
    if found is None:
        raise ValueError("there is no such zip")
    with found:
        found.read()


WRITERS: dict[str, Callable[[Path], None]] = {
    "file": file,
    "folder": folder,
    "pairs": pairs,
    "shelf": shelf,
    "zip": zipped,
}


def main(words: Sequence[str]) -> int:
    """`name out`: write, and end as a command does."""
    name, out = words
    return ended(lambda: WRITERS[name](Path(out)))
