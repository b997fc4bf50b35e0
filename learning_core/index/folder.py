"""Keeping the index level with the log: extend it by offset, or build a new one beside the old.

The cache folder holds `index-N.sqlite` files and `current`, a small file that names the one in use. A new build
gets the next number and becomes current by one atomic replace, so readers see the old index or the new one.
"""

import sqlite3
from collections.abc import Callable
from pathlib import Path

from filelock import FileLock, Timeout

from learning_core.errors import IndexUnavailable
from learning_core.index import schema
from learning_core.index.cursor import SAMPLE_BYTES, cursors_of, file_identity, new_cursor, pending, sample

LOCK_SECONDS = 600.0

Progress = Callable[[int, int], None]
"""Called with bytes done and bytes in total."""


class IndexFolder:
    """The cache folder of one library: finds, refreshes and rebuilds its index."""

    def __init__(self, folder: Path, log_folder: Path) -> None:
        self.folder = folder
        self.log_folder = log_folder

    def log_files(self) -> list[Path]:
        """Return the files of the log, by name; raises IndexUnavailable when the folder cannot be read."""
        return [path for path in self.entries() if _is_readable_by_name(path)]

    def entries(self) -> list[Path]:
        """Return everything in the log folder that is named like a file of the log, also what cannot be one."""
        try:
            entries = list(self.log_folder.iterdir())
        except FileNotFoundError:
            return []
        except OSError as error:
            raise IndexUnavailable(
                f"The log folder {self.log_folder} cannot be read: {error.strerror or error}. "
                "Correct its permissions, or choose another library with --library."
            ) from error
        return sorted(path for path in entries if path.name.endswith(".jsonl") and path.name[0] != ".")

    def current(self) -> Path | None:
        """Return the index file in use, None when there is none."""
        try:
            name = (self.folder / "current").read_text(encoding="ascii").strip()
        except (OSError, UnicodeDecodeError):
            return None
        path = self.folder / name
        return path if name.startswith("index-") and Path(name).name == name and path.is_file() else None

    def refresh(self, progress: Progress | None = None, *, lock_seconds: float = LOCK_SECONDS) -> Path:
        """Bring the index level with the log and return its file.

        One process does the work, others wait for it. Raises IndexUnavailable when the cache folder refuses or
        another process needs longer than `lock_seconds`.
        """
        try:
            path = self.current()
            if path is not None and self._is_level(path):
                return path
            self.folder.mkdir(parents=True, exist_ok=True, mode=0o700)
            with FileLock(self.folder / "refresh.lock", timeout=lock_seconds, mode=0o600):
                return self._refresh_locked(progress)
        except Timeout as error:
            raise IndexUnavailable(
                f"Another process has been indexing for {lock_seconds:g} seconds; try again."
            ) from error
        except OSError as error:
            if str(error.filename).startswith(str(self.log_folder)):
                raise IndexUnavailable(
                    f"{error.filename} cannot be read: {error.strerror or error}. "
                    "Correct its permissions, or move it out of the log folder."
                ) from error
            raise IndexUnavailable(
                f"The index in {self.folder} cannot be written: {error.strerror or error}. "
                "Free the disk, or choose another folder with WHATWORKS_CACHE."
            ) from error
        except sqlite3.OperationalError as error:
            raise IndexUnavailable(
                f"The index in {self.folder} cannot be written: {error}. "
                "Free the disk, or choose another folder with WHATWORKS_CACHE."
            ) from error

    def _is_level(self, path: Path) -> bool:
        try:
            connection = schema.open_for_reading(path)
            try:
                return schema.is_current(connection) and self._behind(connection) == 0
            finally:
                connection.close()
        except sqlite3.Error:
            return False

    def _behind(self, connection: sqlite3.Connection) -> int | None:
        """Return the bytes of log not yet indexed; None when a file is no longer the one that was read."""
        cursors = {cursor.name: cursor for cursor in cursors_of(connection)}
        behind = 0
        for path in self.log_files():
            cursor = cursors.pop(path.name, None)
            status = path.stat()
            if cursor is None:
                behind += max(status.st_size, 1)
            elif status.st_size < cursor.offset or file_identity(status) != (cursor.device, cursor.inode):
                return None
            else:
                behind += pending(path, cursor.offset, status.st_size)
        return None if cursors else behind

    def _refresh_locked(self, progress: Progress | None) -> Path:
        path = self.current()
        if path is None:
            return self._build(progress)
        try:
            connection = schema.open_for_writing(path)
            try:
                if schema.is_current(connection) and self._is_same_log(connection):
                    self._extend(connection, progress)
                    return path
            finally:
                connection.close()
        except sqlite3.DatabaseError as error:
            if isinstance(error, sqlite3.OperationalError):
                raise
        return self._build(progress)

    def _is_same_log(self, connection: sqlite3.Connection) -> bool:
        if self._behind(connection) is None:
            return False
        return all(
            sample(self.log_folder / cursor.name, 0, cursor.offset) == cursor.head
            and sample(self.log_folder / cursor.name, cursor.offset - SAMPLE_BYTES, cursor.offset) == cursor.tail
            for cursor in cursors_of(connection)
        )

    def _build(self, progress: Progress | None) -> Path:
        old = sorted(self.folder.glob("index-*.sqlite*"))
        numbers = [path.name.removeprefix("index-").partition(".")[0] for path in old]
        path = self.folder / f"index-{1 + max((int(each) for each in numbers if each.isdecimal()), default=0)}.sqlite"
        try:
            self._fill(path, progress)
        except BaseException:
            # Half an index on a full disk would make the disk fuller with every attempt.
            for leftover in self.folder.glob(f"{path.name}*"):
                _remove(leftover)
            raise
        pointer = self.folder / "current.new"
        pointer.write_text(path.name, encoding="ascii")
        pointer.replace(self.folder / "current")
        for leftover in old:
            _remove(leftover)
        return path

    def _fill(self, path: Path, progress: Progress | None) -> None:
        schema.create(path)
        connection = schema.open_for_writing(path)
        try:
            self._extend(connection, progress)
            connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        finally:
            connection.close()

    def _extend(self, connection: sqlite3.Connection, progress: Progress | None) -> None:
        from learning_core.index.extend import read_file

        files = self.log_files()
        known = {cursor.name: cursor for cursor in cursors_of(connection)}
        total = sum(path.stat().st_size for path in files)
        done = 0
        for path in files:
            cursor = known.get(path.name) or new_cursor(connection, path)
            for offset in read_file(connection, path, cursor):
                if progress is not None:
                    progress(done + offset, total)
            done += path.stat().st_size


def _is_readable_by_name(path: Path) -> bool:
    """Tell whether this is a plain file (a pipe would wait for ever) whose name is text."""
    return path.is_file() and path.name.isprintable()


def _remove(path: Path) -> None:
    try:
        path.unlink()
    except OSError:
        return  # still open in another process on Windows: the next build takes it away
