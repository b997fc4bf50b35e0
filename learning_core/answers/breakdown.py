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
from learning_core.stats.grouping import Tally, distinct, stable_order, tally
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

    def of_known(self, numbers: Column) -> int:
        """Return the sum over the rows where the parameter is known, given a whole number for each row."""
        return int((numbers if len(self.known) == len(numbers) else numbers[self.known]).sum())


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
        codes = np.concatenate([self._usable_codes(by) for by in parameters])
        known = codes.nonzero()[0]
        present, level = distinct((codes + np.repeat(begins[:-1], count))[known])
        order = stable_order(level)
        level, row = level[order], known[order]
        ends = known.searchsorted(count * np.arange(len(names) + 1)).tolist()
        firsts = present.searchsorted(begins).tolist()
        found = {}
        for number, by in enumerate(parameters):
            mine, first = slice(*ends[number : number + 2]), firsts[number]
            used = (present[first : firsts[number + 1]] - begins[number] - 1).tolist()
            rows = row[mine] - number * count
            found[by] = _Uses([names[number][code] for code in used], rows, level[mine] - first, rows)
        return found

    def _usable_codes(self, by: By) -> Column:
        codes, usable = self._coded(by), self._usable(by)
        return codes if usable is None else codes * usable

    def _coded(self, by: By) -> Column:
        """Return for each row which of the values of a parameter it has, by their order, from 1, or 0."""
        if by not in self._codes:
            self._codes[by] = _named(self._snapshot, by).codes[self.evidence.column(by)]
        return self._codes[by]

    @cached_property
    def _present(self) -> tuple[Column, Column]:
        """Return the numbers of the sets of LoRAs, ascending, and for each row the place of its own, from 1, or 0."""
        numbers, places = distinct(self.evidence.column("lora_set"))
        unknown = len(numbers) > 0 and numbers[0] == 0
        return numbers[int(unknown) :], places + (not unknown)

    def _lora_uses(self, by: By) -> "_Uses":
        numbers, places = self._present
        usable = self._usable(by)
        known = np.flatnonzero(places if usable is None else places * usable)
        places = places[known] - 1
        if usable is not None:
            present, places = distinct(places)
            numbers = numbers[present]
        whole = by == "lora" and usable is None
        sets = self._lora_sets if whole else self._sets(by, numbers)
        counts = sets.sizes[places]
        group = sets.members[ranges((np.cumsum(sets.sizes) - sets.sizes)[places], counts)]
        order = stable_order(group)
        rows = np.repeat(known, counts)[order]
        return _Uses(sets.names, rows, group[order], known if counts.all() else known[counts > 0])

    def _sets(self, by: By, numbers: Column) -> "_SomeSets":
        if by == "lora_weight":
            return _weighted_sets(self._snapshot.names("lora_set", numbers))
        return _some_sets(lora_sets(self._snapshot), numbers)

    @cached_property
    def _lora_sets(self) -> "_SomeSets":
        return _some_sets(lora_sets(self._snapshot), self._present[0])

    def strata(self, by: By) -> Column:
        """Return the value of a parameter for each row as a number, 0 for unknown.

        Numbers that take many values are put into four classes of about equal size. The LoRAs of a job, without their
        weights, are one value.
        """
        if by not in self._strata:
            if by == "lora":
                classes = np.append(0, 1 + self._lora_sets.classes())
                self._strata[by] = classes[self._present[1]]
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
    return snapshot.derived(("names in order", field), lambda: _in_order(snapshot, field))


def _in_order(snapshot: Snapshot, field: str) -> _Named:
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


class _SomeSets(Struct, frozen=True):
    """Sets of LoRAs: the names of all, sorted, and the numbers of those in each set, `sizes` of them, set by set."""

    names: list[str]
    members: Column
    sizes: Column

    def classes(self) -> Column:
        """Return a number from 0 for each set, the same for sets of the same LoRAs."""
        begin, found = np.cumsum(self.sizes) - self.sizes, np.zeros(len(self.sizes), np.int64)
        for place in range(int(self.sizes.max(initial=0))):
            longer = np.flatnonzero(self.sizes > place)
            member = np.zeros(len(found), np.int64)
            member[longer] = self.members[begin[longer] + place].astype(np.int64) + 1
            _, found = distinct(found * (len(self.names) + 1) + member)
        return found


def lora_sets(snapshot: Snapshot) -> LoraSets:
    """Return which LoRAs each number of the column `lora_set` stands for; the index is asked once for each state."""
    return snapshot.derived("sets of LoRAs", snapshot.lora_sets)


def _some_sets(sets: LoraSets, numbers: Column) -> _SomeSets:
    sizes = sets.starts[numbers + 1] - sets.starts[numbers]
    uses = ranges(sets.starts[numbers], sizes)
    spelled = sorted(distinct(sets.spelled[uses])[0].tolist(), key=sets.spellings.__getitem__)
    name_of: dict[int, str] = {}
    for number in spelled:
        name_of.setdefault(sets.lora_of[number], sets.spellings[number])
    level = np.zeros(len(sets.names), _dtype(len(name_of)))
    level[list(name_of)] = np.arange(len(name_of))
    return _SomeSets(list(name_of.values()), level[sets.loras[uses]], sizes)


def _weighted_sets(texts: list[str]) -> _SomeSets:
    """Return sets, as the index writes them, by LoRA and weight together; uses of unknown weight are in none."""
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
    return _SomeSets([spellings[key] for key in order], np.array(flat, _dtype(len(order))), sizes)


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
