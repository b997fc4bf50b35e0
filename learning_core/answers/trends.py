"""How the library changed over time: jobs and judgements by day, week or month."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Literal

import numpy as np
from pydantic import Field

from learning_core.answers.answer import Answer
from learning_core.index.columns import Column
from learning_core.index.filtering import match, match_filter
from learning_core.index.snapshot import Snapshot
from learning_core.text import filters
from learning_core.text.filters import Term
from learning_core.text.keywords import Subject, parse_subject
from learning_core.text.wording import asked, count

Period = Literal["day", "week", "month"]

_DAY = 86_400.0
_LAST_TIME = datetime(9999, 12, 31, tzinfo=UTC).timestamp()
_COUNTED = ("rated", "rating_sum", "selected", "rejected")


@dataclass(frozen=True, slots=True, eq=False)
class Daily:
    """The sums of jobs and of _COUNTED over each day on which something was made, days since 1970 in their order.

    `unknown` is the number of jobs without a time.
    """

    days: Column
    sums: list[Column]
    unknown: int


class TrendPoint(Answer):
    """One period in which something was made."""

    start: str = Field(description="First UTC day of the period; weeks begin on Monday.")
    jobs: int
    rated: int = Field(description="Images with a person's stars.")
    mean_rating: float | None = Field(description="Mean of the stars, 1 to 5; null without any.")
    judged: int = Field(description="Images selected or rejected.")
    selected: int


class Trend(Answer):
    """What was made and how it was judged, by the time of making. Periods in which nothing was made are absent."""

    summary: str
    subject: list[list[str]]
    where: str
    per: Period
    points: list[TrendPoint]
    jobs: int = Field(description="Matching jobs, those of unknown time among them.")
    jobs_of_unknown_time: int = Field(description="In no point.")
    notes: list[str]


def by_period(
    snapshot: Snapshot, *, per: Period, subject: str | Sequence[Sequence[str]] = "", where: str = ""
) -> Trend:
    """Count the jobs that a subject and a filter select by the period in which they were made.

    `subject` and `where` as in `what_works`. Raises QuestionError or OverLimit for a question put wrongly.
    """
    facets = parse_subject(subject)
    terms = filters.parse(where)
    matching, daily, notes = _selected(snapshot, facets, terms)
    points = _points(daily, per)
    understood = filters.canonical(terms)
    return Trend(
        summary=f"{count(matching, 'record')} of {asked(facets, understood)}, in {count(len(points), per)}.",
        subject=[list(facet) for facet in facets],
        where=understood,
        per=per,
        points=points,
        jobs=matching,
        jobs_of_unknown_time=daily.unknown,
        notes=[*snapshot.notes, *notes, *_clock_note(snapshot)],
    )


def _selected(snapshot: Snapshot, facets: Subject, terms: tuple[Term, ...]) -> tuple[int, Daily, list[str]]:
    """Return how many jobs are selected, their sums, and notes."""
    if facets:
        found = match(snapshot, facets, terms)
        return len(found.rows), _daily(snapshot, found.rows), found.notes
    mask, notes = match_filter(snapshot, terms)
    matching = int(np.count_nonzero(mask))
    if matching < snapshot.jobs:
        return matching, _daily(snapshot, mask), notes
    return matching, snapshot.derived("all jobs by day", lambda: _daily(snapshot, slice(None))), notes


def _daily(snapshot: Snapshot, rows: Column | slice) -> Daily:
    time = snapshot.column("time")[rows]
    counts = [snapshot.column(name)[rows] for name in _COUNTED]
    known = (time > 0) & (time < _LAST_TIME)
    unknown = len(time) - int(np.count_nonzero(known))
    if unknown:
        time = time[known]
        counts = [each[known] for each in counts]
    days = (time / _DAY).astype(np.int32)
    # Neighbours in the log are mostly of one day: adding them up first leaves little to sort.
    differs = np.ones(len(days), bool)
    np.not_equal(days[1:], days[:-1], out=differs[1:])
    first = np.flatnonzero(differs)
    if not len(first):
        return Daily(days, [], unknown)
    sums = [np.diff(first, append=len(days)), *(np.add.reduceat(each, first, dtype=np.uint32) for each in counts)]
    return Daily(*_summed(days[first], sums), unknown)


def _summed(days: Column, sums: list[Column]) -> tuple[Column, list[Column]]:
    """Return the different days in their order and the sums of each."""
    different, place = np.unique(days, return_inverse=True)
    return different, [np.bincount(place, each).astype(np.int64) for each in sums]


def _points(daily: Daily, per: Period) -> list[TrendPoint]:
    starts, totals = _summed(_period_start(daily.days, per), daily.sums)
    periods = zip(np.datetime_as_string(starts).tolist(), *(each.tolist() for each in totals), strict=True)
    return [
        TrendPoint(
            start=start,
            jobs=jobs,
            rated=rated,
            mean_rating=round(stars / rated, 2) if rated else None,
            judged=selected + rejected,
            selected=selected,
        )
        for start, jobs, rated, stars, selected, rejected in (periods if daily.sums else ())
    ]


def _period_start(days: Column, per: Period) -> Column:
    """Return the first day of the period of each day since 1970, which began on a Thursday."""
    if per == "week":
        days = (days + 3) // 7 * 7 - 3
    dates = days.astype("datetime64[D]")
    return dates.astype("datetime64[M]").astype("datetime64[D]") if per == "month" else dates


def _clock_note(snapshot: Snapshot) -> list[str]:
    """Order is the position in the log, never the clock; where they disagree, a trend should say so."""
    backwards = snapshot.times_backward()
    if not backwards:
        return []
    where = "one place" if backwards == 1 else f"{backwards:,} places"
    return [
        f"Timestamps are not monotonic: at {where} in the log the time goes back "
        "(records imported later, or a clock that was set)."
    ]
