"""What was made over time, how it was judged, and whether that changed: by day, week or month."""

from collections.abc import Sequence

import numpy as np

from learning_core.answers.answer import MatchedTerm, Outcome, Period
from learning_core.answers.daily import Rows
from learning_core.answers.judged_jobs import MOST_IMAGES, JudgedJobs
from learning_core.answers.matched_terms import matched_terms
from learning_core.answers.outcome import JUDGED_BY
from learning_core.answers.passed_over import passed_over_note
from learning_core.answers.period_changes import changes
from learning_core.answers.periods import gaps
from learning_core.answers.trend_answer import (
    Change,
    Dimension,
    Measure,
    TimeOf,
    TrendGap,
    TrendGroup,
    TrendSummary,
)
from learning_core.answers.trend_series import Series, series, shown_periods, total_figures
from learning_core.answers.trend_split import Part, parts
from learning_core.answers.trends import clock_note
from learning_core.errors import QuestionError
from learning_core.index.columns import Column
from learning_core.index.filtering import EVERY_ROW, match_filter
from learning_core.index.snapshot import Snapshot
from learning_core.matching.selection import match as match_subject
from learning_core.stats.probability import probability_text
from learning_core.text import filters
from learning_core.text.filters import Term
from learning_core.text.keywords import Stated, Subject, parse_subject
from learning_core.text.wording import asked, count

MOST_PERIODS = 400
MOST_GROUPS = 20
_MOST_GAPS = 20
_TIMES: dict[TimeOf, str] = {
    "made": "The times are those of making: ratings given later count where their image was made.",
    "judged": "The times are those of judging: an image counts where the last word was said of it, however old it is.",
}
_OBSERVED = "Observed, not tested: what changed along with the judgements need not be the reason."


def summarize_trends(
    snapshot: Snapshot,
    subject: str | Sequence[Sequence[str]] = "",
    *,
    per: Period = "week",
    time_of: TimeOf = "made",
    split: Dimension | None = None,
    match: Stated = "words",
    exclude: Sequence[str] = (),
    where: str = "",
    limit: int = 26,
    groups: int = 5,
) -> TrendSummary:
    """Answer what was made and how it was judged over time, and what changed.

    The newest `limit` periods (1 to 400) are shown, by UTC days of making, or with `time_of` of the
    last judgement, which tells a drifting scale from other pictures; the changes and totals are those of all. With
    `split` each value of a dimension has figures of its own: the `groups` (1 to 20) biggest, all others together.
    `subject`, `match`, `exclude` and `where` as in `what_works`. Raises QuestionError or OverLimit for a question put
    wrongly.
    """
    _refuse(limit, groups)
    facets, terms = parse_subject(subject), filters.parse(where)
    understood = filters.canonical(terms)
    rows, notes, brought = _rows(snapshot, facets, terms, match, exclude)
    question = (facets, match, tuple(exclude), understood, per, time_of)
    counted = snapshot.derived(("trend series", question), lambda: series(snapshot, rows, per, time_of))
    found, since = snapshot.derived(
        ("trend changes", question), lambda: _changes(snapshot, rows, per, counted, time_of)
    )
    first = counted.starts[-limit:][0] if counted.starts else ""
    about = asked(facets, understood, exclude)
    shown = counted.starts[-limit:]
    absent = gaps(shown, per)
    return TrendSummary(
        summary=_summary(about, per, counted, found),
        subject=[list(facet) for facet in facets],
        terms=brought,
        exclude=list(exclude),
        where=understood,
        per=per,
        time_of=time_of,
        outcome=counted.outcome,
        total=total_figures(snapshot, rows, counted, counted.outcome),
        jobs_of_unknown_time=counted.unknown,
        periods=shown_periods(snapshot, rows, counted, per, counted.outcome, first, time_of) if shown else [],
        shown=len(shown),
        periods_total=len(counted.starts),
        gaps=[TrendGap(first=start, last=end, periods=number) for start, end, number in absent[-_MOST_GAPS:]],
        gaps_total=len(absent),
        split=split,
        groups=_groups(snapshot, rows, (per, time_of), counted.outcome, first, split, groups) if split else [],
        changes=found,
        why=_why(found),
        notes=[*snapshot.notes, *notes, *_notes(counted, found, since, split, time_of), *clock_note(snapshot)],
        next=_next(counted, found),
    )


def _refuse(limit: int, groups: int) -> None:
    for name, number, most in (("limit", limit, MOST_PERIODS), ("groups", groups, MOST_GROUPS)):
        if not 1 <= number <= most:
            raise QuestionError(f"{name} is {number}; it must be between 1 and {most}.")


def _rows(
    snapshot: Snapshot, facets: Subject, terms: tuple[Term, ...], how: Stated, exclude: Sequence[str]
) -> tuple[Rows, list[str], list[MatchedTerm]]:
    """Return the rows of the jobs that a question selects, notes, and what each alternative brought."""
    if facets or exclude:
        found = match_subject(snapshot, facets, terms, how=how, exclude=exclude)
        return found.rows, found.notes, matched_terms(snapshot, found.terms, snapshot.column("prompt")[found.rows])
    mask, notes = match_filter(snapshot, terms)
    return (EVERY_ROW if mask.all() else np.flatnonzero(mask)), notes, []


def _changes(snapshot: Snapshot, rows: Rows, per: Period, counted: Series, of: TimeOf) -> tuple[list[Change], str]:
    """Return the changes, and the first day that was looked at if that is not the first of all."""
    numbers = _numbers(snapshot, rows)
    found: list[Change] = []
    since = ""
    for kind, measures in _measures(counted).items():
        jobs = JudgedJobs(snapshot, numbers, per, kind, of)
        found += changes(jobs, measures)
        if jobs.cut and found:
            since = min(each.before.first for each in found)
    return found, since


def _measures(counted: Series) -> dict[Outcome, list[Measure]]:
    """Return what is measured in judgements of each kind: their kinds are never mixed."""
    rated = counted.total[1]
    found: dict[Outcome, list[Measure]] = {counted.outcome: ["came_out_well"]}
    if rated:
        found.setdefault("rated_4_or_5", []).append("mean_rating")
    return found


def _numbers(snapshot: Snapshot, rows: Rows) -> Column:
    return np.arange(snapshot.jobs) if isinstance(rows, slice) else rows


def _groups(
    snapshot: Snapshot,
    rows: Rows,
    when: tuple[Period, TimeOf],
    outcome: Outcome,
    first: str,
    split: Dimension,
    limit: int,
) -> list[TrendGroup]:
    return [
        _group(snapshot, part, when, outcome, first) for part in parts(snapshot, _numbers(snapshot, rows), split, limit)
    ]


def _group(snapshot: Snapshot, part: Part, when: tuple[Period, TimeOf], outcome: Outcome, first: str) -> TrendGroup:
    per, of = when
    counted = series(snapshot, part.rows, per, of)
    return TrendGroup(
        name=part.name,
        holds=part.holds,
        values=part.values,
        total=total_figures(snapshot, part.rows, counted, outcome),
        periods=shown_periods(snapshot, part.rows, counted, per, outcome, first, of) if first else [],
    )


def _summary(about: str, per: Period, counted: Series, found: list[Change]) -> str:
    jobs = counted.total[0]
    if not jobs:
        return f"There is nothing of {about} yet." if about != "all records" else "The library is empty."
    made = f"{count(jobs, 'record')} of {about}, in {count(len(counted.starts), per)}."
    if not counted.starts:
        return f"{count(jobs, 'record')} of {about}, none of known time: nothing can be said of trends."
    if not found:
        return f"{made} {_no_change(counted)}"
    return f"{found[0].sentence} {made}"


def _no_change(counted: Series) -> str:
    _, rated, _, _, selected, rejected, _ = counted.total
    if not rated + selected + rejected:
        return "None is judged, so whether the images got better cannot be said."
    judged = f"Images {JUDGED_BY[counted.outcome]}"
    return f"{judged} lie in one of them only: there is nothing to compare with."


def _why(found: list[Change]) -> list[str]:
    return [
        f"{each.compared.replace('_', ' ')}, {each.measure.replace('_', ' ')}: P {probability_text(each.probability)}, "
        f"Bayes factor {each.bayes_factor:.3g}, {each.before.effective_n:.1f} and {each.after.effective_n:.1f} "
        f"effective images on {each.before.prompts:,} and {each.after.prompts:,} prompts; {each.strength}: "
        f"{each.reason}."
        for each in found
    ]


def _notes(counted: Series, found: list[Change], since: str, split: Dimension | None, of: TimeOf) -> list[str]:
    notes: list[str] = []
    if counted.unknown:
        notes.append(f"{count(counted.unknown, 'record')} of unknown time: in the total, but in no period.")
    notes += passed_over_note(counted.total[-1])
    if found:
        notes.append(_OBSERVED)
        notes.append(_TIMES[of])
    if any(each.verdict == "changed" and each.strength != "strong" for each in found):
        notes.append(
            "Only a strong change is sure to outlast further looks: one that is probable may turn out not to be."
        )
    if since:
        notes.append(f"Changes are looked for in the newest periods with {MOST_IMAGES:,} judged images, since {since}.")
    if split == "lora":
        notes.append("Images with several LoRAs count under all of them together, whatever the weights.")
    return notes


def _next(counted: Series, found: list[Change]) -> str:
    if not counted.total[0]:
        return "Import something first: `whatworks import PATH`."
    if not found:
        return "Rate images of different times: `whatworks rate REF --stars 4`."
    if all(each.after.value == each.before.value == 1.0 for each in found if each.measure == "came_out_well"):
        return "Judge images that you did not like, too: as long as every judged one came out well, no change shows."
    verdicts = {each.verdict for each in found}
    if "changed" in verdicts or "hint" in verdicts or "scale_may_have_drifted" in verdicts:
        return "Make some early prompts again at their settings and rate them unseen: that tells drift from change."
    return "`whatworks ask` tells which settings go with the good ones; --split shows one of them over time."
