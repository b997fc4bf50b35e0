"""Putting batches of log lines into the index; the caller owns the transaction and the cursor."""

import sqlite3
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
from learning_core.index.repeats import Line, Repeats, line_at
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

    def apply(self, lines: Lines, file: int, clock: Clock) -> Clock:
        """Apply lines of one file in their order; what cannot be read is kept as a refusal and costs only itself.

        Takes what the times in this file did so far and returns what they did after these lines. The largest time of
        an event orders events of different files; within a file it never decreases, so that the order there is the
        position and never the clock.
        """
        latest = clock.latest
        lines = _placeable(lines)
        for number, data in enumerate(lines.data):
            try:
                fields, remarks, checksum = read(data)
                if fields is None:
                    continue
                if fields.kind == "job":
                    self._job(fields, number, checksum, latest)
                else:
                    latest = max(latest, fields.recorded_at or 0.0)
                    self._events.take(fields, line_at(lines, number), checksum, file, latest)
            except Unreadable as error:
                self._refuse(line_at(lines, number), file, str(error))
                continue
            if remarks:
                self._refuse(line_at(lines, number), file, "; ".join(remarks))
        jobs, times = self._jobs.flush(lines, file)
        self._recount.run(np.concatenate([jobs, self._events.flush()]))
        generation = counter(self._sql, "generation") + 1
        self._segments.flush(generation)
        self._sql.execute("UPDATE state SET value = ? WHERE name = 'generation'", (generation,))
        known = np.concatenate([[clock.time], times[times > 0]])
        return Clock(latest, float(known[-1]), clock.backward + int(np.count_nonzero(known[1:] < known[:-1])))

    def _job(self, fields: Counted, number: int, checksum: int, latest: float) -> None:
        try:
            self._jobs.take(fields, number, checksum, latest)
        except (TypeError, ValueError, KeyError, AttributeError) as error:
            # LoRAs and experiments are taken apart only here, and nobody validated what a true checksum covers.
            raise Unreadable("fields of the wrong types under a true checksum") from error

    def _refuse(self, line: Line, file: int, reason: str) -> None:
        offset, length, data = line
        self._sql.execute(
            "INSERT OR REPLACE INTO refusal(file, offset, length, reason, hash) VALUES (?, ?, ?, ?, ?)",
            (file, offset, length, reason[:500], line_hash(data or b"")),
        )


def _placeable(lines: Lines) -> Lines:
    """Take a line whose length no column holds (a record behind a hole of gigabytes) for one over the limit."""
    if max(lines.lengths) <= LENGTH_MAXIMUM:
        return lines
    pairs = zip(lines.lengths, lines.data, strict=True)
    return lines._replace(data=[data if length <= LENGTH_MAXIMUM else None for length, data in pairs])
