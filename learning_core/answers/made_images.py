"""How many images were made with each value of a parameter, judged or not: what rated shares are shares of."""

from functools import cached_property

import numpy as np
import orjson

from learning_core.answers.answer import By, Outcome
from learning_core.answers.evidence import field_of
from learning_core.index.columns import EVIDENCE_CLASSES, Column
from learning_core.index.lora_sets import NO_LORA, LoraSets
from learning_core.index.snapshot import Snapshot
from learning_core.ranges import ranges
from learning_core.text.names import number_text, same_name

_PREFERENCE = EVIDENCE_CLASSES.index("preference")


class MadeImages:
    """The images of the jobs that a question selects, by the values of its parameters.

    A job whose files are not listed made as many images as were judged of it, one at least.
    """

    def __init__(self, snapshot: Snapshot, asked: Column, outcome: Outcome) -> None:
        """Take the row numbers of the jobs that the question selects."""
        self._snapshot = snapshot
        self._asked = asked
        self._outcome = outcome
        self._found: dict[By, dict[str, int]] = {}

    def of(self, by: By, name: str) -> int:
        """Return how many images were made with a value, given in any of its spellings."""
        if by not in self._found:
            key = ("images made", by, self._outcome)
            # What the whole library made does not depend on the question.
            is_whole = len(self._asked) == int(np.count_nonzero(self._snapshot.standing_jobs()))
            self._found[by] = self._snapshot.derived(key, lambda: self._count(by)) if is_whole else self._count(by)
        return self._found[by].get(same_name(name), 0)

    def _count(self, by: By) -> dict[str, int]:
        rows, images = self._every if by == "checkpoint" else self._no_preference
        field = field_of(by)
        counts = np.bincount(self._snapshot.column(field)[rows], images).astype(np.int64)
        numbers = np.flatnonzero(counts)
        numbers = numbers[numbers > 0]
        if by == "lora":
            return _of_loras(self._snapshot.lora_sets(), numbers, counts[numbers])
        found: dict[str, int] = {}
        names = self._snapshot.names(field, numbers)
        for name, number in zip(names, counts[numbers].tolist(), strict=True):
            for key in _with_weights(name) if by == "lora_weight" else [same_name(name)]:
                found[key] = found.get(key, 0) + number
        return found

    @cached_property
    def _every(self) -> tuple[Column, Column]:
        """Return all rows, and how many images each made."""
        return self._asked, images_of(self._snapshot, self._asked, self._outcome)

    @cached_property
    def _no_preference(self) -> tuple[Column, Column]:
        """Return the rows, with their images, that are no comparisons of whole models."""
        rows, images = self._every
        usable = self._snapshot.column("evidence")[rows] != _PREFERENCE
        return (rows, images) if usable.all() else (rows[usable], images[usable])


def images_of(snapshot: Snapshot, rows: Column, outcome: Outcome) -> Column:
    """Return how many images each of some jobs made: those that it lists, or else those judged, or one."""
    names = ("selected", "rejected") if outcome == "selected" else ("rated",)
    judged = sum(snapshot.column(name)[rows].astype(np.int64) for name in names)
    found: Column = np.maximum(np.maximum(snapshot.column("images")[rows], judged), 1)
    return found


def _of_loras(sets: LoraSets, numbers: Column, images: Column) -> dict[str, int]:
    """Return the images of each LoRA by its key, given the sets that were used and the images of each."""
    sizes = sets.starts[numbers + 1] - sets.starts[numbers]
    uses = ranges(sets.starts[numbers], sizes)
    counts = np.bincount(sets.loras[uses], np.repeat(images, sizes)).astype(np.int64)
    used = np.flatnonzero(counts)
    return {
        same_name(sets.names[lora]): number for lora, number in zip(used.tolist(), counts[used].tolist(), strict=True)
    }


def _with_weights(lora_set: str) -> set[str]:
    """Return the keys of the LoRAs with their weights in a set as the index writes it."""
    stated = orjson.loads(lora_set)
    if not stated:
        return {same_name(NO_LORA)}
    return {same_name(f"{name}:{number_text(weight)}") for name, weight in stated if weight is not None}
