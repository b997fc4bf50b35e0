"""Putting a batch of log lines into the index; the caller owns the transaction and the cursor."""

import sqlite3
from collections.abc import Mapping, Sequence
from typing import Any

import orjson

from learning_core.errors import Unreadable
from learning_core.index.columns import EVIDENCE_CLASSES, NAMED, ColumnWriter
from learning_core.index.features import content_hash, prompt_terms, values_of
from learning_core.index.judged import standing
from learning_core.index.tables import (
    Conflicts,
    EventRow,
    Events,
    JobRow,
    Jobs,
    Origins,
    Place,
    Prompts,
    Values,
    events_of,
)
from learning_core.log.events import Event, decode, line_hash
from learning_core.log.read import RawLine
from learning_core.model.job import job_key

SEED_COLUMN_MAXIMUM = 2**64 - 1
_UNKNOWN = dict.fromkeys((*NAMED, "prompt", "time", "runtime", "seed", "evidence"), 0)


class Applier:
    """Applies a batch of lines of one log file.

    `latest` is the largest time seen so far in this file: it orders events of different files, while within a file
    it never decreases, so that the order there is the position and never the clock.
    """

    def __init__(self, sql: sqlite3.Connection, file: int, file_name: str, latest: float) -> None:
        self._sql = sql
        self._file = file
        self._file_name = file_name
        self.latest = latest
        self._jobs, self._events, self._conflicts = Jobs(sql), Events(sql), Conflicts(sql)
        self._values, self._prompts, self._origins = Values(sql), Prompts(sql), Origins(sql)
        self._columns = ColumnWriter(sql)
        self._new_jobs: set[str] = set()
        self._touched: set[str] = set()

    def apply(self, lines: Sequence[RawLine]) -> None:
        """Apply the lines in their order; what cannot be read is kept as a refusal and costs only itself."""
        events = [(line, event) for line in lines if (event := self._decoded(line)) is not None]
        self._jobs.fetch(job_key(event.content["job_id"]) for _, event in events)
        self._events.fetch(event.content["event_id"] for _, event in events if event.kind != "job")
        for line, event in events:
            try:
                if event.kind == "job":
                    self._job(event.content, line)
                else:
                    self._event(event.kind, event.content, line)
            except (TypeError, ValueError, KeyError, AttributeError, OverflowError):
                # Only a line whose checksum was made for wrong content comes here: nobody validated it.
                self._refuse(line, "fields of the wrong types under a true checksum", line.data or b"")
        self._finish()

    def _decoded(self, line: RawLine) -> Event | None:
        if line.data is None:
            self._refuse(line, "longer than the limit", b"")
            return None
        try:
            event = decode(line.data)
        except Unreadable as error:
            self._refuse(line, str(error), line.data)
            return None
        if event is not None and event.remarks:
            self._refuse(line, "; ".join(event.remarks), line.data)
        return event

    def _refuse(self, line: RawLine, reason: str, data: bytes) -> None:
        self._sql.execute(
            "INSERT OR REPLACE INTO refusal(file, offset, length, reason, hash) VALUES (?, ?, ?, ?, ?)",
            (self._file, line.offset, line.length, reason[:500], line_hash(data)),
        )

    def _place(self, line: RawLine) -> Place:
        return Place((self.latest, self._file_name, line.offset))

    def _finish(self) -> None:
        """Write everything, then recount the jobs whose judgements may have changed."""
        self._jobs.flush()
        self._events.flush()
        self._touched |= self._events.jobs_with_events(self._new_jobs)
        self._jobs.fetch(key for key in self._touched if self._jobs.get(key) is None)
        self._recount([row for key in sorted(self._touched) if (row := self._jobs.get(key)) is not None])
        self._columns.flush()
        self._sql.execute("UPDATE state SET value = value + 1 WHERE name = 'generation'")

    # -- jobs

    def _job(self, job: Mapping[str, Any], line: RawLine) -> None:
        key = job_key(job["job_id"])
        if "user_rating" in job or "notes" in job:
            self._judgements_within(job, key, line)
        place, content = self._place(line), content_hash(job)
        known = self._jobs.get(key)
        if known is not None:
            if known.content != content:
                self._conflicts.note(key, ((known.content, known.place), (content, place)))
            if known.place <= place:
                return
        ordinal = self._jobs.count if known is None else known.ordinal
        row = self._row(job) | {"key": int(key, 16)}
        self._jobs.put(
            JobRow(key, ordinal, place, self._file, line.length, content, self._origins.number(job.get("origin")))
        )
        self._columns.set_row(ordinal, row)
        if known is None:
            self._new_jobs.add(key)

    def _row(self, job: Mapping[str, Any]) -> dict[str, float]:
        """Return every column that a job line decides; unknown is 0, so that a replaced row keeps nothing."""
        row: dict[str, float] = dict(_UNKNOWN)
        for field, value in values_of(job).items():
            row[field] = self._values.number(field, value)
        prompt = job.get("prompt_positive")
        if prompt is not None:
            row["prompt"] = self._prompts.number(prompt_terms(prompt))
        row["time"] = float(job.get("timestamp_end") or job.get("timestamp_start") or 0.0)
        row["runtime"] = float(job.get("total_runtime_sec") or 0.0)
        seed = job.get("seed")
        if seed is not None and 0 <= seed < SEED_COLUMN_MAXIMUM:
            row["seed"] = seed + 1
        experiment = job.get("experiment")
        if experiment is not None:
            row["evidence"] = EVIDENCE_CLASSES.index(experiment.get("evidence", "unproven"))
        return row

    # -- judgements

    def _judgements_within(self, job: Mapping[str, Any], key: str, line: RawLine) -> None:
        """A LearningRecordV2 line may carry a rating and a note: they count as events said in that line."""
        said = {"job_id": job["job_id"]}
        place = f"{key}@{self._file_name}:{line.offset}"
        if (stars := job.get("user_rating")) is not None:
            self._event("rating", said | {"event_id": f"{place}:rating", "value": stars}, line)
        if (notes := job.get("notes")) is not None:
            self._event("note", said | {"event_id": f"{place}:note", "text": notes}, line)

    def _event(self, kind: str, content: Mapping[str, Any], line: RawLine) -> None:
        self.latest = max(self.latest, content.get("recorded_at") or 0.0)
        said = {name: value for name, value in content.items() if name not in ("origin", "recorded_at")}
        row = EventRow(
            id=content["event_id"],
            job=job_key(content["job_id"]),
            kind=kind,
            image=content.get("image_index"),
            value=_value_of(kind, content),
            target=_target_of(kind, content),
            place=self._place(line),
            file=self._file,
            length=line.length,
            content=content_hash(said),
            origin=self._origins.number(content.get("origin")),
        )
        known = self._events.get(row.id)
        if known is not None:
            if known.content != row.content:
                self._conflicts.note(row.id, ((known.content, known.place), (row.content, row.place)))
            if known.place <= row.place:
                return
            self._touched.add(known.job)
        self._events.put(row)
        self._touched.add(row.job)

    def _recount(self, rows: Sequence[JobRow]) -> None:
        said = events_of(self._sql, [row.key for row in rows])
        tags: list[tuple[str, int]] = []
        for row in rows:
            result = standing(said.get(row.key, ()))
            self._columns.set_row(row.ordinal, result.counts())
            tags += [(tag, row.ordinal) for tag in sorted(result.tags)]
        self._sql.executemany("DELETE FROM tag WHERE ordinal = ?", [(row.ordinal,) for row in rows])
        self._sql.executemany("INSERT INTO tag(name, ordinal) VALUES (?, ?)", tags)


def _value_of(kind: str, content: Mapping[str, Any]) -> int | None:
    if kind == "rating":
        return int(content["value"]) if content.get("score_source", "human") == "human" else None
    if kind == "selection":
        return int(content["verdict"] == "selected")
    if kind == "withdrawal":
        return int(content["withdrawn"])
    return None


def _target_of(kind: str, content: Mapping[str, Any]) -> str | None:
    if kind == "undo":
        return str(content["undone_event_id"])
    if kind == "tags":
        signed = [f"+{tag}" for tag in content.get("tags", [])] + [f"-{tag}" for tag in content.get("removed", [])]
        return orjson.dumps(signed).decode()
    if kind == "curation":
        return orjson.dumps([content.get("evidence_class", "observational"), content["decision"]]).decode()
    return None
