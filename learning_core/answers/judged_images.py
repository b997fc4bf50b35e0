"""The judged images of a question with their parameters, in an order that neither the log nor the judgement decides."""

from dataclasses import dataclass
from typing import Literal

import numpy as np

from learning_core.index.columns import EVIDENCE_CLASSES, Column
from learning_core.index.snapshot import Snapshot
from learning_core.stats.equal_parts import equal_parts
from learning_core.stats.grouping import distinct

Judgement = Literal["stars", "selected"]
"""What an image is judged by: its stars, or 1 if it was selected and 0 if it was rejected."""

NUMBERS = ("steps", "cfg_scale", "denoising_strength")
_FEW_VALUES = 12
_CLASSES = 8
_PERIODS = 8
_HOUR = 3600.0
_LAST_TIME = 1e12
_PREFERENCE = EVIDENCE_CLASSES.index("preference")


@dataclass(frozen=True, slots=True, eq=False)
class Levels:
    """The values of a parameter: their number in the index for each job (0 unknown), and the class that is compared.

    `known` is how many different values are known.
    """

    codes: Column
    classes: Column
    known: int


class JudgedImages:
    """Jobs with a judgement of the kind that the question has more of, and a known prompt; a row a job.

    Rows are in the order of the jobs' keys, which are hashes. `value` is the mean judgement of a job's images, `spread`
    their variance; `prompts` are the numbers in the index of the prompts, in the order of their first row, `prompt` the
    place of each row's prompt among them, and `prompt_keys` the key of each prompt's first job.
    """

    def __init__(self, snapshot: Snapshot, asked: Column) -> None:
        """Take the row numbers of the jobs that the question selects."""
        self._snapshot = snapshot
        rated, selected, rejected = (
            snapshot.column(name)[asked].astype(np.int64) for name in ("rated", "selected", "rejected")
        )
        judged = selected + rejected
        self.judgement: Judgement = "selected" if int(judged.sum()) > int(rated.sum()) else "stars"
        images = judged if self.judgement == "selected" else rated
        is_preference = (snapshot.column("evidence")[asked] == _PREFERENCE) & (images > 0)
        usable = (images > 0) & ~is_preference
        has_prompt = snapshot.column("prompt")[asked] > 0
        self.left_out_preferences = int(images[is_preference].sum())
        self.left_out_without_prompt = int(images[usable & ~has_prompt].sum())
        places = np.flatnonzero(usable & has_prompt)
        places = places[np.argsort(snapshot.column("key")[asked[places]], kind="stable")]
        self.rows = asked[places]
        self.images = int(images[places].sum())
        self.value, self.spread = self._judgements(selected[places], images[places])
        self.prompts, self.prompt, first = by_first_row(self.column("prompt"))
        self.prompt_keys = self.column("key")[first]

    def _judgements(self, selected: Column, images: Column) -> tuple[Column, Column]:
        if self.judgement == "selected":
            share = selected / images
            return share, share * (1.0 - share)
        mean = self.column("rating_sum") / images
        return mean, np.maximum(self.column("rating_squares") / images - mean * mean, 0.0)

    def column(self, name: str) -> Column:
        """Return a column of the index for the rows."""
        return self._snapshot.column(name)[self.rows]

    def levels(self, field: str) -> Levels:
        """Return the values of a field of the index; LoRAs count without their weights.

        Numbers of many values are compared in classes of about equal size. Unknown is a value of its own.
        """
        codes = self.column(field)
        numbers, place = distinct(codes)
        known = int(np.count_nonzero(numbers))
        if field == "lora_set":
            classes = self._lora_classes(numbers)
            return Levels(codes, _narrow(classes)[place], len(distinct(classes[numbers > 0])[0]))
        if field in NUMBERS and known > _FEW_VALUES:
            return Levels(codes, _narrow(self._number_classes(field, numbers))[place], known)
        return Levels(codes, _narrow(np.arange(len(numbers)))[place], known)

    def _lora_classes(self, numbers: Column) -> Column:
        sets = self._snapshot.lora_sets()
        starts, loras = sets.starts.tolist(), sets.loras.tolist()
        known: dict[tuple[int, ...], int] = {}
        members = (tuple(sorted(loras[starts[number] : starts[number + 1]])) for number in numbers.tolist())
        return np.array([known.setdefault(each, len(known)) for each in members], np.int64)

    def _number_classes(self, field: str, numbers: Column) -> Column:
        """Return a class for each different number of the index, by how many rows have a smaller value."""
        known = numbers[numbers > 0]
        values = np.array([float(text) for text in self._snapshot.names(field, known)])
        rank = np.zeros(int(numbers.max()) + 1, np.int64)
        rank[known] = 1 + np.argsort(np.argsort(values))
        codes = self.column(field).astype(np.int64)
        strata = np.zeros(len(rank), np.int64)
        rows = np.flatnonzero(codes)
        strata[codes[rows]] = 1 + equal_parts(rank[codes[rows]], _CLASSES)
        return strata[numbers]

    def periods(self) -> Column:
        """Return the eighth of the rows, by the hour of making, that each row belongs to; 0 for an unknown time."""
        time = self.column("time")
        known = np.flatnonzero((time > 0) & (time < _LAST_TIME))
        found = np.zeros(len(time), np.int64)
        found[known] = 1 + equal_parts((time[known] / _HOUR).astype(np.int64), _PERIODS)
        return found


def _narrow(classes: Column) -> Column:
    """Fewer bytes are compared faster."""
    return classes.astype(np.min_scalar_type(int(classes.max(initial=0))))


def by_first_row(numbers: Column) -> tuple[Column, Column, Column]:
    """Return the different numbers in the order of their first rows, for each row its place among them, and these rows.

    Numbers of an index follow the order of the log; these places do not.
    """
    found, place = distinct(numbers)
    first = np.zeros(len(found), np.int64)
    first[place[::-1]] = np.arange(len(place))[::-1]
    order = np.argsort(first)
    rank = np.empty(len(found), np.int64)
    rank[order] = np.arange(len(found))
    return found[order], rank[place], first[order]
