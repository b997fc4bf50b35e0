"""Reading a log as bytes: whole lines with their places, bounded memory, nothing ever stops it."""

import os
from collections.abc import Iterator
from itertools import accumulate
from pathlib import Path
from typing import IO, NamedTuple

from learning_core.limits import LINE_BYTES

BLOCK_BYTES = 1024 * 1024
_HOLE = bytes(BLOCK_BYTES)
_READ = os.O_RDONLY | getattr(os, "O_CLOEXEC", 0) | getattr(os, "O_BINARY", 0) | getattr(os, "O_NOINHERIT", 0)


class RawLine(NamedTuple):
    """A line: `data` without its newline and leading NULs, None when it was longer than the limit.

    `length` counts all its bytes in the file, the newline included; `finished` tells whether there is one.
    """

    offset: int
    length: int
    data: bytes | None
    finished: bool = True


class Lines(NamedTuple):
    """Neighbouring finished lines, as three lists of one length: see `RawLine`."""

    offsets: list[int]
    lengths: list[int]
    data: list[bytes | None]


def read_lines(path: Path, offset: int = 0, limit: int = LINE_BYTES, *, with_tail: bool = False) -> Iterator[RawLine]:
    """Yield the finished lines from a byte offset on; an unfinished last line is pending: yielded only `with_tail`.

    Splits at newline bytes only. A line over `limit` bytes is passed over without being held in memory; a run of
    NULs before a record (a hole left by a crash) does not count towards the limit.
    """
    end = offset
    for lines in read_blocks(path, offset, limit):
        yield from map(RawLine, *lines)
        end = lines.offsets[-1] + lines.lengths[-1]
    if with_tail:
        yield from _tail(path, end, limit)


def read_blocks(path: Path, offset: int = 0, limit: int = LINE_BYTES) -> Iterator[Lines]:
    """Yield the finished lines from a byte offset on, as `read_lines` does, about BLOCK_BYTES at a time."""
    with path.open("rb") as file:
        file.seek(offset)
        pending = _Pending(limit)
        while block := file.read(BLOCK_BYTES):
            first, *parts = block.split(b"\n")
            if not parts:
                pending.add(first)
                continue
            rest = parts.pop()
            is_plain = len(block) <= limit and b"\0" not in block
            data = [pending.take(first), *(parts if is_plain else [_whole(part, limit) for part in parts])]
            lengths = [pending.taken + 1, *(len(part) + 1 for part in parts)]
            offsets = list(accumulate(lengths, initial=offset))
            offset = offsets.pop()
            yield Lines(offsets, lengths, data)
            pending.add(rest)


def _whole(part: bytes, limit: int) -> bytes | None:
    """Return a line that lies in one block without its leading NULs, None when it is over the limit."""
    part = part.lstrip(b"\0")
    return part if len(part) <= limit else None


def _tail(path: Path, offset: int, limit: int) -> Iterator[RawLine]:
    """Yield what stands from the end of the last finished line on, up to a newline that came meanwhile."""
    pending = _Pending(limit)
    with path.open("rb") as file:
        file.seek(offset)
        while block := file.read(BLOCK_BYTES):
            pending.add(block.partition(b"\n")[0])
            if b"\n" in block:
                break
    data = pending.take(b"")
    if pending.taken:
        yield RawLine(offset, pending.taken, data, finished=False)


class _Pending:
    """The part of a line that was read so far, dropped once it is too long; `taken` is the size of the last line."""

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self._parts: list[bytes] = []
        self._size = 0
        self._all = 0
        self.taken = 0

    def add(self, part: bytes) -> None:
        self._all += len(part)
        if not self._size:
            # Holes may be large, and stripping goes byte by byte.
            part = b"" if part == _HOLE[: len(part)] else part.lstrip(b"\0")
        self._size += len(part)
        if self._size > self._limit:
            self._parts.clear()
        elif part:
            self._parts.append(part)

    def take(self, end: bytes) -> bytes | None:
        self.add(end)
        data = None if self._size > self._limit else b"".join(self._parts)
        self._parts.clear()
        self.taken, self._size, self._all = self._all, 0, 0
        return data


def read_pieces(path: Path, *places: tuple[int, int]) -> list[bytes]:
    """Return a few bytes of a file for each place, (offset, length), fewer where it ends; raises OSError.

    Each question reads two files so. A buffered file would ask the system twice as often, for what is not needed here.
    """
    descriptor = os.open(path, _READ)
    try:
        pieces = []
        for offset, length in places:
            os.lseek(descriptor, offset, os.SEEK_SET)
            pieces.append(os.read(descriptor, length))
        return pieces
    finally:
        os.close(descriptor)


def read_line(path: Path, offset: int, length: int) -> bytes:
    """Return one line that was found before, without newline and leading NULs; raises OSError for a lost file."""
    with path.open("rb") as file:
        return line_at(file, offset, length)


def line_at(file: IO[bytes], offset: int, length: int) -> bytes:
    """Return one line of an open file; see `read_line`."""
    file.seek(offset)
    if length <= BLOCK_BYTES:
        return file.read(length).lstrip(b"\0").rstrip(b"\n")
    pending = _Pending(length)
    while length and (block := file.read(min(length, BLOCK_BYTES))):
        pending.add(block)
        length -= len(block)
    return (pending.take(b"") or b"").rstrip(b"\n")
