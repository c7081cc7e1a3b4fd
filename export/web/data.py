"""Data of the static page, as small as a browser can still unpack it: zstd, planes, patches.

2.5 MB for the runtime and 1.5 MB for a model, on hosts that do not compress; gzip: 3.7 and 1.6.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import zstandard

from export.web.records import SiteFile, SiteModel
from export.web.vendor import make_cache
from forgetdemo.files.checkpoint import pack_weights, sha256_hex
from forgetdemo.files.writing import write_atomic
from forgetdemo.predict.entry import ROLES, TITLES

LEVEL = 22  # zstd's highest: 15 s for the runtime, once
PLANES, PLAIN = "planes+zstd", "zstd"


@dataclass(frozen=True)
class Wire:
    """One file as it travels; `encoding` tells web/page/load.js how to get `size` bytes back."""

    name: str
    body: bytes
    encoding: str
    size: int

    @property
    def path(self) -> str:
        """Where the page finds it: a name that changes with the content, so caches never err.

        Not .zst: a host that knows the ending might have browsers unpack it first.
        """
        return f"data/{self.name}.{sha256_hex(self.body)[:12]}.bin"

    def record(self) -> SiteFile:
        """What the page must know to fetch, verify and unpack it."""
        return {
            "path": self.path,
            "bytes": len(self.body),
            "sha256": sha256_hex(self.body),
            "encoding": self.encoding,
            "size": self.size,
        }


def planes(data: bytes) -> bytes:
    """Bytes 0, 4, 8 … first, then 1, 5, 9 …: exponents of float32 stand together and compress.

    What is left over after the last group of four stays at the end.
    """
    whole = len(data) // 4 * 4
    grouped = np.frombuffer(data[:whole], np.uint8).reshape(-1, 4).T.tobytes()
    return grouped + data[whole:]


def to_wire(name: str, data: bytes, cache: Path, *, floats: bool = False) -> Wire:
    """Pack one file; the result is kept in `cache`, and checked when it is taken from there.

    Args:
        name: what the page asks for, such as "before.onnx".
        data: the bytes that the page gets back.
        cache: folder for packed files.
        floats: mostly float32 at whole multiples of four from one another: use `planes`.
    """
    ready = planes(data) if floats else data
    path = cache / f"{sha256_hex(ready)}-{LEVEL}-{zstandard.__version__}.zst"
    try:
        body = path.read_bytes()
        if zstandard.ZstdDecompressor().decompress(body) != ready:
            raise ValueError("another content")
    except (OSError, ValueError, zstandard.ZstdError):
        body = zstandard.ZstdCompressor(level=LEVEL).compress(ready)
        make_cache(cache)
        write_atomic(path, body)
    return Wire(name, body, PLANES if floats else PLAIN, len(data))


def make_patch(base: bytes, target: bytes) -> bytes:
    """What turns `base` into `target`, as safetensors: where bytes differ, and their new values.

    `gaps` (k,) int32: distance to the place before, the first one from 0. `value` (k,) uint8.
    `length` (1,) int32: bytes of the target; what it has beyond the base differs, too.
    """
    one, other = (np.frombuffer(data, np.uint8) for data in (base, target))
    common = min(len(one), len(other))
    places = np.concatenate(
        [np.flatnonzero(one[:common] != other[:common]), np.arange(common, len(other))]
    )
    return pack_weights(
        {
            "gaps": np.diff(places, prepend=0).astype(np.int32),
            "value": other[places],
            "length": np.array([len(other)], np.int32),
        }
    )


def model_files(files: Mapping[str, bytes], cache: Path) -> tuple[list[Wire], list[SiteModel]]:
    """Every model as a whole or as a patch of before.onnx, whichever travels lighter.

    Args:
        files: content of the ONNX files by model; "before" among them.
        cache: folder for packed files.
    Returns:
        What travels, and what the page must know of it; both in the order of `TITLES`.
    """
    wires: list[Wire] = []
    models: list[SiteModel] = []
    for key in (key for key in TITLES if key in files):
        whole = chosen = to_wire(f"{key}.onnx", files[key], cache, floats=True)
        if key != "before":
            patch = to_wire(f"{key}.patch", make_patch(files["before"], files[key]), cache)
            chosen = min(whole, patch, key=lambda wire: len(wire.body))
        wires.append(chosen)
        models.append(
            {
                "key": key,
                "title": TITLES[key],
                "role": ROLES[key],
                "file": chosen.name,
                "patch": chosen is not whole,
                "sha256": sha256_hex(files[key]),
            }
        )
    return wires, models


def pictures(arrays: Mapping[str, np.ndarray]) -> bytes:
    """Pictures, labels and answers as safetensors of uint8."""
    return pack_weights({name: array.astype(np.uint8) for name, array in arrays.items()})
