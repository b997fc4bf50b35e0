"""Tables of the index file. Another SCHEMA means another file: an old index is rebuilt, never migrated."""

import sqlite3
from pathlib import Path

SCHEMA = 9
"""Raise it whenever a table, a column or the meaning of a stored value changes."""

BUSY_MILLISECONDS = 30_000
"""So long SQLite waits for another connection that holds one of its locks."""

_TABLES = """
CREATE TABLE state(name TEXT PRIMARY KEY, value INTEGER NOT NULL) WITHOUT ROWID;
INSERT INTO state VALUES
  ('jobs', 0), ('events', 0), ('prompt', 0), ('negative', 0), ('generation', 0), ('renamed', 0);

CREATE TABLE log_file(
  id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE, device INTEGER NOT NULL, inode INTEGER NOT NULL,
  offset INTEGER NOT NULL, head BLOB NOT NULL, tail BLOB NOT NULL, lines INTEGER NOT NULL,
  latest REAL NOT NULL, time REAL NOT NULL, backward INTEGER NOT NULL);

CREATE TABLE segment(
  field TEXT NOT NULL, number INTEGER NOT NULL, generation INTEGER NOT NULL, data BLOB NOT NULL,
  UNIQUE(field, number));
CREATE INDEX segment_of_generation ON segment(generation, field, number);
CREATE TABLE leaf(
  name TEXT NOT NULL, level INTEGER NOT NULL, first INTEGER NOT NULL, keys BLOB NOT NULL, rows BLOB NOT NULL,
  UNIQUE(name, level, first));

CREATE TABLE value(
  field TEXT NOT NULL, number INTEGER NOT NULL, same TEXT NOT NULL, display TEXT NOT NULL,
  PRIMARY KEY(field, number)) WITHOUT ROWID;
CREATE UNIQUE INDEX value_of_spelling ON value(field, same);
CREATE TABLE word(number INTEGER PRIMARY KEY, text TEXT NOT NULL UNIQUE);
CREATE TABLE words_of_prompts(
  field TEXT NOT NULL, number INTEGER NOT NULL, sizes BLOB NOT NULL, words BLOB NOT NULL, UNIQUE(field, number));
CREATE VIRTUAL TABLE prompt_text USING fts5(
  words, content='', columnsize=0, tokenize="unicode61 remove_diacritics 0 categories 'L* M* N* P* S*'");
CREATE TABLE tag(name TEXT NOT NULL, ordinal INTEGER NOT NULL, PRIMARY KEY(name, ordinal)) WITHOUT ROWID;
CREATE INDEX tag_of_job ON tag(ordinal);
CREATE TABLE event_text(row INTEGER PRIMARY KEY, kind INTEGER NOT NULL, text TEXT NOT NULL);
CREATE TABLE origin(number INTEGER PRIMARY KEY, path TEXT NOT NULL UNIQUE);
CREATE TABLE origin_row(
  origin INTEGER NOT NULL, of_job INTEGER NOT NULL, row INTEGER NOT NULL,
  PRIMARY KEY(origin, of_job, row)) WITHOUT ROWID;

CREATE TABLE refusal(
  file INTEGER NOT NULL, offset INTEGER NOT NULL, length INTEGER NOT NULL, reason TEXT NOT NULL,
  hash TEXT NOT NULL, PRIMARY KEY(file, offset)) WITHOUT ROWID;
CREATE TABLE conflict(
  id TEXT NOT NULL, content BLOB NOT NULL, position REAL NOT NULL, name TEXT NOT NULL, offset INTEGER NOT NULL,
  PRIMARY KEY(id, content)) WITHOUT ROWID;
"""


class IndexConnection(sqlite3.Connection):
    """A connection to an index; a frozen one sees the file as it stands when it is opened, whatever is added later."""

    is_frozen = False


def create(path: Path) -> IndexConnection:
    """Make an empty index file and return a connection that can write; the caller holds the refresh lock."""
    connection = _connect(path, "rwc")
    try:
        # Nothing is lost with a file that is empty: the disk is waited for when something is moved into it.
        connection.execute("PRAGMA synchronous = OFF")
        connection.execute("PRAGMA page_size = 8192")
        connection.execute("PRAGMA journal_mode = WAL")
        _prepare_writing(connection)
        # What a process keeps in memory of one index must never be taken for that of a later file of the same name.
        identity = "INSERT INTO state VALUES ('identity', random());"
        connection.executescript("BEGIN;" + _TABLES + identity + f"PRAGMA user_version = {SCHEMA}; COMMIT;")
    except BaseException:
        connection.close()
        raise
    return connection


def open_for_writing(path: Path) -> IndexConnection:
    """Return a connection that can write; the caller holds the refresh lock."""
    connection = _connect(path, "rw")
    _prepare_writing(connection)
    return connection


def _prepare_writing(connection: sqlite3.Connection) -> None:
    connection.execute("PRAGMA synchronous = NORMAL")
    connection.execute("PRAGMA cache_size = -32768")


def open_for_reading(path: Path) -> IndexConnection:
    """Return a connection whose statements cannot change the index; raises sqlite3.Error when it is gone.

    To read beside a writer SQLite needs a small file of its own beside the index. Where that cannot be made, on a full
    disk or in a folder without write permission, there is no writer either, and the index is read as it stands.
    """
    connection = _connect(path, "rw")
    try:
        connection.execute("PRAGMA query_only = ON")
        connection.execute("SELECT 1 FROM sqlite_schema").fetchone()
    except sqlite3.OperationalError:
        connection.close()
        journal = path.with_name(f"{path.name}-wal")
        if journal.exists() and journal.stat().st_size:
            raise
        connection = _connect(path, "ro&immutable=1")
        connection.is_frozen = True
    return connection


def is_current(connection: sqlite3.Connection) -> bool:
    """Tell whether the file has the tables of this version."""
    return bool(connection.execute("PRAGMA user_version").fetchone()[0] == SCHEMA)


def is_damage(error: sqlite3.Error) -> bool:
    """Tell whether an error means that the file is broken, not that the system refuses it."""
    if isinstance(error, sqlite3.OperationalError):
        # A table is missing; or bytes are no text, an error of Python's own without a name.
        return getattr(error, "sqlite_errorname", "SQLITE_ERROR") == "SQLITE_ERROR"
    return isinstance(error, sqlite3.DatabaseError)


def counter(connection: sqlite3.Connection, name: str) -> int:
    """Return one of the counters of `state`: jobs, events, prompt, negative, generation, renamed."""
    return int(connection.execute("SELECT value FROM state WHERE name = ?", (name,)).fetchone()[0])


def _connect(path: Path, mode: str) -> IndexConnection:
    """Open a file; mode `rw` never makes one, so that a file just replaced by another process is an error."""
    return sqlite3.connect(
        f"{path.absolute().as_uri()}?mode={mode}",
        uri=True,
        timeout=BUSY_MILLISECONDS / 1000,
        isolation_level=None,
        check_same_thread=False,
        factory=IndexConnection,
    )
