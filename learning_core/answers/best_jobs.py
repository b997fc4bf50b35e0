"""The best records behind each of some groups of images: by stars, then by selection, then the newest."""

from collections.abc import Sequence
from itertools import accumulate, pairwise

import numpy as np
from msgspec import Struct

from learning_core.index.columns import Column
from learning_core.index.snapshot import Snapshot
from learning_core.ranges import ranges
from learning_core.stats.beta import Reals
from learning_core.stats.grouping import lengths

_PLENTY = 64
"""Rows or jobs above which the best are looked for before they are put in order."""


class JobsInRows(Struct, frozen=True, eq=False):
    """Jobs in rows that begin at `begin`: their numbers in the snapshot, mean stars, and images selected less rejected.

    There is one job at least.
    """

    snapshot: Snapshot
    ordinals: Column
    begin: Column
    stars: Reals
    picked: Column

    def stored(self, name: str, jobs: Column) -> Column:
        """Return a column of the snapshot for some of the jobs."""
        return self.snapshot.column(name)[self.ordinals[jobs]]


def best_jobs(of: JobsInRows, groups: Sequence[Column], limit: int) -> list[list[str]]:
    """Return the references of `limit` jobs, or all, of each group of rows, the best first."""
    candidates = _candidates(of, groups, limit)
    jobs, sizes = np.concatenate(candidates), [len(jobs) for jobs in candidates]
    group = np.repeat(np.arange(len(sizes)), sizes)
    order = np.lexsort((of.stored("key", jobs), -of.stored("time", jobs), -of.picked[jobs], -of.stars[jobs], group))
    ordinals = of.ordinals[jobs[order]]
    ends = accumulate(sizes, initial=0)
    chosen = [ordinals[low : min(low + limit, high)] for low, high in pairwise(ends)]
    references = iter(of.snapshot.references(np.concatenate(chosen).tolist()))
    return [[next(references) for _ in each] for each in chosen]


def _candidates(of: JobsInRows, groups: Sequence[Column], limit: int) -> list[Column]:
    """Return jobs of each group among which its best ones are."""
    first = _with_most_stars(of)
    row_of_first = np.searchsorted(of.begin, first, "right") - 1
    is_inside = np.zeros(len(of.begin), bool)
    found = []
    for rows in groups:
        is_inside[rows] = True
        jobs = first[is_inside[row_of_first]][:limit]
        is_inside[rows] = False
        found.append(jobs if len(jobs) == limit else _among(of, rows, limit))
    return found


def _with_most_stars(of: JobsInRows) -> Column:
    """Return the jobs with the most stars, best first: most groups have enough of them."""
    jobs = (of.stars == of.stars.max()).nonzero()[0]
    order = np.lexsort((of.stored("key", jobs), -of.stored("time", jobs), -of.picked[jobs]))
    found: Column = jobs[order]
    return found


def _among(of: JobsInRows, rows: Column, limit: int) -> Column:
    """Return jobs of some rows among which the best ones are."""
    if len(rows) > _PLENTY:
        rows, _ = _highest(rows, (np.maximum.reduceat(of.stars, of.begin),), limit)
    jobs = ranges(of.begin[rows], lengths(of.begin, len(of.stars))[rows])
    jobs, equal = _highest(jobs, (of.stars, of.picked), limit)
    if not equal:
        return jobs
    # More than `limit` are left only where times are equal, too.
    time = of.stored("time", jobs)
    newest: Column = jobs[time >= np.partition(time, -limit)[-limit]]
    return newest


def _highest(places: Column, merits: Sequence[Column], limit: int) -> tuple[Column, bool]:
    """Return places among which the best `limit` of many are, and whether they are known to be equal in all merits."""
    for merit in merits:
        if len(places) <= _PLENTY:
            return places, False
        values = merit[places]
        highest = places[values == values.max()]
        if len(highest) < limit:
            return places, False
        places = highest
    return places, True
