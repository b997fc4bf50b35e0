"""Tables of the index file. Another SCHEMA means another file: an old index is rebuilt, never migrated."""

import sqlite3
from pathlib import Path

SCHEMA = 1
"""Raise it whenever a table, a column or the meaning of a stored value changes."""

_TABLES = """
CREATE TABLE state(name TEXT PRIMARY KEY, value INTEGER NOT NULL) WITHOUT ROWID;
INSERT INTO state VALUES ('jobs', 0), ('generation', 0);

CREATE TABLE log_file(
  id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE, device INTEGER NOT NULL, inode INTEGER NOT NULL,
  offset INTEGER NOT NULL, head BLOB NOT NULL, tail BLOB NOT NULL, latest REAL NOT NULL, lines INTEGER NOT NULL);

CREATE TABLE job(
  ordinal INTEGER PRIMARY KEY, key TEXT NOT NULL UNIQUE, file INTEGER NOT NULL, offset INTEGER NOT NULL,
  length INTEGER NOT NULL, position REAL NOT NULL, content BLOB NOT NULL, origin INTEGER NOT NULL);

CREATE TABLE event(
  id TEXT PRIMARY KEY, job TEXT NOT NULL, kind TEXT NOT NULL, image INTEGER, value INTEGER, target TEXT,
  file INTEGER NOT NULL, offset INTEGER NOT NULL, length INTEGER NOT NULL, position REAL NOT NULL,
  content BLOB NOT NULL, origin INTEGER NOT NULL) WITHOUT ROWID;
CREATE INDEX event_of_job ON event(job);

CREATE TABLE origin(id INTEGER PRIMARY KEY, path TEXT NOT NULL UNIQUE);
CREATE INDEX job_of_origin ON job(origin) WHERE origin > 0;
CREATE INDEX event_of_origin ON event(origin) WHERE origin > 0;

CREATE TABLE value(
  id INTEGER PRIMARY KEY, field TEXT NOT NULL, same TEXT NOT NULL, display TEXT NOT NULL, UNIQUE(field, same));
CREATE TABLE prompt(id INTEGER PRIMARY KEY, hash BLOB NOT NULL UNIQUE);
CREATE VIRTUAL TABLE prompt_words USING fts5(
  words, content='', columnsize=0, tokenize="unicode61 remove_diacritics 0 categories 'L* M* N* P* S*'");
CREATE TABLE segment(field TEXT NOT NULL, number INTEGER NOT NULL, data BLOB NOT NULL, UNIQUE(field, number));
CREATE TABLE tag(name TEXT NOT NULL, ordinal INTEGER NOT NULL, PRIMARY KEY(name, ordinal)) WITHOUT ROWID;
CREATE INDEX tag_of_job ON tag(ordinal);

CREATE TABLE refusal(
  file INTEGER NOT NULL, offset INTEGER NOT NULL, length INTEGER NOT NULL, reason TEXT NOT NULL,
  hash TEXT NOT NULL, PRIMARY KEY(file, offset)) WITHOUT ROWID;
CREATE TABLE conflict(
  id TEXT NOT NULL, content BLOB NOT NULL, position REAL NOT NULL, name TEXT NOT NULL, offset INTEGER NOT NULL,
  PRIMARY KEY(id, content)) WITHOUT ROWID;
"""


def create(path: Path) -> None:
    """Make an empty index file."""
    connection = _connect(path, "rwc")
    try:
        connection.execute("PRAGMA page_size = 8192")
        connection.execute("PRAGMA journal_mode = WAL")
        connection.executescript("BEGIN;" + _TABLES + f"PRAGMA user_version = {SCHEMA}; COMMIT;")
    finally:
        connection.close()


def open_for_writing(path: Path) -> sqlite3.Connection:
    """Return a connection that can write; the caller holds the refresh lock."""
    connection = _connect(path, "rw")
    connection.execute("PRAGMA synchronous = NORMAL")
    connection.execute("PRAGMA cache_size = -65536")
    return connection


def open_for_reading(path: Path) -> sqlite3.Connection:
    """Return a connection whose statements cannot change the index; raises sqlite3.Error when it is gone."""
    connection = _connect(path, "rw")
    connection.execute("PRAGMA query_only = ON")
    return connection


def is_current(connection: sqlite3.Connection) -> bool:
    """Tell whether the file has the tables of this version."""
    return bool(connection.execute("PRAGMA user_version").fetchone()[0] == SCHEMA)


def _connect(path: Path, mode: str) -> sqlite3.Connection:
    """Open a file; mode `rw` never makes one, so that a file just replaced by another process is an error."""
    return sqlite3.connect(
        f"{path.absolute().as_uri()}?mode={mode}",
        uri=True,
        timeout=30.0,
        isolation_level=None,
        check_same_thread=False,
    )
