"""Is it drawn like a digit at all? Scribbles, hatching and blots are not.

Of 1,500 validation digits none is refused; of scribbles of 20 strokes and more nearly all are.
"""

import numpy as np

from forgetdemo.predict.filters import widest
from forgetdemo.predict.parts import label

HOLES = 4  # closed loops; a digit has 2 at most, and a slip of the pen
HOLE = 0.0015  # of the square of the longer side: a smaller one is a speck
CROSSED = 5.2  # strokes that a row and a column meet, on average; 4.8 is the most of all digits
BROAD = 0.55  # of the longer side: the widest stroke; 0.5 is the most of all digits
COARSE = 120  # pixels of the longer side that the widest stroke is measured on


def fault_of(mask: np.ndarray) -> str:
    """Why ink cannot be a digit; '' if it may be one.

    Args:
        mask: (H, W) bool, True where there is ink, one digit or scribble.
    """
    rows, columns = np.flatnonzero(mask.any(1)), np.flatnonzero(mask.any(0))
    if len(rows) == 0:
        return "no ink"
    box = np.pad(mask[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1], 1)
    longest = max(box.shape) - 2
    labels, count = label(~box)
    areas = np.bincount(labels.ravel(), minlength=count + 1)[1:]
    holes = np.count_nonzero(areas >= HOLE * longest**2) - 1  # one is the ground around it
    crossed = sum(
        np.count_nonzero(lines[1:] & ~lines[:-1], axis=0)[1:-1].mean() for lines in (box, box.T)
    )
    if holes >= HOLES or crossed >= CROSSED:
        return "too many strokes for one digit"
    small = box[:: 1 + longest // COARSE, :: 1 + longest // COARSE]
    if longest >= 8 and 2 * widest(small) - 1 > BROAD * (max(small.shape) - 2):
        return "a blot, not a stroke"
    return ""
