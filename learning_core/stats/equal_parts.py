"""Values put into parts of about equal count, from the smallest to the largest."""

import numpy as np
import numpy.typing as npt

from learning_core.stats.grouping import Counts, starts


def equal_parts(values: npt.NDArray[np.integer | np.floating], parts: int) -> Counts:
    """Return the part of each value, 0 to parts − 1; equal values go together, where the middle of them falls."""
    count = len(values)
    if count == 0 or parts < 2:
        return np.zeros(count, np.int64)
    # The first place (from 0) in ascending order whose middle, place + 1/2, is in each further part.
    first = -((parts - 2 * count * np.arange(1, parts)) // (2 * parts))
    first = first[first < count]
    ends = np.partition(values, first)[first]
    ends = ends[starts(ends)]
    place = np.searchsorted(ends, values, "right")
    below = np.cumsum(np.bincount(place, minlength=len(ends) + 1))[:-1]
    at_end = (ends[place - 1] == values).nonzero()[0]
    end = place[at_end] - 1
    equal = np.bincount(end, minlength=len(ends))
    between = np.append(0, (2 * (below + equal) + 1) * parts // (2 * count))
    found: Counts = between[place]
    found[at_end] = ((2 * below + equal) * parts // (2 * count))[end]
    return found
