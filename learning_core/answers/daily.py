"""Sums over jobs by the day on which they were made or judged."""

from collections.abc import Sequence

import numpy as np
from msgspec import Struct

from learning_core.answers.passed_over import batches_passed_over
from learning_core.answers.periods import DAY, TIME_COLUMNS, known_times
from learning_core.answers.trend_answer import TimeOf
from learning_core.index.columns import Column
from learning_core.index.snapshot import Snapshot

Rows = Column | slice


class Daily(Struct, frozen=True, eq=False):
    """Sums over each day on which something was made, days since 1970 in their order.

    They are of jobs, then of each column, then of images passed over (`passed_over`).
    `unknown` is the number of jobs without a time.
    """

    days: Column
    sums: list[Column]
    unknown: int


def daily(snapshot: Snapshot, rows: Rows, columns: Sequence[str], of: TimeOf = "made") -> Daily:
    """Return the sums of jobs and of columns of whole numbers over some rows of the snapshot, given in any way."""
    time = snapshot.column(TIME_COLUMNS[of])[rows]
    counts = [snapshot.column(name)[rows] for name in columns]
    batches, passed = batches_passed_over(snapshot, rows)
    known = known_times(time)
    unknown = len(time) - int(np.count_nonzero(known))
    if unknown:
        time = time[known]
        counts = [each[known] for each in counts]
        passed = passed[known[batches]]
        batches = (np.cumsum(known) - 1)[batches[known[batches]]]
    days = (time / DAY).astype(np.int32)
    # Neighbours in the log are mostly of one day: adding them up first leaves little to sort.
    differs = np.ones(len(days), bool)
    np.not_equal(days[1:], days[:-1], out=differs[1:])
    first = np.flatnonzero(differs)
    if not len(first):
        return Daily(days, [], unknown)
    sums = [np.diff(first, append=len(days)), *(np.add.reduceat(each, first, dtype=np.uint32) for each in counts)]
    # Few jobs have any, so that these are looked at alone.
    of_run = np.searchsorted(first, batches, "right") - 1
    sums.append(np.bincount(of_run, passed, len(first)).astype(np.int64))
    return Daily(*summed(days[first], sums), unknown)


def summed(days: Column, sums: Sequence[Column]) -> tuple[Column, list[Column]]:
    """Return the different days (or first days of periods) in their order, and the sums over each."""
    different, place = np.unique(days, return_inverse=True)
    return different, [np.bincount(place, each, len(different)).astype(np.int64) for each in sums]
