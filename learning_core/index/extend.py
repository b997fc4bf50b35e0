"""Extending an index by what the log gained: one batch of lines and its cursor in one transaction."""

import sqlite3
from collections.abc import Iterator
from pathlib import Path

from msgspec.structs import replace

from learning_core.index.apply import Applier
from learning_core.index.cursor import Cursor, cursors_of, new_cursor, samples, store
from learning_core.log.read import Lines, read_blocks

BATCH_BYTES = 8 * 1024 * 1024


def extend(connection: sqlite3.Connection, files: list[Path]) -> Iterator[tuple[Path, int]]:
    """Apply each file from its cursor on, one transaction a batch; yields the file and the offset reached after each.

    `files` is not empty; their cursors are made first, so that the names of all are known before the first line.
    """
    known = {cursor.name: cursor for cursor in cursors_of(connection)}
    cursors = [known.get(path.name) or new_cursor(connection, path) for path in files]
    applier = _kept.applier(connection, files[0].parent)
    lines = 0
    for path, start in zip(files, cursors, strict=True):
        yield path, start.offset
        reached = start
        for batch in _batches(path, start.offset):
            reached = _apply(connection, applier, path, reached, batch)
            lines += len(batch.data)
            yield path, reached.offset
    if lines <= _FEW_LINES:
        _kept.keep(connection, applier)


_FEW_LINES = 50
"""To apply more, whole levels of keys are read, which are too much to be kept."""


class _Kept:
    """What applied the last lines, for who extends the same index next: all that it read of the index still holds.

    Only for who holds the lock of the index, and never after an error.
    """

    def __init__(self) -> None:
        self._kept: tuple[Applier, tuple[sqlite3.Connection, list[Cursor]]] | None = None

    def applier(self, connection: sqlite3.Connection, log_folder: Path) -> Applier:
        """Return the one that is kept if nobody else extended the index since, else a new one; it is kept no more."""
        kept, self._kept = self._kept, None
        if kept is not None and kept[1] == _level(connection):
            return kept[0]
        return Applier(connection, log_folder)

    def keep(self, connection: sqlite3.Connection, applier: Applier) -> None:
        """Keep what has just brought the index level."""
        self._kept = applier, _level(connection)


_kept = _Kept()


def _level(connection: sqlite3.Connection) -> tuple[sqlite3.Connection, list[Cursor]]:
    """Return what tells a state of an index, seen through a connection, from others: each extension moves a cursor."""
    return connection, cursors_of(connection)


def _batches(path: Path, offset: int) -> Iterator[Lines]:
    batch = Lines([], [], [])
    for lines in read_blocks(path, offset):
        batch.offsets.extend(lines.offsets)
        batch.lengths.extend(lines.lengths)
        batch.data.extend(lines.data)
        if batch.offsets[-1] - batch.offsets[0] >= BATCH_BYTES:
            yield batch
            batch = Lines([], [], [])
    if batch.data:
        yield batch


def _apply(connection: sqlite3.Connection, applier: Applier, path: Path, cursor: Cursor, batch: Lines) -> Cursor:
    connection.execute("BEGIN IMMEDIATE")
    try:
        clock = applier.apply(batch, cursor.id, cursor.clock)
        offset = batch.offsets[-1] + batch.lengths[-1]
        head, tail = samples(path, offset)
        after = replace(cursor, offset=offset, head=head, tail=tail, lines=cursor.lines + len(batch.data), clock=clock)
        store(connection, after)
        connection.execute("COMMIT")
    except BaseException:
        if connection.in_transaction:
            connection.execute("ROLLBACK")
        raise
    return after
