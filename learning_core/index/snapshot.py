"""One consistent view of the index: columns, names, words, and the way back to the log."""

import sqlite3
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import orjson

from learning_core.errors import IndexUnavailable, UnknownReference, Unreadable
from learning_core.index import schema
from learning_core.index.columns import TYPES, Column, read_column
from learning_core.index.cursor import Cursor, cursors_of
from learning_core.index.judged import JudgementEvent, Standing, in_force, in_log_order, standing, undone
from learning_core.index.tables import events_of
from learning_core.log.events import decode
from learning_core.log.read import read_line
from learning_core.model.job import job_key
from learning_core.text.keywords import is_phrase, words

REFERENCE = "rec:"
Row = tuple[str, str, int, int, bytes]
_CONFLICTING = (
    "FROM conflict LEFT JOIN job ON job.key = conflict.id LEFT JOIN event ON event.id = conflict.id"
    " WHERE conflict.content <> COALESCE(job.content, event.content)"
)

_kept: dict[str, tuple[int, dict[str, Column]]] = {}
"""Columns of the index files in use, valid for one generation: a server answers many questions from one read."""


class Snapshot:
    """A view that does not change while it is open; made by `open_snapshot`."""

    def __init__(self, connection: sqlite3.Connection, log_folder: Path, path: Path) -> None:
        self._sql = connection
        self._log_folder = log_folder
        state = dict(connection.execute("SELECT name, value FROM state"))
        self.jobs: int = state["jobs"]
        kept = _kept.get(str(path))
        if kept is None or kept[0] != state["generation"]:
            _kept.clear()
            _kept[str(path)] = kept = (state["generation"], {})
        self._columns = kept[1]

    # -- columns and names

    def column(self, name: str) -> Column:
        """Return one column, a row a job; see `columns.TYPES`."""
        found = self._columns.get(name)
        if found is None:
            found = self._columns[name] = read_column(self._sql, name, self.jobs)
            if len(found) < self.jobs:
                found = self._columns[name] = np.zeros(self.jobs, TYPES[name])
        return found

    def standing_jobs(self) -> Column:
        """Return a mask of the jobs that were not withdrawn."""
        return np.equal(self.column("withdrawn"), 0)

    def values(self, field: str, numbers: Column | None = None) -> dict[int, str]:
        """Return the names of one field by their number in the column; only of these numbers, if given."""
        if numbers is None:
            return dict(self._sql.execute("SELECT id, display FROM value WHERE field = ?", (field,)))
        wanted = orjson.dumps(np.unique(numbers).tolist()).decode()
        return dict(
            self._sql.execute("SELECT id, display FROM value WHERE id IN (SELECT value FROM json_each(?))", (wanted,))
        )

    def same_keys(self, field: str) -> dict[int, str]:
        """Return the keys under which spellings fall together, by number in the column."""
        return dict(self._sql.execute("SELECT id, same FROM value WHERE field = ?", (field,)))

    # -- words

    def prompts_with(self, alternative: str, *, phrase: bool) -> Column:
        """Return the numbers of the prompts that hold all words of an alternative, or hold it as a phrase."""
        tokens = [f'"{token}"' for token in words(alternative)]
        if not tokens:
            return np.zeros(0, np.int64)
        query = '"' + " ".join(words(alternative)) + '"' if phrase or is_phrase(alternative) else " AND ".join(tokens)
        rows = self._sql.execute("SELECT rowid FROM prompt_words WHERE prompt_words MATCH ?", (query,))
        return np.fromiter((row[0] for row in rows), np.int64)

    def jobs_with_prompts(self, prompts: Column) -> Column:
        """Return a mask of the jobs whose positive prompt is among the numbers."""
        column = self.column("prompt")
        wanted = np.zeros(int(column.max(initial=0)) + 1, bool)
        wanted[prompts[prompts < len(wanted)]] = True
        wanted[0] = False
        return wanted[column]

    # -- tags

    def tags(self) -> dict[str, list[int]]:
        """Return each tag with the row numbers of its jobs."""
        found: dict[str, list[int]] = {}
        for name, ordinal in self._sql.execute("SELECT name, ordinal FROM tag ORDER BY name, ordinal"):
            found.setdefault(name, []).append(ordinal)
        return found

    def jobs_with_tags(self, names: Iterable[str]) -> Column:
        """Return a mask of the jobs that carry one of the tags."""
        mask = np.zeros(self.jobs, bool)
        for name in names:
            for (ordinal,) in self._sql.execute("SELECT ordinal FROM tag WHERE name = ?", (name,)):
                mask[ordinal] = True
        return mask

    # -- records

    def references(self, ordinals: Iterable[int]) -> list[str]:
        """Return the references of jobs by row number."""
        keys = self.column("key")
        return [f"{REFERENCE}{int(keys[ordinal]):016x}" for ordinal in ordinals]

    def ordinal(self, reference: str) -> int:
        """Return the row number of a job; raises UnknownReference."""
        found = self._sql.execute("SELECT ordinal FROM job WHERE key = ?", (_key(reference),)).fetchone()
        if found is None:
            raise UnknownReference(reference)
        return int(found[0])

    def job(self, reference: str) -> dict[str, Any]:
        """Return a job's line from the log, with its numbers exact; raises UnknownReference."""
        found = self._sql.execute(
            "SELECT log_file.name, job.offset, job.length FROM job JOIN log_file ON log_file.id = job.file"
            " WHERE key = ?",
            (_key(reference),),
        ).fetchone()
        if found is None:
            raise UnknownReference(reference)
        return self._line(*found)

    def place(self, reference: str) -> tuple[str, int]:
        """Return the log file of a job's line and its byte offset there; raises UnknownReference."""
        found = self._sql.execute(
            "SELECT name, job.offset FROM job JOIN log_file ON log_file.id = job.file WHERE key = ?",
            (_key(reference),),
        ).fetchone()
        if found is None:
            raise UnknownReference(reference)
        return found[0], int(found[1])

    def _said(self, key: str) -> list[JudgementEvent]:
        return events_of(self._sql, [key]).get(key, [])

    def standing(self, reference: str) -> Standing:
        """Return the judgements of a job that stand."""
        return standing(self._said(_key(reference)))

    def in_force(self, reference: str) -> set[str]:
        """Return the ids of the events of a job that are neither undone nor superseded."""
        return in_force(self._said(_key(reference)))

    def events(self, reference: str) -> list[tuple[dict[str, Any], bool]]:
        """Return what was said of a job in log order, each with whether it was not undone."""
        ordered = in_log_order(self._said(_key(reference)))
        gone = undone(ordered)
        said = []
        for event in ordered:
            (length,) = self._sql.execute("SELECT length FROM event WHERE id = ?", (event.id,)).fetchone()
            content = self._line(event.file, event.offset, length)
            if content.get("kind", "job") == "job":
                content = _within(content, event.kind)
            said.append((content | {"event_id": event.id, "kind": event.kind}, event.id not in gone))
        return said

    def _line(self, file: str, offset: int, length: int) -> dict[str, Any]:
        try:
            event = decode(read_line(self._log_folder / file, offset, length))
        except (OSError, Unreadable) as error:
            raise IndexUnavailable(f"{file} changed while it was read; ask again.") from error
        return {} if event is None else dict(event.content)

    # -- what importers ask

    def known_job(self, job_id: str) -> bool:
        """Tell whether a job is in the log."""
        row = self._sql.execute("SELECT 1 FROM job WHERE key = ?", (job_key(job_id),)).fetchone()
        return row is not None

    def known_key(self, key: str) -> bool:
        """Tell whether a job with this key is in the log."""
        return self._sql.execute("SELECT 1 FROM job WHERE key = ?", (key,)).fetchone() is not None

    def is_withdrawn(self, job_id: str) -> bool:
        """Tell whether the producer took the job back."""
        return standing(self._said(job_key(job_id))).withdrawn

    def event_state(self, event_id: str) -> tuple[str, bool] | None:
        """Return the job's key of an event and whether it was not undone, None when it is not in the log."""
        row = self._sql.execute("SELECT job FROM event WHERE id = ?", (event_id,)).fetchone()
        if row is None:
            return None
        events = in_log_order(self._said(row[0]))
        return row[0], event_id not in undone(events)

    def jobs_of_origin(self, path: str) -> list[str]:
        """Return the ids' keys of the jobs imported from one file."""
        rows = self._sql.execute(
            "SELECT key FROM job JOIN origin ON origin.id = job.origin WHERE path = ? ORDER BY key", (path,)
        )
        return [key for (key,) in rows]

    def events_of_origin(self, path: str) -> list[tuple[str, str]]:
        """Return (event id, job key) of the events imported from one file."""
        return self._sql.execute(
            "SELECT event.id, job FROM event JOIN origin ON origin.id = event.origin WHERE path = ? ORDER BY 1",
            (path,),
        ).fetchall()

    # -- health

    def refusals(self, limit: int | None = None) -> list[tuple[str, int, int, str]]:
        """Return (file, offset, length, reason) of each line, or field of a line, that could not be used."""
        return self._sql.execute(
            "SELECT name, refusal.offset, length, reason FROM refusal JOIN log_file ON log_file.id = refusal.file"
            " ORDER BY 1, 2 LIMIT ?",
            (-1 if limit is None else limit,),
        ).fetchall()

    def refusal_count(self) -> int:
        """Return how many lines, or fields of lines, could not be used."""
        return int(self._sql.execute("SELECT COUNT(*) FROM refusal").fetchone()[0])

    def conflicts(self, limit: int | None = None) -> list[tuple[str, int, str]]:
        """Return (file, offset, id) of each first line with content other than the one that stands for its id."""
        return self._sql.execute(
            f"SELECT conflict.name, conflict.offset, conflict.id {_CONFLICTING} ORDER BY 1, 2 LIMIT ?",
            (-1 if limit is None else limit,),
        ).fetchall()

    def conflict_count(self) -> int:
        """Return how many lines have content other than the one that stands for their id."""
        return int(self._sql.execute(f"SELECT COUNT(*) {_CONFLICTING}").fetchone()[0])

    def cursors(self) -> list[Cursor]:
        """Return how far each log file was read."""
        return cursors_of(self._sql)

    def faults(self, *, thorough: bool) -> list[str]:
        """Return what SQLite finds wrong with the index file; `thorough` also checks it against its own indexes."""
        check = "integrity_check" if thorough else "quick_check"
        return [text for (text,) in self._sql.execute(f"PRAGMA {check}(5)") if text != "ok"]

    def job_rows(self) -> Iterator[Row]:
        """Yield (key, file, offset, length, hash of the content) of each job, in the order of the keys."""
        yield from self._sql.execute(
            "SELECT key, name, job.offset, length, content FROM job JOIN log_file ON log_file.id = job.file ORDER BY 1"
        )

    def event_rows(self) -> Iterator[Row]:
        """Yield (id, file, offset, length, hash of the content) of each event, in the order of the ids."""
        yield from self._sql.execute(
            "SELECT event.id, name, event.offset, length, content FROM event"
            " JOIN log_file ON log_file.id = event.file ORDER BY 1"
        )

    def curation(self) -> list[tuple[str, int]]:
        """Return (JSON of class and decision, number of events) of the curation decisions."""
        return self._sql.execute(
            "SELECT target, COUNT(*) FROM event WHERE kind = 'curation' GROUP BY target ORDER BY target"
        ).fetchall()

    def events_without_job(self) -> int:
        """Return how many events wait for a job that is not in the log yet."""
        row = self._sql.execute(
            "SELECT COUNT(*) FROM event WHERE NOT EXISTS (SELECT 1 FROM job WHERE job.key = event.job)"
        ).fetchone()
        return int(row[0])

    def keys_without_job(self) -> list[str]:
        """Return the keys of the jobs that events wait for."""
        rows = self._sql.execute(
            "SELECT DISTINCT job FROM event WHERE NOT EXISTS (SELECT 1 FROM job WHERE job.key = event.job) ORDER BY 1"
        )
        return [key for (key,) in rows]


def _key(reference: str) -> str:
    if not reference.isascii():
        raise UnknownReference(reference)
    return reference.removeprefix(REFERENCE)


def _within(job: dict[str, Any], kind: str) -> dict[str, Any]:
    if kind == "rating":
        return {"job_id": job["job_id"], "value": job.get("user_rating")}
    return {"job_id": job["job_id"], "text": job.get("notes")}


@contextmanager
def open_snapshot(find: Callable[[], Path], log_folder: Path) -> Iterator[Snapshot]:
    """Open one consistent view of the index file that `find` names.

    Another process may replace the file between finding and opening it: then it is looked for once more.
    """
    path = find()
    try:
        connection = schema.open_for_reading(path)
    except sqlite3.OperationalError:
        path = find()
        connection = schema.open_for_reading(path)
    try:
        connection.execute("BEGIN")
        yield Snapshot(connection, log_folder, path)
    except sqlite3.DatabaseError as error:
        raise IndexUnavailable(
            f"The index {path} cannot be read ({error}); delete that file and ask again: it is rebuilt from the log."
        ) from error
    finally:
        connection.close()
