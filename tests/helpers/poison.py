"""A model folder, its audit and its pairs with markup in every string that does not steer."""

import json
import shutil
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from forgetdemo.files.checkpoint import MANIFEST, file_record, json_bytes, write_json
from forgetdemo.files.sealed import sealed
from forgetdemo.settings.constants import MODELS_DIR
from tests.helpers.audits import small_audit, small_bench
from tests.helpers.fake_pairs import write_fake_pairs

WORD = "fd-evil"  # what a page shows of it
EVIL = (
    f"\"'`><{WORD} onclick=alert(1)></{WORD}><img src=x onerror=alert(2)><script>alert(3)</script>"
    "</script></style><svg onload=alert(4)><a href=javascript:alert(5)>&lt;{{7*7}}${alert(6)}"
    "@children ![m](http://203.0.113.1/m.png)[l](javascript:alert(7))"
)
SHORT = "<img src=x onerror=alert(8)>"  # where a name has a bound
STEERS = {"format", "sha256", "run_sha256", "file", "level", "name"}  # by their key
KEYS = {"seconds", "layers", "settings"}  # records whose keys are names, too


def spoiled(value: Any, key: str = "") -> Any:
    """The same with `EVIL` before every string, and before the keys of `KEYS`."""
    if isinstance(value, str):
        return value if key in STEERS else EVIL + value
    if isinstance(value, list | tuple):
        return [spoiled(part, key) for part in value]
    if isinstance(value, Mapping):
        free = key in KEYS
        return {(EVIL + k if free else k): spoiled(part, k) for k, part in value.items()}
    return value


def rewrite(path: Path, change: Callable[[Any], Any]) -> None:
    """Replace a JSON file by what `change` makes of it."""
    path.write_bytes(json_bytes(change(json.loads(path.read_text(encoding="utf-8")))))


def write_poisoned(place: Path, dataset: str = EVIL + "mnist") -> Path:
    """Write models, pairs and a benchmark into `place`; returns the model folder, verified.

    Args:
        place: an empty folder.
        dataset: the data set's name; the static page's build needs one that is known.
    """
    models = place / "<img src=x onerror=alert(9)>"
    shutil.copytree(MODELS_DIR, models)
    about = json.loads((models / MANIFEST).read_text(encoding="utf-8"))
    kept = {name: about[name] for name in ("files", "format", "models")}
    about = spoiled(about) | kept | {"dataset": dataset}
    for name, model in about["models"].items():
        model["title"] = EVIL + model["title"]
        (models / model["file"]).rename(models / f"{SHORT}\"'{model['file']}")
        about["files"][f"{SHORT}\"'{model['file']}"] = about["files"].pop(model["file"])
        model["file"] = f"{SHORT}\"'{name}.onnx"
    for name in ("report.json", "history.json"):
        rewrite(models / name, spoiled)
    rewrite(models / "report.json", lambda report: report | {"dataset": dataset})
    for name in ("report.json", "history.json"):
        about["files"][name] = file_record((models / name).read_bytes())
    write_json(models / MANIFEST, about)
    audit = spoiled(small_audit().to_dict()) | {"classes": about["classes"]}
    write_json(models / "audit.json", sealed(audit))
    before = (models / about["models"]["before"]["file"]).read_bytes()
    write_fake_pairs(place / "pairs", before)
    index = place / "pairs" / "pairs.json"
    pairs = json.loads(index.read_text(encoding="utf-8"))
    write_json(index, sealed(pairs | {"classes": about["classes"], "dataset": EVIL}))
    write_json(place / "methods.json", spoiled(small_bench()))
    return models


def dropped(place: Path) -> list[Path]:
    """A pair to drop on the static page, whose manifest is spoiled as far as it would be read."""
    place.mkdir()
    for name in ("before.onnx", "after.onnx", MANIFEST):
        shutil.copy(MODELS_DIR / name, place / name)
    about = json.loads((place / MANIFEST).read_text(encoding="utf-8"))
    short = [SHORT + name for name in about["classes"]]
    kept = {name: about[name] for name in ("files", "format")}
    write_json(place / MANIFEST, spoiled(about) | kept | {"classes": short})
    return sorted(place.iterdir())
