"""Appending whole lines to a log of ours: lock, heal, write, check, and fsync when asked.

*Acknowledged* (the call returned) means the lines are in the file; *durable* means fsynced. See reliability rules
in docs/log.md.
"""

import errno
import os
import sys
from collections.abc import Sequence
from functools import lru_cache
from pathlib import Path

from learning_core.errors import LogBusy, NotDurable
from learning_core.log import lock
from learning_core.log.refusal import not_writable, words_of
from learning_core.log.shared import lock_path

LOCK_SECONDS = 30.0
_NO_SYNC_OF_FOLDERS = frozenset({errno.EINVAL, errno.ENOTSUP, errno.EACCES, errno.EPERM})


def append_lines(
    path: Path, lines: Sequence[bytes], *, durable: bool = False, lock_seconds: float = LOCK_SECONDS
) -> None:
    """Append complete lines (each ends in a newline) under the writers' lock.

    A torn last line of a dead writer is closed with a newline first, so that it can never join a new record.
    Raises LogBusy, LogNotWritable, SharedLogRefused (nothing acknowledged) or NotDurable (written, not confirmed by
    the disk). After any of them the same lines may be appended again: an event counts once.
    """
    if not lines:
        return
    data = b"".join(lines)
    try:
        try:
            _append(str(path), data, durable=durable, lock_seconds=lock_seconds)
        except FileNotFoundError:
            lock_path.cache_clear()
            _make_folder(path.parent)
            _append(str(path), data, durable=durable, lock_seconds=lock_seconds)
    except OSError as error:
        raise not_writable(path, error) from error


def _append(path: str, data: bytes, *, durable: bool, lock_seconds: float) -> None:
    descriptor = _written(path, data, lock_seconds)
    try:
        if durable:
            # Without the lock: other writers need not wait for the disk.
            _sync(descriptor, path)
    finally:
        os.close(descriptor)


def _written(path: str, data: bytes, lock_seconds: float) -> int:
    """Write under the lock; return the descriptor, which is opened anew for each append.

    So a log that was replaced, rotated or deleted meanwhile is never written to by its old name.
    """
    lock_file = lock_path(path)
    held = lock.acquire(lock_file, lock_seconds)
    if held is None:
        raise LogBusy(Path(path), lock_seconds, lock.holder(lock_file))
    if lock_file != path:
        return _written_beside(held, path, data)
    try:
        try:
            _write(held, data)
        finally:
            lock.give_back(held)
    except BaseException:
        os.close(held)
        raise
    return held


def _written_beside(held: int, path: str, data: bytes) -> int:
    """Write to a log whose lock is another file."""
    try:
        descriptor = os.open(path, lock.FLAGS, 0o600)
        try:
            _write(descriptor, data)
        except BaseException:
            os.close(descriptor)
            raise
    finally:
        lock.release(held)
    return descriptor


def _write(descriptor: int, data: bytes) -> None:
    size = os.lseek(descriptor, 0, os.SEEK_END)
    if not size:
        _sync_folder_of.cache_clear()
    elif _last_byte(descriptor, size) != b"\n":
        data = b"\n" + data
    written = os.write(descriptor, data)
    while written < len(data):
        written += _write_more(descriptor, data[written:])
    grown = os.lseek(descriptor, 0, os.SEEK_END) - size
    if grown != len(data):
        raise OSError(f"the file grew by {grown} bytes instead of {len(data)}")


if sys.platform == "win32":

    def _last_byte(descriptor: int, size: int) -> bytes:
        os.lseek(descriptor, size - 1, os.SEEK_SET)
        return os.read(descriptor, 1)
else:

    def _last_byte(descriptor: int, size: int) -> bytes:
        return os.pread(descriptor, 1, size - 1)


def _write_more(descriptor: int, rest: bytes) -> int:
    count = os.write(descriptor, rest)
    if not count:
        raise OSError("the system took no more bytes")
    return count


def _sync(descriptor: int, path: str) -> None:
    """Fsync the file and its folder; a descriptor whose fsync failed is only closed after that.

    Linux marks pages clean after a failed fsync: a second one could succeed without the data.
    """
    try:
        os.fsync(descriptor)
        _sync_folder_of(path)
    except OSError as error:
        raise NotDurable(Path(path), words_of(error)) from error


@lru_cache(maxsize=64)
def _sync_folder_of(path: str) -> None:
    """Once a process even for an old file: whoever made it may have died before its name was on the disk."""
    _sync_folder(Path(path).parent)


def _sync_folder(folder: Path) -> None:
    if sys.platform == "win32":
        return
    try:
        descriptor = os.open(folder, os.O_RDONLY | os.O_CLOEXEC)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
    except OSError as error:
        # Some file systems cannot sync a folder; one that may not be listed cannot be opened for it.
        if error.errno not in _NO_SYNC_OF_FOLDERS:
            raise


def _make_folder(folder: Path) -> None:
    missing = [each for each in (folder, *folder.parents) if not each.exists()]
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    for made in missing:
        _sync_folder(made.parent)
