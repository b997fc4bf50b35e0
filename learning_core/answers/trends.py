"""How the library changed over time: jobs and judgements by day, week or month."""

from collections.abc import Sequence

import numpy as np
from pydantic import Field

from learning_core.answers.answer import Answer, MatchedTerm, Period
from learning_core.answers.daily import Daily, daily, summed
from learning_core.answers.matched_terms import matched_terms
from learning_core.answers.periods import period_starts
from learning_core.index.filtering import match_filter
from learning_core.index.snapshot import Snapshot
from learning_core.matching.selection import match as match_subject
from learning_core.text import filters
from learning_core.text.filters import Term
from learning_core.text.keywords import Stated, Subject, parse_subject
from learning_core.text.wording import asked, count

_COUNTED = ("rated", "rating_sum", "selected", "rejected")


class TrendPoint(Answer):
    """One period in which something was made."""

    start: str = Field(description="First UTC day of the period; weeks begin on Monday.")
    jobs: int
    rated: int = Field(description="Images with a person's stars.")
    mean_rating: float | None = Field(description="Mean of the stars, 1 to 5; null without any.")
    judged: int = Field(description="Images selected or rejected.")
    selected: int
    passed_over: int = Field(description="Unjudged beside a selected one, or in a batch rejected whole: not selected.")


class Trend(Answer):
    """What was made and how it was judged, by the time of making. Periods in which nothing was made are absent."""

    summary: str
    subject: list[list[str]]
    terms: list[MatchedTerm]
    exclude: list[str]
    where: str
    per: Period
    points: list[TrendPoint]
    jobs: int = Field(description="Matching jobs, those of unknown time among them.")
    jobs_of_unknown_time: int = Field(description="In no point.")
    notes: list[str]


def by_period(
    snapshot: Snapshot,
    *,
    per: Period,
    subject: str | Sequence[Sequence[str]] = "",
    match: Stated = "words",
    exclude: Sequence[str] = (),
    where: str = "",
) -> Trend:
    """Count the jobs that a subject and a filter select by the period in which they were made.

    `subject`, `match`, `exclude` and `where` as in `what_works`. Raises QuestionError or OverLimit for a question put
    wrongly.
    """
    facets = parse_subject(subject)
    terms = filters.parse(where)
    selected = _selected(snapshot, facets, terms, match, exclude)
    matching, days, notes, found = selected
    points = _points(days, per)
    understood = filters.canonical(terms)
    return Trend(
        summary=f"{count(matching, 'record')} of {asked(facets, understood, exclude)}, in {count(len(points), per)}.",
        subject=[list(facet) for facet in facets],
        terms=found,
        exclude=list(exclude),
        where=understood,
        per=per,
        points=points,
        jobs=matching,
        jobs_of_unknown_time=days.unknown,
        notes=[*snapshot.notes, *notes, *clock_note(snapshot)],
    )


def _selected(
    snapshot: Snapshot, facets: Subject, terms: tuple[Term, ...], how: Stated, exclude: Sequence[str]
) -> tuple[int, Daily, list[str], list[MatchedTerm]]:
    """Return how many jobs are selected, their sums, notes, and what each alternative brought."""
    if facets or exclude:
        found = match_subject(snapshot, facets, terms, how=how, exclude=exclude)
        brought = matched_terms(snapshot, found.terms, snapshot.column("prompt")[found.rows])
        return len(found.rows), daily(snapshot, found.rows, _COUNTED), found.notes, brought
    mask, notes = match_filter(snapshot, terms)
    matching = int(np.count_nonzero(mask))
    if matching < snapshot.jobs:
        return matching, daily(snapshot, mask, _COUNTED), notes, []
    return matching, snapshot.derived("all jobs by day", lambda: daily(snapshot, slice(None), _COUNTED)), notes, []


def _points(days: Daily, per: Period) -> list[TrendPoint]:
    starts, totals = summed(period_starts(days.days, per), days.sums)
    periods = zip(np.datetime_as_string(starts).tolist(), *(each.tolist() for each in totals), strict=True)
    return [
        TrendPoint(
            start=start,
            jobs=jobs,
            rated=rated,
            mean_rating=round(stars / rated, 2) if rated else None,
            judged=selected + rejected,
            selected=selected,
            passed_over=passed,
        )
        for start, jobs, rated, stars, selected, rejected, passed in (periods if days.sums else ())
    ]


def clock_note(snapshot: Snapshot) -> list[str]:
    """Return a note where times go back.

    Order is the position in the log, never the clock; where they disagree, a trend should say so.
    """
    backwards = snapshot.times_backward()
    if not backwards:
        return []
    where = "one place" if backwards == 1 else f"{backwards:,} places"
    return [
        f"Timestamps are not monotonic: at {where} in the log the time goes back "
        "(records imported later, or a clock that was set)."
    ]
