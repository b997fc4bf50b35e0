"""From job lines to rows of the index: new jobs at once, a job that came before one at a time."""

import sqlite3

import numpy as np

from learning_core.index.columns import EVIDENCE_CLASSES, PLACE, SEED_COLUMN_MAXIMUM, TYPES, Column, Segments
from learning_core.index.counted import ABSENT, Counted, content_of
from learning_core.index.dictionary import Origins, Prompts, Words
from learning_core.index.event_rows import EventRows
from learning_core.index.features import content_hash
from learning_core.index.keys import SortedKeys, keys_of
from learning_core.index.repeats import Repeats
from learning_core.index.repeats import content_of as line_content
from learning_core.index.schema import counter
from learning_core.index.settings import Settings
from learning_core.log.read import Lines

Taken = tuple[int, int, float, int, int]
"""Of a job line: its place in the batch, checksum, position, combination of named values, class of evidence."""


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
        self._settings, self._origins = Settings(sql), Origins(sql)
        words = Words(sql)
        self._prompts, self._negatives = Prompts(sql, "prompt", words), Prompts(sql, "negative", words)
        self._count = counter(sql, "jobs")
        self._jobs: list[Counted] = []
        self._taken: list[Taken] = []

    def take(self, job: Counted, line: int, checksum: int, position: float) -> None:
        """Take one job: `line` is its place in the batch, `position` the largest time so far in its file.

        Raises TypeError and its kin for LoRAs or an experiment of the wrong type: then the line is not taken.
        """
        evidence = 0 if job.experiment is ABSENT else _evidence(job)
        self._taken.append((line, checksum, position, self._settings.number(job), evidence))
        self._jobs.append(job)

    def flush(self, lines: Lines, file: int) -> tuple[Column, Column]:
        """Write what was taken of these lines of a file; returns the keys of the jobs and their times."""
        if not self._taken:
            return np.zeros(0, np.uint64), np.zeros(0)
        keys = keys_of([job.job_id for job in self._jobs])
        columns = self._columns(keys, lines, file)
        known = dict(zip(*(column.tolist() for column in self._keys.find(keys)), strict=True))
        first = self._count
        fresh: list[int] = []
        again: list[int] = []
        for number, key in enumerate(keys.tolist()):
            if key in known:
                again.append(number)
            else:
                known[key] = self._count
                self._count += 1
                fresh.append(number)
        if fresh:
            rows = np.arange(first, self._count)
            self._write(columns, np.array(fresh), rows)
            self._keys.add(keys[fresh], rows)
            self._sql.execute("UPDATE state SET value = ? WHERE name = 'jobs'", (self._count,))
        for number in again:
            self._again(columns, number, known[int(keys[number])], lines.data[self._taken[number][0]])
        self._jobs.clear()
        self._taken.clear()
        self._settings.flush()
        return keys, columns["time"]

    def _columns(self, keys: Column, lines: Lines, file: int) -> dict[str, Column]:
        """Return the columns of the batch, a row a line."""
        jobs = self._jobs
        of_jobs, checksums, positions, combinations, evidence = zip(*self._taken, strict=True)
        places = np.zeros(len(jobs), PLACE)
        places["position"], places["file"], places["crc"] = positions, file, checksums
        places["offset"] = np.array(lines.offsets)[list(of_jobs)]
        places["length"] = np.array(lines.lengths)[list(of_jobs)]
        places["stars"] = [job.user_rating or 0 for job in jobs]
        places["noted"] = [job.notes is not None for job in jobs]
        places["origin"] = [0 if job.origin is None else self._origins.number(job.origin) for job in jobs]
        columns = {
            "key": keys,
            "place": places,
            "prompt": np.array(self._prompts.of(job.prompt_positive for job in jobs), TYPES["prompt"]),
            "negative": np.array(self._negatives.of(job.prompt_negative for job in jobs), TYPES["negative"]),
            "time": np.array([job.timestamp_end or job.timestamp_start or 0.0 for job in jobs], TYPES["time"]),
            "runtime": np.array([job.total_runtime_sec or 0.0 for job in jobs], TYPES["runtime"]),
            "seed": np.array(list(map(_seed, jobs)), TYPES["seed"]),
            "evidence": np.array(evidence, TYPES["evidence"]),
            "images": np.array([len(job.output_paths or ()) for job in jobs], TYPES["images"]),
        }
        return columns | self._settings.columns(np.array(combinations))

    def _write(self, columns: dict[str, Column], lines: Column, rows: Column) -> None:
        """Write some lines of the batch to rows of the index."""
        self._segments.set({field: column[lines] for field, column in columns.items()}, rows)
        self._note_origins(columns["place"]["origin"][lines], rows)

    def _note_origins(self, origins: Column, rows: Column) -> None:
        named = np.flatnonzero(origins)
        self._sql.executemany(
            "INSERT OR IGNORE INTO origin_row VALUES (?, 1, ?)",
            zip(origins[named].tolist(), rows[named].tolist(), strict=True),
        )

    def _again(self, columns: dict[str, Column], number: int, ordinal: int, line: bytes | None) -> None:
        """The line that stands first in the log is the job; the other one only says its judgements."""
        row = np.array([ordinal])
        known, new = self._segments.get("place", row)[0], columns["place"][number]
        key = int(columns["key"][number])
        before, job = self._repeats.content(known), line_content(line or b"")
        hashes = content_hash(before), content_hash(job)
        if self._repeats.comes_first(f"{key:016x}", (known, hashes[0]), (new, hashes[1])):
            time = float(self._segments.get("time", row)[0])
            self._write(columns, np.array([number]), row)
            self._events.take_within(key, known, time)
        else:
            self._events.take_within(key, new, float(columns["time"][number]))


def _seed(job: Counted) -> int:
    """Return one more than the seed, 0 for one that is unknown or too large for the column."""
    seed = job.seed
    return 0 if seed is None or not 0 <= seed < SEED_COLUMN_MAXIMUM else seed + 1


def _evidence(job: Counted) -> int:
    """Return the number of what an experiment proves; raises ValueError and its kin for one of wrong fields."""
    experiment = content_of(job.experiment)
    if experiment is None:
        return 0
    if not (isinstance(experiment["experiment_id"], str) and isinstance(experiment["focus_parameter"], str)):
        raise TypeError("an experiment without names")
    return EVIDENCE_CLASSES.index(experiment.get("evidence", "unproven"))
