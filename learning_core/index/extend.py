"""Extending an index by what the log gained: one batch of lines and its cursor in one transaction."""

import sqlite3
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

from learning_core.index.apply import Applier
from learning_core.index.cursor import SAMPLE_BYTES, Cursor, cursors_of, new_cursor, sample, store
from learning_core.log.read import Lines, read_blocks

BATCH_BYTES = 4 * 1024 * 1024


def extend(connection: sqlite3.Connection, files: list[Path]) -> Iterator[tuple[Path, int]]:
    """Apply each file from its cursor on, one transaction a batch; yields the file and the offset reached after each.

    `files` is not empty; their cursors are made first, so that the names of all are known before the first line.
    """
    known = {cursor.name: cursor for cursor in cursors_of(connection)}
    cursors = [known.get(path.name) or new_cursor(connection, path) for path in files]
    applier = Applier(connection, files[0].parent)
    for path, start in zip(files, cursors, strict=True):
        yield path, start.offset
        reached = start
        for batch in _batches(path, start.offset):
            reached = _apply(connection, applier, path, reached, batch)
            yield path, reached.offset


def _batches(path: Path, offset: int) -> Iterator[list[Lines]]:
    batch: list[Lines] = []
    first = offset
    for lines in read_blocks(path, offset):
        batch.append(lines)
        if lines.offsets[-1] - first >= BATCH_BYTES:
            yield batch
            batch, first = [], lines.offsets[-1]
    if batch:
        yield batch


def _apply(connection: sqlite3.Connection, applier: Applier, path: Path, cursor: Cursor, batch: list[Lines]) -> Cursor:
    connection.execute("BEGIN IMMEDIATE")
    try:
        clock = applier.apply(batch, cursor.id, cursor.clock)
        offset = batch[-1].offsets[-1] + batch[-1].lengths[-1]
        after = replace(
            cursor,
            offset=offset,
            head=sample(path, 0, offset),
            tail=sample(path, offset - SAMPLE_BYTES, offset),
            lines=cursor.lines + sum(len(lines.data) for lines in batch),
            clock=clock,
        )
        store(connection, after)
        connection.execute("COMMIT")
    except BaseException:
        if connection.in_transaction:
            connection.execute("ROLLBACK")
        raise
    return after
