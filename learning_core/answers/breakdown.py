"""The values of each parameter in the evidence: which rows have them, and how many images."""

from collections.abc import Iterable, Sequence
from functools import cached_property
from itertools import accumulate
from typing import NamedTuple

import numpy as np
import orjson
from msgspec import Struct

from learning_core.answers.answer import By
from learning_core.answers.evidence import Evidence
from learning_core.index.columns import Column
from learning_core.index.lora_sets import NO_LORA, LoraSets
from learning_core.index.snapshot import Snapshot
from learning_core.ranges import ranges
from learning_core.stats.grouping import Tally, distinct, lengths, stable_order, starts, tally
from learning_core.text.names import number_text, same_name

_NUMBERS: tuple[By, ...] = ("steps", "cfg_scale", "denoising_strength")
_FEW_VALUES = 8
_LORAS: tuple[By, ...] = ("lora", "lora_weight")


class Levels(Struct, frozen=True):
    """The values of a parameter by name, one at least, with their rows sorted by value, then by cluster.

    `group` is the number of the value of each row; a row stands once for each of its LoRAs. `known` are the rows where
    the parameter is known; `stars` are the sums of each value's stars, 0 where the outcome has none.
    """

    names: list[str]
    rows: Column
    group: Column
    known: Column
    tally: Tally
    stars: Column

    def rows_of(self, level: int) -> Column:
        """Return the rows of one value."""
        first, after = self.tally.first, level + 1
        return self.rows[first[level] : first[after]] if after < len(first) else self.rows[first[level] :]

    def totals(self, numbers: Column) -> Column:
        """Return the sum over the rows of each value, given a number for each row of the evidence."""
        found: Column = np.add.reduceat(numbers[self.rows], self.tally.first)
        return found


class Breakdown:
    """The evidence by the values of its parameters, each worked out once."""

    def __init__(self, snapshot: Snapshot, evidence: Evidence) -> None:
        """Look at the rows of the evidence; the snapshot tells how values are called."""
        self._snapshot = snapshot
        self.evidence = evidence
        self._levels: dict[By, Levels | None] = {}
        self._codes: dict[By, Column] = {}
        self._strata: dict[By, Column] = {}

    def levels(self, by: By) -> Levels | None:
        """Return the values of a parameter with their counts, None when none is known.

        A comparison of whole models under their own settings says nothing about any other parameter.
        """
        return self.levels_of([by])[by]

    def levels_of(self, parameters: Iterable[By]) -> dict[By, Levels | None]:
        """Return the values of several parameters; those that are missing are counted at once."""
        asked = list(parameters)
        missing = [by for by in asked if by not in self._levels]
        uses = self._uses([by for by in missing if by not in _LORAS])
        uses |= {by: self._lora_uses(by) for by in missing if by in _LORAS}
        counted = {by: each for by, each in uses.items() if each.names}
        self._levels |= dict.fromkeys(missing)
        self._levels |= dict(zip(counted, _counted(self.evidence, list(counted.values())), strict=True))
        return {by: self._levels[by] for by in asked}

    def _usable(self, by: By) -> Column | None:
        return None if by == "checkpoint" else self.evidence.no_preference

    def _uses(self, parameters: Sequence[By]) -> dict[By, "_Uses"]:
        """Return the values of parameters of which a row has one at most: all are put in order at once."""
        count = len(self.evidence.weights)
        if not parameters or not count:
            return {}
        names = [_named(self._snapshot, by).names for by in parameters]
        begins = list(accumulate((len(each) + 1 for each in names), initial=0))
        order, codes = self._in_order(parameters, begins)
        first = starts(codes)
        present, ends = codes[first], [*first.tolist(), len(codes)]
        level = np.arange(len(first)).repeat(lengths(first, len(codes)))
        found = {}
        for number, by in enumerate(parameters):
            # The code at which a parameter begins stands for unknown.
            begin = begins[number] + 1
            low, high = present.searchsorted((begin, begins[number + 1])).tolist()
            mine = slice(ends[low], ends[high])
            used = [names[number][code - begin] for code in present[low:high].tolist()]
            rows = order[mine] - number * count
            found[by] = _Uses(used, rows, level[mine] - low, rows)
        return found

    def _in_order(self, parameters: Sequence[By], begins: list[int]) -> tuple[Column, Column]:
        """Return the places of all rows, parameter after parameter, in the order of their codes, and these codes."""
        kind = _dtype(begins[-1])
        codes = np.concatenate([self._usable_codes(by) for by in parameters], dtype=kind)
        codes += np.array(begins[:-1], kind).repeat(len(codes) // len(parameters))
        order = stable_order(codes)
        return order, codes[order]

    def _usable_codes(self, by: By) -> Column:
        codes, usable = self._coded(by), self._usable(by)
        return codes if usable is None else codes * usable

    def _coded(self, by: By) -> Column:
        """Return for each row which of the values of a parameter it has, by their order, from 1, or 0."""
        if by not in self._codes:
            self._codes[by] = _named(self._snapshot, by).codes[self.evidence.column(by)]
        return self._codes[by]

    def _lora_uses(self, by: By) -> "_Uses":
        usable = self._usable(by)
        sets = self._loras if by == "lora" and usable is None else self._sets(by, usable)
        order = stable_order(sets.members)
        rows = np.repeat(np.arange(len(sets.sizes)), sets.sizes)[order]
        return _Uses(sets.names, rows, sets.members[order], sets.sizes.nonzero()[0])

    def _sets(self, by: By, usable: Column | None) -> "_Sets":
        numbers = self.evidence.column("lora_set")
        numbers = numbers if usable is None else numbers * usable
        return (_weighted if by == "lora_weight" else _unweighted)(self._snapshot, numbers)

    @cached_property
    def _loras(self) -> "_Sets":
        return self._sets("lora", None)

    def strata(self, by: By) -> Column:
        """Return the value of a parameter for each row as a number, 0 for unknown.

        Numbers that take many values are put into four classes of about equal size. The LoRAs of a job, without their
        weights, are one value.
        """
        if by not in self._strata:
            if by == "lora":
                self._strata[by] = self._loras.classes()
            else:
                codes = self._coded(by)
                if by in _NUMBERS and np.count_nonzero(np.bincount(codes)[1:]) > _FEW_VALUES:
                    values = list(map(float, _named(self._snapshot, by).names))
                    codes = _quarters(codes, self.evidence.weights, values)[codes]
                self._strata[by] = codes
        return self._strata[by]


class _Named(Struct, frozen=True):
    """The values of a field in all jobs: their names, sorted, and by the number of each its place there, from 1, or 0.

    They are numbered in the order in which the index met them.
    """

    names: list[str]
    codes: Column


def _named(snapshot: Snapshot, field: str) -> _Named:
    return snapshot.derived(("names in order", field), lambda: _by_name(snapshot, field))


def _by_name(snapshot: Snapshot, field: str) -> _Named:
    texts = snapshot.names(field, np.arange(1, int(snapshot.column(field).max(initial=0)) + 1))
    names = sorted(set(texts))
    code = dict(zip(names, range(1, len(names) + 1), strict=True))
    codes = np.zeros(len(texts) + 1, _dtype(len(names) + 1))
    codes[1:] = list(map(code.__getitem__, texts))
    return _Named(names, codes)


class _Uses(NamedTuple):
    """The values of a parameter with their rows, as `Levels` has them, not counted yet."""

    names: list[str]
    rows: Column
    group: Column
    known: Column


def _counted(evidence: Evidence, parameters: Sequence[_Uses]) -> list[Levels]:
    """Return the values of parameters with their counts, all taken at once: arrays of a few rows cost most to begin."""
    if not parameters:
        return []
    begins = list(accumulate((len(each.names) for each in parameters), initial=0))
    rows = np.concatenate([each.rows for each in parameters])
    sizes = [len(each.rows) for each in parameters]
    group = np.concatenate([each.group for each in parameters], dtype=np.int64) + np.repeat(begins[:-1], sizes)
    counts = tally(group, evidence.clusters[rows], evidence.images[rows], evidence.good[rows])
    stars = np.add.reduceat(evidence.star_sums()[rows], counts.first)
    return [
        Levels(*each, counts.part(begin, end), stars[begin:end])
        for each, begin, end in zip(parameters, begins, begins[1:], strict=False)
    ]


class _Sets(Struct, frozen=True):
    """The LoRAs of rows: the names of all, sorted, and the numbers of those of each row, `sizes` of them a row."""

    names: list[str]
    members: Column
    sizes: Column

    def classes(self) -> Column:
        """Return a number for each row, the same for rows of the same LoRAs; 0 for rows of none, and only for these."""
        begin, found = self.sizes.cumsum() - self.sizes, np.zeros(len(self.sizes), np.int64)
        for place in range(int(self.sizes.max(initial=0))):
            longer = (self.sizes > place).nonzero()[0]
            member = np.zeros(len(found), np.int64)
            member[longer] = self.members[begin[longer] + place].astype(np.int64) + 1
            _, found = distinct(found * (len(self.names) + 1) + member)
        return found + 1 if self.sizes.all() else found


def lora_sets(snapshot: Snapshot) -> LoraSets:
    """Return which LoRAs each number of the column `lora_set` stands for; the index is asked once for each state."""
    return snapshot.derived("sets of LoRAs", snapshot.lora_sets)


class _Spellings(Struct, frozen=True):
    """The spellings of all LoRAs, sorted, with the LoRA of each, and the place there of each by its number."""

    names: list[str]
    loras: Column
    places: Column


def _spellings(snapshot: Snapshot) -> _Spellings:
    sets = lora_sets(snapshot)
    order = sorted(range(len(sets.spellings)), key=sets.spellings.__getitem__)
    places = np.empty(len(order), np.int64)
    places[order] = np.arange(len(order))
    return _Spellings([sets.spellings[number] for number in order], np.array(sets.lora_of)[order], places)


def _unweighted(snapshot: Snapshot, numbers: Column) -> _Sets:
    """Return the sets with these numbers by LoRA, called by the smallest of its spellings, whatever the weight."""
    sets = lora_sets(snapshot)
    spellings = snapshot.derived("spellings in order", lambda: _spellings(snapshot))
    begin = sets.starts[numbers]
    sizes = sets.starts[numbers + 1] - begin
    present, place = distinct(spellings.places[sets.spelled[ranges(begin, sizes)]])
    loras, places = spellings.loras[present], np.arange(len(present))
    first = np.empty(len(sets.names), np.int64)
    # Of several places the one that is assigned last stays: the smallest.
    first[loras[::-1]] = places[::-1]
    is_first = first[loras] == places
    level = (is_first.cumsum() - 1)[first[loras]]
    return _Sets([spellings.names[each] for each in present[is_first].tolist()], level[place], sizes)


def _weighted(snapshot: Snapshot, numbers: Column) -> _Sets:
    """Return the sets with these numbers by LoRA and weight together; uses of unknown weight are in none."""
    present, place = distinct(numbers)
    known = present[present > 0]
    sets = _by_weight(snapshot.names("lora_set", known))
    sizes = np.concatenate([np.zeros(len(present) - len(known), np.int64), sets.sizes])
    counts = sizes[place]
    return _Sets(sets.names, sets.members[ranges((sizes.cumsum() - sizes)[place], counts)], counts)


def _by_weight(texts: list[str]) -> _Sets:
    """Return sets, as the index writes them, by LoRA and weight together."""
    spellings: dict[tuple[str, float | None], str] = {}
    members = []
    for text in texts:
        stated = orjson.loads(text)
        uses = [(same_name(lora), weight, lora) for lora, weight in stated if weight is not None]
        if not stated:
            uses = [("", None, NO_LORA)]
        members.append([(key, weight) for key, weight, _ in uses])
        for key, weight, lora in uses:
            shown = lora if weight is None else f"{lora}:{number_text(weight)}"
            spellings[key, weight] = min(spellings.get((key, weight), shown), shown)
    order = sorted(spellings, key=spellings.__getitem__)
    level = {key: place for place, key in enumerate(order)}
    flat = [level[key] for each in members for key in each]
    sizes = np.fromiter(map(len, members), np.int64, len(members))
    return _Sets([spellings[key] for key in order], np.array(flat, _dtype(len(order))), sizes)


def _dtype(codes: int) -> type[np.integer]:
    return np.uint8 if codes < 256 else np.uint16 if codes < 65_536 else np.int64


def _quarters(codes: Column, weights: Column, values: list[float]) -> Column:
    """Return the class, 1 to 4, of each code from 1, given the number that each stands for; 0 for code 0.

    `weights` tells how often each of the codes counts.
    """
    by_size = np.argsort(values, kind="stable") + 1
    rows = np.cumsum(np.bincount(codes, weights, len(values) + 1)[by_size]).astype(np.int64)
    classes = np.zeros(len(values) + 1, np.uint8)
    classes[by_size] = 1 + 4 * (rows - 1) // rows[-1]
    return classes
