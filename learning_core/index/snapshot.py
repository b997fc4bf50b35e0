"""One consistent view of the index, and the way back to the log: the lines of jobs, and what was said of them."""

import sqlite3
from collections.abc import Iterable, Iterator
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from learning_core.errors import UnknownReference
from learning_core.index.columns import Column, gather
from learning_core.index.inspection import Inspection
from learning_core.index.judged import KINDS, JudgementEvent, Standing, in_force, in_log_order, standing, undone
from learning_core.index.keys import SortedKeys
from learning_core.index.log_lines import LogLines
from learning_core.index.log_order import log_ranks
from learning_core.index.matching_files import MatchingFiles
from learning_core.index.said import Said, within_id
from learning_core.index.view import View
from learning_core.index.waiting import Waiting, about_jobs, waiting
from learning_core.model.key import key_of

REFERENCE = "rec:"
_HEX_DIGITS = 16


class Told(NamedTuple):
    """What the line of an event says, and whether that was taken back, or counts."""

    content: dict[str, Any]
    undone: bool
    in_force: bool


class Record(NamedTuple):
    """A job: its key, the place of its line in the log, what that says, and its events."""

    key: int
    file: str
    offset: int
    job: dict[str, Any]
    said: list[JudgementEvent]

    @property
    def reference(self) -> str:
        """The reference under which answers show it."""
        return f"{REFERENCE}{self.key:016x}"


class Snapshot(View):
    """A view that does not change while it is open; made by `open_snapshot`."""

    def __init__(
        self,
        connection: sqlite3.Connection,
        log_folder: Path,
        path: Path,
        stale: str = "",
        matching: MatchingFiles | None = None,
    ) -> None:
        super().__init__(connection, path, stale, matching)
        self._names: dict[int, str] = dict(connection.execute("SELECT id, name FROM log_file"))
        self._job_keys = SortedKeys(connection, "job")
        self._lines = LogLines(log_folder, self._names, path)
        # Of the connection, not of the view: what refers to itself stays in memory until garbage is searched for.
        self._gather = partial(gather, connection)
        self._said = Said(connection, self._gather, self._names, self._job_keys, SortedKeys(connection, "event_of_job"))

    def references(self, ordinals: Iterable[int]) -> list[str]:
        """Return the references of jobs by row number."""
        keys = self.column("key")[list(ordinals)].astype(">u8")
        return [REFERENCE + digits for digits in keys.tobytes().hex(" ", keys.itemsize).split()]

    def ordinal(self, reference: str) -> int:
        """Return the row number of a job; raises UnknownReference."""
        found = self._find(_key(reference))
        if found is None:
            raise UnknownReference(reference)
        return found

    def _find(self, key: int) -> int | None:
        rows = self._job_keys.find(np.array([key], np.uint64))[1]
        return int(rows[0]) if len(rows) else None

    def job(self, reference: str) -> dict[str, Any]:
        """Return a job's line from the log, with its numbers exact; raises UnknownReference."""
        return self.job_at(self.ordinal(reference))

    def job_at(self, ordinal: int) -> dict[str, Any]:
        """Return the line of the job in a row."""
        return self._lines.at(self._gather("place", np.array([ordinal]))[0])

    def jobs_at(self, ordinals: list[int]) -> list[dict[str, Any]]:
        """Return the lines of the jobs in some rows, read together."""
        return list(self._lines.at_all(self._gather("place", np.array(ordinals, np.int64))))

    def _of(self, key: int) -> list[JudgementEvent]:
        return self._said.of([key]).get(key, [])

    def standing(self, reference: str) -> Standing:
        """Return the judgements of a job that stand."""
        return standing(self._of(_key(reference)))

    def events(self, reference: str) -> list[tuple[dict[str, Any], bool]]:
        """Return what was said of a job in log order, each with whether it was not undone."""
        key = _key(reference)
        return [(each.content, not each.undone) for each in self.told(key, self._of(key))]

    def in_force(self, reference: str) -> set[str]:
        """Return the ids of the events of a job that are neither undone nor superseded."""
        key = _key(reference)
        return {str(each.content["event_id"]) for each in self.told(key, self._of(key)) if each.in_force}

    def told(self, job: int, said: Iterable[JudgementEvent]) -> list[Told]:
        """Return what the lines of some events of one job (its key) say, in log order."""
        ordered = in_log_order(said)
        gone, standing_keys = undone(ordered), in_force(ordered)
        return [
            Told(self._content(event, job), undone=event.key in gone, in_force=event.key in standing_keys)
            for event in ordered
        ]

    def told_of(self, key: str) -> list[Told]:
        """Return what was said of a job, also of one that is not in the log yet, by its 16 hex digits."""
        return self.told(int(key, 16), self._of(int(key, 16)))

    def records(self, rows: Column) -> Iterator[Record]:
        """Yield the jobs in some rows with what was said of them, read together: for some thousands at a time."""
        keys = self.column("key")[rows].tolist()
        said = self._said.of(keys)
        for key, place in zip(keys, self._gather("place", rows), strict=True):
            name, offset = self._names[int(place["file"])], int(place["offset"])
            yield Record(key, name, offset, self._lines.at(place), said.get(key, []))

    def events_of_kinds(self, *kinds: str) -> tuple[Column, Column]:
        """Return the events of some kinds that were not undone, in log order, and the row of the job of each.

        They are rows of `columns.EVENT`; an event whose job is not in the log yet is left out.
        """
        return self.derived(("events", kinds), lambda: self._events_of_kinds([KINDS.index(kind) for kind in kinds]))

    def _events_of_kinds(self, kinds: list[int]) -> tuple[Column, Column]:
        stored = self._all_events()
        undos = stored["job"][stored["kind"] == KINDS.index("undo")]
        stored = stored[np.isin(stored["kind"], kinds)]
        gone: set[int] = set()
        for said in self._said.of(np.intersect1d(undos, stored["job"]).tolist()).values():
            # An event can only be taken back by one of the same job.
            gone |= undone(in_log_order(said)) & {event.key for event in said}
        kept = stored[~np.isin(stored["key"], np.fromiter(gone, np.uint64))]
        kept = kept[np.argsort(log_ranks(self._names, kept)[0])]
        jobs, rows = self._job_keys.find(kept["job"])
        known = np.isin(kept["job"], jobs)
        return kept[known], rows[np.searchsorted(jobs, kept["job"][known])].astype(np.int64)

    def contents(self, places: Column) -> Iterator[dict[str, Any]]:
        """Yield what the lines of some events or jobs (`columns.EVENT`, `PLACE`) say."""
        return self._lines.at_all(places)

    def job_order(self, rows: Column, events: Column) -> tuple[Column, Column]:
        """Return the places in one order of the log of the lines of some jobs, and of some events."""
        of_jobs, of_events = log_ranks(self._names, self._gather("place", rows), events)
        return of_jobs, of_events

    def _content(self, event: JudgementEvent, job: int) -> dict[str, Any]:
        content = self._lines.read(event.file, event.offset, event.length, event.checksum)
        if content.get("kind", "job") == "job":
            said = {"value": content.get("user_rating")} if event.kind == "rating" else {"text": content.get("notes")}
            identity = within_id(job, event.file, event.offset, event.kind)
            return {"job_id": content["job_id"], "event_id": identity, "kind": event.kind} | said
        return content

    def plan_events(self) -> dict[str, list[Told]]:
        """Return what happened to each learning plan, by its id, in log order."""
        rows = self._sql.execute("SELECT row FROM event_text WHERE kind = ?", (KINDS.index("plan"),)).fetchall()
        plans = np.unique(self._gather("event", np.array([row for (row,) in rows], np.int64))["job"]).tolist()
        said = self._said.of(plans)
        told = [self.told(plan, (each for each in said.get(plan, ()) if each.kind in _OF_PLANS)) for plan in plans]
        return {str(events[0].content["job_id"]): events for events in told if events}

    # -- what importers ask

    def known_job(self, job_id: str) -> bool:
        """Tell whether a job is in the log."""
        return self._find(key_of(job_id)) is not None

    def known_key(self, key: str) -> bool:
        """Tell whether a job with this key, 16 hex digits, is in the log."""
        return self._find(int(key, 16)) is not None

    def is_withdrawn(self, job_id: str) -> bool:
        """Tell whether the producer took the job back."""
        return standing(self._of(key_of(job_id))).withdrawn

    def event_state(self, event_id: str) -> tuple[str, bool] | None:
        """Return the job's key of an event and whether it was not undone, None when it is not in the log."""
        key = key_of(event_id)
        rows = SortedKeys(self._sql, "event").find(np.array([key], np.uint64))[1]
        if not len(rows):
            return None
        job = int(self._gather("event", rows[:1].astype(np.int64))[0]["job"])
        return f"{job:016x}", key not in undone(in_log_order(self._of(job)))

    def jobs_of_origin(self, path: str) -> list[str]:
        """Return the ids' keys of the jobs imported from one file."""
        number, rows = self._of_origin(path, of_job=True)
        current = rows[self._gather("place", rows)["origin"] == number]
        return sorted(f"{key:016x}" for key in self._gather("key", current).tolist())

    def events_of_origin(self, path: str) -> list[tuple[str, str]]:
        """Return (event id, job key) of the events imported from one file."""
        number, rows = self._of_origin(path, of_job=False)
        stored = self._gather("event", rows)
        found = []
        for event in stored[stored["origin"] == number]:
            content = self._lines.at(event)
            found.append((str(content["event_id"]), f"{int(event['job']):016x}"))
        return sorted(found)

    def _of_origin(self, path: str, *, of_job: bool) -> tuple[int, Column]:
        rows = self._sql.execute(
            "SELECT number, row FROM origin JOIN origin_row ON origin = number WHERE path = ? AND of_job = ?",
            (path, int(of_job)),
        ).fetchall()
        return (rows[0][0] if rows else 0), np.array([row for _, row in rows], np.int64)

    # -- health

    @property
    def inspection(self) -> Inspection:
        """What looks into the state of the index itself."""
        return Inspection(self._sql, self._names, self._gather, jobs=self.jobs, events=self._events)

    def _all_events(self) -> Column:
        return self._gather("event", np.arange(self._events))

    def keys_without_job(self) -> list[str]:
        """Return the keys of the jobs that events wait for."""
        about = about_jobs(self._all_events())
        return [f"{key:016x}" for key in np.setdiff1d(about, self.column("key")).tolist()]

    def curation(self) -> list[tuple[str, int]]:
        """Return (JSON of class and decision, number of events) of the curation decisions."""
        return self._sql.execute(
            "SELECT text, COUNT(*) FROM event_text WHERE kind = ? GROUP BY text ORDER BY text",
            (KINDS.index("curation"),),
        ).fetchall()

    def events_without_job(self) -> int:
        """Return how many events wait for a job that is not in the log yet."""
        return self.carried("events without job", self._waiting).count

    def _waiting(self, before: Waiting | None) -> Waiting:
        return waiting(self._sql, before, self.generation, self.column("key"), self._job_keys)


_OF_PLANS = ("plan", "undo")


def _key(reference: str) -> int:
    """Return the key in a reference; raises UnknownReference for what cannot be one."""
    digits = reference.removeprefix(REFERENCE)
    if len(digits) != _HEX_DIGITS or not all(digit in "0123456789abcdef" for digit in digits):
        raise UnknownReference(reference)
    return int(digits, 16)
