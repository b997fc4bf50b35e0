"""The judged images that a question rests on, as arrays."""

from collections.abc import Iterable, Sequence
from functools import cached_property
from itertools import accumulate

import numpy as np
from msgspec import Struct

from learning_core.answers.answer import By, Outcome
from learning_core.answers.best_jobs import JobsInRows, best_jobs
from learning_core.answers.gathered import Gathered
from learning_core.answers.outcome import outcome_with_more
from learning_core.answers.passed_over import passed_over
from learning_core.answers.prompt_topics import topics_of, words_by_prompt
from learning_core.index.columns import EVIDENCE_CLASSES, Column
from learning_core.index.snapshot import Snapshot
from learning_core.stats.equal_parts import equal_parts
from learning_core.stats.given_words import PARTS
from learning_core.stats.grouping import lengths, stable_order, starts, sums_of_runs
from learning_core.stats.sufficient_statistics import Stars

_PREFERENCE = EVIDENCE_CLASSES.index("preference")
_ALSO_ALIKE = ("evidence", "focus_parameter", "experiment", "stage", "rater")
PERIODS = 8
_ENOUGH_FOR_A_PERIOD = 24
"""Where jobs are few, so are periods, or none could be compared inside one."""

WHOLE = 4
"""The weight of an image, in whole parts, so that sums are the same in any order."""


class Judged(Struct, frozen=True):
    """The judgements of some images: stars and how many have any, picks, and references of the best jobs."""

    rated: int
    stars: int
    selected: int
    rejected: int
    best: list[str]


class Evidence:
    """Jobs of a question with at least one image that counts for the outcome; a row stands for jobs that are alike.

    Images of one prompt are one cluster. Unknown prompts may all be the same, so they count as one, too. Rows are
    sorted by cluster; `weights` tells how many jobs a row stands for, `images` and `good` add up their images.
    """

    def __init__(
        self,
        snapshot: Snapshot,
        asked: Column,
        parameters: Iterable[By],
        outcome: Outcome | None = None,
        opposite: Column | None = None,
    ) -> None:
        """Take the row numbers, ascending, of the jobs that the question selects; no other job is looked at.

        Only by these parameters can the evidence be broken down: jobs that differ in no other way share a row.
        Without an `outcome` the kind of judgement with more images counts. Jobs in the mask `opposite` are less like
        what is asked about, and weigh half.
        """
        self._snapshot = snapshot
        self.rows = asked
        self._asked = Gathered(snapshot, asked)
        self._sums: dict[str, Column] = {}
        self._totals: dict[str, int] = {}
        self._of_rows: dict[str, Column] = {}
        self._lacking: dict[str, Column | None] = {}
        self.jobs = len(asked)
        rated, selected = self.asked("rated"), self.asked("selected")
        judged = selected + self.asked("rejected")
        self.outcome: Outcome = outcome or outcome_with_more(int(judged.sum()), int(rated.sum()))
        images = judged + passed_over(snapshot, asked) if self.outcome == "selected" else rated
        cluster = self._cluster()
        order = stable_order(cluster)
        prompts = self.asked("prompt")[order]
        self.prompt_numbers = np.sort(prompts[starts(prompts)])
        self.prompts = int(np.count_nonzero(self.prompt_numbers))
        places = order.compress(images[order] > 0)
        self._judged = Gathered(snapshot, asked[places])
        self.judged_jobs, images = len(places), images[places]
        of_batch = np.maximum(images, self.asked("images")[places]) if self.outcome == "selected" else None
        self._take_alike_together(cluster[places], {field_of(by) for by in parameters}, of_batch)
        self.images = self._summed(images) if self.outcome == "selected" else self.sums("rated")
        self.good = self.sums("selected" if self.outcome == "selected" else "liked")
        self.total = int(self.images.sum())
        self.weighed = self._weighed(images, None if opposite is None else opposite[places])
        preference = self.column("evidence") == _PREFERENCE
        self.no_preference = ~preference if preference.any() else None
        self._focus = self._snapshot.same_keys("focus_parameter") if self.column("focus_parameter").any() else {}

    def asked(self, name: str) -> Column:
        """Return a column of whole numbers of the snapshot for all jobs that the question selects."""
        return self._asked.numbers(name)

    def as_stored(self, name: str) -> Column:
        """Return a column of the snapshot, in its own type, for all jobs that the question selects."""
        return self._asked.stored(name)

    def column(self, name: str) -> Column:
        """Return what the jobs of each row have in common.

        Their prompt, stage, experiment, rater, field of a parameter, or the period in which they were made (`period`)
        or judged: from 1 to PERIODS at most, about equally many judged jobs in each, or 0 where the time is unknown.
        Where selections count also `batch`, the images that each of the jobs made.
        """
        found = self._of_rows.get(name)
        if found is None:
            found = self._of_rows[name] = self._of_jobs[name][self._begin].astype(np.int64)
        return found

    @cached_property
    def topics(self) -> tuple[Column, Column]:
        """Return the topic words of the prompt of each row, as `topics_of` does; each parameter is weighed by them."""
        return topics_of(self._snapshot, self.column("prompt"))

    @cached_property
    def words(self) -> tuple[Column, Column]:
        """Return how many words the prompt of each row has, and the numbers of these, row after row."""
        return words_by_prompt(self._snapshot, self.column("prompt"))

    @cached_property
    def words_of_rows(self) -> tuple[Column, Column, Column]:
        """Return `words`, and where those of each row begin."""
        count, words = self.words
        return count, words, np.cumsum(count) - count

    @cached_property
    def images_with_word(self) -> Column:
        """Return of how many images the prompt has each word, by its number."""
        count, words = self.words
        return np.bincount(words, np.repeat(self.images, count)).astype(np.int64)

    @cached_property
    def parts(self) -> Column:
        """Return a number of each row, from 0 to PARTS − 1, that its prompt decides and no judgement does."""
        prompts = starts(self.clusters)
        smallest = np.minimum.reduceat(self._judged.stored("key"), self._begin[prompts])
        return np.repeat((smallest % np.uint64(PARTS)).astype(np.int64), lengths(prompts, len(self.clusters)))

    def arrays(self) -> list[Column]:
        """Return all that is counted: equal arrays give equal answers."""
        stars = () if self.stars is None else (self.stars.total, self.stars.squares, self.stars.good)
        return [self.clusters, self.weights, self.images, self.good, *stars, *map(self.column, self._of_jobs)]

    def _cluster(self) -> Column:
        prompt = self.asked("prompt")
        if prompt.all():
            return prompt
        return np.where(prompt > 0, prompt, prompt.max() + 1 + self.asked("experiment"))

    def _take_alike_together(self, cluster: Column, fields: set[str], of_batch: Column | None) -> None:
        judged = self._judged
        columns = {name: judged.stored(name) for name in sorted(fields | set(_ALSO_ALIKE))}
        varied = [column for name, column in columns.items() if judged.is_varied(name)]
        circumstances = {
            "period": _periods(judged.stored("time")),
            "judged_period": _periods(judged.stored("judged_at")),
        }
        if of_batch is not None:
            circumstances["batch"] = of_batch
        self._begin = starts(cluster, *varied, *circumstances.values())
        self.weights = lengths(self._begin, len(cluster))
        self.clusters = cluster[self._begin]
        self._of_jobs = columns | circumstances | {"prompt": judged.stored("prompt")}

    def _summed(self, numbers: Column) -> Column:
        """Return the sum over the jobs of each row, given a number for each judged job."""
        if not self.judged_jobs:
            return np.zeros(0, np.int64)
        return sums_of_runs(numbers, self._begin)

    def _weighed(self, images: Column, opposite: Column | None) -> tuple[Column, Column] | None:
        """Return images and good ones of each row in parts of WHOLE, where some weigh less; None where all are equal.

        A rating whose subscores are low says itself that the picture is not all good (acceptance case E12).
        """
        weight = np.full(len(images), WHOLE)
        if self.outcome == "rated_4_or_5":
            doubted = self._judged.numbers("doubted")
            weight = np.where(2 * doubted >= images, WHOLE // 2, WHOLE) if doubted.any() else weight
        if opposite is not None:
            weight = np.where(opposite, weight // 2, weight)
        if not len(weight) or weight.min() == WHOLE:
            return None
        good = self._judged.numbers("selected" if self.outcome == "selected" else "liked")
        return self._summed(images * weight), self._summed(good * weight)

    @cached_property
    def cluster_starts(self) -> Column:
        """Where the rows of each cluster begin."""
        return starts(self.clusters)

    @cached_property
    def squares(self) -> int:
        """Σ n_p² over clusters: how unevenly the images are spread over prompts."""
        of_prompts = sums_of_runs(self.images, self.cluster_starts)
        return int((of_prompts * of_prompts).sum())

    def sums(self, name: str) -> Column:
        """Return the sum of a column of judgements over the jobs of each row."""
        if name not in self._sums:
            self._sums[name] = self._summed(self._judged.numbers(name))
        return self._sums[name]

    def total_of(self, name: str, rows: Column) -> int:
        """Return the sum of the images, of the good ones, or of a column of judgements over some rows, or all."""
        numbers = self.images if name == "images" else self.good if name == "good" else self.sums(name)
        if len(rows) < len(numbers):
            return int(numbers[rows].sum())
        if name not in self._totals:
            self._totals[name] = int(numbers.sum())
        return self._totals[name]

    @cached_property
    def stars(self) -> Stars | None:
        """The sums of the stars of each row; None where the outcome has none."""
        if self.outcome == "selected":
            return None
        of_jobs = Stars.of_jobs(*map(self._judged.numbers, ("rated", "liked", "rating_sum")))
        return Stars(*(self._summed(getattr(of_jobs, each)) for each in Stars.__struct_fields__))

    def star_sums(self) -> Column:
        """Return the sum of the stars of each row, 0 where the outcome has none."""
        return np.zeros_like(self.images) if self.outcome == "selected" else self.sums("rating_sum")

    def experiments_on(self, by: By) -> Column | None:
        """Return a mask of the rows of experiments on a parameter, None where the library has no such experiment."""
        focus = [number for number, key in self._focus.items() if key == by]
        return np.isin(self.column("focus_parameter"), focus) if focus else None

    def images_without(self, name: str, rows: Column | None = None) -> int:
        """Return how many images, of all or of some rows, have no known value in a column."""
        if name not in self._lacking:
            lacking = self.column(name) == 0
            self._lacking[name] = lacking if lacking.any() else None
        found = self._lacking[name]
        if found is None:
            return 0
        return int(self.images[found if rows is None else rows[found[rows]]].sum())

    def judged(self, groups: Sequence[Column], limit: int) -> list[Judged]:
        """Return the judgements of groups of rows, each with at least one row, and `limit` of their best jobs."""
        if not groups:
            return []
        rows, sizes = np.concatenate(groups), [len(rows) for rows in groups]
        first = list(accumulate(sizes[:-1], initial=0))
        sums = [
            np.add.reduceat(self.sums(name)[rows], first).tolist()
            for name in ("rated", "rating_sum", "selected", "rejected")
        ]
        rating, rated, selected, rejected = map(self._judged.numbers, ("rating_sum", "rated", "selected", "rejected"))
        stars, picked = rating / np.maximum(rated, 1), selected - rejected
        jobs = JobsInRows(self._snapshot, self._judged.rows, self._begin, stars, picked)
        return [Judged(*each) for each in zip(*sums, best_jobs(jobs, groups, limit), strict=True)]


def _periods(time: Column) -> Column:
    """Return the period of each time, 0 where it is unknown; equal times are in one period."""
    known = (time > 0).nonzero()[0]
    periods = min(max(len(known) // _ENOUGH_FOR_A_PERIOD, 1), PERIODS)
    found = np.zeros(len(time), np.uint8)
    found[known] = 1 + equal_parts(time[known], periods)
    return found


def field_of(by: By) -> str:
    """Return the field of the index that holds a parameter's values."""
    return "lora_set" if by in ("lora", "lora_weight") else by
