"""The judged images of a question with their parameters, in an order that neither the log nor the judgement decides."""

from typing import Literal

import numpy as np
from msgspec import Struct

from learning_core.answers.made_images import images_of
from learning_core.answers.outcome import outcome_with_more
from learning_core.answers.passed_over import passed_over
from learning_core.answers.periods import known_times
from learning_core.answers.value_classes import NUMBERS, lora_classes, number_classes
from learning_core.index.columns import EVIDENCE_CLASSES, Column
from learning_core.index.snapshot import Snapshot
from learning_core.stats.equal_parts import equal_parts
from learning_core.stats.grouping import distinct

Judgement = Literal["stars", "selected"]
"""What an image is judged by: its stars, or 1 if it was selected and 0 if it was rejected."""

BATCH_SIZE, RATER = "batch size", "who judged"
"""What differs beside the settings: neither is a reason for an image to be better."""

_FEW_VALUES = 12
_CLASSES = 8
_PERIODS = 8
_HOUR = 3600.0
_PREFERENCE = EVIDENCE_CLASSES.index("preference")


class Levels(Struct, frozen=True, eq=False):
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
        by_selection = outcome_with_more(int(judged.sum()), int(rated.sum())) == "selected"
        self.judgement: Judgement = "selected" if by_selection else "stars"
        images = judged + passed_over(snapshot, asked) if self.judgement == "selected" else rated
        is_preference = (snapshot.column("evidence")[asked] == _PREFERENCE) & (images > 0)
        usable = (images > 0) & ~is_preference
        has_prompt = snapshot.column("prompt")[asked] > 0
        self.otherwise_judged = int(rated.sum() if by_selection else judged.sum())
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
        codes = self.column(field).astype(np.int64)
        known = int(np.count_nonzero(distinct(codes)[0]))
        classes = codes
        if field == "lora_set":
            classes = lora_classes(self._snapshot)[codes]
            known = int(np.count_nonzero(distinct(classes)[0]))
        elif field in NUMBERS:
            classes = number_classes(self._snapshot, field, codes, _FEW_VALUES, _CLASSES)
        return Levels(codes, _narrow(distinct(classes)[1]), known)

    def batches(self) -> Levels | None:
        """Return how many images each job made, where images are selected among different numbers of them; else None.

        One taken of each batch is one in four or one in eight, whatever made the images.
        """
        if self.judgement != "selected" or not len(self.rows):
            return None
        sizes = images_of(self._snapshot, self.rows, self.judgement)
        different, classes = distinct(sizes)
        if len(different) < 2:
            return None
        if len(different) > _FEW_VALUES:
            classes = equal_parts(sizes, _CLASSES)
        return Levels(sizes, _narrow(classes), len(different))

    def circumstances(self) -> dict[str, Levels]:
        """Return what differs beside the settings, of BATCH_SIZE and RATER (0 unknown)."""
        batches, raters = self.batches(), self.column("rater").astype(np.int64)
        different, classes = distinct(raters)
        found = {} if batches is None else {BATCH_SIZE: batches}
        return found if len(different) < 2 else found | {RATER: Levels(raters, _narrow(classes), len(different))}

    def at_equal_times(self) -> Column:
        """Return the judgements less what those of their eighth of the time of judging differ by from all.

        A scale may move, whatever the images are like; each eighth is taken to have the same images on the average.
        """
        of = self.periods("judged_at")
        images = np.maximum(np.bincount(of), 1)
        found: Column = self.value - (np.bincount(of, self.value) / images)[of] + self.value.mean()
        return found

    def periods(self, of: str = "time") -> Column:
        """Return the eighth of the rows, by the hour of making, that each row belongs to; 0 for an unknown time.

        `of` may name another column of times.
        """
        time = self.column(of)
        known = np.flatnonzero(known_times(time))
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
