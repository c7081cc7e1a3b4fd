"""Filters of grey pictures in plain numpy: blur, closing, noise, two classes. (H, W) floats."""

import numpy as np


def blur(values: np.ndarray, sigma: float) -> np.ndarray:
    """Smooth by a Gaussian of `sigma` pixels; edges are continued."""
    if sigma <= 0:
        return values
    reach = max(1, int(3 * sigma + 0.5))
    weights = np.exp(-0.5 * (np.arange(-reach, reach + 1) / sigma) ** 2)
    weights /= weights.sum()
    for _ in range(2):
        padded = np.pad(values, ((reach, reach), (0, 0)), mode="edge")
        values = sum(w * padded[k : k + len(values)] for k, w in enumerate(weights)).T
    return values


def highest(values: np.ndarray, size: int) -> np.ndarray:
    """The highest value within a square of `size` (odd) around each pixel."""
    for _ in range(2):
        reach = size // 2
        padded = np.pad(values, ((reach, reach), (0, 0)), mode="edge")
        done = 1
        while done < size:  # of windows: each round at most doubles them
            step = min(done, size - done)
            padded = np.maximum(padded[:-step], padded[step:])
            done += step
        values = padded.T
    return values


def closing(values: np.ndarray, size: int) -> np.ndarray:
    """Fill what is dark and narrower than `size` (odd) with the brightness around it."""
    return -highest(-highest(values, size), size)


def widest(mask: np.ndarray) -> int:
    """How often a mask can be made a pixel smaller on all sides before nothing is left."""
    rest, count = mask.astype(np.float32), 0
    while rest.any() and count < max(mask.shape):
        rest, count = -highest(-rest, 3), count + 1
    return count


def noise_of(values: np.ndarray) -> float:
    """Standard deviation of what differs from pixel to pixel; strokes hardly count.

    Source: the mask of Immerkær 1996, here with the median, which strokes do not pull up.
    """
    if min(values.shape) < 3:
        return 0.0
    for _ in range(2):
        values = (values[:-2] - 2 * values[1:-1] + values[2:]).T
    return float(np.median(np.abs(values)) / 0.6745 / 6)


def spread_of(values: np.ndarray) -> float:
    """Standard deviation, as the median distance from the median tells it."""
    return float(1.4826 * np.median(np.abs(values - np.median(values)))) if values.size else 0.0


def two_classes(values: np.ndarray, bins: int = 128) -> float:
    """The threshold that parts values into two classes best (Otsu 1979)."""
    low, high = float(values.min()), float(values.max())
    if high <= low:
        return high
    counts, edges = np.histogram(values, bins, (low, high))
    middle = (edges[:-1] + edges[1:]) / 2
    below = np.cumsum(counts)[:-1]
    above = values.size - below
    sums = np.cumsum(counts * middle)
    with np.errstate(divide="ignore", invalid="ignore"):
        apart = sums[:-1] / below - (sums[-1] - sums[:-1]) / above
        between = np.nan_to_num(below * above * apart**2)
    best = np.flatnonzero(between >= between.max() * (1 - 1e-9))
    return float(edges[1:-1][best].mean())
