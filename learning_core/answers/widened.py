"""What the stated evidence and that of semantic terms say together: in short, apart, and never of a higher tier."""

from collections.abc import Sequence

from learning_core.answers.answer import (
    By,
    Matched,
    Parameter,
    RelatedTerm,
    Tier,
    Widened,
    WidenedParameter,
)
from learning_core.answers.background import USUAL, background
from learning_core.answers.breakdown import Breakdown
from learning_core.answers.comparison import Comparer
from learning_core.answers.context import InContext
from learning_core.answers.evidence import Evidence
from learning_core.answers.parameters import weigh
from learning_core.index.snapshot import Snapshot
from learning_core.matching.widening import Widening
from learning_core.text.wording import count

TIERS: tuple[Tier, ...] = ("no_evidence", "review_only", "experiment_sparse_plus_review", "experiment_strong")
"""The weakest first."""


def matched_of(evidence: Evidence) -> Matched:
    """Return what a question selected, counted in images and jobs."""
    rated, stars, selected, rejected = (
        int(evidence.asked(name).sum()) for name in ("rated", "rating_sum", "selected", "rejected")
    )
    return Matched(
        jobs=evidence.jobs,
        prompts=evidence.prompts,
        rated=rated,
        judged=selected + rejected,
        selected=selected,
        mean_rating=round(stars / rated, 2) if rated else None,
    )


def widened(
    snapshot: Snapshot, wider: InContext, stated: Evidence, parameters: Sequence[Parameter], by: Sequence[By]
) -> Widened | None:
    """Return what all matched jobs (`wider`) say of the parameters, None where they are the stated ones.

    `stated` is the evidence of what was stated, `parameters` what was said of it, in the order of `by`.
    """
    added = len(wider.rows) - stated.jobs
    if not added:
        return None
    outcome = stated.outcome if stated.judged_jobs else None
    evidence = Evidence(snapshot, wider.rows, (*USUAL, *by), outcome, wider.opposite)
    usual = background(snapshot, evidence.outcome, by)
    comparer = Comparer(snapshot, Breakdown(snapshot, evidence), usual, of_subject=True)
    found = [
        _in_short(each, said.tier) for each, said in zip(weigh(comparer, evidence, by, 1), parameters, strict=True)
    ]
    return Widened(
        summary=_summary(added, evidence, found),
        matched=matched_of(evidence),
        added=added,
        tier=max((each.tier for each in found), key=TIERS.index),
        parameters=found,
    )


def _in_short(parameter: Parameter, highest: Tier) -> WidenedParameter:
    first = parameter.ranked[0] if parameter.ranked else None
    return WidenedParameter(
        by=parameter.by,
        status=parameter.status,
        sentence=parameter.sentence,
        tier=min(parameter.tier, highest, key=TIERS.index),
        setting=first.setting if first else "",
        n=first.n if first else 0,
        value=first.value if first else None,
        low=first.low if first else None,
        high=first.high if first else None,
    )


def _summary(added: int, evidence: Evidence, found: Sequence[WidenedParameter]) -> str:
    start = f"With the semantic terms, {count(added, 'record')} more, {count(evidence.total, 'judged image')} in all"
    clear = [each.sentence for each in found if each.status in ("clear_leader", "likely_leader")]
    return f"{start}: {' '.join(clear)}" if clear else f"{start}: no clear winner."


def related_terms(widening: Widening) -> list[RelatedTerm]:
    """Return the terms near in meaning that are not counted."""
    return [RelatedTerm(term=e.term, similarity=e.similarity, prompts=e.prompts) for e in widening.related]


def widening_note(widening: Widening) -> list[str]:
    """Return a sentence on the terms beside those stated, if any, without their words, which are from prompts."""
    if not widening.terms:
        return []
    terms = count(len(widening.terms), "semantic term")
    return [f"Widened by {terms}, listed with their similarity: counted only under `widened`; exclude leaves one out."]
