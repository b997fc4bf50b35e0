"""The judged images that a question rests on, as arrays, and their grouping by the values of a parameter."""

import json
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from learning_core.answers.answer import By, Outcome, Tier
from learning_core.index.columns import EVIDENCE_CLASSES, Column
from learning_core.index.snapshot import Snapshot
from learning_core.stats.shrinkage import Group
from learning_core.text.names import same_name

NO_LORA = "(no LoRA)"
_UNPROVEN, _CONTROLLED, _PREFERENCE = (
    EVIDENCE_CLASSES.index(name) for name in ("unproven", "controlled", "preference")
)


_NUMBERS: tuple[By, ...] = ("steps", "cfg_scale", "denoising_strength")
_FEW_VALUES = 8


@dataclass(frozen=True, slots=True)
class Level:
    """One value of a parameter: its name, its rows in the evidence, and its counts."""

    name: str
    rows: Column
    group: Group
    clusters: tuple[tuple[int, int], ...]


class Evidence:
    """Rows are jobs of the question with at least one image that counts for the outcome."""

    def __init__(self, snapshot: Snapshot, mask: Column) -> None:
        self._snapshot = snapshot
        self.outcome: Outcome = _outcome(snapshot, mask)
        if self.outcome == "selected":
            images = snapshot.column("selected") + snapshot.column("rejected")
            good = snapshot.column("selected")
        else:
            images, good = snapshot.column("rated"), snapshot.column("liked")
        self.ordinals = np.flatnonzero(mask & (images > 0))
        self.images = images[self.ordinals].astype(np.int64)
        self.good = good[self.ordinals].astype(np.int64)
        self.clusters = self._cluster_numbers()
        self._levels: dict[By, tuple[list[Level], Column]] = {}
        self._strata: dict[By, Column] = {}

    def column(self, name: str) -> Column:
        """Return a column of the snapshot for the rows of the evidence."""
        return self._snapshot.column(name)[self.ordinals]

    def _cluster_numbers(self) -> Column:
        """Images of one prompt are one cluster. Unknown prompts may all be the same, so they count as one, too."""
        prompt, experiment = self.column("prompt").astype(np.int64), self.column("experiment").astype(np.int64)
        return np.where(prompt > 0, prompt, -experiment)

    def levels(self, by: By) -> tuple[list[Level], Column]:
        """Return the values of a parameter with their counts, by name, and the rows where it is known."""
        if by not in self._levels:
            self._levels[by] = self._group(by)
        return self._levels[by]

    def _group(self, by: By) -> tuple[list[Level], Column]:
        usable = self._usable(by)
        if by == "lora":
            pairs = list(self._lora_rows(usable))
            known = usable & (self.column("lora_set") > 0)
        else:
            numbers = self.column(by)
            names = self._snapshot.values(by, numbers)
            known = usable & (numbers > 0)
            pairs = [
                (names[int(number)], np.flatnonzero(known & (numbers == number)))
                for number in np.unique(numbers[known])
            ]
        return sorted((self._level(name, rows) for name, rows in pairs), key=lambda each: each.name), np.flatnonzero(
            known
        )

    def _usable(self, by: By) -> Column:
        """A comparison of whole models under their own settings says nothing about any other parameter."""
        if by == "checkpoint":
            return np.ones(len(self.ordinals), bool)
        return np.not_equal(self.column("evidence"), _PREFERENCE)

    def strata(self, by: By) -> Column:
        """Return the value of a parameter for each row as a number, 0 for unknown; LoRAs without their weights.

        Numbers that take many values are put into four classes of about equal size.
        """
        if by not in self._strata:
            self._strata[by] = self._stratify(by)
        return self._strata[by]

    def _stratify(self, by: By) -> Column:
        numbers = self.column("lora_set" if by == "lora" else by).astype(np.int64)
        values = self._snapshot.values("lora_set" if by == "lora" else by, numbers)
        present = [int(number) for number in np.unique(numbers) if number]
        if by == "lora":
            keys = {
                number: str(sorted(same_name(name) for name, _ in json.loads(values[number]))) for number in present
            }
            place = {key: number for number, key in enumerate(sorted(set(keys.values())), 1)}
            classes = {number: place[keys[number]] for number in present}
        elif by in _NUMBERS and len(present) > _FEW_VALUES:
            classes = _quarters(numbers, sorted(present, key=lambda number: float(values[number])))
        else:
            return numbers
        found = np.zeros(int(numbers.max(initial=0)) + 1, np.int64)
        found[list(classes)] = list(classes.values())
        return found[numbers]

    def _lora_rows(self, usable: Column) -> Iterator[tuple[str, Column]]:
        sets = self.column("lora_set")
        names = self._snapshot.values("lora_set", sets)
        spelling: dict[str, str] = {}
        members: dict[str, list[int]] = {}
        for number in np.unique(sets[usable & (sets > 0)]):
            loras = json.loads(names[int(number)])
            for name in [lora for lora, _ in loras] or [NO_LORA]:
                key = same_name(name)
                spelling[key] = min(spelling.get(key, name), name)
                members.setdefault(key, []).append(int(number))
        for key, numbers in members.items():
            yield spelling[key], np.flatnonzero(usable & np.isin(sets, numbers))

    def _level(self, name: str, rows: Column) -> Level:
        _, place = np.unique(self.clusters[rows], return_inverse=True)
        sizes = np.bincount(place, self.images[rows]).astype(np.int64)
        good = np.bincount(place, self.good[rows]).astype(np.int64)
        clusters = tuple(sorted(zip(sizes.tolist(), good.tolist(), strict=True)))
        group = Group(int(sizes.sum()), int(good.sum()), int((sizes * sizes).sum()))
        return Level(name, rows, group, clusters)

    def tier(self, by: By, rows: Column) -> Tier:
        """Return where the evidence on a parameter comes from (the tiers of the acceptance cases)."""
        if not len(rows):
            return "no_evidence"
        focus = {number for number, key in self._snapshot.same_keys("focus_parameter").items() if key == by}
        evidence = self.column("evidence")[rows]
        on_focus = np.isin(self.column("focus_parameter")[rows], list(focus)) & (evidence != _PREFERENCE)
        controlled = rows[on_focus & (evidence == _CONTROLLED)]
        for experiment in np.unique(self.column("experiment")[controlled]):
            inside = controlled[self.column("experiment")[controlled] == experiment]
            column = self.column("lora_set" if by == "lora" else by)
            if len(np.unique(column[inside])) >= 2 and int(self.column("rated")[inside].sum()) >= 3:
                return "experiment_strong"
        return "experiment_sparse_plus_review" if on_focus.any() else "review_only"

    def best(self, rows: Column, limit: int) -> list[str]:
        """Return the references of the best jobs among rows: stars, then selection, then the newest."""
        ordinals = self.ordinals[rows]
        column = self._snapshot.column
        rating = column("rating_sum")[ordinals] / np.maximum(column("rated")[ordinals], 1)
        picked = column("selected")[ordinals] - column("rejected")[ordinals]
        order = np.lexsort((column("key")[ordinals], -column("time")[ordinals], -picked, -rating))
        return self._snapshot.references(ordinals[order[:limit]])


def _outcome(snapshot: Snapshot, mask: Column) -> Outcome:
    """Choose the kind of judgement with more images; the kinds are never added up."""
    judged = int((snapshot.column("selected") + snapshot.column("rejected"))[mask].sum())
    return "selected" if judged > int(snapshot.column("rated")[mask].sum()) else "rated_4_or_5"


def _quarters(numbers: Column, ordered: list[int]) -> dict[int, int]:
    """Return the class, 1 to 4, of each value, given in order of size."""
    rows = np.cumsum([np.count_nonzero(numbers == number) for number in ordered])
    return {number: 1 + int(4 * (last - 1) // rows[-1]) for number, last in zip(ordered, rows, strict=True)}
