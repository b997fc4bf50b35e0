"""Appending whole lines to a log of ours: lock, heal, write, check, and fsync when asked.

*Acknowledged* (the call returned) means the lines are in the file; *durable* means fsynced. See reliability rules
in docs/log.md.
"""

import os
import sys
from collections.abc import Sequence
from functools import lru_cache
from pathlib import Path

from filelock import FileLock, Timeout

from learning_core.errors import LogBusy, LogNotWritable, NotDurable

LOCK_SECONDS = 30.0
_FLAGS = (
    os.O_APPEND
    | os.O_CREAT
    | os.O_RDWR
    | getattr(os, "O_CLOEXEC", 0)
    | getattr(os, "O_NOFOLLOW", 0)
    | getattr(os, "O_BINARY", 0)
    | getattr(os, "O_NOINHERIT", 0)
)


def append_lines(
    path: Path, lines: Sequence[bytes], *, durable: bool = False, lock_seconds: float = LOCK_SECONDS
) -> None:
    """Append complete lines (each ends in a newline) under the writers' lock `<log>.lock`.

    A torn last line of a dead writer is closed with a newline first, so that it can never join a new record.
    Raises LogBusy, LogNotWritable (nothing acknowledged) or NotDurable (written, not confirmed by the disk).
    """
    if not lines:
        return
    try:
        if not path.parent.is_dir():
            path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        with _lock_of(str(path)).acquire(timeout=lock_seconds):
            _append(path, b"".join(lines), durable=durable)
    except Timeout as error:
        raise LogBusy(path, lock_seconds) from error
    except OSError as error:
        raise LogNotWritable(path, error.strerror or str(error)) from error


@lru_cache(maxsize=64)
def _lock_of(path: str) -> FileLock:
    """Making a lock costs several times as much as taking it, so each path keeps its own."""
    return FileLock(f"{path}.lock", mode=0o600)


def _append(path: Path, data: bytes, *, durable: bool) -> None:
    descriptor = os.open(path, _FLAGS, 0o600)
    try:
        size = os.fstat(descriptor).st_size
        if size and _last_byte(descriptor, size) != b"\n":
            data = b"\n" + data
        _write_all(descriptor, data)
        written = os.fstat(descriptor).st_size - size
        if written != len(data):
            raise OSError(f"the file grew by {written} bytes instead of {len(data)}")
        if durable:
            _sync(descriptor, path, is_new=size == 0)
    finally:
        os.close(descriptor)


def _last_byte(descriptor: int, size: int) -> bytes:
    os.lseek(descriptor, size - 1, os.SEEK_SET)
    return os.read(descriptor, 1)


def _write_all(descriptor: int, data: bytes) -> None:
    view = memoryview(data)
    while view:
        view = view[os.write(descriptor, view) :]


def _sync(descriptor: int, path: Path, *, is_new: bool) -> None:
    try:
        os.fsync(descriptor)
        if is_new and sys.platform != "win32":
            folder = os.open(path.parent, os.O_RDONLY)
            try:
                os.fsync(folder)
            finally:
                os.close(folder)
    except OSError as error:
        raise NotDurable(path, error.strerror or str(error)) from error
