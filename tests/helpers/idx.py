"""Data sets of a few images, as the files that real ones come in."""

import gzip
import struct
from pathlib import Path

import numpy as np


def write_idx(folder: Path, seed: int = 0, train: int = 60, test: int = 30) -> None:
    """A tiny data set in the four-file layout."""
    rng = np.random.default_rng(seed)
    folder.mkdir(parents=True)
    for part, count in (("train", train), ("t10k", test)):
        pixels = rng.integers(0, 256, (count, 28, 28), np.uint8)
        labels = (np.arange(count) % 10).astype(np.uint8)
        head = struct.pack(">HBB3I", 0, 8, 3, count, 28, 28)
        (folder / f"{part}-images-idx3-ubyte").write_bytes(head + pixels.tobytes())
        head = struct.pack(">HBBI", 0, 8, 1, count)
        packed = gzip.compress(head + labels.tobytes())
        (folder / f"{part}-labels-idx1-ubyte.gz").write_bytes(packed)
