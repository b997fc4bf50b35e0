"""From a key to its rows: sorted keys in leaves of bounded size, in levels that are merged as they fill.

A B-tree over random keys would touch all of its pages in every batch; here a batch rewrites one small level, and
a larger one only when that is full.
"""

import sqlite3
from collections.abc import Iterable, Iterator
from itertools import pairwise

import numpy as np

from learning_core.index.blobs import opened, sealed
from learning_core.index.columns import Column
from learning_core.model.key import key_bytes
from learning_core.ranges import ranges

LEAF_KEYS = 4096
LEVELS = 3
_GROWTH = 16
_MIDDLE = 2**63
_FEW = 64
"""Up to so many keys are looked up leaf by leaf; for more a whole level is read and kept, as level 0 is: one leaf."""

Pairs = tuple[Column, Column]
_NOTHING: Pairs = (np.zeros(0, np.uint64), np.zeros(0, np.uint32))


class SortedKeys:
    """Pairs of a 64-bit key and a row number; a key may have several rows."""

    def __init__(self, connection: sqlite3.Connection, name: str) -> None:
        self._connection = connection
        self._name = name
        self._levels: dict[int, Pairs] = {}
        self._is_filled: dict[int, bool] = {}

    def find(self, keys: Column) -> Pairs:
        """Return every pair whose key is among `keys`, which may repeat; sorted by level, then key."""
        wanted = distinct(keys)
        found: list[Pairs] = []
        for level in range(LEVELS):
            if level == 0 or level in self._levels or len(wanted) > _FEW:
                found.append(_matching(self._level(level), wanted))
            elif self._has_leaves(level):
                found += [self._in_leaves(level, key) for key in wanted.tolist()]
        return _joined(found)

    def smallest(self, count: int) -> Pairs:
        """Return the pairs of the smallest keys, sorted by key: `count`, or all if there are no more."""
        keys, rows = _joined([self._first_of(level, count) for level in range(LEVELS)])
        return keys[:count], rows[:count]

    def _first_of(self, level: int, count: int) -> Pairs:
        found: list[Pairs] = []
        for leaf in self._leaves(level):
            found.append(leaf)
            if sum(len(keys) for keys, _ in found) >= count:
                break
        return _concatenated(found)

    def add(self, keys: Column, rows: Column) -> None:
        """Add pairs."""
        if not len(keys):
            return
        pairs = _joined([(keys.astype(np.uint64), rows.astype(np.uint32))])
        for level in range(LEVELS):
            pairs = _joined([self._level(level), pairs])
            if level == LEVELS - 1 or len(pairs[0]) <= LEAF_KEYS * _GROWTH**level:
                self._write(level, pairs)
                return
            self._write(level, _NOTHING)

    def _level(self, level: int) -> Pairs:
        if level not in self._levels:
            self._levels[level] = _concatenated(list(self._leaves(level)))
        return self._levels[level]

    def _leaves(self, level: int) -> Iterator[Pairs]:
        for leaf in self._connection.execute(
            "SELECT keys, rows FROM leaf WHERE name = ? AND level = ? ORDER BY first", (self._name, level)
        ):
            yield _pairs(*leaf)

    def _has_leaves(self, level: int) -> bool:
        """Tell whether anything is in a level that this object has not written: in a small index all is in level 0."""
        if level not in self._is_filled:
            leaf = "SELECT EXISTS(SELECT 1 FROM leaf WHERE name = ? AND level = ?)"
            self._is_filled[level] = bool(self._connection.execute(leaf, (self._name, level)).fetchone()[0])
        return self._is_filled[level]

    def _in_leaves(self, level: int, key: int) -> Pairs:
        leaf = self._connection.execute(
            "SELECT keys, rows FROM leaf WHERE name = ? AND level = ? AND first <= ? ORDER BY first DESC LIMIT 1",
            (self._name, level, key - _MIDDLE),
        ).fetchone()
        return _NOTHING if leaf is None else _matching(_pairs(*leaf), np.array([key], np.uint64))

    def _write(self, level: int, pairs: Pairs) -> None:
        keys, rows = self._levels[level] = pairs
        self._connection.execute("DELETE FROM leaf WHERE name = ? AND level = ?", (self._name, level))
        # All rows of a key lie in one leaf, so that one leaf answers for it.
        starts = np.unique(np.searchsorted(keys, keys[::LEAF_KEYS])).tolist()
        self._connection.executemany(
            "INSERT INTO leaf(name, level, first, keys, rows) VALUES (?, ?, ?, ?, ?)",
            [
                (
                    self._name,
                    level,
                    int(keys[first]) - _MIDDLE,
                    sealed(keys[first:last].tobytes()),
                    sealed(rows[first:last].tobytes()),
                )
                for first, last in pairwise([*starts, len(keys)])
            ],
        )


def keys_of(texts: Iterable[str]) -> Column:
    """Return `key_of` of each text, all at once."""
    return np.frombuffer(b"".join(map(key_bytes, texts)), ">u8").astype(np.uint64)


def distinct(keys: Column) -> Column:
    """Return keys in ascending order, each once; numpy's own way looks for repeats first, of which keys have few."""
    ascending = np.sort(keys)
    found: Column = ascending[np.append(True, ascending[1:] != ascending[:-1])[: len(ascending)]]
    return found


def _pairs(keys: bytes, rows: bytes) -> Pairs:
    return np.frombuffer(opened(keys), np.uint64), np.frombuffer(opened(rows), np.uint32)


def _concatenated(parts: list[Pairs]) -> Pairs:
    if not parts:
        return _NOTHING
    return np.concatenate([keys for keys, _ in parts]), np.concatenate([rows for _, rows in parts])


def _joined(parts: list[Pairs]) -> Pairs:
    """Merge sorted or unsorted pairs into pairs sorted by key; equal keys stay in the order given."""
    keys, rows = _concatenated([part for part in parts if len(part[0])])
    order = np.argsort(keys, kind="stable")
    return keys[order], rows[order]


def _matching(pairs: Pairs, wanted: Column) -> Pairs:
    keys, rows = pairs
    if not len(keys):
        return _NOTHING
    first = np.searchsorted(keys, wanted)
    # Most keys that are looked for are new, or have one row: only others are worth a second search.
    is_known = keys[np.minimum(first, len(keys) - 1)] == wanted
    first, known = first[is_known], wanted[is_known]
    if not len(first):
        return _NOTHING
    count = np.ones(len(first), np.int64)
    several = np.flatnonzero(keys[np.minimum(first + 1, len(keys) - 1)] == known)
    count[several] = np.searchsorted(keys, known[several], "right") - first[several]
    places = ranges(first, count)
    return keys[places], rows[places]
