"""Columns of an index held in memory: brought level with a later state of it together, by the segments that changed."""

import sqlite3

import numpy as np
import numpy.typing as npt
import orjson
from msgspec import Struct, field

from learning_core.index.columns import SEGMENT_ROWS, TYPES, Column, decode

_CHANGED_SEGMENTS = (
    "SELECT field, number, data FROM segment INDEXED BY segment_of_generation"
    " WHERE generation > ? AND +field IN (SELECT value FROM json_each(?))"
)
_REMEMBERED = 64
"""So many advances with changes are remembered."""


class HeldColumns(Struct):
    """Columns with room to grow, of which `rows` rows are in use; all level with one `generation` of the index."""

    generation: int = -1
    rows: int = 0
    _columns: dict[str, Column] = field(default_factory=dict)
    _changes: list[tuple[int, Column]] = field(default_factory=list)
    _forgotten: int = -1

    def column(self, sql: sqlite3.Connection, name: str, rows: int, generation: int) -> Column:
        """Return a column of `rows` rows as it is at this generation of the index; never changed afterwards."""
        if generation < self.generation:
            return read_column(sql, name, rows)[:rows]
        self.bring_level(sql, rows, generation)
        if name not in self._columns:
            self._columns[name] = read_column(sql, name, rows)
        return self._columns[name][:rows]

    def changed_rows(self, since: int) -> Column | None:
        """Return the rows of an earlier generation of which a column changed that was held then, None if unknown.

        What was added since is not among them. Rows may be told that changed only after the view that asks.
        """
        if since < self._forgotten:
            return None
        later = [rows for generation, rows in self._changes if generation > since]
        return np.unique(np.concatenate([np.zeros(0, np.int64), *later]))

    def bring_level(self, sql: sqlite3.Connection, rows: int, generation: int) -> None:
        """Take over the segments that changed; rows that others may be reading are changed in a copy only."""
        if generation <= self.generation:
            return
        names = orjson.dumps(list(self._columns)).decode()
        segments = sql.execute(_CHANGED_SEGMENTS, (self.generation, names))
        # Where reading fails, nothing was taken over yet.
        parts = [(name, number, decode(data, name)) for name, number, data in segments]
        for name, values in self._columns.items():
            if len(values) < rows:
                self._columns[name] = with_room(values[: self.rows], rows, values.dtype)
        own: set[str] = set()
        differing = [self._take_over(name, number, part, own) for name, number, part in parts]
        if changed := [each for each in differing if len(each)]:
            self._changes.append((generation, np.concatenate(changed)))
        while len(self._changes) > _REMEMBERED:
            self._forgotten = self._changes.pop(0)[0]
        self.rows, self.generation = rows, generation

    def _take_over(self, name: str, number: int, part: Column, own: set[str]) -> Column:
        """Put a segment into its column, and return the rows in use that it changes."""
        values = self._columns[name]
        kind = np.result_type(values.dtype, part.dtype)
        if kind != values.dtype:
            values = self._columns[name] = values.astype(kind)
            own.add(name)
        start = number * SEGMENT_ROWS
        shared = max(min(self.rows - start, len(part)), 0)
        differing = start + np.flatnonzero(values[start : start + shared] != part[:shared])
        if len(differing) and name not in own:
            values = self._columns[name] = values.copy()
            own.add(name)
        values[start : start + len(part)] = part
        return differing


def read_column(sql: sqlite3.Connection, name: str, rows: int) -> Column:
    """Return a whole column, with room behind its rows for those to come."""
    parts = [
        (number, decode(data, name))
        for number, data in sql.execute("SELECT number, data FROM segment WHERE field = ? ORDER BY number", (name,))
    ]
    kind = np.result_type(*(part.dtype for _, part in parts)) if parts else TYPES[name]
    values = with_room(np.zeros(0, kind), rows, kind)
    for number, part in parts:
        values[number * SEGMENT_ROWS : number * SEGMENT_ROWS + len(part)] = part
    return values


def with_room(values: Column, rows: int, kind: npt.DTypeLike) -> Column:
    """Return values in an array of a type that has room for so many rows, and for those to come."""
    grown = np.zeros(rows + rows // 8 + SEGMENT_ROWS, kind)
    grown[: len(values)] = values
    return grown
