"""What works for a subject: each parameter's settings by judgement, with n, interval, tier and records."""

from collections.abc import Sequence

import numpy as np

from learning_core.answers.answer import By, Matched, OftenWith, Parameter, WhatWorks
from learning_core.answers.background import USUAL, background
from learning_core.answers.breakdown import Breakdown
from learning_core.answers.comparison import Comparer
from learning_core.answers.context import InContext, context_key, in_context, parse_context
from learning_core.answers.evidence import Evidence
from learning_core.answers.matched_terms import matched_terms
from learning_core.answers.outcome import JUDGED_BY
from learning_core.answers.overall import Overall
from learning_core.answers.parameters import BASELINE, Beside, weigh
from learning_core.answers.passed_over import passed_over_note
from learning_core.answers.provenance import concluded
from learning_core.answers.widened import TIERS, matched_of, related_terms, widened, widening_note
from learning_core.index.columns import Column
from learning_core.index.filtering import select
from learning_core.index.snapshot import Snapshot
from learning_core.matching.selection import Matches
from learning_core.matching.selection import match as match_subject
from learning_core.matching.together import often_with
from learning_core.matching.widening import NOT_WIDENED, Widening, widen
from learning_core.stats.grouping import distinct
from learning_core.text import filters
from learning_core.text.keywords import Match, Stated, parse_excluded, parse_subject
from learning_core.text.wording import asked, count, listed

_BRIEF = (
    "In brief: where nothing leads, settings, reasons and words often beside the subject are left out; ask about one "
    "parameter with `by` for them."
)


def what_works(
    snapshot: Snapshot,
    subject: str | Sequence[Sequence[str]],
    *,
    by: Sequence[By] | None = None,
    match: Match = "words",
    exclude: Sequence[str] = (),
    where: str = "",
    context: str = "",
    limit: int = 3,
    most: int | None = None,
    without: Column | None = None,
) -> WhatWorks:
    """Answer which settings go with images that came out well, for the prompts that the subject selects.

    `subject` as `parse_subject` reads it, empty for everything; `by` the parameters asked about, None for the usual
    seven; `context` what an image should have in common with those to be made, as `parse_context` reads it; `limit`
    settings of each are shown, and where these are more than `most` in all, the answer is brief; `without` are rows
    (numbers) that are no evidence here. `match` says what counts: the alternatives as phrases within one tag
    (`exact`), their words anywhere and the person's aliases (`words`), or also terms that mean nearly the same, kept
    apart in `widened` (`semantic`). Prompts that hold one of `exclude` are left out. Raises QuestionError or OverLimit
    for a question put wrongly.
    """
    facets, excluded = parse_subject(subject), parse_excluded(exclude)
    terms = filters.parse(where)
    stated: Stated = "exact" if match == "exact" else "words"
    found = match_subject(snapshot, facets, terms, how=stated, exclude=excluded)
    widening = widen(snapshot, found, excluded) if match == "semantic" else NOT_WIDENED
    wanted = parse_context(context)
    rows = found.rows if without is None else np.setdiff1d(found.rows, without)
    inside = in_context(snapshot, rows, wanted)
    notes = [*snapshot.notes, *found.notes, *inside.notes]
    evidence = Evidence(snapshot, inside.rows, (*USUAL, *(by or ())), opposite=inside.opposite)
    usual = background(snapshot, evidence.outcome, by or ())
    comparer = Comparer(snapshot, Breakdown(snapshot, evidence), usual, of_subject=bool(facets) or inside.is_own)
    understood = filters.canonical(terms)
    question = asked(facets, understood, excluded)
    beside = None
    if facets and not terms and not wanted:
        beside = Beside(question, Overall(snapshot, usual, USUAL))
    parameters = weigh(comparer, evidence, by or USUAL, limit, beside, most)
    is_brief = any(each.shown < min(limit, each.total) for each in parameters)
    prompt = snapshot.column("prompt")
    matched, stages = matched_of(evidence), _stages(snapshot, evidence)
    wider = _wider(snapshot, widening, terms, wanted, inside)
    return WhatWorks(
        summary=_summary(question, snapshot.jobs, matched, evidence, parameters),
        subject=[list(facet) for facet in facets],
        match=match,
        exclude=list(excluded),
        where=understood,
        context=context_key(stages, facets, understood, filters.canonical(wanted), evidence.outcome),
        matched=matched,
        terms=[
            *matched_terms(snapshot, found.terms, evidence.asked("prompt")),
            *(matched_terms(snapshot, widening.terms, prompt[wider.rows]) if widening.terms else []),
        ],
        related_not_counted=related_terms(widening),
        often_with=[] if is_brief else _often_with(snapshot, found, evidence),
        widened=widened(snapshot, wider, evidence, parameters, by or USUAL),
        outcome=evidence.outcome,
        baseline_of=BASELINE,
        automation_eligible=[
            each.by
            for each in parameters
            if each.tier == "experiment_strong" and concluded(comparer.breakdown, each.by)
        ],
        tier=max((parameter.tier for parameter in parameters), key=TIERS.index),
        parameters=parameters,
        notes=[
            *notes,
            *_judged_by(terms),
            *_notes(matched, evidence, parameters, stages),
            *_of_widening(match, widening),
            *([_BRIEF] if is_brief else []),
        ],
        next=_next(matched, parameters, evidence),
    )


def _wider(
    snapshot: Snapshot,
    widening: Widening,
    terms: tuple[filters.Term, ...],
    wanted: tuple[filters.Term, ...],
    inside: InContext,
) -> InContext:
    """Return what the context leaves of all matched jobs; a refinement that set no stated job apart sets none apart."""
    if not widening.terms:
        return inside
    kept = tuple(term for term in wanted if inside.is_own or term.field != "refinement")
    return in_context(snapshot, select(snapshot, widening.prompts, terms, []), kept)


def _often_with(snapshot: Snapshot, found: Matches, evidence: Evidence) -> list[OftenWith]:
    if not found.facets:
        return []
    prompts = evidence.prompt_numbers
    if evidence.rows is not found.rows:
        prompts = distinct(snapshot.column("prompt")[found.rows])[0]
    stated = [each.term for each in found.terms]
    return [
        OftenWith(term=each.word, prompts=each.prompts, share=each.share, share_elsewhere=each.share_elsewhere)
        for each in often_with(snapshot, prompts, stated)
    ]


def _of_widening(match: Match, widening: Widening) -> list[str]:
    return [*widening.notes, *widening_note(widening)] if match == "semantic" else []


def _summary(question: str, total: int, matched: Matched, evidence: Evidence, parameters: list[Parameter]) -> str:
    if matched.jobs == 0:
        return "No evidence: the library is empty." if not total else f"No evidence: no record matches {question}."
    if not evidence.judged_jobs:
        found = "1 record matches" if matched.jobs == 1 else f"{matched.jobs:,} records match"
        return f"No evidence: {found} {question}, but none has a rating or selection."
    clear = [each.sentence for each in parameters if each.status in ("clear_leader", "likely_leader", "overall_leader")]
    parts = [f"For {question}, on {count(evidence.total, 'judged image')}:"]
    parts += clear
    unresolved = [each.by for each in parameters if each.status == "not_separable"]
    thin = [each.by for each in parameters if each.status == "too_thin"]
    fixed = [each.by for each in parameters if each.status == "never_varied"]
    alone = [each.by for each in parameters if each.status == "one_value_judged"]
    silent = [each.by for each in parameters if each.status == "no_evidence"]
    if unresolved:
        parts.append(f"No clear winner in {listed(unresolved)}.")
    if thin:
        parts.append(f"Not enough evidence on {listed(thin)}.")
    if fixed:
        parts.append(f"Never varied: {listed(fixed)}.")
    if alone:
        parts.append(f"Of one value only, as far as images are {JUDGED_BY[evidence.outcome]}: {listed(alone)}.")
    if silent:
        parts.append(f"Not known for any judged image: {listed(silent)}.")
    return " ".join(parts)


def _judged_by(terms: Sequence[filters.Term]) -> list[str]:
    fields = sorted({term.field for term in terms} & {"rating", "selection"})
    if not fields:
        return []
    return [f"The filter on {listed(fields)} picks by the outcome itself: the shares are not what to expect."]


def _notes(matched: Matched, evidence: Evidence, parameters: list[Parameter], stages: list[str]) -> list[str]:
    notes: list[str] = []
    images = evidence.total
    if not images:
        return notes
    if any(each.tier in ("review_only", "experiment_sparse_plus_review") for each in parameters):
        notes.append("Observed, not tested: settings that go with good images need not be the reason for them.")
    for by, what in (("checkpoint", "checkpoint"), ("prompt", "prompt")):
        missing = evidence.images_without(by)
        if missing:
            notes.append(f"The {what} is unknown for {missing} of {count(images, 'judged image')}.")
    unjudged = matched.jobs - evidence.judged_jobs
    if unjudged:
        notes.append(
            f"{count(unjudged, 'matching record')} not {JUDGED_BY[evidence.outcome]} left out; "
            "if only the good ones get judged, rates come out too high."
        )
    if evidence.outcome == "selected":
        notes += passed_over_note(images - matched.judged)
    if len(stages) > 1:
        notes.append(f"Stages are mixed ({listed(stages)}); add stage:{stages[-1]} to where to look at one.")
    other, also = ("stars", matched.rated) if evidence.outcome == "selected" else ("selections", matched.judged)
    if also:
        are = "is" if also == 1 else "are"
        notes.append(f"{count(also, 'image')} with {other} {are} shown but not added in: different kinds of judgement.")
    return notes


def _stages(snapshot: Snapshot, evidence: Evidence) -> list[str]:
    """Return the known stages of the judged images, sorted."""
    numbers = distinct(evidence.column("stage"))[0]
    return sorted(snapshot.names("stage", numbers[numbers > 0]))


def _next(matched: Matched, parameters: list[Parameter], evidence: Evidence) -> str:
    if matched.jobs == 0:
        return "Try another word or a synonym; library_overview lists what the library holds."
    if not evidence.judged_jobs:
        return "Rate some of these images first: `whatworks records`, then `whatworks rate REF --stars N`."
    if any(each.ranked and each.ranked[0].evidence for each in parameters):
        return "get_item shows a record behind a setting in full; where narrows the question, e.g. stage:txt2img."
    return "Judge more images of this subject."
