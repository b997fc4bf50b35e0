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
    places = [-((parts - 2 * count * part) // (2 * parts)) for part in range(1, parts)]
    first = [place for place in places if place < count]
    ordered = np.partition(values, [*first, *(place - 1 for place in first)])
    found: Counts = ordered[first].searchsorted(values, "right")
    for part, place in enumerate(first, 1):
        if ordered[place] == ordered[place - 1]:
            equal = values == ordered[place]
            middle = 2 * np.count_nonzero(values < ordered[place]) + np.count_nonzero(equal)
            if middle * parts < 2 * count * part:
                found -= equal
    return found
