"""Columns of the index in use, kept in memory from answer to answer and brought level segment by segment."""

import sqlite3
import threading
from collections.abc import Callable
from typing import Any, TypeVar

import numpy as np
from msgspec import Struct, field

from learning_core.index.blobs import DamagedBlob
from learning_core.index.columns import SEGMENT_ROWS, Column, PromptField, is_among
from learning_core.index.held_columns import HeldColumns
from learning_core.index.held_words import HeldWords
from learning_core.index.lora_sets import LoraSets
from learning_core.ranges import ranges

Found = TypeVar("Found")


class PromptRows(Struct):
    """The rows of each prompt: those of prompt p are `order[starts[p]:starts[p + 1]]`, for the first `covered` rows."""

    values: Column
    covered: int
    order: Column
    starts: Column


class Loaded(Struct):
    """What a process keeps of one index file; all access goes through `lock`."""

    lock: threading.RLock = field(default_factory=threading.RLock)
    _columns: HeldColumns = field(default_factory=HeldColumns)
    _prompts: PromptRows | None = None
    _names: dict[str, dict[int, str]] = field(default_factory=dict)
    _renamed: int = -1
    _words: dict[PromptField, HeldWords] = field(default_factory=dict)
    _texts: list[str] = field(default_factory=list)
    _sets: LoraSets = field(default_factory=LoraSets)
    _sets_renamed: int = -1
    _derived: dict[Any, Any] = field(default_factory=dict)
    _derived_of: int = -1
    _carried: dict[Any, tuple[int, Any]] = field(default_factory=dict)

    def column(self, sql: sqlite3.Connection, name: str, rows: int, generation: int) -> Column:
        """Return a column of `rows` rows as it is at this generation of the index; never changed afterwards."""
        with self.lock:
            return self._columns.column(sql, name, rows, generation)

    def changed_rows(self, sql: sqlite3.Connection, since: int, rows: int, generation: int) -> Column | None:
        """Return the rows that changed since an earlier generation; see `Snapshot.changed_rows`."""
        with self.lock:
            self._columns.bring_level(sql, rows, generation)
            return self._columns.changed_rows(since)

    def names(self, sql: sqlite3.Connection, name: str, numbers: list[int], renamed: int) -> list[str]:
        """Return the names of some numbers of a field; raises DamagedBlob where one has no name."""
        with self.lock:
            if self._renamed != renamed:
                self._names.clear()
                self._renamed = renamed
            known = self._names.setdefault(name, {})
            missing = [number for number in numbers if number not in known]
            if len(missing) > _MANY_NAMES:
                known.update(sql.execute("SELECT number, display FROM value WHERE field = ?", (name,)))
                missing = []
            for number in missing:
                row = sql.execute("SELECT display FROM value WHERE field = ? AND number = ?", (name, number)).fetchone()
                if row is None:
                    raise DamagedBlob
                known[number] = row[0]
            return list(map(known.__getitem__, numbers))

    def rows_of_prompts(self, column: Column, prompts: Column) -> Column:
        """Return the rows, ascending, whose prompt is among the numbers; `column` is that of the prompts.

        The numbers ascend, from 1, each once.
        """
        with self.lock:
            kept = self._prompts
            if (
                kept is None
                or kept.values is not column.base
                or not kept.covered <= len(column) <= kept.covered + SEGMENT_ROWS
            ):
                kept = self._prompts = _by_prompt(column)
        covered = prompts[: prompts.searchsorted(len(kept.starts) - 1)]
        first = kept.starts[covered]
        # The rows of each prompt ascend already, which a stable sort makes use of.
        rows = np.sort(kept.order[ranges(first, kept.starts[covered + 1] - first)], kind="stable").astype(np.int64)
        if len(column) == kept.covered:
            return rows
        newer = kept.covered + np.flatnonzero(is_among(column[kept.covered :], prompts))
        return np.concatenate([rows, newer])

    def prompt_words(self, sql: sqlite3.Connection, field: PromptField, prompts: int) -> tuple[Column, Column]:
        """Return (starts, words) of this many prompts; see `Snapshot.prompt_words`."""
        with self.lock:
            return self._words.setdefault(field, HeldWords()).of(sql, field, prompts)

    def word_texts(self, sql: sqlite3.Connection) -> list[str]:
        """Return the words by their numbers, perhaps with some that are newer than what the reader sees."""
        with self.lock:
            rows = sql.execute("SELECT text FROM word WHERE number >= ? ORDER BY number", (len(self._texts),))
            if new := [text for (text,) in rows]:
                self._texts = self._texts + new
            return self._texts

    def lora_sets(self, sql: sqlite3.Connection, renamed: int, begin: Callable[[], LoraSets]) -> LoraSets:
        """Return the sets of LoRAs, see `Snapshot.lora_sets`; `begin` gives those to begin with."""
        with self.lock:
            if self._sets_renamed != renamed:
                self._sets, self._sets_renamed = begin(), renamed
            self._sets = self._sets.extended(sql)
            return self._sets

    def derived(self, generation: int, key: Any, make: Callable[[], Found]) -> Found:
        """Return what `make` makes of this generation of the index, made once."""
        with self.lock:
            if self._derived_of != generation or len(self._derived) >= _DERIVED:
                self._derived.clear()
                self._derived_of = generation
            if key in self._derived:
                kept: Found = self._derived[key]
                return kept
        made = make()
        with self.lock:
            if self._derived_of == generation:
                self._derived[key] = made
        return made

    def carried(self, generation: int, key: Any, make: Callable[[Found | None], Found]) -> Found:
        """Return what `make` makes of this generation of the index from what it made of an earlier one, or of None.

        Only the newest is kept, so `key` must be one of a few.
        """
        with self.lock:
            made_of, before = self._carried.get(key, (-1, None))
        if made_of == generation:
            kept: Found = before
            return kept
        made = make(before if made_of < generation else None)
        with self.lock:
            # What an older view read for itself is not level with the columns, whose changes are told from now on.
            if self._columns.generation <= generation and self._carried.get(key, (-1, None))[0] < generation:
                self._carried[key] = (generation, made)
        return made


_DERIVED = 64
_MANY_NAMES = 20_000
"""So many names are fetched with all others of their field at once."""


def _by_prompt(column: Column) -> PromptRows:
    order = np.argsort(column, kind="stable").astype(np.uint32)
    most = int(column.max(initial=0))
    starts = np.searchsorted(column[order], np.arange(most + 2))
    values = column if column.base is None else column.base
    return PromptRows(values, len(column), order, starts)


class _Kept:
    """What this process keeps of the index that it answered from last."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._index = ""
        self._loaded = Loaded()

    def loaded(self, index: str) -> Loaded:
        with self._lock:
            if index != self._index:
                self._index, self._loaded = index, Loaded()
            return self._loaded


_kept = _Kept()


def loaded_for(index: str) -> Loaded:
    """Return what this process keeps of an index, by its identity; of another one it forgets what it kept."""
    return _kept.loaded(index)
