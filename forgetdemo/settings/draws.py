"""Random numbers that Python and JavaScript agree on: Threefry-2x32-20, and what is drawn from it.

A keyed counter: word number `i` of a stream depends on the seed, the stream and `i` alone, so
tables are made at once, and one more draw in a stream never shifts another. The page's own
generator gives the same integers; both are held against tests/fixtures/draws.json.

Source: Salmon, Moraes, Dror, Shaw 2011, "Parallel random numbers: as easy as 1, 2, 3".
"""

import numpy as np

from forgetdemo.settings.checks import require_count, require_seed

FORGET, RETAIN = 0, 1  # streams: places of a batch among images of the class, and among the rest
ROTATIONS = ((13, 15, 26, 6), (17, 29, 16, 24))
PARITY = 0x1BD11BDA
MOST_PLACES = 2**21  # JavaScript multiplies a word by it without loss


def threefry(key: tuple[int, int], counters: np.ndarray) -> np.ndarray:
    """Encrypt counters with a key: 20 rounds of Threefry-2x32.

    Args:
        key: two whole numbers below 2^32.
        counters: (N, 2) uint32.
    Returns:
        (N, 2) uint32.
    """
    keys = [np.uint32(key[0]), np.uint32(key[1]), np.uint32(key[0] ^ key[1] ^ PARITY)]
    left, right = counters[:, 0] + keys[0], counters[:, 1] + keys[1]
    for turn in range(5):  # four rounds each, then the next key
        for rotation in ROTATIONS[turn % 2]:
            left = left + right
            right = (right << np.uint32(rotation)) | (right >> np.uint32(32 - rotation))
            right = right ^ left
        left = left + keys[(turn + 1) % 3]
        right = right + keys[(turn + 2) % 3] + np.uint32(turn + 1)
    return np.stack([left, right], axis=1)


def words(seed: int, stream: int, count: int) -> np.ndarray:
    """The first `count` words of a stream, (count,) uint32, every value equally likely.

    Raises:
        ValueError: the seed, the stream or the count is out of range.
    """
    require_seed(seed)
    require_count("stream", stream, 0, 2**31 - 1)
    require_count("number of draws", count, 0, 2**31 - 1)
    counters = np.zeros(((count + 1) // 2, 2), np.uint32)
    counters[:, 0] = np.arange(len(counters), dtype=np.uint32)
    return threefry((seed, stream), counters).reshape(-1)[:count]


def places(seed: int, stream: int, rows: int, columns: int, below: int) -> np.ndarray:
    """A table of places 0..below-1, drawn with replacement: (rows, columns) int32.

    floor(word · below / 2^32): no place is likelier than another by more than 1 in 2^11.

    Raises:
        ValueError: `below` is not in 1..2^21 though something is to be drawn, or as `words`.
    """
    if rows * columns:
        require_count("places to draw from", below, 1, MOST_PLACES)
    drawn = words(seed, stream, rows * columns).astype(np.uint64)
    return ((drawn * np.uint64(below)) >> np.uint64(32)).astype(np.int32).reshape(rows, columns)


def chosen(seed: int, stream: int, count: int, below: int) -> np.ndarray:
    """`count` different places 0..below-1 (all, if there are no more), ascending: (…,) int32.

    Those whose words are smallest, equal words by place.

    Raises:
        ValueError: as `words`.
    """
    require_count("number of places", count, 0, 2**31 - 1)
    order = np.argsort(words(seed, stream, below), kind="stable")
    return np.sort(order[:count]).astype(np.int32)
