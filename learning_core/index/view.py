"""One consistent view of the index: its columns, names, words and tags, and what is kept of them in memory."""

import sqlite3
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any, Generic, TypeVar

import numpy as np
import orjson
from msgspec import Struct

from learning_core.index.bitmaps import Postings, packed
from learning_core.index.columns import Column, PromptField
from learning_core.index.kept import keep_arrays, read_arrays
from learning_core.index.keys import SortedKeys
from learning_core.index.loaded import loaded_for
from learning_core.index.lora_sets import LoraSets
from learning_core.index.matching_files import MatchingFiles
from learning_core.index.ratings import Ratings, ratings_of
from learning_core.text.keywords import is_phrase, words
from learning_core.text.names import same_name

Found = TypeVar("Found")


class _Extended(Struct, Generic[Found], frozen=True):
    """What was made of the first `rows` rows, as they were at a generation of the index."""

    generation: int
    rows: int
    found: Found


_LORA_SETS = "lora-sets"
_MANY_SETS = 500
"""So many that are not kept yet take longer to read than to keep."""


class View:
    """What the index holds in one state.

    `jobs` is the number of rows of every column, `prompts` that of the positive prompts, `identity` the number of this
    index among all, `generation` that of its state, `renamed` counts the names that got another spelling. `stale` is
    empty, or says in a sentence why the newest lines of the log are not counted yet; `notes` hold it for the notes of
    an answer. `matching` are the files that subjects are matched with besides the prompts, None where there are none.
    """

    def __init__(self, connection: sqlite3.Connection, path: Path, stale: str, matching: MatchingFiles | None) -> None:
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
