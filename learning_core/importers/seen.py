"""Which files were imported, so that unchanged ones need not be opened again: a cache, safe to delete."""

import sqlite3
from collections.abc import Callable
from pathlib import Path

from learning_core.importers.discover import Found
from learning_core.importers.path_text import absolute_path_text

READERS_VERSION = 2
"""Raise it when a reader improves: every file is then read again."""

_FILE_NAME = "seen.sqlite"


class SeenFiles:
    """A small SQLite file in the cache folder. Where it cannot be used, every file counts as new."""

    def __init__(self, folder: Path) -> None:
        self._pending: list[tuple[str, int, int, int, str, str]] = []
        self._sql = _open(folder)

    def unchanged(self, found: Found, known_key: Callable[[str], bool]) -> str | None:
        """Return None for a file that must be read, else its earlier reason for being skipped (empty if it was not).

        A file counts as seen only while the job it gave, or spoke of, is still in the log.
        """
        if self._sql is None:
            return None
        try:
            row = self._sql.execute(
                "SELECT size, modified, version, key, reason FROM file WHERE path = ?",
                (absolute_path_text(found.path),),
            ).fetchone()
        except sqlite3.Error:
            return None
        if row is None or row[:3] != (found.size, found.modified_ns, READERS_VERSION):
            return None
        return None if row[3] and not known_key(row[3]) else str(row[4])

    def remember(self, found: Found, key: str, reason: str) -> None:
        """Note a file that was read; kept by the next `save`, which must follow the append of what it gave."""
        path = absolute_path_text(found.path)
        self._pending.append((path, found.size, found.modified_ns, READERS_VERSION, key, reason))

    def save(self) -> None:
        """Keep what was noted."""
        if self._sql is not None and self._pending:
            try:
                self._sql.execute("BEGIN IMMEDIATE")
                self._sql.executemany("INSERT OR REPLACE INTO file VALUES (?, ?, ?, ?, ?, ?)", self._pending)
                self._sql.execute("COMMIT")
            except sqlite3.Error:
                self.close()
        self._pending.clear()

    def close(self) -> None:
        """Close the file."""
        if self._sql is not None:
            self._sql.close()
            self._sql = None


def _open(folder: Path) -> sqlite3.Connection | None:
    """Open the cache; a damaged one is thrown away and started anew, one that refuses is done without."""
    try:
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        try:
            return _connected(folder / _FILE_NAME)
        except sqlite3.OperationalError:
            return None
        except sqlite3.DatabaseError:
            for name in (_FILE_NAME, f"{_FILE_NAME}-wal", f"{_FILE_NAME}-shm"):
                (folder / name).unlink(missing_ok=True)
            return _connected(folder / _FILE_NAME)
    except (OSError, sqlite3.Error):
        return None


def _connected(path: Path) -> sqlite3.Connection:
    connection = sqlite3.connect(path, timeout=10.0, isolation_level=None)
    try:
        connection.execute("PRAGMA journal_mode = WAL")
        connection.execute(
            "CREATE TABLE IF NOT EXISTS file(path TEXT PRIMARY KEY, size INTEGER, modified INTEGER,"
            " version INTEGER, key TEXT, reason TEXT) WITHOUT ROWID"
        )
    except sqlite3.Error:
        connection.close()
        raise
    return connection
