"""Figures of some jobs: in all, and by the period in which they were made."""

from collections.abc import Sequence
from typing import Any

import numpy as np
from msgspec import Struct

from learning_core.answers.answer import Outcome, Period
from learning_core.answers.daily import Rows, daily, summed
from learning_core.answers.outcome import outcome_with_more
from learning_core.answers.passed_over import batches_passed_over
from learning_core.answers.periods import DAY, TIME_COLUMNS, known_times, period_starts
from learning_core.answers.trend_answer import TimeOf, TrendFigures, TrendPeriod
from learning_core.index.columns import Column
from learning_core.index.snapshot import Snapshot
from learning_core.stats.grouping import distinct, stable_order, starts

_COUNTED = ("rated", "rating_sum", "liked", "selected", "rejected")


class Series(Struct, frozen=True, eq=False):
    """Counts of jobs, of _COUNTED and of images passed over by period, `starts` being first days, ascending.

    `total` counts all jobs. `unknown` is the number of jobs without a time, which are in the total only.
    """

    starts: list[str]
    counts: list[list[int]]
    total: list[int]
    unknown: int

    @property
    def outcome(self) -> Outcome:
        """The kind of judgement of which there is more."""
        _, rated, _, _, selected, rejected, _ = self.total
        return outcome_with_more(selected + rejected, rated)


def series(snapshot: Snapshot, rows: Rows, per: Period, of: TimeOf) -> Series:
    """Count some jobs by the period in which they were made or judged."""
    days = daily(snapshot, rows, _COUNTED, of)
    jobs = len(snapshot.column("time")[rows])
    total = [jobs, *(int(snapshot.column(name)[rows].sum(dtype=np.int64)) for name in _COUNTED)]
    total.append(int(batches_passed_over(snapshot, rows)[1].sum()))
    if not days.sums:
        return Series([], [], total, days.unknown)
    firsts, sums = summed(period_starts(days.days, per), days.sums)
    return Series(np.datetime_as_string(firsts).tolist(), np.stack(sums, axis=1).tolist(), total, days.unknown)


def total_figures(snapshot: Snapshot, rows: Rows, counted: Series, outcome: Outcome) -> TrendFigures:
    """Return the figures of all jobs of a series."""
    runtime = _known_runtimes(snapshot.column("runtime")[rows])
    return TrendFigures(**_figures(counted.total, outcome), **_runtimes(runtime))


def shown_periods(
    snapshot: Snapshot, rows: Rows, counted: Series, per: Period, outcome: Outcome, first: str, of: TimeOf
) -> list[TrendPeriod]:
    """Return the periods of a series from one on, with the medians of their runtimes."""
    medians = _medians(snapshot, rows, per, first, of)
    return [
        TrendPeriod(start=start, **_figures(counts, outcome), **_runtimes(medians.get(start, _NONE)))
        for start, counts in zip(counted.starts, counted.counts, strict=True)
        if start >= first
    ]


_NONE = np.zeros(0, np.float32)


def _medians(snapshot: Snapshot, rows: Rows, per: Period, first: str, of: TimeOf) -> dict[str, Column]:
    """Return the known runtimes of each period from one on."""
    time, runtime = snapshot.column(TIME_COLUMNS[of])[rows], snapshot.column("runtime")[rows]
    since = np.datetime64(first, "s").astype(np.float64)
    wanted = np.flatnonzero(known_times(time) & (time >= since) & (runtime > 0) & np.isfinite(runtime))
    if not len(wanted):
        return {}
    days, place = distinct((time[wanted] / DAY).astype(np.int64))
    period, of_day = np.unique(period_starts(days, per), return_inverse=True)
    order = stable_order(of_day[place])
    begin = starts(of_day[place][order])
    parts = np.split(runtime[wanted][order], begin[1:])
    return dict(zip(np.datetime_as_string(period).tolist(), parts, strict=True))


def _known_runtimes(runtime: Column) -> Column:
    known: Column = runtime[(runtime > 0) & np.isfinite(runtime)]
    return known


def _runtimes(known: Column) -> dict[str, Any]:
    if not len(known):
        return {"median_runtime": None, "runtimes": 0}
    return {"median_runtime": round(float(np.median(known.astype(np.float64))), 2), "runtimes": len(known)}


def _figures(counts: Sequence[int], outcome: Outcome) -> dict[str, Any]:
    jobs, rated, stars, liked, selected, rejected, passed = counts
    judged = selected + rejected
    chosen_from = judged + passed
    good, images = (selected, chosen_from) if outcome == "selected" else (liked, rated)
    return {
        "jobs": jobs,
        "rated": rated,
        "mean_rating": round(stars / rated, 2) if rated else None,
        "judged": judged,
        "selected": selected,
        "passed_over": passed,
        "selection_rate": round(selected / chosen_from, 4) if chosen_from else None,
        "came_out_well": round(good / images, 4) if images else None,
    }
