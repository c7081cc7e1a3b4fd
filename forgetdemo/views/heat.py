"""Which weights moved, per layer, as small pictures: filters as tiles, dense layers as grids."""

import base64
import io

import numpy as np
from PIL import Image

from forgetdemo.files.checkpoint import Arrays
from forgetdemo.settings.architecture import NETWORK
from forgetdemo.views.records import Heat

DARK, BRIGHT = (13, 17, 28), (255, 196, 92)  # unmoved, and the layer's largest change


def tile_filters(change: np.ndarray) -> np.ndarray:
    """(out, in, 3, 3) → one picture: a row of 3×3 tiles per output channel, a pixel in between."""
    out, into, height, width = change.shape
    padded = np.zeros((out, into, height + 1, width + 1))
    padded[:, :, :height, :width] = change
    picture = padded.transpose(0, 2, 1, 3).reshape(out * (height + 1), into * (width + 1))
    return picture.T if out * (height + 1) > into * (width + 1) else picture


def grid_of(layer: str, change: np.ndarray) -> np.ndarray:
    """Absolute changes of one weight tensor as a 2-d picture.

    The first dense layer has 3,136 columns: each pixel is the largest change among a channel's 49
    positions.
    """
    if change.ndim == 4:
        return tile_filters(change)
    if layer == NETWORK.dense[0].name:
        return change.reshape(len(change), NETWORK.maps[0], -1).max(2)  # -> (128, 64)
    return change


def colour(grid: np.ndarray) -> str:
    """A 2-d array ≥ 0 as a PNG data URL, brightest at its maximum; square root, so small shows."""
    share = np.sqrt(grid / grid.max()) if grid.max() > 0 else np.zeros(grid.shape)
    low, high = np.array(DARK), np.array(BRIGHT)
    rgb = (low + (high - low) * share[..., None]).round().astype(np.uint8)
    buffer = io.BytesIO()
    Image.fromarray(rgb).save(buffer, "PNG", optimize=True)
    return "data:image/png;base64," + base64.b64encode(buffer.getvalue()).decode()


def moved(before: Arrays, after: Arrays) -> Heat:
    """One item per layer: picture, size in pixels, and how many of its weights changed.

    Args:
        before, after: named arrays of the network, as checkpoints hold them.
    Raises:
        KeyError: a layer is missing.
    """
    items: Heat = []
    for layer in NETWORK.names:
        name = f"{layer}.weight"
        change = np.abs(after[name].astype(np.float64) - before[name])
        grid = grid_of(layer, change)
        items.append(
            {
                "layer": layer,
                "picture": colour(grid),
                "width": grid.shape[1],
                "height": grid.shape[0],
                "changed": int(np.count_nonzero(change)),
                "total": int(change.size),
                "largest": float(change.max()),
            }
        )
    return items
