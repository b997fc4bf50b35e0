"""Putting batches of log lines into the index; the caller owns the transaction and the cursor."""

import sqlite3
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from learning_core.errors import Unreadable
from learning_core.index.columns import LENGTH_MAXIMUM, Segments
from learning_core.index.counted import Counted, read
from learning_core.index.cursor import Clock
from learning_core.index.event_rows import EventRows
from learning_core.index.job_rows import JobRows
from learning_core.index.keys import SortedKeys
from learning_core.index.recount import Recount
from learning_core.index.repeats import Line, Repeats
from learning_core.index.schema import counter
from learning_core.log.events import line_hash
from learning_core.log.read import Lines


class Applier:
    """Applies batches of lines of one log file after the other; after an error it must not be used again."""

    def __init__(self, sql: sqlite3.Connection, log_folder: Path) -> None:
        self._sql = sql
        names = dict(sql.execute("SELECT id, name FROM log_file"))
        self._segments = Segments(sql)
        repeats = Repeats(sql, log_folder, names)
        jobs, events = SortedKeys(sql, "job"), SortedKeys(sql, "event_of_job")
        self._events = EventRows(sql, self._segments, events, repeats, names)
        self._jobs = JobRows(sql, self._segments, jobs, repeats, self._events)
        self._recount = Recount(sql, self._segments, names, jobs, events)

    def apply(self, batch: Sequence[Lines], file: int, clock: Clock) -> Clock:
        """Apply lines of one file in their order; what cannot be read is kept as a refusal and costs only itself.

        Takes what the times in this file did so far and returns what they did after these lines. The largest time of
        an event orders events of different files; within a file it never decreases, so that the order there is the
        position and never the clock.
        """
        latest = clock.latest
        for lines in batch:
            for line in zip(*lines, strict=True):
                fields = self._fields(line, file)
                if fields is None:
                    continue
                if fields.kind != "job":
                    latest = max(latest, fields.recorded_at or 0.0)
                    self._events.take(fields, line, file, latest)
                else:
                    self._job(fields, line, file, latest)
        times = np.array([clock.time, *self._jobs.times()])
        self._finish()
        return Clock(latest, float(times[-1]), clock.backward + int(np.count_nonzero(times[1:] < times[:-1])))

    def _job(self, fields: Counted, line: Line, file: int, latest: float) -> None:
        try:
            self._jobs.take(fields, line, file, latest)
        except (TypeError, ValueError, KeyError, AttributeError):
            # LoRAs and experiments are taken apart only here, and nobody validated what a true checksum covers.
            self._refuse(line, file, "fields of the wrong types under a true checksum")

    def _fields(self, line: Line, file: int) -> Counted | None:
        _, length, data = line
        if data is None or length > LENGTH_MAXIMUM:
            self._refuse(line, file, "longer than the limit")
            return None
        try:
            fields, remarks = read(data)
        except Unreadable as error:
            self._refuse(line, file, str(error))
            return None
        if remarks:
            self._refuse(line, file, "; ".join(remarks))
        return fields

    def _refuse(self, line: Line, file: int, reason: str) -> None:
        offset, length, data = line
        self._sql.execute(
            "INSERT OR REPLACE INTO refusal(file, offset, length, reason, hash) VALUES (?, ?, ?, ?, ?)",
            (file, offset, length, reason[:500], line_hash(data or b"")),
        )

    def _finish(self) -> None:
        """Write everything, then recount the jobs whose judgements may have changed."""
        self._recount.run(np.concatenate([self._jobs.flush(), self._events.flush()]))
        generation = counter(self._sql, "generation") + 1
        self._segments.flush(generation)
        self._sql.execute("UPDATE state SET value = ? WHERE name = 'generation'", (generation,))
