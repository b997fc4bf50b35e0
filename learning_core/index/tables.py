"""The row tables of the index while a batch is applied: known rows are fetched together, new ones written together."""

import sqlite3
from collections.abc import Iterable
from dataclasses import dataclass

import orjson

from learning_core.index.features import Value, prompt_hash
from learning_core.index.judged import JudgementEvent


class Place(tuple[float, str, int]):
    """Where a line stands in the order of the log: (largest time so far in its file, file name, byte offset)."""

    __slots__ = ()


@dataclass(slots=True)
class JobRow:
    """One job: where its line lies, and a hash of what it says."""

    key: str
    ordinal: int
    place: Place
    file: int
    length: int
    content: bytes
    origin: int


@dataclass(slots=True)
class EventRow:
    """One event: what the counts need of it, where its line lies, and a hash of what it says."""

    id: str
    job: str
    kind: str
    image: int | None
    value: int | None
    target: str | None
    place: Place
    file: int
    length: int
    content: bytes
    origin: int


def _listed(keys: Iterable[str]) -> tuple[str]:
    """Return keys as the one bound value of an `IN (SELECT value FROM json_each(?))`."""
    return (orjson.dumps(sorted(set(keys))).decode(),)


class Jobs:
    """The jobs that a batch meets; `put` keeps a row for `flush`."""

    def __init__(self, sql: sqlite3.Connection) -> None:
        self._sql = sql
        self._rows: dict[str, JobRow] = {}
        self._changed: dict[str, JobRow] = {}
        self.count: int = sql.execute("SELECT value FROM state WHERE name = 'jobs'").fetchone()[0]

    def fetch(self, keys: Iterable[str]) -> None:
        """Read the rows of these keys that exist."""
        rows = self._sql.execute(
            "SELECT key, ordinal, position, log_file.name, job.offset, file, length, content, origin"
            " FROM job JOIN log_file ON log_file.id = job.file WHERE key IN (SELECT value FROM json_each(?))",
            _listed(keys),
        )
        for key, ordinal, position, name, offset, file, length, content, origin in rows:
            place = Place((position, name, offset))
            self._rows[key] = JobRow(key, ordinal, place, file, length, content, origin)

    def get(self, key: str) -> JobRow | None:
        """Return the row of a key that was fetched or put."""
        return self._rows.get(key)

    def put(self, row: JobRow) -> None:
        """Keep a new or replaced row."""
        self._rows[row.key] = self._changed[row.key] = row
        self.count = max(self.count, row.ordinal + 1)

    def flush(self) -> None:
        """Write what was put."""
        self._sql.executemany(
            "INSERT OR REPLACE INTO job(ordinal, key, file, offset, length, position, content, origin)"
            " VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
            [
                (row.ordinal, row.key, row.file, row.place[2], row.length, row.place[0], row.content, row.origin)
                for row in self._changed.values()
            ],
        )
        self._sql.execute("UPDATE state SET value = ? WHERE name = 'jobs'", (self.count,))


class Events:
    """The events that a batch meets; `put` keeps a row for `flush`."""

    def __init__(self, sql: sqlite3.Connection) -> None:
        self._sql = sql
        self._rows: dict[str, EventRow] = {}
        self._changed: dict[str, EventRow] = {}

    def fetch(self, ids: Iterable[str]) -> None:
        """Read the rows of these ids that exist."""
        rows = self._sql.execute(
            "SELECT event.id, job, kind, image, event.value, target, position, log_file.name, event.offset, file,"
            " length, content, origin FROM event JOIN log_file ON log_file.id = event.file"
            " WHERE event.id IN (SELECT value FROM json_each(?))",
            _listed(ids),
        )
        for identity, job, kind, image, value, target, position, name, offset, *rest in rows:
            place = Place((position, name, offset))
            self._rows[identity] = EventRow(identity, job, kind, image, value, target, place, *rest)

    def get(self, identity: str) -> EventRow | None:
        """Return the row of an id that was fetched or put."""
        return self._rows.get(identity)

    def put(self, row: EventRow) -> None:
        """Keep a new or replaced row."""
        self._rows[row.id] = self._changed[row.id] = row

    def flush(self) -> None:
        """Write what was put."""
        self._sql.executemany(
            "INSERT OR REPLACE INTO event VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
            [
                (
                    row.id, row.job, row.kind, row.image, row.value, row.target, row.file, row.place[2], row.length,
                    row.place[0], row.content, row.origin,
                )
                for row in self._changed.values()
            ],
        )  # fmt: skip

    def jobs_with_events(self, keys: Iterable[str]) -> set[str]:
        """Return those of the keys that an event refers to; call it after `flush`."""
        rows = self._sql.execute(
            "SELECT DISTINCT job FROM event WHERE job IN (SELECT value FROM json_each(?))", _listed(keys)
        )
        return {key for (key,) in rows}


class Conflicts:
    """Ids that came with different contents: each content is kept once, at its first place in the log."""

    def __init__(self, sql: sqlite3.Connection) -> None:
        self._sql = sql

    def note(self, identity: str, contents: Iterable[tuple[bytes, Place]]) -> None:
        """Keep the contents of an id; of a content seen before, the earlier place."""
        self._sql.executemany(
            "INSERT INTO conflict(id, content, position, name, offset) VALUES (?, ?, ?, ?, ?)"
            " ON CONFLICT(id, content) DO UPDATE SET"
            " position = excluded.position, name = excluded.name, offset = excluded.offset"
            " WHERE (excluded.position, excluded.name, excluded.offset) < (position, name, offset)",
            [(identity, content, *place) for content, place in contents],
        )


class Values:
    """The dictionary of names: a number for each value of each named column."""

    def __init__(self, sql: sqlite3.Connection) -> None:
        self._sql = sql
        self._known: dict[tuple[str, str], tuple[int, str]] = {}

    def number(self, field: str, value: Value) -> int:
        """Return the number of a value. Of several spellings the smallest is shown, whatever came first."""
        known = self._known.get((field, value.same)) or self._find(field, value)
        if value.display < known[1]:
            self._sql.execute("UPDATE value SET display = ? WHERE id = ?", (value.display, known[0]))
            known = (known[0], value.display)
        self._known[field, value.same] = known
        return known[0]

    def _find(self, field: str, value: Value) -> tuple[int, str]:
        self._sql.execute(
            "INSERT INTO value(field, same, display) VALUES (?, ?, ?) ON CONFLICT(field, same) DO NOTHING",
            (field, value.same, value.display),
        )
        number, display = self._sql.execute(
            "SELECT id, display FROM value WHERE field = ? AND same = ?", (field, value.same)
        ).fetchone()
        return number, display


class Prompts:
    """The different positive prompts, by their words."""

    def __init__(self, sql: sqlite3.Connection) -> None:
        self._sql = sql
        self._known: dict[str, int] = {"": 0}

    def number(self, terms: str) -> int:
        """Return the number of a prompt with these words (`features.prompt_terms`), 0 for one without words."""
        number = self._known.get(terms)
        if number is None:
            number = self._known[terms] = self._find(terms)
        return number

    def _find(self, terms: str) -> int:
        digest = prompt_hash(terms)
        found = self._sql.execute("SELECT id FROM prompt WHERE hash = ?", (digest,)).fetchone()
        if found is not None:
            return int(found[0])
        number = int(self._sql.execute("INSERT INTO prompt(hash) VALUES (?)", (digest,)).lastrowid or 0)
        self._sql.execute("INSERT INTO prompt_words(rowid, words) VALUES (?, ?)", (number, terms))
        return number


class Origins:
    """The files that imported jobs and events came from, where their producer may rewrite them."""

    def __init__(self, sql: sqlite3.Connection) -> None:
        self._sql = sql
        self._known: dict[str, int] = {}

    def number(self, path: str | None) -> int:
        """Return the number of a path, 0 for none."""
        if path is None:
            return 0
        if path not in self._known:
            self._sql.execute("INSERT INTO origin(path) VALUES (?) ON CONFLICT DO NOTHING", (path,))
            row = self._sql.execute("SELECT id FROM origin WHERE path = ?", (path,)).fetchone()
            self._known[path] = int(row[0])
        return self._known[path]


def events_of(sql: sqlite3.Connection, keys: Iterable[str]) -> dict[str, list[JudgementEvent]]:
    """Return the events of each job that has any, in no particular order."""
    rows = sql.execute(
        "SELECT job, event.id, kind, image, event.value, target, position, log_file.name, event.offset"
        " FROM event JOIN log_file ON log_file.id = event.file WHERE job IN (SELECT value FROM json_each(?))",
        _listed(keys),
    )
    found: dict[str, list[JudgementEvent]] = {}
    for job, identity, kind, image, value, target, position, file, offset in rows:
        texts = tuple(orjson.loads(target)) if kind == "tags" else ()
        event = JudgementEvent(identity, kind, image, value, target, position, file, offset, texts)
        found.setdefault(job, []).append(event)
    return found
