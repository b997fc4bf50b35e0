"""Is A better than B? Two filters set against each other: matched images first, then at equal values of all else."""

from collections.abc import Sequence
from typing import overload

import numpy as np
from msgspec import Struct

from learning_core.answers.answer import Outcome
from learning_core.answers.arm_factors import causes
from learning_core.answers.arm_matching import Level, levels
from learning_core.answers.arm_runtime import runtime
from learning_core.answers.arm_verdict import (
    Basics,
    Checked,
    Verdict,
    checks,
    chosen_level,
    judge,
    objections,
    with_same_prompt,
)
from learning_core.answers.comparison_wording import Told, next_step, notes, reasons, summary
from learning_core.answers.context import parse_context
from learning_core.answers.settings_comparison import (
    ArmDifference,
    ArmEvidence,
    FactorCheck,
    Matching,
    SettingsComparison,
    WeighedDifference,
)
from learning_core.answers.settling_words import roughly
from learning_core.answers.two_arms import (
    Arms,
    JudgedRows,
    Question,
    Sums,
    arms,
    judged_rows,
    outcome_of,
    parse_arm,
    sums,
)
from learning_core.index.columns import Column
from learning_core.index.snapshot import Snapshot
from learning_core.stats.arm_differences import Evenness, at_equal, evenness
from learning_core.stats.difference_scale import POINTS, SHARES, Weighed, weighed
from learning_core.stats.stratified import Difference, Rows, everything
from learning_core.stats.unrated import Arm, only_good_judged, unevenly_rated, worst_case_bounds
from learning_core.text import filters
from learning_core.text.keywords import Stated, parse_subject
from learning_core.text.wording import percent

_DIGITS = 4
_BEST = 3


def compare_settings(
    snapshot: Snapshot,
    a: str,
    b: str,
    *,
    subject: str | Sequence[Sequence[str]] = "",
    match: Stated = "words",
    exclude: Sequence[str] = (),
    where: str = "",
    context: str = "",
) -> SettingsComparison:
    """Answer which of two arms came out better, how sure that is, and what else could explain it.

    `a` and `b` are filters in the language of `where`, such as `sampler:"Euler a"`; `subject` (as `parse_subject`
    reads it), `match`, `exclude` and `where` narrow both, and so does `context`, as `parse_context` reads it, where
    both have judged images of it. Jobs in both arms speak for neither. Swapping the arms mirrors the answer. Raises
    QuestionError or OverLimit for a question put wrongly.
    """
    both_arms = parse_arm(a, "A"), parse_arm(b, "B")
    facets, terms, shared = parse_subject(subject), filters.parse(where), parse_context(context)
    question = Question(*both_arms, facets, terms, match, tuple(exclude), shared)
    both = arms(snapshot, question)
    totals = (sums(snapshot, both.jobs[0]), sums(snapshot, both.jobs[1]))
    outcome = outcome_of(totals)
    judged = judged_rows(snapshot, both.jobs, outcome)
    evidence = None
    if all(each.images(outcome) for each in totals):
        evidence = _weigh(snapshot, question, both.jobs, judged, totals, outcome)
    return _answer(snapshot, question, both, totals, outcome, judged, evidence)


class _Evidence(Struct, frozen=True):
    """What the judged images of both arms say."""

    ways: list[Level]
    even: Evenness
    found: list[Checked]
    verdict: Verdict
    stars: WeighedDifference | None


def _weigh(
    snapshot: Snapshot,
    question: Question,
    jobs: tuple[Column, Column],
    judged: JudgedRows,
    totals: tuple[Sums, Sums],
    outcome: Outcome,
) -> _Evidence:
    even = evenness(judged.rows, judged.rows.s, (totals[0].good(outcome), totals[1].good(outcome)), SHARES)
    ways = levels(snapshot, judged, question, even)
    others = causes(snapshot, judged, question)
    found = with_same_prompt(checks(judged, ways[0], others, even), ways)
    chosen = chosen_level(ways)
    against = objections(found if chosen is ways[0] else checks(judged, chosen, others, even))
    stars, weighed_stars = _stars(snapshot, jobs, judged, totals, outcome)
    basics = Basics(
        min(even.effective_n),
        ways[0].figure.fewest_prompts,
        _uneven(totals, outcome),
        weighed_stars if outcome == "rated_4_or_5" else None,
    )
    return _Evidence(ways, even, found, judge(ways[0], chosen, against, basics), stars)


def _stars(
    snapshot: Snapshot, jobs: tuple[Column, Column], judged: JudgedRows, totals: tuple[Sums, Sums], outcome: Outcome
) -> tuple[WeighedDifference | None, Weighed | None]:
    """Return the difference of mean ratings, None without stars in both arms."""
    if not all(each.rated for each in totals):
        return None, None
    rated = judged if outcome == "rated_4_or_5" else judged_rows(snapshot, jobs, "rated_4_or_5")
    stars = snapshot.column("rating_sum")[rated.ordinals].astype(np.int64)
    rows = Rows(rated.rows.arm, rated.rows.prompt, rated.rows.n, stars)
    even = evenness(rows, rated.rows.s, (totals[0].squares, totals[1].squares), POINTS)
    figure = at_equal(rows, everything(rows), even, POINTS, 1)
    found = weighed(figure.value, figure.variance, POINTS)
    return _weighed(figure, found), found


def _arm_counts(sums_: Sums, outcome: Outcome) -> Arm:
    """Return an arm in images; a job without a judgement of this kind counts as those that it lists, one at least."""
    images = sums_.images(outcome)
    return Arm(images + sums_.unjudged[outcome], images, sums_.good(outcome))


def _uneven(totals: tuple[Sums, Sums], outcome: Outcome) -> str:
    a, b = (_arm_counts(each, outcome) for each in totals)
    if a.judged == a.good and b.judged == b.good and (a.judged < a.shown or b.judged < b.shown):
        # A person who only picks what is good says nothing of how often that happens.
        return "only good images are judged, and others are not, so that the shares say nothing"
    if not unevenly_rated(a, b):
        return ""
    return f"{percent(a.rated_share)} of the images of A are judged, but {percent(b.rated_share)} of those of B"


def _answer(
    snapshot: Snapshot,
    question: Question,
    both: Arms,
    totals: tuple[Sums, Sums],
    outcome: Outcome,
    judged: JudgedRows,
    evidence: _Evidence | None,
) -> SettingsComparison:
    texts = filters.canonical(question.a), filters.canonical(question.b)
    side_a, side_b = (_side(snapshot, texts[arm], totals[arm], outcome, judged, arm, evidence) for arm in (0, 1))
    count_a, count_b = (_arm_counts(each, outcome) for each in totals)
    verdict = evidence.verdict if evidence else None
    found, ways, stars = (evidence.found, evidence.ways, evidence.stars) if evidence else ([], [], None)
    told = Told(question, both, side_a, side_b, outcome, verdict, found, count_a, count_b, ways, stars)
    low, high = worst_case_bounds(count_a, count_b) if verdict else (None, None)
    settling = not only_good_judged((count_a, count_b)) and not unevenly_rated(count_a, count_b)
    blocks = verdict.blocks if verdict and settling and verdict.verdict == "not_separable" else None
    more = roughly(blocks - int(verdict.level.figure.blocks)) if verdict and blocks else None
    return SettingsComparison(
        summary=summary(told, more),
        verdict=verdict.verdict if verdict else "not_enough_evidence",
        leader=verdict.leader if verdict else "",
        strength=verdict.claim.strength if verdict else "none",
        basis=verdict.level.basis if verdict else None,
        subject=[list(facet) for facet in question.facets],
        terms=both.terms,
        exclude=list(question.exclude),
        where=filters.canonical(question.where),
        context=filters.canonical(question.context),
        outcome=outcome,
        a=side_a,
        b=side_b,
        left_out=both.shared,
        difference=_weighed_level(evidence.ways[0]) if evidence else None,
        matched=[_matching(level) for level in evidence.ways[:0:-1]] if evidence else [],
        at_equal=[_check(each) for each in evidence.found] if evidence else [],
        stars=evidence.stars if evidence else None,
        unjudged_low=_digits(low),
        unjudged_high=_digits(high),
        runtime=runtime(snapshot, both.jobs, question.fields),
        ratings_to_settle=None if more is None else 2 * more,
        prompts_to_settle=more,
        why=reasons(told),
        notes=[*snapshot.notes, *both.notes, *notes(told)],
        next=next_step(told),
    )


def _side(
    snapshot: Snapshot,
    text: str,
    total: Sums,
    outcome: Outcome,
    judged: JudgedRows,
    arm: int,
    evidence: _Evidence | None,
) -> ArmEvidence:
    n, good = total.images(outcome), total.good(outcome)
    own = judged.rows.arm == arm
    return ArmEvidence(
        filter=text,
        jobs=total.jobs,
        n=n,
        good=good,
        share=round(good / n, _DIGITS) if n else None,
        effective_n=round(evidence.even.effective_n[arm], 1) if evidence else float(n > 0),
        prompts=int(np.count_nonzero(np.bincount(judged.rows.prompt[own]))),
        judged_share=round(_arm_counts(total, outcome).rated_share, _DIGITS),
        n_rated=total.rated,
        mean_rating=round(total.stars / total.rated, 2) if total.rated else None,
        n_judged=total.selected + total.rejected,
        n_selected=total.selected,
        evidence=snapshot.references(_best(snapshot, judged.ordinals[own]).tolist()),
    )


def _best(snapshot: Snapshot, rows: Column) -> Column:
    """Return the row numbers of the best jobs: stars, then picks, then the newest, then by key."""
    stars = snapshot.column("rating_sum")[rows] / np.maximum(snapshot.column("rated")[rows], 1)
    picked = np.sign(snapshot.column("selected")[rows].astype(np.int32) - snapshot.column("rejected")[rows])
    merit = stars + picked / 100.0
    time = snapshot.column("time")[rows]
    if len(rows) > _BEST:
        least = np.partition(merit, -_BEST)[-_BEST]
        above, equal = np.flatnonzero(merit > least), np.flatnonzero(merit == least)
        if len(equal) > _BEST:
            equal = equal[time[equal] >= np.partition(time[equal], -_BEST)[-_BEST]]
        kept = np.concatenate((above, equal))
        rows, merit, time = rows[kept], merit[kept], time[kept]
    order: Column = rows[np.lexsort((snapshot.column("key")[rows], -time, -merit))][:_BEST]
    return order


def _difference(figure: Difference) -> ArmDifference:
    low, high = figure.interval()
    return ArmDifference(
        value=_digits(figure.value),
        low=_digits(low),
        high=_digits(high),
        n_a=figure.n[0],
        n_b=figure.n[1],
        effective_n=round(figure.blocks, 1),
        prompts=figure.prompts,
    )


def _weighed(figure: Difference, found: Weighed) -> WeighedDifference:
    return WeighedDifference(
        **_difference(figure).model_dump(),
        probability=round(found.probability, _DIGITS),
        bayes_factor=float(f"{found.bayes_factor:.4g}"),
        probability_equal=round(found.equivalence, _DIGITS),
    )


def _weighed_level(level: Level) -> WeighedDifference:
    return _weighed(level.figure, level.weighed)


def _matching(level: Level) -> Matching:
    return Matching(match=level.basis, groups=level.figure.strata, difference=_weighed_level(level))


def _check(found: Checked) -> FactorCheck:
    return FactorCheck(
        factor=found.factor,
        outcome=found.outcome,
        difference=None if found.figure is None else _difference(found.figure),
        covered=round(found.covered, _DIGITS),
    )


@overload
def _digits(value: float) -> float: ...
@overload
def _digits(value: None) -> None: ...
def _digits(value: float | None) -> float | None:
    # No minus before a zero, which swapped arms would lose.
    return None if value is None else round(value, _DIGITS) + 0.0
