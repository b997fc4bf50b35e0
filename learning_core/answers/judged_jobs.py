"""The judged jobs of two times, numbered so that the order of the log shows in no digit."""

from functools import cached_property

import numpy as np
from msgspec import Struct

from learning_core.answers.answer import Outcome, Period
from learning_core.answers.made_images import images_of
from learning_core.answers.passed_over import passed_over
from learning_core.answers.periods import DAY, TIME_COLUMNS, known_times, period_starts
from learning_core.answers.trend_answer import TimeOf
from learning_core.index.columns import EVIDENCE_CLASSES, Column
from learning_core.index.snapshot import Snapshot
from learning_core.ranges import ranges
from learning_core.stats.grouping import Counts, distinct
from learning_core.stats.sufficient_statistics import Prompts

SETTINGS = ("checkpoint", "lora_set", "sampler", "scheduler", "steps", "cfg_scale", "size", "stage", "source")
_ALSO_SETTINGS = ("denoising_strength", "vae", "hires_fix")
_PREFERENCE = EVIDENCE_CLASSES.index("preference")


MOST_IMAGES = 100_000
"""Images enough to tell any change that matters; older ones would only cost time."""

_COUNTED = ("n", "good", "stars", "squares")


class Counted(Struct, frozen=True):
    """For each job: n images judged, how many came out well, and the sums of stars and squared stars, or of `good`."""

    n: Counts
    good: Counts
    stars: Counts
    squares: Counts

    def take(self, jobs: Column) -> "Counted":
        """Return the counts of some jobs."""
        return Counted(*(getattr(self, name)[jobs] for name in _COUNTED))


class JudgedJobs:
    """The newest jobs of known time with a judgement of one kind; comparisons of whole models are left out.

    `period` is the first day of each job's period, in days since 1970; `jobs`, `judged` and `images` count all jobs,
    those judged, and their images by `periods`, the different ones in their order. As many periods are taken as hold
    MOST_IMAGES, two at least; `cut` tells whether that left any out.
    """

    def __init__(self, snapshot: Snapshot, rows: Column, per: Period, kind: Outcome, of: TimeOf = "made") -> None:
        """Take row numbers of jobs; of those without a judgement only the number matters."""
        time = snapshot.column(TIME_COLUMNS[of])[rows]
        usable = known_times(time) & (snapshot.column("evidence")[rows] != _PREFERENCE)
        rows, time = rows[usable], time[usable]
        days, of_day = distinct((time / DAY).astype(np.int64))
        periods, place = np.unique(period_starts(days, per).astype(np.int64), return_inverse=True)
        of_job, count = place[of_day], len(periods)
        counted = _counted(snapshot, rows, kind)
        has = counted.n > 0
        images = np.bincount(of_job, counted.n, count).astype(np.int64)
        first = _first_period(images)
        self.cut = bool(images[:first].any())
        self.periods, self.images = periods[first:], images[first:]
        self.jobs, self.judged = (np.bincount(each, minlength=count)[first:] for each in (of_job, of_job[has]))
        chosen = np.flatnonzero(has & (of_job >= first))
        self.counted = counted.take(chosen)
        self.period = periods[of_job[chosen]]
        self.kind = kind
        self._snapshot, self._rows = snapshot, rows[chosen]
        self._keys = snapshot.column("key")[self._rows]

    def column(self, name: str) -> Column:
        """Return a column of the snapshot for the judged jobs."""
        return self._snapshot.column(name)[self._rows]

    @cached_property
    def prompt(self) -> Counts:
        """A number from 0 for each job's prompt; unknown prompts, which may all be the same, share one."""
        return self._by_key(self.column("prompt").astype(np.int64))

    @cached_property
    def block(self) -> Counts:
        """The prompt's number, −1 where it is unknown."""
        return np.where(self.column("prompt") > 0, self.prompt, -1)

    @cached_property
    def repeat(self) -> Counts:
        """A number from 0 for each prompt with all its settings, −1 where prompt or checkpoint is unknown."""
        code = self.column("prompt").astype(np.int64)
        for name in (*SETTINGS, *_ALSO_SETTINGS):
            column = self.column(name).astype(np.int64)
            _, code = distinct(code * (int(column.max(initial=0)) + 1) + column)
        known = (self.column("prompt") > 0) & (self.column("checkpoint") > 0)
        return np.where(known, self._by_key(code), -1)

    @cached_property
    def batch(self) -> Counts:
        """A number from 0 for how many images each job made, among which a person picked."""
        return distinct(images_of(self._snapshot, self._rows, "selected"))[1]

    def factor(self, name: str) -> Counts:
        """Return a number from 0 for each job's value of a setting, −1 where it is unknown."""
        column = self.column(name).astype(np.int64)
        return np.where(column > 0, self._by_key(column), -1)

    @cached_property
    def words(self) -> tuple[Prompts, int]:
        """The words of each prompt by its number here, and how many different words the library has."""
        starts, words = self._snapshot.prompt_words()
        number = np.zeros(int(self.prompt.max(initial=-1)) + 1, np.int64)
        number[self.prompt] = self.column("prompt")
        lengths = starts[number + 1] - starts[number]
        flat = words[ranges(starts[number], lengths)].astype(np.int64)
        return Prompts(np.concatenate(([0], np.cumsum(lengths))), flat), int(words.max(initial=0)) + 1

    def newest(self, wanted: Column, limit: int) -> list[str]:
        """Return the references of the newest of some jobs, given by a mask."""
        chosen = np.flatnonzero(wanted)
        time = self.column("time")[chosen]
        if len(chosen) > limit:
            chosen = chosen[time >= np.partition(time, -limit)[-limit]]
        order = np.lexsort((self._keys[chosen], -self.column("time")[chosen]))
        return self._snapshot.references(self._rows[chosen[order[:limit]]].tolist())

    def _by_key(self, numbers: Counts) -> Counts:
        """Number groups of jobs by the smallest key in each, whatever numbers the index gave to them."""
        found, place = distinct(numbers)
        least = np.full(len(found), np.iinfo(np.uint64).max, np.uint64)
        np.minimum.at(least, place, self._keys)
        rank = np.empty(len(found), np.int64)
        rank[np.argsort(least, kind="stable")] = np.arange(len(found))
        return rank[place]


def _counted(snapshot: Snapshot, rows: Column, kind: Outcome) -> Counted:
    names = ("selected", "rejected") if kind == "selected" else ("rated", "liked", "rating_sum", "rating_squares")
    sums = [snapshot.column(name)[rows].astype(np.int64) for name in names]
    if kind == "selected":
        return Counted(sums[0] + sums[1] + passed_over(snapshot, rows), sums[0], sums[0], sums[0])
    return Counted(*sums)


def _first_period(images: Counts) -> int:
    """Return the place of the first period that is looked at."""
    newer = np.cumsum(images[::-1])[::-1]
    wanted = int(np.count_nonzero(newer > MOST_IMAGES))
    judged = np.flatnonzero(images)
    return min(wanted, int(judged[-2])) if len(judged) > 1 else 0
