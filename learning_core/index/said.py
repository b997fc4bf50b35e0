"""What was said of jobs, read back from the index: events of their own, and those that a job's line holds."""

import sqlite3
from collections.abc import Callable, Iterable, Mapping

import numpy as np
import orjson
from msgspec.structs import replace

from learning_core.index.columns import Column
from learning_core.index.judged import KINDS, JudgementEvent, whole_second
from learning_core.index.keys import SortedKeys
from learning_core.model.key import key_of

Gather = Callable[[str, Column], Column]
"""Returns the values of a field for row numbers."""

WITHIN = ("rating", "note")
"""Kinds of events that a job's own line may hold."""


def within_id(job: int, file: str, offset: int, kind: str) -> str:
    """Return the id of the event that a job's own line holds, made of its place."""
    return f"{job:016x}@{file}:{offset}:{kind}"


class Said:
    """Finds the events of jobs; `gather` reads columns, `names` are those of the log files by number."""

    def __init__(
        self, sql: sqlite3.Connection, gather: Gather, names: Mapping[int, str], jobs: SortedKeys, events: SortedKeys
    ) -> None:
        self._sql = sql
        self._gather = gather
        self._names = names
        self._jobs = jobs
        self._events = events

    def of(self, jobs: Iterable[int]) -> dict[int, list[JudgementEvent]]:
        """Return the events of each job (by key) that has any, in no particular order."""
        wanted = np.fromiter(jobs, np.uint64)
        found: dict[int, list[JudgementEvent]] = {}
        keys, rows = self._events.find(wanted)
        stored = self._gather("event", rows)
        # A row that was replaced may have moved to another job, and back.
        here = np.flatnonzero(stored["job"] == keys)
        current = here[np.unique(rows[here], return_index=True)[1]]
        texts = self._texts(rows[current].tolist())
        for row, event in zip(rows[current].tolist(), stored[current], strict=True):
            found.setdefault(int(event["job"]), []).append(self._event(event, texts.get(row, ())))
        for job, event in self._within(wanted):
            found.setdefault(job, []).append(event)
        for job in self._of_one_image(wanted) & found.keys():
            found[job] = [replace(event, of_only_image=True) for event in found[job]]
        return found

    def _of_one_image(self, wanted: Column) -> set[int]:
        keys, rows = self._jobs.find(wanted)
        return set(keys[self._gather("images", rows) == 1].tolist())

    def _event(self, event: Column, texts: tuple[str, ...]) -> JudgementEvent:
        (position, offset, length, file, _origin, kind, value, image, key, _job, target, checksum, *beside) = (
            event.item()
        )
        return JudgementEvent(
            key, KINDS[kind], image - 1 if image else None, value - 1 if value else None, target,
            position, self._names[file], offset, length, checksum, texts, *beside,
        )  # fmt: skip

    def _texts(self, rows: list[int]) -> dict[int, tuple[str, ...]]:
        found = self._sql.execute(
            "SELECT row, text FROM event_text WHERE kind = ? AND row IN (SELECT value FROM json_each(?))",
            (KINDS.index("tags"), orjson.dumps(rows).decode()),
        )
        return {row: tuple(orjson.loads(text)) for row, text in found}

    def _within(self, wanted: Column) -> Iterable[tuple[int, JudgementEvent]]:
        keys, rows = self._jobs.find(wanted)
        times = self._gather("time", rows).tolist()
        for job, place, time in zip(keys.tolist(), self._gather("place", rows), times, strict=True):
            position, offset, length, file, _origin, stars, noted, checksum = place.item()
            name = self._names[file]
            for kind, value in (("rating", stars), ("note", None)):
                if stars if kind == "rating" else noted:
                    key = key_of(within_id(job, name, offset, kind))
                    said = JudgementEvent(key, kind, None, value, 0, position, name, offset, length, checksum)
                    yield job, replace(said, recorded=whole_second(time))
