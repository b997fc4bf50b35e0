"""Extending an index by what the log gained: one batch of lines and its cursor in one transaction."""

import sqlite3
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

from learning_core.index.apply import Applier
from learning_core.index.cursor import SAMPLE_BYTES, Cursor, sample
from learning_core.log.read import RawLine, read_lines

BATCH_BYTES = 4 * 1024 * 1024
LINE_BYTES_IN_MEMORY = 200
"""What even an empty line takes while its batch gathers."""


def read_file(connection: sqlite3.Connection, path: Path, cursor: Cursor) -> Iterator[int]:
    """Apply a file from its cursor on, one transaction a batch; yields the offset reached after each."""
    batch: list[RawLine] = []
    size = 0
    for line in read_lines(path, cursor.offset):
        batch.append(line)
        size += LINE_BYTES_IN_MEMORY + len(line.data or b"")
        if size >= BATCH_BYTES:
            cursor = _apply(connection, path, cursor, batch)
            batch, size = [], 0
            yield cursor.offset
    if batch:
        yield _apply(connection, path, cursor, batch).offset


def _apply(connection: sqlite3.Connection, path: Path, cursor: Cursor, batch: list[RawLine]) -> Cursor:
    connection.execute("BEGIN IMMEDIATE")
    try:
        applier = Applier(connection, cursor.id, cursor.name, cursor.latest)
        applier.apply(batch)
        offset = batch[-1].offset + batch[-1].length
        after = replace(
            cursor,
            offset=offset,
            head=sample(path, 0, offset),
            tail=sample(path, offset - SAMPLE_BYTES, offset),
            latest=applier.latest,
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
