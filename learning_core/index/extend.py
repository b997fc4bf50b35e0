"""Extending an index by what the log gained: one batch of lines and its cursor in one transaction."""

import sqlite3
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

from learning_core.index.apply import Applier
from learning_core.index.cursor import SAMPLE_BYTES, Cursor, cursors_of, new_cursor, sample
from learning_core.log.read import RawLine, read_lines

BATCH_BYTES = 4 * 1024 * 1024
LINE_BYTES_IN_MEMORY = 200
"""What even an empty line takes while its batch gathers."""


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


def _batches(path: Path, offset: int) -> Iterator[list[RawLine]]:
    batch: list[RawLine] = []
    size = 0
    for line in read_lines(path, offset):
        batch.append(line)
        size += LINE_BYTES_IN_MEMORY + line.length
        if size >= BATCH_BYTES:
            yield batch
            batch, size = [], 0
    if batch:
        yield batch


def _apply(
    connection: sqlite3.Connection, applier: Applier, path: Path, cursor: Cursor, batch: list[RawLine]
) -> Cursor:
    connection.execute("BEGIN IMMEDIATE")
    try:
        latest = applier.apply(batch, cursor.id, cursor.latest)
        offset = batch[-1].offset + batch[-1].length
        after = replace(
            cursor,
            offset=offset,
            head=sample(path, 0, offset),
            tail=sample(path, offset - SAMPLE_BYTES, offset),
            latest=latest,
            lines=cursor.lines + len(batch),
        )
        connection.execute(
            "UPDATE log_file SET offset = ?, head = ?, tail = ?, latest = ?, lines = ? WHERE id = ?",
            (after.offset, after.head, after.tail, after.latest, after.lines, after.id),
        )
        connection.execute("COMMIT")
    except BaseException:
        connection.execute("ROLLBACK")
        raise
    return after
