"""Keeping the index level with the log: extend it by offset, or build a new one beside the old.

The cache folder holds `index-N.sqlite` files and `current`, a small file that names the one in use. A new build
gets the next number and becomes current by one atomic replace, so readers see the old index or the new one.
"""

import gc
import os
import re
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing, contextmanager, suppress
from functools import lru_cache
from operator import attrgetter
from pathlib import Path

from msgspec import Struct
from msgspec.structs import replace

from learning_core.errors import IndexUnavailable
from learning_core.index import schema
from learning_core.index.cursor import cursors_of, pending
from learning_core.index.reading import close_all, readers, writers
from learning_core.log import lock
from learning_core.log.read import read_pieces

LOCK_SECONDS = 600.0
PATIENCE = 2.0
"""Seconds to wait for another process's indexing when there is an index to answer from."""
_RARE = (200_000, 50, 1000)
_ATTEMPTS = 4
_LONGEST_NAME = 100
_INDEX_NAME = re.compile(rb"index-\w+\.sqlite\s*")
CHECKPOINT_BATCHES = 2
"""After more batches than that, what they wrote is moved from SQLite's journal into the index at once."""

Progress = Callable[[int, int], None]
"""Called with bytes done and bytes in total."""


class Refreshed(Struct, frozen=True):
    """The index file to answer from, and the state of it that is level with the log, or a later one.

    `stale` is empty, or the sentence that says why it is behind the log.
    """

    path: Path
    generation: int
    stale: str = ""


class IndexFolder:
    """The cache folder of one library: finds, refreshes and rebuilds its index."""

    def __init__(self, folder: Path, log_folder: Path) -> None:
        self.folder = folder
        self.log_folder = log_folder
        self._pointer = folder / "current"

    def log_files(self) -> list[Path]:
        """Return the files of the log, by name; raises IndexUnavailable when the folder cannot be read."""
        return [_within(self.log_folder, entry.name) for entry in self._entries() if _is_readable_by_name(entry)]

    def entries(self) -> list[Path]:
        """Return everything in the log folder that is named like a file of the log, also what cannot be one."""
        return [self.log_folder / entry.name for entry in self._entries()]

    def _entries(self) -> list["os.DirEntry[str]"]:
        try:
            with os.scandir(self.log_folder) as found:
                entries = [entry for entry in found if entry.name.endswith(".jsonl") and entry.name[0] != "."]
        except FileNotFoundError:
            return []
        except OSError as error:
            raise IndexUnavailable(
                f"The log folder {self.log_folder} cannot be read: {error.strerror or error}. "
                "Correct its permissions, or choose another library with --library."
            ) from error
        return sorted(entries, key=attrgetter("name"))

    def current(self) -> Path | None:
        """Return the index file in use, None when there is none."""
        path = self._pointed()
        return path if path is not None and path.is_file() else None

    def _pointed(self) -> Path | None:
        """Return the index file that is said to be in use, None where nothing is said; it may be gone."""
        try:
            (name,) = read_pieces(self._pointer, (0, _LONGEST_NAME))
        except OSError:
            return None
        return _within(self.folder, name.decode("ascii").strip()) if _INDEX_NAME.fullmatch(name) else None

    def refresh(self, progress: Progress | None = None, *, lock_seconds: float = LOCK_SECONDS) -> Refreshed:
        """Bring the index level with the log and return its file.

        One process does the work. Another one waits; where there is an index already, only PATIENCE seconds, then it
        is told to answer from that. Raises IndexUnavailable when there is none, and the cache folder refuses or
        another process needs longer than `lock_seconds`.
        """
        for attempt in range(_ATTEMPTS):
            try:
                return self._refresh(progress, lock_seconds)
            except (OSError, sqlite3.Error) as error:
                # What is kept open may be of files that are gone, and would share its state with new ones.
                close_all()
                if attempt < _ATTEMPTS - 1 and self._is_lost(error):
                    continue
                remedy = "Free the disk, or choose another folder with WHATWORKS_CACHE"
                return self._stale(self._usable()[0], self._why(error), remedy, error)
        raise AssertionError

    def _is_lost(self, error: OSError | sqlite3.Error) -> bool:
        """Tell whether somebody deleted or broke files while this process worked on them: then they are made again.

        SQLite calls it an input or output error when its files are deleted under it.
        """
        if isinstance(error, FileNotFoundError) or not (self.folder / "refresh.lock").exists():
            return True
        if isinstance(error, OSError):
            return False
        is_cut_off = isinstance(error, sqlite3.OperationalError) and error.sqlite_errorname.startswith(
            ("SQLITE_IOERR", "SQLITE_CANTOPEN")
        )
        return schema.is_damage(error) or is_cut_off

    def _refresh(self, progress: Progress | None, lock_seconds: float) -> Refreshed:
        found, behind = self._usable()
        if found is not None and behind == 0:
            return found
        self.folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        try:
            seconds = lock_seconds if found is None else PATIENCE
            with lock.held(self.folder / "refresh.lock", seconds, self._show(progress)):
                return self._refresh_locked(progress)
        except lock.HeldByOthers as error:
            usable = self._usable()[0]
            if usable is None and found is not None:
                # What could have answered was replaced or taken away meanwhile: now it is worth waiting.
                return self._refresh(progress, lock_seconds)
            why = f"{error.holder} has been indexing for {error.seconds:g} seconds"
            return self._stale(usable, why, "Try again", error)

    def _stale(self, usable: Refreshed | None, why: str, remedy: str, error: Exception) -> Refreshed:
        """Answer from the index as it is, if there is one."""
        if usable is None:
            raise IndexUnavailable(f"{why[0].upper()}{why[1:]}. {remedy}.") from error
        return replace(usable, stale=f"The newest records are not counted yet: {why}.")

    def _why(self, error: OSError | sqlite3.Error) -> str:
        if isinstance(error, OSError):
            reason = error.strerror or str(error)
            if str(error.filename).startswith(str(self.log_folder)):
                raise IndexUnavailable(
                    f"{error.filename} cannot be read: {reason}. "
                    "Correct its permissions, or move it out of the log folder."
                ) from error
        else:
            reason = str(error)
        return f"the index in {self.folder} cannot be written: {reason}"

    def _usable(self) -> tuple[Refreshed | None, int]:
        """Return the index in use if it holds nothing that the log does not, and the bytes that it is behind."""
        path = self._pointed()
        if path is not None:
            try:
                with readers.lent(path) as connection:
                    # SQLite takes and gives back its lock once, not for each of the three.
                    connection.execute("BEGIN")
                    if schema.is_current(connection):
                        behind = self._behind(connection)
                        found = Refreshed(path, schema.counter(connection, "generation"))
                        return (None, 0) if behind is None else (found, behind)
            except (OSError, sqlite3.Error):
                return None, 0
        return None, 0

    def _show(self, progress: Progress | None) -> Callable[[], None]:
        """Return what shows how far the process is that holds the lock."""

        def show() -> None:
            try:
                done, total = (self.folder / "progress").read_text(encoding="ascii").split()
            except (OSError, ValueError):
                return  # it has just begun, or has just finished
            if progress is not None:
                progress(int(done), int(total))

        return show

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

    def _refresh_locked(self, progress: Progress | None) -> Refreshed:
        path = self.current()
        if path is not None:
            try:
                with writers.lent(path) as connection:
                    if self._can_go_on(connection):
                        self._fill(connection, progress)
                        return Refreshed(path, schema.counter(connection, "generation"))
            except sqlite3.DatabaseError as error:
                if schema.is_damage(error):
                    discard(path)
                elif not error.sqlite_errorname.startswith("SQLITE_READONLY"):
                    raise
        return self._build(progress)

    def _build(self, progress: Progress | None) -> Refreshed:
        """Build beside the index in use, going on where a killed build stopped, and put the new one in its place.

        A finished index gets a name that no other ever had, so that nobody takes one for another.
        """
        building = self.folder / "building.sqlite"
        try:
            identity, generation = self._built(building, progress)
        except (OSError, sqlite3.Error):
            # Half an index would keep a full disk full.
            _remove_index(building)
            raise
        path = self.folder / f"index-{identity % 2**64:016x}.sqlite"
        building.replace(path)
        pointer = self.folder / "current.new"
        pointer.write_text(path.name, encoding="ascii")
        pointer.replace(self._pointer)
        # Windows takes no file away that is open.
        close_all()
        for leftover in (*self.folder.glob("index-*.sqlite"), *self.folder.glob("damaged-*.sqlite")):
            if leftover != path:
                _remove_index(leftover)
        return Refreshed(path, generation)

    def _built(self, building: Path, progress: Progress | None) -> tuple[int, int]:
        """Build an index, or the rest of it, and return its identity and generation."""
        connection = self._begun(building)
        try:
            self._fill(connection, progress)
            return schema.counter(connection, "identity"), schema.counter(connection, "generation")
        finally:
            connection.close()

    def _begun(self, building: Path) -> sqlite3.Connection:
        """Open the index that a killed build left if it can be gone on with, else an empty one."""
        if building.is_file():
            with suppress(sqlite3.Error), ExitStack() as stack:
                connection = stack.enter_context(closing(schema.open_for_writing(building)))
                if self._can_go_on(connection):
                    stack.pop_all()
                    return connection
        _remove_index(building)
        return schema.create(building)

    def _can_go_on(self, connection: sqlite3.Connection) -> bool:
        """Tell whether an index holds nothing but what the log begins with."""
        return schema.is_current(connection) and self._behind(connection) is not None

    def _fill(self, connection: sqlite3.Connection, progress: Progress | None) -> None:
        """Bring an index level with the log."""
        try:
            if self._extend(connection, progress) > CHECKPOINT_BATCHES:
                # Whoever still looks at an older state is not waited for: what stays in the journal is moved later.
                connection.execute("PRAGMA busy_timeout = 0")
                connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
                connection.execute(f"PRAGMA busy_timeout = {schema.BUSY_MILLISECONDS}")
            # The connection stays open, but what it read is not needed by the next few lines.
            connection.execute("PRAGMA shrink_memory")
        finally:
            (self.folder / "progress").unlink(missing_ok=True)

    def _extend(self, connection: sqlite3.Connection, progress: Progress | None) -> int:
        """Apply what the log gained and return the number of batches."""
        from learning_core.index.extend import extend

        files = self.log_files()
        if not files:
            return 0
        total = sum(path.stat().st_size for path in files)
        reached: dict[Path, int] = {}
        batches = 0
        with _rare_collections():
            for path, offset in extend(connection, files):
                batches += offset > reached.get(path, offset)
                reached[path] = offset
                done = sum(reached.values())
                if batches and done < total:
                    (self.folder / "progress").write_text(f"{done} {total}", encoding="ascii")
                if progress is not None:
                    progress(done, total)
        return batches


@contextmanager
def _rare_collections() -> Iterator[None]:
    """Look for garbage in cycles rarely: reading lines makes none, and looking takes a seventh of a build's time."""
    before = gc.get_threshold()
    if before == _RARE:
        yield
        return
    gc.set_threshold(*_RARE)
    try:
        yield
    finally:
        gc.set_threshold(*before)


def discard(path: Path) -> None:
    """Put a damaged index aside, so that the next refresh builds a new one."""
    pointer = path.parent / "current"
    try:
        if pointer.read_text(encoding="ascii").strip() == path.name:
            pointer.unlink()
            path.replace(path.with_name(f"damaged-{path.name}"))
    except (OSError, UnicodeDecodeError):
        return  # somebody else did it, or holds it open


def _is_readable_by_name(entry: "os.DirEntry[str]") -> bool:
    """Tell whether this is a plain file (a pipe would wait for ever) whose name is text."""
    # Most are no links, of which the folder itself tells what they are.
    is_file = entry.is_file(follow_symlinks=False) or Path(entry.path).is_file()
    return is_file and entry.name.isprintable()


@lru_cache(maxsize=256)
def _within(folder: Path, name: str) -> Path:
    """Return a path that is asked for with each question: making one takes as long as reading a small file."""
    return folder / name


def _remove_index(path: Path) -> None:
    for each in (path, path.with_name(f"{path.name}-wal"), path.with_name(f"{path.name}-shm")):
        try:
            each.unlink(missing_ok=True)
        except OSError:
            continue  # still open in another process on Windows: the next build takes it away
