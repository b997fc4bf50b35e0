"""How many images were made with each value of a parameter, judged or not: what rated shares are shares of."""

from collections.abc import Callable, Sequence
from functools import cached_property

import numpy as np
import orjson
from msgspec import Struct

from learning_core.answers.answer import By, Outcome
from learning_core.answers.breakdown import lora_sets
from learning_core.answers.evidence import Evidence, field_of
from learning_core.index.columns import EVIDENCE_CLASSES, Column
from learning_core.index.lora_sets import NO_LORA, LoraSets
from learning_core.index.snapshot import Snapshot
from learning_core.ranges import ranges
from learning_core.text.names import number_text, same_name

_PREFERENCE = EVIDENCE_CLASSES.index("preference")


class Jobs(Struct, frozen=True):
    """Some jobs by row number, and the kind of judgement that is looked at."""

    snapshot: Snapshot
    rows: Column
    outcome: Outcome

    def as_stored(self, name: str) -> Column:
        """Return a column of the snapshot, in its own type, for the jobs."""
        return self.snapshot.column(name)[self.rows]

    def asked(self, name: str) -> Column:
        """Return a column of whole numbers of the snapshot for the jobs."""
        return self.as_stored(name).astype(np.int64)


class MadeImages:
    """The images of the jobs that a question selects, by the values of its parameters.

    A job whose files are not listed made as many images as were judged of it, one at least.
    """

    def __init__(self, snapshot: Snapshot, evidence: Evidence | Jobs) -> None:
        """Take the evidence of a question, and so the jobs that it selects, or other jobs."""
        self._snapshot = snapshot
        self._evidence = evidence
        self._counts: dict[By, Column] = {}
        self._is_whole = len(evidence.rows) == snapshot.standing_count()

    def of(self, by: By, names: Sequence[str]) -> list[int]:
        """Return how many images were made with each of some values, given in any of their spellings."""
        if by == "lora_weight":
            return [self._weighted.get(same_name(name), 0) for name in names]
        counts, numbers = self._counted(by), self._numbers(by, names)
        return [0 if number is None or number >= len(counts) else int(counts[number]) for number in numbers]

    def others(self, by: By, name: str) -> list[str]:
        """Return the other values with which images were made, sorted; LoRAs with their weights by their keys."""
        if by == "lora_weight":
            return sorted(set(self._weighted) - {same_name(name)})
        counts = self._counted(by)
        if by == "lora":
            names = [self._lora_sets.names[number] for number in np.flatnonzero(counts).tolist()]
        else:
            names = self._snapshot.names(by, 1 + np.flatnonzero(counts[1:]))
        return sorted(each for each in set(names) if same_name(each) != same_name(name))

    @cached_property
    def _lora_sets(self) -> LoraSets:
        return lora_sets(self._snapshot)

    def _numbers(self, by: By, names: Sequence[str]) -> list[int | None]:
        """Return the numbers of values in the index, which is asked once only for each name."""
        if by == "lora":
            return [self._lora_sets.number_of(name) for name in names]
        known: dict[str, int | None] = self._snapshot.derived(("numbers of names", by), dict)
        for name in names:
            if name not in known:
                known[name] = self._snapshot.number_of(by, name)
        return [known[name] for name in names]

    def _counted(self, by: By) -> Column:
        """Return the images of each value by its number in the index, those of a LoRA by its number among all LoRAs."""
        if by not in self._counts:
            key = ("images made", by, self._evidence.outcome)
            # What the whole library made does not depend on the question.
            self._counts[by] = (
                self._snapshot.derived(key, lambda: self._count(by)) if self._is_whole else self._count(by)
            )
        return self._counts[by]

    def _count(self, by: By) -> Column:
        values = self._evidence.as_stored(field_of(by))
        counts = np.bincount(values, self._images if by == "checkpoint" else self._without_preference)
        return _of_loras(self._lora_sets, counts) if by == "lora" else counts

    @cached_property
    def _weighted(self) -> dict[str, int]:
        """Return the images of each LoRA with its weight."""
        counts = self._count("lora_weight")
        used = np.flatnonzero(counts[1:]) + 1
        found: dict[str, int] = {}
        for name, images in zip(self._snapshot.names("lora_set", used), counts[used].tolist(), strict=True):
            for key in _with_weights(name):
                found[key] = found.get(key, 0) + int(images)
        return found

    @cached_property
    def _images(self) -> Column:
        """Return how many images each job made, in the type that counts are taken in."""
        evidence = self._evidence
        return _made(evidence.asked, evidence.outcome).astype(np.float64)

    @cached_property
    def _without_preference(self) -> Column:
        """Return how many images each job made, none where whole models were compared."""
        preference = self._evidence.as_stored("evidence") == _PREFERENCE
        return np.where(preference, 0, self._images)


def images_of(snapshot: Snapshot, rows: Column, outcome: Outcome) -> Column:
    """Return how many images each of some jobs made: those that it lists, or else those judged, or one."""
    return _made(lambda name: snapshot.column(name)[rows].astype(np.int64), outcome)


def _made(column: Callable[[str], Column], outcome: Outcome) -> Column:
    names = ("selected", "rejected") if outcome == "selected" else ("rated",)
    found: Column = np.maximum(np.maximum(column("images"), sum(map(column, names))), 1)
    return found


def _of_loras(sets: LoraSets, counts: Column) -> Column:
    """Return the images of each LoRA, given those of each set; the unknown set has no LoRA."""
    used = (counts > 0).nonzero()[0]
    sizes = sets.starts[used + 1] - sets.starts[used]
    return np.bincount(sets.loras[ranges(sets.starts[used], sizes)], np.repeat(counts[used], sizes))


def _with_weights(lora_set: str) -> set[str]:
    """Return the keys of the LoRAs with their weights in a set as the index writes it."""
    stated = orjson.loads(lora_set)
    if not stated:
        return {same_name(NO_LORA)}
    return {same_name(f"{name}:{number_text(weight)}") for name, weight in stated if weight is not None}
