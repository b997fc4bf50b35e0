"""Values put into parts of about equal count, from the smallest to the largest."""

import numpy as np
import numpy.typing as npt

from learning_core.stats.grouping import Counts


def equal_parts(values: npt.NDArray[np.integer | np.floating], parts: int) -> Counts:
    """Return the part of each value, 0 to parts − 1; equal values go together, where the middle of them falls."""
    count = len(values)
    if count == 0 or parts < 2:
        return np.zeros(count, np.int64)
    # The first place (from 0) in ascending order whose middle, place + 1/2, is in each further part.
    first = -((parts - 2 * count * np.arange(1, parts)) // (2 * parts))
    first = first[first < count]
    ends = np.unique(np.partition(values, first)[first])
    # Odd where a value equals an end, even where it lies between two; nothing else needs to be put in order.
    place = np.searchsorted(ends, values, "left") + np.searchsorted(ends, values, "right")
    number = np.bincount(place, minlength=2 * len(ends) + 1)
    before = np.cumsum(number) - number
    size = np.where(np.arange(len(number)) % 2 == 1, number, 1)
    found: Counts = ((2 * before + size) * parts // (2 * count))[place]
    return found
