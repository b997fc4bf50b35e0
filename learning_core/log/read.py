"""Reading a log as bytes: whole lines with their places, bounded memory, nothing ever stops it."""

from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from learning_core.limits import LINE_BYTES

BLOCK_BYTES = 1024 * 1024


class RawLine(NamedTuple):
    """A line: `data` without its newline and leading NULs, None when it was longer than the limit.

    `length` counts all its bytes in the file, the newline included; `finished` tells whether there is one.
    """

    offset: int
    length: int
    data: bytes | None
    finished: bool = True


def read_lines(path: Path, offset: int = 0, limit: int = LINE_BYTES, *, with_tail: bool = False) -> Iterator[RawLine]:
    """Yield the finished lines from a byte offset on; an unfinished last line is pending: yielded only `with_tail`.

    Splits at newline bytes only. A line over `limit` bytes is passed over without being held in memory; a run of
    NULs before a record (a hole left by a crash) does not count towards the limit.
    """
    with path.open("rb") as file:
        file.seek(offset)
        start, length, pending = offset, 0, _Pending(limit)
        while block := file.read(BLOCK_BYTES):
            position = 0
            while (end := block.find(b"\n", position)) >= 0:
                length += end - position + 1
                yield RawLine(start, length, pending.take(block[position:end]))
                start, length, position = start + length, 0, end + 1
            pending.add(block[position:])
            length += len(block) - position
        if with_tail and length:
            yield RawLine(start, length, pending.take(b""), finished=False)


class _Pending:
    """The part of a line that was read so far, dropped once it is too long."""

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self._parts: list[bytes] = []
        self._size = 0

    def add(self, part: bytes) -> None:
        if not self._size:
            part = part.lstrip(b"\0")
        self._size += len(part)
        if self._size > self._limit:
            self._parts.clear()
        elif part:
            self._parts.append(part)

    def take(self, end: bytes) -> bytes | None:
        if not self._size and len(end) <= self._limit and end[:1] != b"\0":
            return end
        self.add(end)
        data = None if self._size > self._limit else b"".join(self._parts)
        self._parts.clear()
        self._size = 0
        return data


def read_line(path: Path, offset: int, length: int) -> bytes:
    """Return one line that was found before, without newline and leading NULs; raises OSError for a lost file."""
    pending = _Pending(length)
    with path.open("rb") as file:
        file.seek(offset)
        while length and (block := file.read(min(length, BLOCK_BYTES))):
            pending.add(block)
            length -= len(block)
    return (pending.take(b"") or b"").rstrip(b"\n")
