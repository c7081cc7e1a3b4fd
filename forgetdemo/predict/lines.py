"""Ruled lines, squares, frames and the dark edges of scans: found, and taken out of the ink."""

import numpy as np

ACROSS = 0.72  # of a picture's width: a line covers at least so much of it
THIN = 0.035  # of the other side: a line is at most so thick, or 1 pixel
AT_EDGE = 0.07  # and so thick where it runs along the picture's edge
ENDS = 0.1  # of the width: a line comes so near to both sides
LEAN = 0.06  # of the width: how much a line may rise or fall over all of it
DARKER = 0.3  # of the way from line to ink: what is darker than a line is ink on it


def without_lines(strength: np.ndarray, floor: float) -> tuple[np.ndarray, int]:
    """Take out what runs straight from side to side, or from top to bottom.

    Args:
        strength: (H, W) floats, 0 on the ground to 1 in strokes.
        floor: what is above is no noise.
    Returns:
        (H, W) floats, strokes closed over the lines that crossed them; and how many lines there
        were. As it came where nothing would be left.
    """
    rest, found = strength, 0
    for turned in (False, True):
        values = rest.T if turned else rest
        bands = bands_of(values > floor)
        for shift, top, bottom in bands:
            values = cut(values, shift, top, bottom, floor)
        rest = values.T if turned else values
        found += len(bands)
    if found and np.count_nonzero(rest > 0.5) < 0.15 * np.count_nonzero(strength > 0.5):
        return strength, 0  # the ink itself was straight: a one
    return rest, found


def bands_of(mask: np.ndarray) -> list[tuple[np.ndarray, int, int]]:
    """Lines from left to right: how much they have sunk by each column, first row, row after last.

    All of a picture's lines lean alike; the lean is the one that gives most of them.
    """
    height, width = mask.shape
    if min(height, width) < 12:
        return []
    most = int(LEAN * width)
    tried = []
    for lean in sorted(range(-most, most + 1), key=abs):
        shift = np.round(lean * np.linspace(-0.5, 0.5, width)).astype(np.int64)
        covered = coverage(mask, shift)
        bands = thin_bands(covered, height)
        score = sum(float(covered[top:bottom].max()) ** 4 for top, bottom in bands)
        tried.append((score, [(shift, top, bottom) for top, bottom in bands]))
    straight, best = tried[0], max(tried, key=lambda pair: pair[0])
    return best[1] if best[0] > 1.25 * straight[0] + 0.05 else straight[1]


def coverage(mask: np.ndarray, shift: np.ndarray) -> np.ndarray:
    """For each row, the share of columns that are ink where the row, so shifted, meets them."""
    height, width = mask.shape
    rows = np.arange(height)[:, None] + shift
    inside = (rows >= 0) & (rows < height)
    hit = mask[np.clip(rows, 0, height - 1), np.arange(width)] & inside
    share = hit.sum(1) / np.maximum(inside.sum(1), int(0.9 * width))
    end = max(2, int(ENDS * width))  # a stroke seldom reaches both sides
    for part in (slice(end // 2, end), slice(width - end, width - end // 2)):
        share = np.where(hit[:, part].mean(1) >= 0.5, share, 0)
    return share


def thin_bands(covered: np.ndarray, height: int) -> list[tuple[int, int]]:
    """Runs of covered rows that are thin enough for a line."""
    steps = np.diff(np.concatenate([[0], covered >= ACROSS, [0]]).astype(np.int8))
    found = []
    for top, bottom in zip(np.flatnonzero(steps == 1), np.flatnonzero(steps == -1), strict=True):
        at_edge = top <= 0.01 * height or bottom >= 0.99 * height
        if bottom - top <= max(1, round((AT_EDGE if at_edge else THIN) * height)):
            found.append((int(top), int(bottom)))
    return found


def cut(values: np.ndarray, shift: np.ndarray, top: int, bottom: int, floor: float) -> np.ndarray:
    """Without one line: ink that is clearly darker stays, and strokes close over the gap."""
    height, width = values.shape
    columns = np.arange(width)
    # Its soft edge goes too, unless the line is most of what there is.
    margin = 1 if bottom - top < 0.5 * THIN * height or height >= 100 else 0
    rows = np.arange(top - margin, bottom + margin)[:, None] + shift  # -> (band, W)
    inside = (rows >= 0) & (rows < height)
    band = np.where(inside, values[np.clip(rows, 0, height - 1), columns], 0)
    core = band[margin : len(band) - margin]
    line = float(np.median(core.max(0)))
    above, below = (np.clip(rows[at] + step, 0, height - 1) for at, step in ((0, -1), (-1, 1)))
    out = (rows[0] - 1 < 0) | (rows[-1] + 1 >= height)
    bridge = np.where(out, 0, np.minimum(values[above, columns], values[below, columns]))
    stays = band > line + max(DARKER * (1 - line), floor)
    result = values.copy()
    new = np.where(stays, band, np.minimum(band, bridge))
    result[rows[inside], np.broadcast_to(columns, rows.shape)[inside]] = new[inside]
    return result
