"""How far each log file has been read, and how to tell that it is still the same file."""

import hashlib
import os
import sqlite3
from pathlib import Path

from msgspec import Struct
from msgspec.structs import astuple

from learning_core.log.read import read_lines, read_pieces

SAMPLE_BYTES = 256


class Clock(Struct, frozen=True):
    """What the times in one file did so far.

    `latest` is the largest time of an event, which orders events of different files; `time` that of the last job, and
    `backward` how often a job's time was before that of the job above it.
    """

    latest: float = 0.0
    time: float = 0.0
    backward: int = 0


class Cursor(Struct, frozen=True):
    """How far one log file has been read.

    `device` and `inode` name the file, `head` and `tail` are hashes of the first and last bytes read, `lines` is the
    number of lines.
    """

    id: int
    name: str
    device: int
    inode: int
    offset: int
    head: bytes
    tail: bytes
    lines: int
    clock: Clock

    def still_fits(self, path: Path, status: os.stat_result) -> bool:
        """Tell whether the file is the one that was read, and so far begins and ends as it did then."""
        return (
            status.st_size >= self.offset
            and file_identity(status) == (self.device, self.inode)
            and samples(path, self.offset) == (self.head, self.tail)
        )


def cursors_of(connection: sqlite3.Connection) -> list[Cursor]:
    """Return the cursor of each log file that was read."""
    rows = connection.execute(
        "SELECT id, name, device, inode, offset, head, tail, lines, latest, time, backward FROM log_file"
    )
    return [
        Cursor(number, name, device, inode, offset, head, tail, lines, Clock(*times))
        for number, name, device, inode, offset, head, tail, lines, *times in rows
    ]


def new_cursor(connection: sqlite3.Connection, path: Path) -> Cursor:
    """Start reading a log file: insert and return its cursor."""
    empty = hashlib.sha256(b"").digest()
    device, inode = file_identity(path.stat())
    row = (path.name, device, inode, 0, empty, empty, 0)
    number = connection.execute(
        "INSERT INTO log_file(name, device, inode, offset, head, tail, lines, latest, time, backward)"
        " VALUES (?, ?, ?, ?, ?, ?, ?, 0, 0, 0)",
        row,
    ).lastrowid
    assert number is not None  # noqa: S101  an INSERT into a rowid table always has one
    return Cursor(number, path.name, device, inode, 0, empty, empty, 0, Clock())


def store(connection: sqlite3.Connection, cursor: Cursor) -> None:
    """Write how far a file has been read."""
    connection.execute(
        "UPDATE log_file SET offset = ?, head = ?, tail = ?, lines = ?, latest = ?, time = ?, backward = ?"
        " WHERE id = ?",
        (cursor.offset, cursor.head, cursor.tail, cursor.lines, *astuple(cursor.clock), cursor.id),
    )


def samples(path: Path, end: int) -> tuple[bytes, bytes]:
    """Return the hashes of the first and of the last SAMPLE_BYTES bytes before `end`, or of all there are."""
    length = min(SAMPLE_BYTES, end)
    head, tail = read_pieces(path, (0, length), (end - length, length))
    return hashlib.sha256(head).digest(), hashlib.sha256(tail).digest()


def pending(path: Path, offset: int, size: int) -> int:
    """Return the bytes behind the cursor that hold a finished line; an unfinished last line waits."""
    if size <= offset:
        return 0
    return 0 if next(read_lines(path, offset), None) is None else size - offset


def file_identity(status: os.stat_result) -> tuple[int, int]:
    """Return device and inode as SQLite can hold them: signed 64 bits (Windows uses all of them)."""
    return (status.st_dev + 2**63) % 2**64 - 2**63, (status.st_ino + 2**63) % 2**64 - 2**63
