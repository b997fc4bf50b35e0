"""The named values of jobs as numbers: what was read before is looked up, for jobs of one batch all at once."""

import sqlite3
from collections.abc import Mapping
from typing import Any

import numpy as np
import orjson

from learning_core.index.columns import NAMED, Column
from learning_core.index.dictionary import KEPT_TEXTS, Values
from learning_core.index.features import SOURCES, Source

_NESTED = ("loras", "experiment")
_FIELDS = tuple(field for source in SOURCES for field in source.fields if field not in (*_NESTED, "prompt_positive"))


class Settings:
    """Gives each combination of named values a number of its own, valid until `forget`."""

    def __init__(self, sql: sqlite3.Connection) -> None:
        self._values = Values(sql)
        self._combinations: dict[tuple[Any, ...], int] = {}
        self._rows: list[tuple[int, ...]] = []
        self._known: list[dict[Any, tuple[int, ...]]] = [{} for _ in SOURCES]
        columns = [column for source in SOURCES for column in source.columns]
        self._order = [columns.index(column) for column in NAMED]

    def number(self, job: Mapping[str, Any]) -> int:
        """Return the number of a job's combination; raises TypeError and its kin for values of the wrong type."""
        get = job.get
        loras, experiment = get("loras"), get("experiment")
        combination = (
            *map(get, _FIELDS),
            get("prompt_positive") if loras is None else orjson.dumps(loras),
            None if experiment is None else orjson.dumps(experiment),
        )
        number = self._combinations.get(combination)
        if number is None:
            number = self._combinations[combination] = len(self._rows)
            self._rows.append(self._read(job))
        return number

    def _read(self, job: Mapping[str, Any]) -> tuple[int, ...]:
        found: list[int] = []
        for source, known in zip(SOURCES, self._known, strict=True):
            raw = tuple(map(job.get, source.fields))
            key = orjson.dumps(raw) if source.fields[0] in _NESTED else raw
            numbers = known.get(key)
            if numbers is None:
                numbers = known[key] = self._numbers(source, raw)
            found += numbers
        return tuple(found)

    def _numbers(self, source: Source, raw: tuple[Any, ...]) -> tuple[int, ...]:
        return tuple(
            0 if value is None else self._values.number(column, value)
            for column, value in zip(source.columns, source.read(*raw), strict=True)
        )

    def columns(self, combinations: Column) -> dict[str, Column]:
        """Return the named columns of rows given by the numbers of their combinations."""
        different, which = np.unique(combinations, return_inverse=True)
        table = np.array([self._rows[number] for number in different.tolist()], np.uint32)
        return {name: table[which, place] for name, place in zip(NAMED, self._order, strict=True)}

    def forget(self) -> None:
        """Make room when too much is remembered; numbers given before are no longer valid."""
        if len(self._rows) > KEPT_TEXTS:
            self._combinations.clear()
            self._rows.clear()
        for known in self._known:
            if len(known) > KEPT_TEXTS:
                known.clear()
