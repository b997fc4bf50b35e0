"""One consistent view of the index: columns, names, words, and the way back to the log."""

import sqlite3
from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import partial
from pathlib import Path
from typing import Any, Generic, NamedTuple, TypeVar

import numpy as np
import orjson
from msgspec import Struct

from learning_core.errors import UnknownReference
from learning_core.index.bitmaps import Postings, packed
from learning_core.index.columns import Column, PromptField, gather
from learning_core.index.inspection import Inspection
from learning_core.index.judged import KINDS, JudgementEvent, Standing, in_force, in_log_order, standing, undone
from learning_core.index.kept import keep_arrays, read_arrays
from learning_core.index.keys import SortedKeys
from learning_core.index.loaded import loaded_for
from learning_core.index.log_lines import LogLines
from learning_core.index.log_order import log_ranks
from learning_core.index.lora_sets import LoraSets
from learning_core.index.matching_files import MatchingFiles
from learning_core.index.ratings import Ratings, ratings_of
from learning_core.index.said import Said, within_id
from learning_core.index.waiting import Waiting, about_jobs, waiting
from learning_core.model.key import key_of
from learning_core.text.keywords import is_phrase, words
from learning_core.text.names import same_name

REFERENCE = "rec:"
_HEX_DIGITS = 16

Found = TypeVar("Found")


class _Extended(Struct, Generic[Found], frozen=True):
    """What was made of the first `rows` rows, as they were at a generation of the index."""

    generation: int
    rows: int
    found: Found


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


_LORA_SETS = "lora-sets"
_MANY_SETS = 500
"""So many that are not kept yet take longer to read than to keep."""


class Snapshot:
    """A view that does not change while it is open; made by `open_snapshot`.

    `jobs` is the number of rows of every column, `prompts` that of the positive prompts, `identity` the number of this
    index among all, `generation` that of its state, `renamed` counts the names that got another spelling. `stale` is
    empty, or says in a sentence why the newest lines of the log are not counted yet; `notes` hold it for the notes of
    an answer.
    `matching` are the files that subjects are matched with besides the prompts, None where there are none.
    """

    def __init__(
        self,
        connection: sqlite3.Connection,
        log_folder: Path,
        path: Path,
        stale: str = "",
        matching: MatchingFiles | None = None,
    ) -> None:
        self._sql = connection
        self._path = path
        self.stale = stale
        self.matching = matching
        self.notes = [stale] if stale else []
        state = dict(connection.execute("SELECT name, value FROM state"))
        self.jobs: int = state["jobs"]
        self._events: int = state["events"]
        self._prompts: dict[PromptField, int] = {"prompt": state["prompt"], "negative": state["negative"]}
        self.generation: int = state["generation"]
        self.renamed: int = state["renamed"]
        self.prompts: int = state["prompt"]
        self.identity: int = state["identity"]
        self._loaded = loaded_for(f"{path}#{state['identity']}")
        self._columns: dict[str, Column] = {}
        self._names: dict[int, str] = dict(connection.execute("SELECT id, name FROM log_file"))
        self._job_keys = SortedKeys(connection, "job")
        self._lines = LogLines(log_folder, self._names, path)
        # Of the connection, not of the view: what refers to itself stays in memory until garbage is searched for.
        self._gather = partial(gather, connection)
        self._said = Said(connection, self._gather, self._names, self._job_keys, SortedKeys(connection, "event_of_job"))

    def derived(self, key: Any, make: Callable[[], Found]) -> Found:
        """Return what `make` makes of this state of the index; kept in memory for the next who asks with `key`."""
        return self._loaded.derived(self.generation, key, make)

    def carried(self, key: str, make: Callable[[Found | None], Found]) -> Found:
        """Return what `make` makes of this state of the index from what it made of an earlier one, None at first.

        It is kept in memory until a later state is asked about.
        """
        return self._loaded.carried(self.generation, key, make)

    def extended(self, key: str, make: Callable[[Found | None, int], Found]) -> Found:
        """Return what `make` makes of all rows from what it made of the first ones and their number; see `carried`.

        Where any of these changed since, it begins anew with None and 0.
        """

        def made(before: _Extended[Found] | None) -> _Extended[Found]:
            changed = None if before is None else self.changed_rows(before.generation)
            if before is None or changed is None or len(changed):
                return _Extended(self.generation, self.jobs, make(None, 0))
            return _Extended(self.generation, self.jobs, make(before.found, before.rows))

        return self.carried(key, made).found

    def changed_rows(self, since: int) -> Column | None:
        """Return the rows of an earlier generation that changed since in any column, ascending; None if unknown.

        Only for what was `carried` from that generation: changes are told of the columns that it was made of. Rows
        that were added since are not among them; some may have changed only after this view.
        """
        return self._loaded.changed_rows(self._sql, since, self.jobs, self.generation)

    def kept_arrays(self, name: str, rests_on: str) -> dict[str, Column] | None:
        """Return the arrays that another process kept under a name, if they rest on the same state of this index."""
        return read_arrays(self._kept(name), f"{self.identity} {rests_on}")

    def keep_arrays(self, name: str, rests_on: str, arrays: Mapping[str, Column]) -> None:
        """Keep arrays, and what they rest on, under a name (a part of a file name) for the next process."""
        keep_arrays(self._kept(name), f"{self.identity} {rests_on}", arrays)

    def _kept(self, name: str) -> Path:
        return self._path.parent / f"{name}.npz"

    # -- columns and names

    def column(self, name: str) -> Column:
        """Return one column, a row a job, in the narrowest type that holds it; see `columns.TYPES`."""
        found = self._columns.get(name)
        if found is None:
            found = self._columns[name] = self._loaded.column(self._sql, name, self.jobs, self.generation)
        return found

    def standing_jobs(self) -> Column:
        """Return a mask of the jobs that were not withdrawn."""
        return self.derived("standing jobs", lambda: np.equal(self.column("withdrawn"), 0))

    def standing_count(self) -> int:
        """Return how many jobs were not withdrawn."""
        return self.derived("number of standing jobs", lambda: int(np.count_nonzero(self.standing_jobs())))

    def standing_bitmap(self) -> Column:
        """Return the bitmap of the jobs that were not withdrawn; see `bitmaps`."""
        return self.derived("bitmap of standing jobs", lambda: packed(self.standing_jobs()))

    def ratings(self) -> Ratings:
        """Return the ratings of all jobs, as numbers of the few different pairs of (images rated, sum of stars)."""
        return self.extended("ratings", self._ratings)

    def _ratings(self, before: Ratings | None, rows: int) -> Ratings:
        rated, stars = (self.column(name)[rows:] for name in ("rated", "rating_sum"))
        if before is None:
            return ratings_of(rated, stars, [])
        more = ratings_of(rated, stars, before.pairs)
        return Ratings(np.concatenate([before.codes, more.codes]), more.pairs)

    def postings(self) -> Postings:
        """Return which rows hold which values of columns, as far as that was asked before."""
        return self.extended("postings", lambda before, _: Postings() if before is None else before.copy())

    def values(self, field: str) -> dict[int, str]:
        """Return the names of one field by their number in the column."""
        return dict(self._sql.execute("SELECT number, display FROM value WHERE field = ?", (field,)))

    def names(self, field: str, numbers: Column) -> list[str]:
        """Return the names of some numbers of a field, kept in memory; 0, the unknown one, has none."""
        return self._loaded.names(self._sql, field, numbers.tolist(), self.renamed)

    def number_of(self, field: str, name: str) -> int | None:
        """Return the number of a name of a field, given in any spelling; None where no job has it."""
        found = self._sql.execute("SELECT number FROM value WHERE field = ? AND same = ?", (field, same_name(name)))
        return next((number for (number,) in found), None)

    def same_keys(self, field: str) -> dict[int, str]:
        """Return the keys under which spellings fall together, by number in the column."""
        return dict(self._sql.execute("SELECT number, same FROM value WHERE field = ?", (field,)))

    # -- words

    def prompts_with(self, alternative: str, *, phrase: bool) -> Column:
        """Return the numbers, ascending, of the prompts that hold an alternative: all its words, or it as a phrase."""
        tokens = words(alternative)
        if not tokens:
            return np.zeros(0, np.int64)
        query = " ".join(tokens) if phrase or is_phrase(alternative) else '" AND "'.join(tokens)
        (found,) = self._sql.execute(
            "SELECT json_group_array(rowid) FROM"
            " (SELECT rowid FROM prompt_text WHERE prompt_text MATCH ? ORDER BY rowid)",
            (f'"{query}"',),
        ).fetchone()
        return np.fromstring(found[1:-1], np.int64, sep=",")

    def prompts_by_hash(self, count: int) -> Column:
        """Return the numbers of prompts ordered by a hash of their words: the first `count`, or all."""
        return SortedKeys(self._sql, "prompt").smallest(count)[1].astype(np.int64)

    def rows_of_prompts(self, prompts: Column) -> Column:
        """Return the row numbers, ascending, of the jobs whose positive prompt is among ascending numbers."""
        return self._loaded.rows_of_prompts(self.column("prompt"), prompts)

    def prompt_words(self, field: PromptField = "prompt") -> tuple[Column, Column]:
        """Return (starts, words): the numbers of the words of prompt p are words[starts[p]:starts[p + 1]].

        Each word once, in the order in which they first appear; prompt 0, the unknown one, has none. `field` is the
        column that holds the numbers of the prompts.
        """
        return self._loaded.prompt_words(self._sql, field, self._prompts[field])

    def word_texts(self) -> list[str]:
        """Return the words by their numbers."""
        return self.derived("texts of words", lambda: self._loaded.word_texts(self._sql))

    def lora_sets(self) -> LoraSets:
        """Return which LoRAs each number of the column `lora_set` stands for."""
        begun = 0

        def begin() -> LoraSets:
            nonlocal begun
            stored = self.kept_arrays(_LORA_SETS, str(self.renamed))
            known = LoraSets() if stored is None else LoraSets.from_arrays(stored)
            begun = len(known) + 1
            return known

        found = self._loaded.lora_sets(self._sql, self.renamed, begin)
        if begun and len(found) - begun > _MANY_SETS:
            self.keep_arrays(_LORA_SETS, str(self.renamed), found.as_arrays())
        return found

    def times_backward(self) -> int:
        """Return how often, in any file of the log, a job's time is before that of the job above it."""
        return int(self._sql.execute("SELECT COALESCE(SUM(backward), 0) FROM log_file").fetchone()[0])

    # -- tags

    def tags(self) -> dict[str, Column]:
        """Return each tag with the row numbers of its jobs."""
        found = self._sql.execute("SELECT name, json_group_array(ordinal) FROM tag GROUP BY name ORDER BY name")
        return {name: np.array(orjson.loads(rows), np.int64) for name, rows in found}

    def tags_of(self, ordinals: list[int]) -> dict[int, list[str]]:
        """Return the tags of the jobs in some rows, where there are any."""
        found: dict[int, list[str]] = {}
        for ordinal in ordinals:
            for (name,) in self._sql.execute("SELECT name FROM tag WHERE ordinal = ? ORDER BY name", (ordinal,)):
                found.setdefault(ordinal, []).append(name)
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
