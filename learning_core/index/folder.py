"""Keeping the index level with the log: extend it by offset, or build a new one beside the old.

The cache folder holds `index-N.sqlite` files and `current`, a small file that names the one in use. A new build
gets the next number and becomes current by one atomic replace, so readers see the old index or the new one.
"""

import sqlite3
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from filelock import FileLock, Timeout

from learning_core.errors import IndexUnavailable
from learning_core.index import schema
from learning_core.index.cursor import cursors_of, pending

LOCK_SECONDS = 600.0
PATIENCE = 2.0
"""Seconds to wait for another process's indexing when there is an index to answer from."""
_POLL_SECONDS = 0.5

Progress = Callable[[int, int], None]
"""Called with bytes done and bytes in total."""


@dataclass(frozen=True, slots=True)
class Refreshed:
    """The index file to answer from; `stale` is empty, or the sentence that says why it is behind the log."""

    path: Path
    stale: str = ""


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

    def refresh(self, progress: Progress | None = None, *, lock_seconds: float = LOCK_SECONDS) -> Refreshed:
        """Bring the index level with the log and return its file.

        One process does the work. Another one waits; where there is an index already, only PATIENCE seconds, then it
        is told to answer from that. Raises IndexUnavailable when there is none, and the cache folder refuses or
        another process needs longer than `lock_seconds`.
        """
        path, behind = self._usable()
        if path is not None and behind == 0:
            return Refreshed(path)
        try:
            self.folder.mkdir(parents=True, exist_ok=True, mode=0o700)
            with self._locked(progress, lock_seconds if path is None else PATIENCE):
                return Refreshed(self._refresh_locked(progress))
        except Timeout as error:
            why = "another process is indexing"
            if path is None:
                raise IndexUnavailable(
                    f"Another process has been indexing for {lock_seconds:g} seconds; try again."
                ) from error
        except (OSError, sqlite3.OperationalError) as error:
            reason = error.strerror if isinstance(error, OSError) and error.strerror else str(error)
            if isinstance(error, OSError) and str(error.filename).startswith(str(self.log_folder)):
                raise IndexUnavailable(
                    f"{error.filename} cannot be read: {reason}. "
                    "Correct its permissions, or move it out of the log folder."
                ) from error
            why = f"the index in {self.folder} cannot be written: {reason}"
            if path is None or not path.is_file():
                raise IndexUnavailable(
                    f"T{why[1:]}. Free the disk, or choose another folder with WHATWORKS_CACHE."
                ) from error
        return Refreshed(path, f"The newest records are not counted yet: {why}.")

    def _usable(self) -> tuple[Path | None, int]:
        """Return the index in use if it holds nothing that the log does not, and the bytes that it is behind."""
        path = self.current()
        if path is not None:
            try:
                connection = schema.open_for_reading(path)
                try:
                    if schema.is_current(connection):
                        behind = self._behind(connection)
                        return (None, 0) if behind is None else (path, behind)
                finally:
                    connection.close()
            except (OSError, sqlite3.Error):
                return None, 0
        return None, 0

    @contextmanager
    def _locked(self, progress: Progress | None, seconds: float) -> Iterator[None]:
        """Hold the refresh lock; while another process holds it, show how far that one is."""
        lock = FileLock(self.folder / "refresh.lock", mode=0o600)
        for waited in range(int(seconds / _POLL_SECONDS) + 1):
            try:
                lock.acquire(timeout=_POLL_SECONDS)
                break
            except Timeout:
                if progress is not None:
                    self._show(progress)
                if (waited + 1) * _POLL_SECONDS >= seconds:
                    raise
        try:
            yield
        finally:
            lock.release()

    def _show(self, progress: Progress) -> None:
        files = sorted(self.folder.glob("index-*.sqlite"), key=_number)
        try:
            connection = schema.open_for_reading(files[-1])
            try:
                done = sum(cursor.offset for cursor in cursors_of(connection))
            finally:
                connection.close()
            progress(done, sum(path.stat().st_size for path in self.log_files()))
        except (IndexError, OSError, sqlite3.Error):
            return  # the other process has just begun, or has just finished

    def _behind(self, connection: sqlite3.Connection) -> int | None:
        """Return the bytes of log not yet indexed; None when a file no longer begins with what was read of it."""
        cursors = {cursor.name: cursor for cursor in cursors_of(connection)}
        behind = 0
        for path in self.log_files():
            cursor = cursors.pop(path.name, None)
            status = path.stat()
            if cursor is None:
                behind += max(status.st_size, 1)
            elif not cursor.still_fits(path, status):
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
                if schema.is_current(connection) and self._behind(connection) is not None:
                    self._extend(connection, progress)
                    return path
            finally:
                connection.close()
        except sqlite3.DatabaseError as error:
            if isinstance(error, sqlite3.OperationalError):
                raise
        return self._build(progress)

    def _build(self, progress: Progress | None) -> Path:
        """Build beside the index in use, going on where a killed build stopped, and put the new one in its place."""
        current = self.current()
        old = sorted(self.folder.glob("index-*.sqlite"), key=_number)
        path = old[-1] if old and old[-1] != current and self._can_go_on(old[-1]) else None
        if path is None:
            path = self.folder / f"index-{_number(old[-1]) + 1 if old else 1}.sqlite"
            schema.create(path)
        try:
            self._fill(path, progress)
        except (OSError, sqlite3.Error):
            # Half an index would keep a full disk full.
            _remove_index(path)
            raise
        pointer = self.folder / "current.new"
        pointer.write_text(path.name, encoding="ascii")
        pointer.replace(self.folder / "current")
        for leftover in (*old, *self.folder.glob("damaged-index-*.sqlite")):
            if leftover != path:
                _remove_index(leftover)
        return path

    def _can_go_on(self, path: Path) -> bool:
        try:
            connection = schema.open_for_reading(path)
            try:
                return schema.is_current(connection) and self._behind(connection) is not None
            finally:
                connection.close()
        except sqlite3.Error:
            return False

    def _fill(self, path: Path, progress: Progress | None) -> None:
        connection = schema.open_for_writing(path)
        try:
            self._extend(connection, progress)
            connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        finally:
            connection.close()

    def _extend(self, connection: sqlite3.Connection, progress: Progress | None) -> None:
        from learning_core.index.extend import extend

        files = self.log_files()
        if not files:
            return
        sizes = {path: path.stat().st_size for path in files}
        reached: dict[Path, int] = {}
        for path, offset in extend(connection, files):
            reached[path] = offset
            if progress is not None:
                progress(sum(reached.values()), sum(sizes.values()))


def discard(path: Path) -> None:
    """Put a damaged index aside, so that the next refresh builds a new one."""
    pointer = path.parent / "current"
    try:
        if pointer.read_text(encoding="ascii").strip() == path.name:
            pointer.unlink()
            path.replace(path.with_name(f"damaged-{path.name}"))
    except (OSError, UnicodeDecodeError):
        return  # somebody else did it, or holds it open


def _is_readable_by_name(path: Path) -> bool:
    """Tell whether this is a plain file (a pipe would wait for ever) whose name is text."""
    return path.is_file() and path.name.isprintable()


def _number(path: Path) -> int:
    number = path.name.removeprefix("index-").partition(".")[0]
    return int(number) if number.isdecimal() else 0


def _remove_index(path: Path) -> None:
    for each in (path, path.with_name(f"{path.name}-wal"), path.with_name(f"{path.name}-shm")):
        try:
            each.unlink(missing_ok=True)
        except OSError:
            continue  # still open in another process on Windows: the next build takes it away
