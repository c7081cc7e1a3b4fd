"""What the Inside tab loads when it is opened: see `forgetdemo.predict.inside`."""

from pathlib import Path

from export.web.data import Wire, to_wire
from export.web.records import InsideFile
from forgetdemo.files.checkpoint import json_bytes
from forgetdemo.predict.inference import Models
from forgetdemo.predict.inside import GALLERY, INSIDE_DIR, belongs, load_inside
from forgetdemo.views.inside import probe_words


def inside_files(models: Models, cache: Path) -> list[Wire]:
    """Facts and gallery; none of them for another original than theirs.

    Raises:
        FileNotFoundError, CheckpointError: as `load_inside`, `probe_words`.
    """
    inside = load_inside()
    if not belongs(inside, models):
        return []
    about = inside.about
    told: InsideFile = {
        "tail": about["tail"],
        "layers": about["layers"],
        "tensors": about["tensors"],
        "line": about["line"]["points"],
        "barriers": about["line"]["barriers"],
        "probe": probe_words(models),
    }
    gallery = (INSIDE_DIR / GALLERY).read_bytes()
    return [to_wire("inside", json_bytes(told), cache), to_wire("gallery", gallery, cache)]
