"""The connections through which an index is read and extended: one of each stays open, with what SQLite prepared."""

import atexit
import os
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import lru_cache
from pathlib import Path

from msgspec import Struct

from learning_core.index.schema import IndexConnection, open_for_reading, open_for_writing

_Identity = tuple[int, ...]


class _Opened(Struct, frozen=True):
    """A connection to a file, and which files they were: its index and what is not moved into that yet."""

    path: Path
    identity: _Identity
    connection: IndexConnection


class Connections:
    """Lends connections to index files, each to one question or refresh at a time; `make` opens them.

    One that was given back is kept for the next about the same file. It also keeps SQLite from tidying up and waiting
    for the disk, as it does when the last connection to a file is closed.
    """

    def __init__(self, make: Callable[[Path], IndexConnection]) -> None:
        self._make = make
        self._lock = threading.Lock()
        self._idle: _Opened | None = None

    @contextmanager
    def lent(self, path: Path) -> Iterator[IndexConnection]:
        """Lend a connection; raises sqlite3.Error, as of any use of it.

        A connection that had an error is not lent again, nor one whose files were replaced, changed by others than
        SQLite or taken away.
        """
        opened = self._taken(path) or self._open(path)
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

    def _open(self, path: Path) -> _Opened:
        connection = self._make(path)
        return _Opened(path, _identity(path), connection)

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


def _identity(path: Path) -> _Identity:
    """Return what tells a file from another one of its name; empty where it is gone."""
    try:
        index, journal = path.stat(), _journal(path).stat()
    except OSError:
        return ()
    # SQLite wants no connection to be carried across a fork.
    return os.getpid(), index.st_dev, index.st_ino, index.st_size, index.st_mtime_ns, journal.st_ino


@lru_cache(maxsize=4)
def _journal(path: Path) -> Path:
    return path.with_name(f"{path.name}-wal")


readers = Connections(open_for_reading)
"""Those of this process that cannot change an index."""

writers = Connections(open_for_writing)
"""Those of this process that extend an index; only for who holds its lock."""


def close_all() -> None:
    """Close the connections that are kept: a file that is open is never taken away on Windows."""
    writers.close()
    readers.close()


atexit.register(close_all)
