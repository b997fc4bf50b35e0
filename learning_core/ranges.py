"""Runs of consecutive numbers laid end to end: how rows of many groups are picked from one array at once."""

from typing import Any

import numpy as np
import numpy.typing as npt


def ranges(begin: npt.NDArray[Any], count: npt.NDArray[Any]) -> npt.NDArray[np.int64]:
    """Return, one after the other, the `count` numbers from each `begin` on; a count may be 0."""
    count = count.astype(np.int64)
    found: npt.NDArray[np.int64] = (begin.astype(np.int64) - (count.cumsum() - count)).repeat(count)
    found += np.arange(len(found))
    return found
