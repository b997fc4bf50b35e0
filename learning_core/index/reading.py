"""The connections that questions read an index through: one stays open, with what SQLite prepared, for the next."""

import atexit
import sqlite3
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from msgspec import Struct

from learning_core.index.schema import IndexConnection, open_for_reading

_Identity = tuple[int, ...]


class _Opened(Struct, frozen=True):
    """A connection to a file, and which files they were: its index and what is not moved into that yet."""

    path: Path
    identity: _Identity
    connection: IndexConnection


class Readers:
    """Lends connections to index files, each to one question at a time.

    One that was given back is kept for the next question about the same file. It also keeps SQLite from tidying up
    and waiting for the disk, as it does when the last connection to a file is closed.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._idle: _Opened | None = None

    @contextmanager
    def lent(self, path: Path) -> Iterator[sqlite3.Connection]:
        """Lend a connection that cannot change the index; raises sqlite3.Error, as of any use of it.

        A connection that had an error is not lent again, nor one whose files were replaced, changed by others than
        SQLite or taken away.
        """
        opened = self._taken(path) or _open(path)
        try:
            yield opened.connection
            opened.connection.rollback()
        except BaseException:
            opened.connection.close()
            raise
        self._give_back(opened)

    def close(self) -> None:
        """Close the connection that is kept."""
        with self._lock:
            idle, self._idle = self._idle, None
        if idle is not None:
            idle.connection.close()

    def _taken(self, path: Path) -> _Opened | None:
        with self._lock:
            idle, self._idle = self._idle, None
        if idle is None or (idle.path == path and idle.identity == _identity(path)):
            return idle
        idle.connection.close()
        return None

    def _give_back(self, opened: _Opened) -> None:
        with self._lock:
            if self._idle is None and not opened.connection.is_frozen:
                self._idle = opened
                return
        opened.connection.close()


def _open(path: Path) -> _Opened:
    connection = open_for_reading(path)
    return _Opened(path, _identity(path), connection)


def _identity(path: Path) -> _Identity:
    """Return what tells a file from another one of its name; empty where it is gone."""
    try:
        index, journal = path.stat(), path.with_name(f"{path.name}-wal").stat()
    except OSError:
        return ()
    return index.st_dev, index.st_ino, index.st_size, index.st_mtime_ns, journal.st_ino


readers = Readers()
"""Those of this process."""

atexit.register(readers.close)
