"""From job lines to rows of the index: new jobs at once, a job that came before one at a time."""

import sqlite3
from itertools import compress

import numpy as np

from learning_core.index.columns import EVIDENCE_CLASSES, PLACE, SEED_COLUMN_MAXIMUM, TYPES, Column, Segments
from learning_core.index.counted import Counted, content_of, is_present
from learning_core.index.dictionary import KEPT_NEIGHBOURS, Origins, Prompts
from learning_core.index.event_rows import EventRows
from learning_core.index.features import content_hash, prompt_terms
from learning_core.index.keys import SortedKeys
from learning_core.index.repeats import Line, Repeats
from learning_core.index.repeats import content_of as line_content
from learning_core.index.schema import counter
from learning_core.index.settings import Settings
from learning_core.log.seal import line_checksum
from learning_core.model.job import key_of


class JobRows:
    """Gathers the job lines of a batch; `flush` puts them into the columns."""

    def __init__(
        self, sql: sqlite3.Connection, segments: Segments, keys: SortedKeys, repeats: Repeats, events: EventRows
    ) -> None:
        self._sql = sql
        self._segments = segments
        self._keys = keys
        self._repeats = repeats
        self._events = events
        self._settings, self._prompts, self._origins = Settings(sql), Prompts(sql), Origins(sql)
        self._count = counter(sql, "jobs")
        self._known_terms: dict[str, str] = {}
        self._lines: list[bytes] = []
        self._rows: list[tuple[int, int, float, float, int, int]] = []
        self._places: list[tuple[float | int, ...]] = []
        self._terms: list[str] = []

    def take(self, job: Counted, line: Line, file: int, position: float) -> None:
        """Take one job line; `position` is the largest time so far in its file."""
        offset, length, data = line
        data = data or b""
        seed = job.seed
        self._rows.append(
            (
                key_of(job.job_id),
                self._settings.number(job),
                job.timestamp_end or job.timestamp_start or 0.0,
                job.total_runtime_sec or 0.0,
                seed + 1 if seed is not None and 0 <= seed < SEED_COLUMN_MAXIMUM else 0,
                _evidence(job) if is_present(job.experiment) else 0,
            )
        )
        origin = 0 if job.origin is None else self._origins.number(job.origin)
        stars = job.user_rating or 0
        self._places.append((position, offset, length, file, origin, stars, is_present(job.notes), line_checksum(data)))
        self._terms.append(self._words(job.prompt_positive))
        self._lines.append(data)

    def _words(self, prompt: str | None) -> str:
        """Return the words of a prompt; the images of a batch share theirs."""
        if prompt is None:
            return ""
        found = self._known_terms.get(prompt)
        if found is None:
            if len(self._known_terms) > KEPT_NEIGHBOURS:
                self._known_terms.clear()
            found = self._known_terms[prompt] = prompt_terms(prompt)
        return found

    def times(self) -> list[float]:
        """Return the known times of the jobs of this batch, in the order of their lines."""
        return [time for _, _, time, *_ in self._rows if time > 0]

    def flush(self) -> Column:
        """Write the batch; returns the keys of its jobs."""
        if not self._rows:
            return np.zeros(0, np.uint64)
        keys = np.array([row[0] for row in self._rows], np.uint64)
        known = dict(zip(*(column.tolist() for column in self._keys.find(keys)), strict=True))
        fresh: list[bool] = []
        for key in keys.tolist():
            fresh.append(key not in known)
            if fresh[-1]:
                known[key] = self._count
                self._count += 1
        chosen = np.array(fresh)
        if chosen.any():
            self._write(chosen, self._count - int(chosen.sum()))
            self._keys.add(keys[chosen], np.arange(self._count - int(chosen.sum()), self._count))
            self._sql.execute("UPDATE state SET value = ? WHERE name = 'jobs'", (self._count,))
        for again in np.flatnonzero(~chosen).tolist():
            self._again(again, known[int(keys[again])])
        self._clear()
        return keys

    def _write(self, chosen: Column, first: int) -> None:
        """Write the chosen lines to the rows from `first` on."""
        picked = chosen.tolist()
        places = np.array(list(compress(self._places, picked)), PLACE)
        keys, combinations, *rest = zip(*compress(self._rows, picked), strict=True)
        terms = list(compress(self._terms, picked))
        prompts = self._prompts.numbers(terms)
        rows = np.arange(first, first + len(places))
        columns: dict[str, Column] = {
            "key": np.array(keys, np.uint64),
            "place": places,
            "prompt": np.array([prompts[each] for each in terms], TYPES["prompt"]),
        }
        for field, values in zip(("time", "runtime", "seed", "evidence"), rest, strict=True):
            columns[field] = np.array(values, TYPES[field])
        columns |= self._settings.columns(np.array(combinations))
        for field, column in columns.items():
            self._segments.set(field, rows, column)
        self._note_origins(places["origin"], rows)

    def _note_origins(self, origins: Column, rows: Column) -> None:
        named = np.flatnonzero(origins)
        self._sql.executemany(
            "INSERT OR IGNORE INTO origin_row VALUES (?, 1, ?)",
            zip(origins[named].tolist(), rows[named].tolist(), strict=True),
        )

    def _again(self, number: int, ordinal: int) -> None:
        """The line that stands first in the log is the job; the other one only says its judgements."""
        known = self._segments.get("place", np.array([ordinal]))[0]
        new = np.array(self._places[number], PLACE)
        key = self._rows[number][0]
        before, job = self._repeats.content(known), line_content(self._lines[number])
        hashes = content_hash(before), content_hash(job)
        if self._repeats.comes_first(f"{key:016x}", (known, hashes[0]), (new, hashes[1])):
            chosen = np.zeros(len(self._rows), bool)
            chosen[number] = True
            self._write(chosen, ordinal)
            self._events.take_within(key, known)
        else:
            self._events.take_within(key, new)

    def _clear(self) -> None:
        for gathered in (self._lines, self._rows, self._places, self._terms):
            gathered.clear()
        self._settings.flush()


def _evidence(job: Counted) -> int:
    return EVIDENCE_CLASSES.index(content_of(job.experiment).get("evidence", "unproven"))
