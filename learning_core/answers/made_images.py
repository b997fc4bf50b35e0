"""How many images were made with each value of a parameter, judged or not: what rated shares are shares of."""

import numpy as np
import orjson

from learning_core.answers.answer import By, Outcome
from learning_core.answers.evidence import field_of
from learning_core.index.columns import EVIDENCE_CLASSES, Column
from learning_core.index.lora_sets import NO_LORA
from learning_core.index.snapshot import Snapshot
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
        rows = self._asked
        if by != "checkpoint":
            rows = rows[self._snapshot.column("evidence")[rows] != _PREFERENCE]
        field = field_of(by)
        counts = np.bincount(self._snapshot.column(field)[rows], images_of(self._snapshot, rows, self._outcome))
        numbers = np.flatnonzero(counts)
        numbers = numbers[numbers > 0]
        found: dict[str, int] = {}
        names = self._snapshot.names(field, numbers)
        for name, images in zip(names, counts[numbers].astype(np.int64).tolist(), strict=True):
            for key in [same_name(name)] if field != "lora_set" else _members(name, weighted=by == "lora_weight"):
                found[key] = found.get(key, 0) + images
        return found


def images_of(snapshot: Snapshot, rows: Column, outcome: Outcome) -> Column:
    """Return how many images each of some jobs made: those that it lists, or else those judged, or one."""
    names = ("selected", "rejected") if outcome == "selected" else ("rated",)
    judged = sum(snapshot.column(name)[rows].astype(np.int64) for name in names)
    found: Column = np.maximum(np.maximum(snapshot.column("images")[rows], judged), 1)
    return found


def _members(lora_set: str, *, weighted: bool) -> set[str]:
    """Return the keys of the LoRAs in a set as the index writes it, with their weights or without."""
    stated = orjson.loads(lora_set)
    if not stated:
        return {same_name(NO_LORA)}
    if not weighted:
        return {same_name(name) for name, _ in stated}
    return {same_name(f"{name}:{number_text(weight)}") for name, weight in stated if weight is not None}
