"""The lowest of many numbers, found in passes: of all of them only counts are held in memory.

A pass counts the numbers by 16 of their bits, highest first; after two passes the n-th lowest of
numbers of 32 bits is known exactly, however many there are (a radix selection).
"""

from collections.abc import Callable, Iterator

import numpy as np
from numpy.typing import NDArray

from ticketscope.errors import JobError

Values = NDArray[np.floating]
Keys = NDArray[np.unsignedinteger]

_DIGIT = 16


def keys(values: Values) -> Keys:
    """Whole numbers in the order of the values, equal where the values are (0 and -0 are).

    Raises `JobError` where a value is not a number.
    """
    if np.isnan(values).any():
        raise JobError(
            "a score is not a number: what the network computes is not finite or too large; check "
            "the network, or lower training.peak_rate where it was trained here"
        )
    bits = np.dtype(f"u{values.itemsize}")
    sign = bits.type(1 << (8 * values.itemsize - 1))
    found = (values + values.dtype.type(0)).view(bits)  # -0 + 0 is 0
    return np.where(found & sign, ~found, found | sign)


def nth_lowest(passes: Callable[[], Iterator[Keys]], n: int) -> tuple[int, int]:
    """The n-th lowest key, counted from 1, and how many keys equal to it are among the n lowest.

    Args:
        passes: gives the keys, all of one type, in the same parts each time it is called.
        n: at least 1, and no more than there are keys.
    """
    assert n >= 1
    found, left, shift = 0, n, None
    while shift != 0:
        counts = np.zeros(1 << _DIGIT, dtype=np.int64)
        for part in passes():
            width = 8 * part.itemsize
            low = (width if shift is None else shift) - _DIGIT
            # With no digit found yet there is nothing above to compare (a shift by the whole width
            # is undefined).
            rest = part if shift is None else part[(part >> shift) == found]
            digits = (rest >> low) & ((1 << _DIGIT) - 1)
            counts += np.bincount(digits, minlength=1 << _DIGIT)
        shift = low
        below = np.cumsum(counts)
        digit = int(np.searchsorted(below, left))
        left -= int(below[digit] - counts[digit])
        found = (found << _DIGIT) | digit
    return found, left
