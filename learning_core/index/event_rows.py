"""From event lines to rows of the index: ratings, selections, tags and all else that is said of jobs."""

import sqlite3
from collections.abc import Mapping

import numpy as np
import orjson

from learning_core.index.columns import EVENT, PEOPLE, Column, Segments
from learning_core.index.counted import Counted
from learning_core.index.dictionary import Origins, Values
from learning_core.index.features import Value
from learning_core.index.judged import KINDS, whole_second
from learning_core.index.keys import SortedKeys, distinct
from learning_core.index.repeats import Line, Repeats, content_of, said_hash
from learning_core.index.said import WITHIN, within_id
from learning_core.index.schema import counter
from learning_core.model.key import key_of
from learning_core.text.names import same_name

MIDDLE_SUBSCORE = 3
_FIELDS = EVENT.names or ()

Said = tuple[str, str | None, bytes | None]
"""The id of an event, its text for the index if it has one, and its line if it has one of its own."""


class EventRows:
    """Gathers the events of a batch; `flush` puts them into the index."""

    def __init__(
        self,
        sql: sqlite3.Connection,
        segments: Segments,
        of_job: SortedKeys,
        repeats: Repeats,
        names: Mapping[int, str],
    ) -> None:
        self._sql = sql
        self._segments = segments
        self._repeats = repeats
        self._names = names
        self._keys, self._of_job = SortedKeys(sql, "event"), of_job
        self._origins, self._values = Origins(sql), Values(sql)
        self._count = counter(sql, "events")
        self._rows: list[tuple[float | int, ...]] = []
        self._said: list[Said] = []

    def take(self, event: Counted, line: Line, checksum: int, file: int, position: float) -> None:
        """Take one event line, with its checksum; `position` is the largest time so far in its file."""
        offset, length, data = line
        image, undone = event.image_index, event.undone_event_id
        self._rows.append(
            (
                position, offset, length, file, self._origins.number(event.origin), KINDS.index(event.kind),
                _value_of(event), 0 if image is None else image + 1, key_of(event.event_id), key_of(event.job_id),
                0 if undone is None else key_of(undone), checksum, whole_second(event.recorded_at),
                self._rater(event.rater), _people(event), _is_doubted(event),
            )
        )  # fmt: skip
        self._said.append((event.event_id, _text_of(event), data))

    def take_within(self, job: int, place: Column, time: float) -> None:
        """Take what a job's line that is not the first of its id says of the job, which was made at a time."""
        recorded = whole_second(time)
        position, offset, length, file, _origin, stars, noted, checksum = place.item()
        for kind, value in zip(WITHIN, (stars, noted), strict=True):
            if value:
                identity = within_id(job, self._names[file], offset, kind)
                self._rows.append(
                    (position, offset, length, file, 0, KINDS.index(kind), stars + 1 if kind == "rating" else 0, 0,
                     key_of(identity), job, 0, checksum, recorded, 0, 0, 0)
                )  # fmt: skip
                self._said.append((identity, None, None))

    def _rater(self, name: str | None) -> int:
        return self._values.number("rater", Value(same_name(name), name)) if name else 0

    def flush(self) -> Column:
        """Write the batch; returns the keys of the jobs whose judgements may have changed."""
        if not self._rows:
            return np.zeros(0, np.uint64)
        new = np.zeros(len(self._rows), EVENT)
        for name, values in zip(_FIELDS, zip(*self._rows, strict=True), strict=True):
            new[name] = np.array(values, EVENT[name])
        known = dict(zip(*(column.tolist() for column in self._keys.find(new["key"])), strict=True))
        fresh: list[int] = []
        again: list[int] = []
        for number, key in enumerate(new["key"].tolist()):
            if key in known:
                again.append(number)
            else:
                known[key] = self._count + len(fresh)
                fresh.append(number)
        touched = [new["job"]]
        if fresh:
            self._add(new[fresh], [self._said[number][1] for number in fresh])
        touched += [self._again(new[number], self._said[number], known[int(new[number]["key"])]) for number in again]
        self._rows.clear()
        self._said.clear()
        self._values.flush()
        return distinct(np.concatenate(touched))

    def _add(self, events: Column, texts: list[str | None]) -> None:
        rows = np.arange(self._count, self._count + len(events))
        self._write(rows, events, texts)
        self._keys.add(events["key"], rows)
        self._of_job.add(events["job"], rows)
        self._count += len(events)
        self._sql.execute("UPDATE state SET value = ? WHERE name = 'events'", (self._count,))

    def _write(self, rows: Column, events: Column, texts: list[str | None]) -> None:
        self._segments.set({"event": events}, rows)
        numbered = zip(rows.tolist(), events["kind"].tolist(), texts, strict=True)
        self._sql.executemany(
            "INSERT OR REPLACE INTO event_text VALUES (?, ?, ?)", [each for each in numbered if each[2]]
        )
        self._sql.executemany(
            "INSERT OR IGNORE INTO origin_row VALUES (?, 0, ?)",
            [(origin, row) for row, origin in zip(rows.tolist(), events["origin"].tolist(), strict=True) if origin],
        )

    def _again(self, new: Column, said: Said, row: int) -> Column:
        """The line that stands first in the log is the event; returns the job that the known one was about."""
        identity, text, data = said
        place = np.array([row])
        known = self._segments.get("event", place)[0]
        before = said_hash(self._repeats.content(known))
        after = said_hash({} if data is None else content_of(data))
        if self._repeats.comes_first(identity, (known, before), (new, after)):
            self._sql.execute("DELETE FROM event_text WHERE row = ?", (row,))
            self._write(place, new[np.newaxis], [text])
            if new["job"] != known["job"]:
                self._of_job.add(new["job"][np.newaxis], place)
        jobs: Column = np.array([known["job"]])
        return jobs


def _value_of(event: Counted) -> int:
    """Return what an event says as a number, one more than it is; 0 for nothing that counts."""
    if event.kind == "rating":
        return event.value + 1 if event.value is not None and event.score_source == "human" else 0
    if event.kind == "selection":
        return 2 if event.verdict == "selected" else 1
    if event.kind == "withdrawal":
        return 2 if event.withdrawn else 1
    return 0


def _people(event: Counted) -> int:
    """Return the number in PEOPLE of what a rating says of its image."""
    said = (event.context_flags or {}).get("people")
    return 0 if said is None else PEOPLE.index("yes" if said else "no")


def _is_doubted(event: Counted) -> bool:
    """Tell whether the subscores of a rating lie, on the average, below the middle of their scale."""
    scores = (event.subscores or {}).values()
    return bool(scores) and sum(scores) < MIDDLE_SUBSCORE * len(scores)


def _text_of(event: Counted) -> str | None:
    if event.kind == "tags":
        signed = [f"+{tag}" for tag in event.tags] + [f"-{tag}" for tag in event.removed]
        return orjson.dumps(signed).decode()
    if event.kind == "curation":
        return orjson.dumps([event.evidence_class, event.decision]).decode()
    return event.action if event.kind == "plan" else None
