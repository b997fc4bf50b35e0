"""The named values of jobs as numbers: what was read before is looked up, for jobs of one batch all at once."""

import sqlite3
from itertools import accumulate, pairwise
from operator import attrgetter
from typing import Any

import numpy as np

from learning_core.index.columns import NAMED, Column
from learning_core.index.counted import ABSENT, Counted, content_of, is_present
from learning_core.index.dictionary import KEPT_NEIGHBOURS, Values
from learning_core.index.features import SOURCES, Source

_LORAS, _EXPERIMENT = (
    next(source for source in SOURCES if source.fields[0] == field) for field in ("loras", "experiment")
)
_PLAIN = tuple(source for source in SOURCES if source not in (_LORAS, _EXPERIMENT))
_PLAIN_FIELDS = attrgetter(*(field for source in _PLAIN for field in source.fields))
_ENDS = [0, *accumulate(len(source.fields) for source in _PLAIN)]
_PLACES = [slice(*ends) for ends in pairwise(_ENDS)]
"""Where the fields of each source stand among those of all."""

_COLUMNS = [column for source in (_LORAS, _EXPERIMENT, *_PLAIN) for column in source.columns]
_ORDER = [_COLUMNS.index(column) for column in NAMED]

Numbers = tuple[int, ...]


class Settings:
    """Gives each combination of named values a number of its own, valid until `flush`."""

    def __init__(self, sql: sqlite3.Connection) -> None:
        self._values = Values(sql)
        self._combinations: dict[tuple[Any, ...], int] = {}
        self._rows: list[Numbers] = []
        self._last: tuple[Any, int] = (None, 0)
        self._plain = [(source, place, _Known()) for source, place in zip(_PLAIN, _PLACES, strict=True)]
        self._loras, self._experiments = _Known(), _Known()

    def number(self, job: Counted) -> int:
        """Return the number of a job's combination; raises TypeError and its kin for LoRAs of the wrong type."""
        # Without LoRAs of its own a job has those that its prompt names.
        loras = bytes(job.loras) if is_present(job.loras) else job.prompt_positive
        experiment = b"" if job.experiment is ABSENT else bytes(job.experiment)
        combination = (_PLAIN_FIELDS(job), loras, experiment)
        # The images of a batch, which stand side by side, share their settings.
        if combination == self._last[0]:
            return self._last[1]
        number = self._combinations.get(combination)
        if number is None:
            self._rows.append(self._read(job, *combination))
            number = self._combinations[combination] = len(self._rows) - 1
        self._last = (combination, number)
        return number

    def _read(self, job: Counted, plain: tuple[Any, ...], loras: bytes | str | None, experiment: bytes) -> Numbers:
        found: list[int] = []
        # LoRAs come first: of a line that is refused for them, nothing may be learned.
        found += self._loras.get(loras) or self._learn(
            self._loras, loras, _LORAS, content_of(job.loras), job.prompt_positive
        )
        found += self._experiments.get(experiment) or self._learn(
            self._experiments, experiment, _EXPERIMENT, content_of(job.experiment)
        )
        for source, place, known in self._plain:
            raw = plain[place]
            found += known.get(raw) or self._learn(known, raw, source, *raw)
        return tuple(found)

    def _learn(self, known: "_Known", key: Any, source: Source, *raw: Any) -> Numbers:
        numbers = known[key] = tuple(
            0 if value is None else self._values.number(column, value)
            for column, value in zip(source.columns, source.read(*raw), strict=True)
        )
        return numbers

    def columns(self, combinations: Column) -> dict[str, Column]:
        """Return the named columns of rows given by the numbers of their combinations."""
        different, which = np.unique(combinations, return_inverse=True)
        table = np.array([self._rows[number] for number in different.tolist()], np.uint32)
        return {name: table[which, place] for name, place in zip(NAMED, _ORDER, strict=True)}

    def flush(self) -> None:
        """Write new values, and make room when too much is remembered."""
        self._values.flush()
        if len(self._rows) > KEPT_NEIGHBOURS:
            self._combinations.clear()
            self._rows.clear()
            self._last = (None, 0)
        for known in (self._loras, self._experiments, *(known for _, _, known in self._plain)):
            if len(known) > KEPT_NEIGHBOURS:
                known.clear()


class _Known(dict[Any, Numbers]):
    """The numbers of raw values that were read before."""
