"""Opening one consistent view of the index, whatever other processes do with its file meanwhile."""

import sqlite3
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

from learning_core.errors import IndexDamaged, IndexUnavailable
from learning_core.index import schema
from learning_core.index.folder import Refreshed, discard
from learning_core.index.matching_files import MatchingFiles
from learning_core.index.reading import readers
from learning_core.index.snapshot import Snapshot

_ATTEMPTS = 5


@contextmanager
def open_snapshot(
    find: Callable[[], Refreshed], log_folder: Path, matching: MatchingFiles | None = None
) -> Iterator[Snapshot]:
    """Open one consistent view of the index file that `find` names.

    Another process may take the file away between finding and opening it: then it is looked for again. Raises
    IndexUnavailable, or IndexDamaged when the file turns out to be broken: it is put aside, and asking again builds a
    new one.
    """
    with ExitStack() as stack:
        snapshot, path = _opened(find, log_folder, matching, stack)
        try:
            yield snapshot
        except sqlite3.DatabaseError as error:
            if not schema.is_damage(error):
                raise IndexUnavailable(f"The index {path} cannot be read now ({error}); ask again.") from error
            discard(path)
            raise IndexDamaged(path, str(error)) from error


def _opened(
    find: Callable[[], Refreshed], log_folder: Path, matching: MatchingFiles | None, stack: ExitStack
) -> tuple[Snapshot, Path]:
    """Return a view, which lasts as long as `stack`, and the file that it is of."""
    for _ in range(_ATTEMPTS):
        found = find()
        try:
            with ExitStack() as attempt:
                connection = attempt.enter_context(readers.lent(found.path))
                snapshot = _view(connection, found, log_folder, matching)
                stack.push(attempt.pop_all())
                return snapshot, found.path
        except sqlite3.DatabaseError as error:
            failed, path = error, found.path
            if schema.is_damage(error):
                discard(path)
    raise IndexUnavailable(f"The index {path} cannot be opened ({failed}); ask again.") from failed


def _view(
    connection: sqlite3.Connection, found: Refreshed, log_folder: Path, matching: MatchingFiles | None
) -> Snapshot:
    """Return a view of the state that was found, or a later one; raises sqlite3.DatabaseError where it is lost."""
    # From its first read on, a view is not disturbed by who takes the file away.
    connection.execute("BEGIN")
    snapshot = Snapshot(connection, log_folder, found.path, found.stale, matching)
    if snapshot.generation < found.generation:
        # Whoever deletes SQLite's journal alone takes away what is not in the index file yet.
        raise sqlite3.DatabaseError("its newest records were taken away")
    return snapshot
