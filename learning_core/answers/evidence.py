"""The judged images that a question rests on, as arrays, and their grouping by the values of a parameter."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import chain, pairwise

import numpy as np

from learning_core.answers.answer import By, Outcome, Tier
from learning_core.index.columns import EVIDENCE_CLASSES, Column
from learning_core.index.snapshot import Snapshot
from learning_core.stats.grouping import Tally, distinct, stable_order, starts, tally
from learning_core.text.names import same_name

NO_LORA = "(no LoRA)"
_CONTROLLED, _PREFERENCE = (EVIDENCE_CLASSES.index(name) for name in ("controlled", "preference"))
_NUMBERS: tuple[By, ...] = ("steps", "cfg_scale", "denoising_strength")
_FEW_VALUES = 8
_PLENTY = 64
"""Rows of a value above which the best are looked for before they are put in order."""


@dataclass(frozen=True, slots=True)
class Levels:
    """The values of a parameter by name, one at least, with their rows sorted by value, then by cluster.

    `group` is the number of the value of each row; a row stands once for each of its LoRAs.
    """

    names: list[str]
    rows: Column
    group: Column
    tally: Tally

    def rows_of(self, level: int) -> Column:
        """Return the rows of one value."""
        low, high = np.searchsorted(self.group, (level, level + 1))
        return self.rows[low:high]

    def totals(self, numbers: Column) -> Column:
        """Return the sum over the rows of each value, given a number for each row of the evidence."""
        found: Column = np.add.reduceat(numbers[self.rows], starts(self.group))
        return found


@dataclass(frozen=True, slots=True)
class Judged:
    """The judgements of some images: stars and how many have any, picks, and references of the best."""

    rated: int
    stars: int
    selected: int
    rejected: int
    best: list[str]


class Evidence:
    """Rows are jobs of the question with at least one image that counts for the outcome, sorted by cluster.

    Images of one prompt are one cluster. Unknown prompts may all be the same, so they count as one, too.
    """

    def __init__(self, snapshot: Snapshot, rows: Column) -> None:
        """Take the row numbers, ascending, of the jobs that the question selects; no other row is looked at."""
        self._snapshot = snapshot
        self._asked = rows
        self._of_asked: dict[str, Column] = {}
        self._of_rows: dict[str, Column] = {}
        self._levels: dict[By, tuple[Levels | None, Column]] = {}
        self._texts: dict[str, tuple[list[str], Column]] = {}
        self._codes: dict[By, tuple[list[str], Column]] = {}
        self._strata: dict[By, Column] = {}
        self._without: dict[str, Column] = {}
        rated, selected = self.asked("rated"), self.asked("selected")
        judged = selected + self.asked("rejected")
        # The kind of judgement with more images; the kinds are never added up.
        self.outcome: Outcome = "selected" if int(judged.sum()) > int(rated.sum()) else "rated_4_or_5"
        images, good = (judged, selected) if self.outcome == "selected" else (rated, self.asked("liked"))
        cluster = self._cluster()
        order = stable_order(cluster)
        self._places = order[images[order] > 0]
        self.ordinals = rows[self._places]
        self.images, self.good = images[self._places], good[self._places]
        self.clusters = cluster[self._places]
        self.total = int(self.images.sum())
        self.jobs = len(rows)
        prompts = self.asked("prompt")[order]
        self.prompts = int(np.count_nonzero(prompts[starts(prompts)])) if self.jobs else 0
        preference = self.column("evidence") == _PREFERENCE
        self._usable = ~preference if preference.any() else None
        self._focus = self._snapshot.same_keys("focus_parameter") if self.column("focus_parameter").any() else {}

    def asked(self, name: str) -> Column:
        """Return a column of whole numbers of the snapshot for all jobs that the question selects."""
        found = self._of_asked.get(name)
        if found is None:
            found = self._of_asked[name] = self._snapshot.column(name)[self._asked].astype(np.int64)
        return found

    def column(self, name: str) -> Column:
        """Return a column of whole numbers of the snapshot for the rows of the evidence."""
        found = self._of_rows.get(name)
        if found is None:
            asked = self._of_asked.get(name)
            found = self._snapshot.column(name)[self.ordinals] if asked is None else asked[self._places]
            self._of_rows[name] = found = found.astype(np.int64, copy=False)
        return found

    def _cluster(self) -> Column:
        prompt = self.asked("prompt")
        if prompt.all():
            return prompt
        return np.where(prompt > 0, prompt, prompt.max() + 1 + self.asked("experiment"))

    def levels(self, by: By) -> tuple[Levels | None, Column]:
        """Return the values of a parameter with their counts, None without any, and the rows where it is known.

        A comparison of whole models under their own settings says nothing about any other parameter.
        """
        if by not in self._levels:
            usable = None if by == "checkpoint" else self._usable
            names, rows, group, known = self._lora_uses(usable) if by == "lora" else self._values(by, usable)
            counted = None
            if names:
                counted = Levels(
                    names, rows, group, tally(group, self.clusters[rows], self.images[rows], self.good[rows])
                )
            self._levels[by] = counted, known
        return self._levels[by]

    def _spelled(self, by: By) -> tuple[list[str], Column]:
        """Return the different values of a parameter as stored, and for each row which of them it has, from 1, or 0.

        They are in the order of their numbers in the index: whoever shows or adds them up puts them in another.
        """
        field = _field(by)
        if field not in self._texts:
            numbers, places = distinct(self.column(field))
            found = numbers.tolist()
            unknown = bool(found) and found[0] == 0
            values = self._snapshot.values(field, numbers)
            self._texts[field] = list(map(values.__getitem__, found[unknown:])), places + (not unknown)
        return self._texts[field]

    def _coded(self, by: By) -> tuple[list[str], Column]:
        """Return the names of a parameter's values, sorted, and for each row which of them it has, from 1; 0 unknown.

        The LoRAs of a job, without their weights, are one value here.
        """
        if by not in self._codes:
            texts, places = self._spelled(by)
            if by == "lora":
                texts = list(map(_lora_key, texts))
            names = sorted(set(texts))
            code = dict(zip(names, range(1, len(names) + 1), strict=True))
            codes = np.zeros(len(texts) + 1, _dtype(len(names)))
            codes[1:] = list(map(code.__getitem__, texts))
            self._codes[by] = names, codes[places]
        return self._codes[by]

    def _values(self, by: By, usable: Column | None) -> tuple[list[str], Column, Column, Column]:
        names, codes = self._coded(by)
        if usable is not None:
            present, codes = distinct(codes * usable)
            names = [names[code - 1] for code in present if code]
            codes += 0 if len(present) > len(names) else 1
        order = stable_order(codes)
        rows = order[np.count_nonzero(codes == 0) :]
        return names, rows, codes[rows] - 1, rows

    def _lora_uses(self, usable: Column | None) -> tuple[list[str], Column, Column, Column]:
        texts, places = self._spelled("lora")
        known = np.flatnonzero(places if usable is None else places * usable)
        places = places[known] - 1
        if usable is not None:
            present, places = distinct(places)
            texts = [texts[place] for place in present]
        uses = list(map(_loras, texts))
        flat = list(chain.from_iterable(uses))
        spelling: dict[str, str] = {}
        names = dict.fromkeys(flat)
        for name in names:
            key = _same_name(name)
            spelling[key] = min(spelling.get(key, name), name)
        levels = {key: level for level, key in enumerate(sorted(spelling, key=spelling.__getitem__))}
        level_of = {name: levels[_same_name(name)] for name in names}
        members = np.fromiter(map(level_of.__getitem__, flat), _dtype(len(levels)), len(flat))
        sizes = np.fromiter(map(len, uses), np.int64, len(uses))
        counts = sizes[places]
        # From the first member of each row's set on, as many as it has.
        first = (np.cumsum(sizes) - sizes)[places] - (np.cumsum(counts) - counts)
        group = members[np.repeat(first, counts) + np.arange(int(counts.sum()))]
        order = stable_order(group)
        return [spelling[key] for key in levels], np.repeat(known, counts)[order], group[order], known

    def strata(self, by: By) -> Column:
        """Return the value of a parameter for each row as a number, 0 for unknown; LoRAs without their weights.

        Numbers that take many values are put into four classes of about equal size.
        """
        if by not in self._strata:
            names, codes = self._coded(by)
            if by in _NUMBERS and len(names) > _FEW_VALUES:
                codes = _quarters(codes, [float(name) for name in names])[codes]
            self._strata[by] = codes
        return self._strata[by]

    def tier(self, by: By, rows: Column) -> Tier:
        """Return where the evidence on a parameter comes from (the tiers of the acceptance cases)."""
        if not len(rows):
            return "no_evidence"
        focus = [number for number, key in self._focus.items() if key == by]
        if not focus:
            return "review_only"
        evidence = self.column("evidence")[rows]
        on_focus = np.isin(self.column("focus_parameter")[rows], focus) & (evidence != _PREFERENCE)
        controlled = rows[on_focus & (evidence == _CONTROLLED)]
        for experiment in np.unique(self.column("experiment")[controlled]):
            inside = controlled[self.column("experiment")[controlled] == experiment]
            values = self.column(_field(by))[inside]
            if len(np.unique(values)) >= 2 and int(self.column("rated")[inside].sum()) >= 3:
                return "experiment_strong"
        return "experiment_sparse_plus_review" if on_focus.any() else "review_only"

    def images_without(self, name: str, rows: Column | None = None) -> int:
        """Return how many images, of all or of some rows, have no known value in a column."""
        if name not in self._without:
            self._without[name] = np.flatnonzero(self.column(name) == 0)
        without = self._without[name]
        if rows is not None and len(without):
            without = rows[self.column(name)[rows] == 0]
        return int(self.images[without].sum())

    def judged(self, groups: Sequence[Column], limit: int) -> list[Judged]:
        """Return the judgements of groups of rows, each with at least one row, and `limit` of their best jobs."""
        if not groups:
            return []
        rows, sizes = np.concatenate(groups), [len(rows) for rows in groups]
        first = np.cumsum([0, *sizes[:-1]])
        sums = [
            np.add.reduceat(self.column(name)[rows], first).tolist()
            for name in ("rated", "rating_sum", "selected", "rejected")
        ]
        return [Judged(*each) for each in zip(*sums, self._best(groups, limit), strict=True)]

    def _best(self, groups: Sequence[Column], limit: int) -> list[list[str]]:
        """Return the references of the best jobs of each group: stars, then selection, then the newest."""
        stars = self.column("rating_sum") / np.maximum(self.column("rated"), 1)
        picked = self.column("selected") - self.column("rejected")
        candidates = [self._finalists(rows, (stars, picked), limit) for rows in groups]
        rows, sizes = np.concatenate(candidates), [len(rows) for rows in candidates]
        ordinals = self.ordinals[rows]
        time, key = (self._snapshot.column(name)[ordinals] for name in ("time", "key"))
        group = np.repeat(np.arange(len(sizes)), sizes)
        order = np.lexsort((key, -time, -picked[rows], -stars[rows], group))
        ends = np.cumsum([0, *sizes]).tolist()
        chosen = [ordinals[order[low : min(low + limit, high)]] for low, high in pairwise(ends)]
        references = iter(self._snapshot.references(np.concatenate(chosen).tolist()))
        return [[next(references) for _ in each] for each in chosen]

    def _finalists(self, rows: Column, merits: tuple[Column, Column], limit: int) -> Column:
        """Return rows among which the best `limit` are, few if they can be told apart without sorting."""
        for merit in merits:
            if len(rows) <= _PLENTY:
                return rows
            values = merit[rows]
            best = rows[values == values.max()]
            if len(best) < limit:
                return rows
            rows = best
        if len(rows) <= _PLENTY:
            return rows
        time = self._snapshot.column("time")[self.ordinals[rows]]
        newest: Column = rows[time >= np.partition(time, -limit)[-limit]]
        return newest


def _field(by: By) -> str:
    return "lora_set" if by == "lora" else by


@lru_cache(maxsize=65_536)
def _loras(text: str) -> tuple[str, ...]:
    """Return the names in a stored set of LoRAs, each LoRA once; that of no LoRA has a name, too."""
    return tuple({_same_name(name): name for name, _ in json.loads(text)}.values()) or (NO_LORA,)


@lru_cache(maxsize=65_536)
def _lora_key(text: str) -> str:
    """Return what sets of the same LoRAs have in common, whatever their weights."""
    return "\0".join(sorted(map(_same_name, _loras(text))))


_same_name = lru_cache(maxsize=65_536)(same_name)


def _dtype(codes: int) -> type[np.integer]:
    return np.uint8 if codes < 256 else np.uint16 if codes < 65_536 else np.int64


def _quarters(codes: Column, values: list[float]) -> Column:
    """Return the class, 1 to 4, of each code from 1, given the number that each stands for; 0 for code 0."""
    by_size = np.argsort(values, kind="stable") + 1
    rows = np.cumsum(np.bincount(codes, minlength=len(values) + 1)[by_size])
    classes = np.zeros(len(values) + 1, np.uint8)
    classes[by_size] = 1 + 4 * (rows - 1) // rows[-1]
    return classes
