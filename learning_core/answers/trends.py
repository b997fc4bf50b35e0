"""How the library changed over time: jobs and judgements by day, week or month."""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Literal

import numpy as np
from pydantic import Field

from learning_core.answers.answer import Answer
from learning_core.index.columns import Column
from learning_core.index.filtering import match
from learning_core.index.snapshot import Snapshot
from learning_core.text import filters
from learning_core.text.keywords import parse_subject
from learning_core.text.wording import asked, count

Period = Literal["day", "week", "month"]

_DAY = 86_400.0
_LAST_TIME = datetime(9999, 12, 31, tzinfo=UTC).timestamp()
_COUNTED = ("rated", "rating_sum", "selected", "rejected")


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
    found = match(snapshot, facets, terms)
    matching = len(found.rows)
    points, unknown = _points(snapshot, slice(None) if matching == snapshot.jobs else found.rows, per)
    understood = filters.canonical(terms)
    return Trend(
        summary=f"{count(matching, 'record')} of {asked(facets, understood)}, in {count(len(points), per)}.",
        subject=[list(facet) for facet in facets],
        where=understood,
        per=per,
        points=points,
        jobs=matching,
        jobs_of_unknown_time=unknown,
        notes=[*snapshot.notes, *found.notes, *_clock_note(snapshot)],
    )


def _points(snapshot: Snapshot, rows: Column | slice, per: Period) -> tuple[list[TrendPoint], int]:
    time = snapshot.column("time")[rows]
    counts = [snapshot.column(name)[rows] for name in _COUNTED]
    known = (time > 0) & (time < _LAST_TIME)
    unknown = len(time) - int(np.count_nonzero(known))
    if unknown:
        time = time[known]
        counts = [each[known] for each in counts]
    if not len(time):
        return [], unknown
    days = (time / _DAY).astype(np.int64)
    # Neighbours in the log are mostly of one day: adding them up first leaves little to sort.
    first = np.flatnonzero(np.diff(days, prepend=-1))
    sums = [np.diff(first, append=len(days)), *(np.add.reduceat(each, first, dtype=np.int64) for each in counts)]
    starts, place = np.unique(_period_start(days[first], per), return_inverse=True)
    totals = (np.bincount(place, each).astype(np.int64).tolist() for each in sums)
    points = [
        TrendPoint(
            start=str(start),
            jobs=jobs,
            rated=rated,
            mean_rating=round(stars / rated, 2) if rated else None,
            judged=selected + rejected,
            selected=selected,
        )
        for start, jobs, rated, stars, selected, rejected in zip(starts, *totals, strict=True)
    ]
    return points, unknown


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
