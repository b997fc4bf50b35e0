"""The best records behind each of some groups of images: by stars, then by selection, then the newest."""

from collections.abc import Sequence
from itertools import accumulate, pairwise

import numpy as np
from msgspec import Struct

from learning_core.index.columns import Column
from learning_core.index.snapshot import Snapshot
from learning_core.ranges import ranges
from learning_core.stats.beta import Reals

_PLENTY = 64
"""Rows or jobs above which the best are looked for before they are put in order."""

_MANY = 256
"""So many of the jobs with the most stars are looked at: most groups have enough of them."""


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
    first = _ordered(of, (of.stars == of.stars.max()).nonzero()[0])[:_MANY]
    chosen = [
        jobs[:limit] if len(jobs) >= limit else _ordered(of, _among(of, rows, limit))[:limit]
        for rows, jobs in zip(groups, _inside(of, groups, first), strict=True)
    ]
    references = of.snapshot.references(of.ordinals[np.concatenate(chosen)].tolist())
    return [references[low:high] for low, high in pairwise(accumulate(map(len, chosen), initial=0))]


def _ordered(of: JobsInRows, jobs: Column) -> Column:
    """Return jobs, the best first."""
    order = np.lexsort((of.stored("key", jobs), -of.stored("time", jobs), -of.picked[jobs], -of.stars[jobs]))
    found: Column = jobs[order]
    return found


def _inside(of: JobsInRows, groups: Sequence[Column], jobs: Column) -> list[Column]:
    """Return which of some jobs are in the rows of each group, in their order."""
    row = of.begin.searchsorted(jobs, "right") - 1
    holds = np.zeros((len(groups), len(of.begin)), bool)
    for held, rows in zip(holds, groups, strict=True):
        held[rows] = True
    group, place = holds[:, row].nonzero()
    ends = group.searchsorted(np.arange(len(groups) + 1)).tolist()
    return [jobs[place[low:high]] for low, high in pairwise(ends)]


def _among(of: JobsInRows, rows: Column, limit: int) -> Column:
    """Return jobs of some rows among which the best ones are."""
    if len(rows) > _PLENTY:
        rows, _ = _highest(rows, (np.maximum.reduceat(of.stars, of.begin),), limit)
    ends = np.append(of.begin, len(of.stars))
    jobs = ranges(ends[rows], ends[rows + 1] - ends[rows])
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
