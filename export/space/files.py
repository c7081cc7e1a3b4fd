"""What goes into a Space's folder: the app, what it imports, what it serves, nothing else."""

import ast
import tempfile
from collections.abc import Mapping
from pathlib import Path

from export.released import companions, released
from export.space.pins import SDK, requirements, version_of
from export.space.readme import readme
from forgetdemo.files.checkpoint import MANIFEST, json_bytes
from forgetdemo.files.keys import imports_of
from forgetdemo.live.hosting import FULL
from forgetdemo.settings.constants import ASSETS, INSTALLED, MODELS_DIR, ROOT
from forgetdemo.views.methods import METHODS
from forgetdemo.views.scripts import SHARED

MAX_FILE = 10_000_000  # bytes; the Hub refuses larger files in plain git
LEFT_OUT = (  # of the model folder: neither served nor needed to start a run from
    "plots/",
    "mask.safetensors",
    "oracle.safetensors",
    "logit_mask.safetensors",
)
PAGE = "dist"  # where the app looks for it
WORKER = "export/worker.py"  # what the app starts: it and what it imports travel along


def space_files(
    *,
    static: bool = False,
    runs: bool = True,
    page: bool = False,
    name: str | None = None,
    model: str | None = None,
) -> dict[str, bytes]:
    """Every file of a Space by its path.

    Args:
        static: the page without a server instead of the app.
        runs: with torch, so that live runs work; without, the tabs say where they do.
        page: the app offers the page without a server, too; needs npm, as that page does.
        name: USER/NAME, where it is known.
        model: USER/NAME of the model repository that belongs to it, where there is one.
    Raises:
        ValueError: front matter or pins are wrong, a file is larger than the Hub takes, or this
            is an installed package.
        FileNotFoundError, CheckpointError: the shipped models are missing or damaged.
    """
    if INSTALLED:
        raise ValueError("a Space is made from a clone of the project, not an installed package")
    pins = (ROOT / "requirements.txt").read_text(encoding="utf-8")
    project = (ROOT / "README.md").read_text(encoding="utf-8")
    words = readme(project, version_of(pins, SDK), static=static, name=name, model=model)
    files = app_files()
    if static:  # verified by itself: no manifest is needed
        files = {name: data for name, data in web_files().items() if name != MANIFEST}
    files |= {"README.md": words.encode(), "LICENSE": (ROOT / "LICENSE").read_bytes()}
    if not static:
        files["requirements.txt"] = requirements(pins, runs=runs, gradio=False).encode()
        files[FULL] = requirements(pins, cpu=False).encode()
        if page:
            files |= {f"{PAGE}/{name}": data for name, data in web_files().items()}
    check_sizes(files)
    return dict(sorted(files.items()))


def app_files() -> dict[str, bytes]:
    """app.py, the package, the parts of export/ that runs need, web/shared/ and assets/."""
    paths = [ROOT / "app.py", METHODS, *(ROOT / "forgetdemo").rglob("*.py"), *export_modules()]
    for folder in (SHARED, ASSETS):
        paths += [p for p in folder.rglob("*") if p.is_file() and MODELS_DIR not in p.parents]
    hidden = [p for p in paths if any(part[0] in "._" for part in p.relative_to(ROOT).parts)]
    chosen = {p for p in paths if p not in hidden or p.suffix == ".py"}
    files = {path.relative_to(ROOT).as_posix(): path.read_bytes() for path in chosen}
    place = MODELS_DIR.relative_to(ROOT).as_posix()
    return files | {f"{place}/{name}": data for name, data in served_models(MODELS_DIR).items()}


def export_modules() -> list[Path]:
    """The modules of export/ that `WORKER` imports, also through others, with their packages."""
    found: set[Path] = set()
    waiting = [ROOT / WORKER]
    while waiting:
        path = waiting.pop()
        if path in found:
            continue
        found.add(path)
        for name in imports_of(ast.parse(path.read_bytes())):
            place = ROOT.joinpath(*name.split("."))
            files = (place.with_suffix(".py"), place / "__init__.py", place.parent / "__init__.py")
            waiting += [file for file in files if name.startswith("export.") and file.is_file()]
    return sorted(found)


def served_models(directory: Path) -> dict[str, bytes]:
    """A model folder without `LEFT_OUT`, verified, with a manifest that lists what is left.

    An audit that lies beside the models comes along.

    Raises:
        FileNotFoundError, CheckpointError: as `read_run`.
    """
    manifest, kept = released(directory, LEFT_OUT)
    return kept | companions(directory) | {MANIFEST: json_bytes(manifest)}


def web_files() -> dict[str, bytes]:
    """The page without a server, as `python -m export.web` makes it."""
    from export.web.build import build

    with tempfile.TemporaryDirectory() as folder:
        out = Path(folder) / "page"
        build(out)
        return {
            p.relative_to(out).as_posix(): p.read_bytes() for p in out.rglob("*") if p.is_file()
        }


def check_sizes(files: Mapping[str, bytes]) -> None:
    """Refuse what the Hub would.

    Raises:
        ValueError: names the largest file over the limit.
    """
    name, data = max(files.items(), key=lambda item: len(item[1]))
    if len(data) > MAX_FILE:
        raise ValueError(f"{name} has {len(data):,} bytes; a Space takes at most {MAX_FILE:,}")
