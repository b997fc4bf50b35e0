"""What an index says of its own health, and what of the log it could not use."""

import sqlite3
from collections.abc import Callable, Iterator, Mapping

import numpy as np

from learning_core.index.columns import Column
from learning_core.index.cursor import Cursor, cursors_of

Row = tuple[str, str, int, int, int]

_AT_ONCE = 65_536
"""Rows in the order of keys lie anywhere: each reading of some goes through all segments."""

_CONFLICTS = "SELECT *, ROW_NUMBER() OVER (PARTITION BY id ORDER BY position, name, offset) AS number FROM conflict"
"""The first content of an id stands, so it is the others that conflict."""


class Inspection:
    """Looks into an index that does not change meanwhile; made by `Snapshot.inspection`."""

    def __init__(
        self,
        sql: sqlite3.Connection,
        names: Mapping[int, str],
        gather: Callable[[str, Column], Column],
        *,
        jobs: int,
        events: int,
    ) -> None:
        """Take the names of the log's files by number, and how many jobs and events `gather` knows of."""
        self._sql = sql
        self._names = names
        self._gather = gather
        self._jobs = jobs
        self._events = events

    def refusals(self, limit: int | None = None) -> list[tuple[str, int, int, str]]:
        """Return (file, offset, length, reason) of each line, or field of a line, that could not be used."""
        return self._sql.execute(
            "SELECT name, refusal.offset, length, reason FROM refusal JOIN log_file ON log_file.id = refusal.file"
            " ORDER BY 1, 2 LIMIT ?",
            (-1 if limit is None else limit,),
        ).fetchall()

    def refusal_count(self) -> int:
        """Return how many lines, or fields of lines, could not be used."""
        return int(self._sql.execute("SELECT COUNT(*) FROM refusal").fetchone()[0])

    def conflicts(self, limit: int | None = None) -> list[tuple[str, int, str]]:
        """Return (file, offset, id) of each first line with content other than the one that stands for its id."""
        return self._sql.execute(
            f"SELECT name, offset, id FROM ({_CONFLICTS}) WHERE number > 1 ORDER BY 1, 2 LIMIT ?",  # noqa: S608
            (-1 if limit is None else limit,),
        ).fetchall()

    def conflict_count(self) -> int:
        """Return how many lines say something else under an id that is taken."""
        return int(self._sql.execute(f"SELECT COUNT(*) FROM ({_CONFLICTS}) WHERE number > 1").fetchone()[0])  # noqa: S608

    def cursors(self) -> list[Cursor]:
        """Return how far each log file was read."""
        return cursors_of(self._sql)

    def faults(self, *, thorough: bool) -> list[str]:
        """Return what SQLite finds wrong with the index file; `thorough` also checks it against its own indexes."""
        check = "integrity_check" if thorough else "quick_check"
        return [text for (text,) in self._sql.execute(f"PRAGMA {check}(5)") if text != "ok"]

    def job_rows(self) -> Iterator[Row]:
        """Yield (key, file, offset, length, checksum of the line) of each job, in the order of the keys."""
        return self._rows(self._gather("key", np.arange(self._jobs)), "place")

    def event_rows(self) -> Iterator[Row]:
        """Yield (key, file, offset, length, checksum of the line) of each event, in the order of the keys."""
        return self._rows(self._gather("event", np.arange(self._events))["key"], "event")

    def _rows(self, keys: Column, field: str) -> Iterator[Row]:
        order = np.argsort(keys, kind="stable")
        for start in range(0, len(order), _AT_ONCE):
            rows = order[start : start + _AT_ONCE]
            for key, row in zip(keys[rows].tolist(), self._gather(field, rows), strict=True):
                yield (
                    f"{key:016x}",
                    self._names[int(row["file"])],
                    int(row["offset"]),
                    int(row["length"]),
                    int(row["crc"]),
                )
