"""The first rows of a long order, without sorting it: large values first, equal ones by key."""

from collections.abc import Sequence

import numpy as np

from learning_core.index.bitmaps import unpacked
from learning_core.index.columns import Column

BLOCK_ROWS = 4096

Place = tuple[float, int]
"""A place in the order: (value, key)."""

Page = tuple[list[int], bool]
"""Row numbers in order, and whether more follow."""


class SpreadRanking:
    """An order by values that are mostly different: times, runtimes.

    Rows were written in about the order of time, so each block of rows holds a narrow span of values, and a page
    touches few blocks.
    """

    def __init__(self, values: Column, keys: Column, before: "SpreadRanking | None" = None) -> None:
        """Rank all rows; `before` ranks the first of them, with the same values and keys."""
        self._values = values
        self._keys = keys
        whole = 0 if before is None else len(before._values) // BLOCK_ROWS
        newer = values[whole * BLOCK_ROWS :]
        starts = np.arange(0, len(newer), BLOCK_ROWS)
        self._highest = np.maximum.reduceat(newer, starts) if len(newer) else newer
        self._lowest = np.minimum.reduceat(newer, starts) if len(newer) else newer
        if before is not None:
            self._highest = np.concatenate([before._highest[:whole], self._highest])
            self._lowest = np.concatenate([before._lowest[:whole], self._lowest])

    def place(self, row: int) -> Place:
        """Return the place of a row."""
        return float(self._values[row]), int(self._keys[row])

    def page(self, chosen: Column, limit: int, after: Place | None) -> Page:
        """Return the first `limit` rows of a bitmap that follow a place."""
        value = np.inf if after is None else after[0]
        found = np.zeros(0, np.int64)
        least = -np.inf
        for block in np.argsort(-self._highest, kind="stable").tolist():
            if self._highest[block] < least:
                break
            if self._lowest[block] > value:
                continue
            rows = self._candidates(block, chosen, after, least)
            if len(rows):
                found = _first(np.concatenate([found, rows]), self._values, self._keys, limit + 1)
                least = float(self._values[found[-1]]) if len(found) > limit else least
        return found[:limit].tolist(), len(found) > limit

    def _candidates(self, block: int, chosen: Column, after: Place | None, least: float) -> Column:
        first = block * BLOCK_ROWS
        span = slice(first, min(first + BLOCK_ROWS, len(self._values)))
        values = self._values[span]
        mask = unpacked(chosen, span) & (values >= least)
        if after is not None:
            value, key = after
            mask &= (values < value) | ((values == value) & (self._keys[span] > np.uint64(key)))
        return np.flatnonzero(mask) + first


class LevelRanking:
    """An order by few different values: `levels` is a row's place among `values`, which fall."""

    def __init__(self, levels: Column, values: Sequence[float], keys: Column) -> None:
        self._levels = levels
        self._values = values
        self._keys = keys

    def place(self, row: int) -> Place:
        """Return the place of a row."""
        return self._values[int(self._levels[row])], int(self._keys[row])

    def page(self, chosen: Column, limit: int, after: Place | None) -> Page:
        """Return the first `limit` rows of a bitmap that follow a place."""
        mask = unpacked(chosen, slice(0, len(self._levels)))
        found: list[int] = []
        for level, value in enumerate(self._values):
            if after is not None and value > after[0]:
                continue
            rows = np.flatnonzero(mask & (self._levels == level))
            keys = self._keys[rows]
            if after is not None and value == after[0]:
                later = keys > np.uint64(after[1])
                rows, keys = rows[later], keys[later]
            wanted = limit + 1 - len(found)
            if len(rows) > wanted:
                rows = rows[np.argpartition(keys, wanted - 1)[:wanted]]
            found += rows[np.argsort(self._keys[rows])].tolist()
            if len(found) > limit:
                break
        return found[:limit], len(found) > limit


def _first(rows: Column, values: Column, keys: Column, count: int) -> Column:
    """Return the first `count` of some rows, in order."""
    if len(rows) > count:
        least = np.partition(values[rows], len(rows) - count)[len(rows) - count]
        rows = rows[values[rows] >= least]
    order: Column = rows[np.lexsort((keys[rows], -values[rows]))][:count]
    return order
