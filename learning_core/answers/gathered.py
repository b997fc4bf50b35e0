"""Columns of the index for some jobs: what lies far apart in memory takes most of the time of a large question."""

from functools import cached_property
from typing import Any

import numpy as np

from learning_core.index.columns import Column
from learning_core.index.row_store import FEW, LOOKED_UP_TOGETHER, row_store
from learning_core.index.snapshot import Snapshot


class Gathered:
    """The values that jobs have in columns of a snapshot, each column gathered when it is first asked for, and kept."""

    def __init__(self, snapshot: Snapshot, rows: Column) -> None:
        """Take the row numbers of the jobs."""
        self.rows = rows
        self._snapshot = snapshot
        self._stored: dict[str, Column] = {}
        self._numbers: dict[str, Column] = {}
        self._of_one_value: dict[str, Any] = snapshot.derived("columns of one value", dict)

    def stored(self, name: str) -> Column:
        """Return a column in its own type."""
        found = self._stored.get(name)
        if found is None:
            found = self._stored[name] = self._gather(name)
        return found

    def numbers(self, name: str) -> Column:
        """Return a column of whole numbers."""
        found = self._numbers.get(name)
        if found is None:
            found = self._numbers[name] = self.stored(name).astype(np.int64)
        return found

    def is_varied(self, name: str) -> bool:
        """Tell whether jobs of the library differ in a column."""
        return self._only(name) is None

    def _only(self, name: str) -> Any:
        """Return the value that all jobs of the library have in a column, None where they differ, as in most."""
        if name not in self._of_one_value:
            column = self._snapshot.column(name)
            self._of_one_value[name] = column[0] if len(column) and column.min() == column.max() else None
        return self._of_one_value[name]

    def _gather(self, name: str) -> Column:
        only = self._only(name)
        if only is not None:
            return np.full(len(self.rows), only)
        if len(self.rows) <= FEW and name in LOOKED_UP_TOGETHER:
            found: Column = self._stored_rows[name]
            return found
        gathered: Column = self._snapshot.column(name)[self.rows]
        return gathered

    @cached_property
    def _stored_rows(self) -> Column:
        return row_store(self._snapshot).take(self.rows)
