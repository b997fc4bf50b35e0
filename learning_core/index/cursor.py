"""How far each log file has been read, and how to tell that it is still the same file."""

import hashlib
import os
import sqlite3
from dataclasses import dataclass
from pathlib import Path

from learning_core.log.read import read_lines

SAMPLE_BYTES = 256


@dataclass(frozen=True, slots=True)
class Cursor:
    """How far one log file has been read.

    `device` and `inode` name the file, `head` and `tail` are hashes of the first and last bytes read, `latest` is the
    largest event time so far, `lines` the number of lines.
    """

    id: int
    name: str
    device: int
    inode: int
    offset: int
    head: bytes
    tail: bytes
    latest: float
    lines: int

    def still_fits(self, path: Path, status: os.stat_result) -> bool:
        """Tell whether the file is the one that was read, and so far begins and ends as it did then."""
        return (
            status.st_size >= self.offset
            and file_identity(status) == (self.device, self.inode)
            and sample(path, 0, self.offset) == self.head
            and sample(path, self.offset - SAMPLE_BYTES, self.offset) == self.tail
        )


def cursors_of(connection: sqlite3.Connection) -> list[Cursor]:
    """Return the cursor of each log file that was read."""
    rows = connection.execute("SELECT id, name, device, inode, offset, head, tail, latest, lines FROM log_file")
    return [Cursor(*row) for row in rows]


def new_cursor(connection: sqlite3.Connection, path: Path) -> Cursor:
    """Start reading a log file: insert and return its cursor."""
    status = path.stat()
    empty = hashlib.sha256(b"").digest()
    row = (path.name, *file_identity(status), 0, empty, empty, 0.0, 0)
    number = connection.execute(
        "INSERT INTO log_file(name, device, inode, offset, head, tail, latest, lines) VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
        row,
    ).lastrowid
    assert number is not None  # noqa: S101  an INSERT into a rowid table always has one
    return Cursor(number, *row)


def sample(path: Path, start: int, end: int) -> bytes:
    """Return the hash of at most SAMPLE_BYTES bytes from `start`, not beyond `end`."""
    start = max(start, 0)
    with path.open("rb") as file:
        file.seek(start)
        return hashlib.sha256(file.read(min(SAMPLE_BYTES, end - start))).digest()


def pending(path: Path, offset: int, size: int) -> int:
    """Return the bytes behind the cursor that hold a finished line; an unfinished last line waits."""
    if size <= offset:
        return 0
    return 0 if next(read_lines(path, offset), None) is None else size - offset


def file_identity(status: os.stat_result) -> tuple[int, int]:
    """Return device and inode as SQLite can hold them: signed 64 bits (Windows uses all of them)."""
    return (status.st_dev + 2**63) % 2**64 - 2**63, (status.st_ino + 2**63) % 2**64 - 2**63
