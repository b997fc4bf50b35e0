"""Ids that come again: the line that stands first in the log counts, other contents are listed as conflicts."""

import sqlite3
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from learning_core.errors import Unreadable
from learning_core.index.columns import Column
from learning_core.index.features import content_hash
from learning_core.log.events import decode
from learning_core.log.read import Lines, read_line

Place = tuple[float, str, int]
"""Where a line stands in the order of the log: (largest time so far in its file, file name, byte offset)."""

Line = tuple[int, int, bytes | None]
"""A line as it is applied: byte offset, length, bytes."""


def line_at(lines: Lines, number: int) -> Line:
    """Return one of several lines."""
    return lines.offsets[number], lines.lengths[number], lines.data[number]


_NOT_SAID = ("origin", "recorded_at", "kind", "schema_version")


class Repeats:
    """Compares a line with the one that is known under its id, read again from the log."""

    def __init__(self, sql: sqlite3.Connection, log_folder: Path, names: Mapping[int, str]) -> None:
        self._sql = sql
        self._log_folder = log_folder
        self._names = names

    def place(self, row: Column) -> Place:
        """Return the place of a job or an event as the index keeps it."""
        return float(row["position"]), self._names[int(row["file"])], int(row["offset"])

    def content(self, row: Column) -> dict[str, Any]:
        """Return what the line of a job or an event says; empty when the file no longer holds it."""
        _, name, offset = self.place(row)
        try:
            return content_of(read_line(self._log_folder / name, offset, int(row["length"])))
        except OSError:
            return {}

    def comes_first(self, identity: str, known: tuple[Column, bytes], new: tuple[Column, bytes]) -> bool:
        """Tell whether the new line stands before the known one, each with a hash; keeps a conflict if they differ."""
        if known[1] != new[1]:
            for row, content in (known, new):
                self._note(identity, content, self.place(row))
        return self.place(new[0]) < self.place(known[0])

    def _note(self, identity: str, content: bytes, place: Place) -> None:
        """Keep each content of an id once, at its first place."""
        self._sql.execute(
            "INSERT INTO conflict(id, content, position, name, offset) VALUES (?, ?, ?, ?, ?)"
            " ON CONFLICT(id, content) DO UPDATE SET"
            " position = excluded.position, name = excluded.name, offset = excluded.offset"
            " WHERE (excluded.position, excluded.name, excluded.offset) < (position, name, offset)",
            (identity, content, *place),
        )


def content_of(data: bytes) -> dict[str, Any]:
    """Return what a line says that was read before; empty for one that cannot be read any more."""
    try:
        event = decode(data)
    except Unreadable:
        return {}
    return {} if event is None else event.content


def said_hash(content: Mapping[str, Any]) -> bytes:
    """Return 8 bytes that tell whether two events with one id say the same, whenever and by whatever file."""
    return content_hash({name: value for name, value in content.items() if name not in _NOT_SAID})
