"""Masks of rows with a bit a row: an eighth of the memory to look through, and quickly counted."""

from collections.abc import Callable

import numpy as np
from msgspec import Struct, field

from learning_core.index.columns import Column

BITS = 64
"""Rows in one number of a bitmap."""

_KEPT = 64
"""So many are kept; of a million jobs each takes an eighth of a megabyte."""


Value = tuple[str, int | tuple[int, int]]
"""A value of a column, for ever: the name of its field and its number there, or what that stands for."""

Values = tuple[Value, ...]


def packed(mask: Column) -> Column:
    """Return a mask as a bitmap; the bits behind its last row are 0."""
    octets = np.packbits(mask)
    found = np.zeros(-(-len(mask) // BITS), np.uint64)
    found.view(np.uint8)[: len(octets)] = octets
    return found


def unpacked(bitmap: Column, rows: slice) -> Column:
    """Return the mask of some neighbouring rows; the first is a multiple of BITS."""
    first, last, _ = rows.indices(len(bitmap) * BITS)
    octets = bitmap[first // BITS : -(-last // BITS)].view(np.uint8)
    return np.unpackbits(octets, count=last - first).view(bool)


def count_of(bitmap: Column) -> int:
    """Return how many rows are in a bitmap."""
    return int(np.bitwise_count(bitmap).sum())


class Postings(Struct):
    """Which rows hold one of some values: worked out when these are first asked for, then extended by new rows."""

    _kept: dict[Values, tuple[int, Column]] = field(default_factory=dict)

    def of(self, values: Values, rows: int, holding: Callable[[int], Column]) -> Column:
        """Return the bitmap of the rows that hold one of the values; `holding` gives the mask from a row on."""
        known, bitmap = self._kept.get(values, (0, _NOTHING))
        if known < rows:
            whole = known // BITS
            bitmap = np.concatenate([bitmap[:whole], packed(holding(whole * BITS))])
            if len(self._kept) >= _KEPT:
                self._kept.clear()
            self._kept[values] = rows, bitmap
        return bitmap

    def copy(self) -> "Postings":
        """Return what is known, to be extended apart from this."""
        return Postings(dict(self._kept))


_NOTHING = np.zeros(0, np.uint64)
