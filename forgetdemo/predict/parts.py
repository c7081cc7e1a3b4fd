"""Which ink belongs together: connected parts of a mask, without dust, grouped into digits.

Plain numpy: scipy's label would bring 140 MB to every host of the page for one function.
"""

from dataclasses import dataclass

import numpy as np

DUST = 0.02  # of the largest part's pixels; a smaller part is dust
STRAY = 0.10  # of the largest part's pixels; a smaller part far from all others is dust
TALL = 0.45  # of the tallest digit's height; what is lower is a piece of one, or a comma
APART = 0.12  # of the digits' height: between two of them, one above the other, at least


@dataclass(frozen=True)
class Part:
    """Connected ink: its number in the labels, its pixels, and its box; ends are exclusive."""

    label: int
    area: int
    top: int
    bottom: int
    left: int
    right: int

    @property
    def height(self) -> int:
        """Rows of the box."""
        return self.bottom - self.top

    @property
    def width(self) -> int:
        """Columns of the box."""
        return self.right - self.left


def label(mask: np.ndarray) -> tuple[np.ndarray, int]:
    """Number the connected parts of a mask; corners connect.

    Args:
        mask: (H, W) bool.
    Returns:
        (H, W) int64, 0 off the mask and 1 … n on it, in the order of reading; and n.
    """
    height, width = mask.shape
    steps = np.diff(np.pad(mask, ((0, 0), (1, 1))).astype(np.int8), axis=1)
    rows, starts = np.nonzero(steps == 1)
    ends = np.nonzero(steps == -1)[1]  # exclusive; runs come row by row, as `starts`
    count = len(rows)
    if count == 0:
        return np.zeros(mask.shape, np.int64), 0
    # Runs of the row above that touch a run: those from the first that ends at its start or later,
    # to the last that starts at its end or earlier. One number line for all rows keeps this sorted.
    line = width + 2
    low = np.searchsorted(rows * line + ends, (rows - 1) * line + starts)
    high = np.searchsorted(rows * line + starts, (rows - 1) * line + ends, side="right")
    touching = np.maximum(high - low, 0)
    below = np.repeat(np.arange(count), touching)
    above = np.arange(len(below)) - np.repeat(np.cumsum(touching) - touching, touching)
    above += np.repeat(low, touching)
    root = np.arange(count)
    while True:  # each round hands the lowest number on, and shortens the way to it
        before = root.copy()
        least = np.minimum(root[below], root[above])
        np.minimum.at(root, root[below], least)
        np.minimum.at(root, root[above], least)
        np.minimum.at(root, below, least)
        np.minimum.at(root, above, least)
        root = root[root]
        if np.array_equal(root, before):
            break
    numbers = np.unique(root, return_inverse=True)[1] + 1
    found = np.zeros((height, width + 1), np.int64)
    np.add.at(found, (rows, starts), numbers)
    np.add.at(found, (rows, ends), -numbers)
    return np.cumsum(found, axis=1)[:, :-1], int(numbers.max())


def parts_of(labels: np.ndarray, count: int) -> list[Part]:
    """Area and box of each part, in order of its number; `labels` and `count` as `label` gives."""
    rows, columns = np.nonzero(labels)
    which = labels[rows, columns]
    areas = np.bincount(which, minlength=count + 1)
    first = np.full((2, count + 1), np.iinfo(np.int64).max)
    last = np.full((2, count + 1), -1)
    for axis, at in enumerate((rows, columns)):
        np.minimum.at(first[axis], which, at)
        np.maximum.at(last[axis], which, at)
    ends = last + 1
    return [
        Part(
            n, int(areas[n]), *(int(v) for v in (first[0, n], ends[0, n], first[1, n], ends[1, n]))
        )
        for n in range(1, count + 1)
    ]


def distance(one: Part, other: Part) -> int:
    """Pixels between two boxes, the larger of both directions; 0 if they touch or overlap."""
    down = max(one.top, other.top) - min(one.bottom, other.bottom)
    across = max(one.left, other.left) - min(one.right, other.right)
    return max(down, across, 0)


def without_dust(parts: list[Part]) -> list[Part]:
    """The parts that are ink somebody meant: large ones, and small ones close to a large one."""
    if not parts:
        return []
    most = max(part.area for part in parts)
    large = [part for part in parts if part.area >= STRAY * most]
    reach = 0.15 * max(max(part.height, part.width) for part in large)
    return [
        part
        for part in parts
        if part.area >= STRAY * most
        or (part.area >= DUST * most and any(distance(part, big) <= reach for big in large))
    ]


def digits_of(parts: list[Part]) -> list[list[Part]]:
    """Group parts into digits, left to right, lines from top to bottom.

    A piece over, under or inside another belongs to it, as the bar of a five does; two tall ones
    side by side, or clearly one above the other, are two digits.
    """
    groups: list[list[Part]] = []
    for part in sorted(parts, key=lambda p: -p.height):
        near = [group for group in groups if _belongs(part, box_of(group))]
        if near:
            best = min(near, key=lambda group: distance(part, box_of(group)))
            best.append(part)
        else:
            groups.append([part])
    tallest = max((box_of(group).height for group in groups), default=0)
    tall = [group for group in groups if box_of(group).height >= TALL * tallest]
    low = [group for group in groups if box_of(group).height < TALL * tallest]
    for group in low:  # a piece that lies beside: to the nearest digit
        min(tall, key=lambda other: distance(box_of(group), box_of(other))).extend(group)
    return _as_read(tall)


def box_of(group: list[Part]) -> Part:
    """The box around some parts, as one part."""
    return Part(
        group[0].label,
        sum(part.area for part in group),
        min(part.top for part in group),
        max(part.bottom for part in group),
        min(part.left for part in group),
        max(part.right for part in group),
    )


def _belongs(part: Part, whole: Part) -> bool:
    """Whether a part is a piece of a digit that is at least as tall."""
    across = min(part.right, whole.right) - max(part.left, whole.left)
    down = max(part.top, whole.top) - min(part.bottom, whole.bottom)
    if across <= 0.3 * min(part.width, whole.width):
        return False
    similar = part.height >= TALL * whole.height
    return not (similar and down >= APART * whole.height)


def _as_read(groups: list[list[Part]]) -> list[list[Part]]:
    """Groups in the order of reading: line by line, each from left to right."""
    lines: list[list[list[Part]]] = []
    for group in sorted(groups, key=lambda g: box_of(g).top):
        box = box_of(group)
        for line in lines:
            first = box_of(line[0])
            if box.top < (first.top + first.bottom) / 2:
                line.append(group)
                break
        else:
            lines.append([group])
    return [group for line in lines for group in sorted(line, key=lambda g: box_of(g).left)]
