"""Ink apart from the ground that it lies on: paper of any grey, a board, uneven light, noise."""

import math
from dataclasses import dataclass

import numpy as np

from forgetdemo.predict.filters import blur, closing, noise_of, spread_of, two_classes, widest
from forgetdemo.predict.parts import label

BLOCKS = 10  # of a side, for the light
WEAK = 0.1  # of a stroke: what is weaker is no ink
LEAST = 8.0  # levels of 255 between ink and ground, at least
SURE = 4.0  # standard deviations of the ground between both, at least
# Of what tells ground from ink: fitted to 3,240 pictures of validation digits, and their negatives,
# by a logistic regression that is right about all of them.
VOTES = (1.1, 1.1, 2.5, 3.0, 3.2, 2.1)
WIDEST = 0.34  # of the shorter side: what is dark and broader is no stroke


@dataclass(frozen=True, eq=False)
class Ink:
    """What was found on a ground.

    `strength` (H, W) float, 0 on the ground and about 1 in the middle of a stroke; `mask` (H, W)
    bool, True where there is ink; `contrast` levels of 255 between ink and ground; `spread`
    standard deviation of the ground in the same levels; `dark` whether the ink is darker.
    """

    strength: np.ndarray
    mask: np.ndarray
    contrast: float
    spread: float
    dark: bool


def surface(values: np.ndarray) -> np.ndarray:
    """The light: a quadratic surface through the middle values of blocks; strokes are outliers.

    Where it explains no more than one value does, that value everywhere.
    """
    height, width = values.shape
    y, x = np.linspace(-1, 1, height), np.linspace(-1, 1, width)
    cuts = [np.array_split(np.arange(n), min(BLOCKS, n)) for n in (height, width)]
    points = [
        (y[rows].mean(), x[columns].mean(), np.median(values[rows[0] : rows[-1] + 1, columns]))
        for rows in cuts[0]
        for columns in cuts[1]
    ]
    v, u, level = np.array(points).T
    terms = np.stack([np.ones_like(u), u, v, u * u, u * v, v * v], axis=1)
    level_only = np.median(level)
    found, weights = np.array([level_only, 0, 0, 0, 0, 0]), np.ones_like(level)
    for turn in range(30):
        miss = np.abs(level - terms @ found)
        scale = max(1.4826 * np.median(miss), 1.0)
        weights = 1 / (1 + (miss / scale) ** 2) if turn > 5 else 1 / np.maximum(miss, 1)
        root = np.sqrt(weights)[:, None]
        found = np.linalg.lstsq(terms * root, level * root[:, 0], rcond=None)[0]
    left, before = spread_of(level - terms @ found), spread_of(level)
    if left > 0.7 * before or before < 1:
        return np.full(values.shape, level_only)
    a, b, c, d, e, f = found
    light = a + b * x + c * y[:, None] + d * x * x + e * y[:, None] * x + f * (y * y)[:, None]
    low, high = np.percentile(values, (1, 99))
    slack = 0.15 * (high - low)
    wild = np.ptp(light) > 0.8 * (high - low)
    wild = wild or light.min() < low - slack or light.max() > high + slack
    if wild and np.percentile(np.abs(values - light), 90) > 0.1 * (high - low):
        return np.full(values.shape, level_only)  # it followed the strokes
    return light


def is_dark(values: np.ndarray) -> bool:
    """Whether the ink is darker than its ground: (H, W), smoothed, light taken out.

    The ground has more of the picture, of its edge and of a ring inside a frame, lies in more
    pieces where ink touches the edge, fills what is narrow less, and has the widest places.
    """
    times = max(1, min(values.shape) // 80)
    height, width = (side // times * times for side in values.shape)
    blocks = values[:height, :width].reshape(height // times, times, width // times, times)
    small = blocks.mean((1, 3))
    bright = small > two_classes(small)
    signs = [2 * bright.mean() - 1]
    for inset in (0, int(0.08 * min(bright.shape))):
        inner = bright[inset : len(bright) - inset, inset : bright.shape[1] - inset]
        edge = np.concatenate([inner[0], inner[-1], inner[1:-1, 0], inner[1:-1, -1]])
        signs.append(2 * edge.mean() - 1)
    size = odd(0.18 * min(small.shape))
    narrow = [closing(small, size) - small, small + closing(-small, size)]  # dark, bright
    limit = 0.35 * max(part.max() for part in narrow)
    dark, light = (np.count_nonzero(part > limit) for part in narrow)
    widths = []
    pieces = []
    for mask in (bright, ~bright):
        labels, count = label(mask)
        pieces.append(np.count_nonzero(np.bincount(labels.ravel())[1:] >= 0.004 * mask.size))
        widths.append(widest(mask))
    signs.append(math.log((pieces[0] + 0.5) / (pieces[1] + 0.5)))
    signs.append((dark - light) / (dark + light + 1))
    signs.append(math.log((widths[0] + 0.5) / (widths[1] + 0.5)))
    return float(np.dot(signs, VOTES)) > 0


def odd(size: float) -> int:
    """The nearest odd size of a window, 3 or more."""
    return max(3, 2 * int(size / 2) + 1)


def separate(values: np.ndarray) -> Ink | None:
    """Find ink on a ground.

    Args:
        values: (H, W) floats, 0 black to 255 white.
    Returns:
        None: there is nothing on the ground that stands out of its noise.
    """
    side = min(values.shape)
    grain = noise_of(values)
    soft = blur(values, min(max(side / 110, 0.45), 3.0) if grain > 1.5 and side > 40 else 0.0)
    light = surface(soft)
    dark = is_dark(soft - light)
    sign = -1.0 if dark else 1.0
    # As if the ink were dark on a bright ground, whichever it is.
    flat = (soft - light) * -sign
    ground = ground_of(flat, odd(WIDEST * side))
    lit = light - sign * ground  # the ground's own brightness
    depth = np.maximum(ground - flat, 0)
    if dark:  # light multiplies: the same ink in a shadow is as many times darker
        depth = depth / np.maximum(lit, 16) * np.maximum(np.median(lit), 16)
    limit = two_classes(np.minimum(depth, np.percentile(depth, 99.5)))
    inside, outside = depth[depth > limit], depth[depth <= limit]
    if len(inside) == 0:
        return None
    spread = max(spread_of(outside), 0.1)
    contrast = float(np.median(inside) - np.median(outside))
    if contrast < max(LEAST, SURE * spread):
        return None
    base = float(np.median(outside))
    peak = float(np.percentile(inside, 70))
    low = max(base + 3 * spread, base + WEAK * (peak - base))
    mask = kept(depth > min(low, limit), depth > limit)
    strength = np.clip((depth - base) / (peak - base), 0, 1)
    return Ink(strength, mask, contrast, spread, dark)


def ground_of(flat: np.ndarray, size: int) -> np.ndarray:
    """The ground under dark ink, once the light is out: one value, or what is around strokes."""
    limit = two_classes(flat)
    bright = flat[flat > limit]
    level = float(np.median(bright)) if bright.size else float(flat.max())
    contrast = level - float(np.median(flat[flat <= limit]))
    wave = np.percentile(bright, 90) - np.percentile(bright, 10) if bright.size else 0.0
    if wave < 0.3 * contrast:
        return np.full(flat.shape, level)
    return blur(closing(flat, size), size / 8)


def kept(weak: np.ndarray, strong: np.ndarray) -> np.ndarray:
    """The parts of `weak` that hold a pixel of `strong`; (H, W) bool."""
    labels, count = label(weak)
    chosen = np.zeros(count + 1, bool)
    chosen[labels[strong & weak]] = True
    chosen[0] = False
    return chosen[labels]
