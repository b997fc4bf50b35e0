"""What an answer says about each parameter: a sentence, and its best settings with figures and records."""

from collections.abc import Iterator, Sequence

import numpy as np
from msgspec import Struct

from learning_core.answers.answer import By, Parameter, Setting, Tier
from learning_core.answers.background import USUAL
from learning_core.answers.comparison import Comparer, Comparison
from learning_core.answers.evidence import Evidence, Judged
from learning_core.answers.figures import Figures, figures_of, in_shown_order, pooled_stars
from learning_core.answers.other_kind import contradicted
from learning_core.answers.overall import Overall, departs
from learning_core.answers.provenance import provenance, tested, told
from learning_core.answers.sentences import Intervals, sentence, share, why
from learning_core.stats.beta import Reals, credible_interval
from learning_core.stats.comparing import Best
from learning_core.stats.subject import best_of_each
from learning_core.text.wording import count, listed, name

EVIDENCE_REFERENCES = 3


class Beside(Struct, frozen=True):
    """What is said beside a subject: its name in words, and what leads over all prompts."""

    subject: str
    overall: Overall


def weigh(
    comparer: Comparer, evidence: Evidence, parameters: Sequence[By], limit: int, beside: Beside | None = None
) -> list[Parameter]:
    """Return what the evidence says about each parameter; `limit` settings of each are shown.

    With `beside`, what leads over all prompts is said where nothing leads for the subject.
    """
    compared = comparer.compare(parameters, USUAL)
    leading = [_leading(by, each, beside) for by, each in zip(parameters, compared, strict=True)]
    stars = [None if each is None else pooled_stars(evidence, each) for each in compared]
    in_order = [
        None if each is None else in_shown_order(each, of_each, is_led=over_all is not None)
        for each, of_each, over_all in zip(compared, stars, leading, strict=True)
    ]
    found = [each for each in in_order if each is not None]
    intervals = iter(_intervals(found, limit))
    best = iter(best_of_each([each.rates for each in found], [each.ranking[:limit] for each in found]))
    shown = [each.levels.rows_of(level) for each in found for level in each.ranking[:limit]]
    judged = iter(evidence.judged(shown, EVIDENCE_REFERENCES))
    answers = []
    for by, each, of_each, over_all in zip(parameters, in_order, stars, leading, strict=True):
        if each is None:
            answers.append(_nothing(evidence, by))
            continue
        own = _parameter(comparer, by, each, of_each, next(intervals), next(best), judged, limit)
        answers.append(own if over_all is None or beside is None else _with_overall(own, over_all, beside))
    return answers


def _leading(by: By, compared: Comparison | None, beside: Beside | None) -> Comparison | None:
    """Return what leads over all prompts, unless the subject has a leader of its own or shows to be different."""
    if beside is None or compared is None or compared.verdict.status not in ("not_separable", "too_thin"):
        return None
    if compared.verdict.entangled or compared.verdict.uneven:
        return None
    leading = beside.overall.leading(by)
    if leading is None or departs(compared):
        return None
    first = compared.levels.names[compared.ranking[0]]
    return leading if first == leading.levels.names[leading.verdict.quoted[0]] else None


def _with_overall(found: Parameter, leading: Comparison, beside: Beside) -> Parameter:
    """Say what leads over all prompts."""
    level = leading.verdict.quoted[0]
    a, b = leading.rates.shapes
    low, high = credible_interval(a[[level]], b[[level]])
    rate = share(leading, level, (float(low[0]), float(high[0])))
    best = f"over all prompts, {name(leading.levels.names[level])} leads: {rate}"
    start = f"{beside.subject} makes no detectable difference to {found.by}"
    if found.status == "too_thin":
        start = f"Not enough evidence on {found.by} for {beside.subject}"
    return found.model_copy(
        update={
            "status": "overall_leader",
            "strength": leading.verdict.claim.strength,
            "sentence": f"{start}; {best}.",
            "why": [*found.why, *(f"Over all prompts: {line}" for line in why(leading))],
        }
    )


def _intervals(comparisons: list[Comparison], limit: int) -> Iterator[Intervals]:
    """Yield the intervals that each parameter shows or quotes, all computed at once."""
    if not comparisons:
        return
    wanted = [list(dict.fromkeys((*each.ranking[:limit], *each.verdict.quoted))) for each in comparisons]
    chosen = [np.array(levels) for levels in wanted]
    a, b = (
        np.concatenate([each.rates.shapes[shape][levels] for each, levels in zip(comparisons, chosen, strict=True)])
        for shape in (0, 1)
    )
    low, high = credible_interval(a, b)
    ends = iter(zip(low.tolist(), high.tolist(), strict=True))
    for levels in wanted:
        yield {level: next(ends) for level in levels}


def _nothing(evidence: Evidence, by: By) -> Parameter:
    return Parameter(
        by=by, status="no_evidence", strength="none", sentence=f"No judged image has a known {by}.", why=[],
        tier="no_evidence", regret=None, baseline=None, baseline_n=0, unknown=evidence.total, ranked=[], shown=0,
        total=0, controlled=[],
    )  # fmt: skip


BASELINE = "all judged images"
"""What lifts are over: the images of the question of which the parameter is known, whatever its value."""


def _parameter(
    comparer: Comparer,
    by: By,
    compared: Comparison,
    stars: Reals | None,
    intervals: Intervals,
    best: Best,
    judged: Iterator[Judged],
    limit: int,
) -> Parameter:
    breakdown, levels = comparer.breakdown, compared.levels
    evidence = breakdown.evidence
    origin = provenance(breakdown, by, levels.known)
    values = tested(evidence, levels, origin)
    shown = compared.ranking[:limit]
    made = [comparer.made.of(by, levels.names[level]) for level in shown]
    figures = figures_of(compared, stars, shown, made, best)
    return Parameter(
        by=by,
        status=compared.verdict.status,
        strength=compared.verdict.claim.strength,
        sentence=sentence(by, compared, intervals, evidence.outcome)
        + _contradicted(evidence, compared)
        + _unknown_company(evidence, by, compared),
        why=[*why(compared), *told(evidence, by, levels.known, origin, values)],
        tier=origin.tier,
        regret=figures[0].regret if len(compared.ranking) > 1 else None,
        baseline=round(compared.baseline, 4),
        baseline_n=compared.n,
        unknown=compared.unknown,
        ranked=[
            _setting(compared, level, intervals[level], each, next(judged), origin.tier_of(levels.rows_of(level)))
            for level, each in zip(shown, figures, strict=True)
        ],
        shown=len(shown),
        total=len(compared.ranking),
        controlled=values[:limit],
    )


def _setting(
    compared: Comparison, level: int, interval: tuple[float, float], figures: Figures, judged: Judged, tier: Tier
) -> Setting:
    tally, rates = compared.levels.tally, compared.rates
    mean = float(rates.mean[level])
    low, high = interval
    return Setting(
        setting=compared.levels.names[level],
        n=int(tally.n[level]),
        good=int(tally.s[level]),
        effective_n=round(float(rates.effective_n[level]), 1),
        prompts=int(tally.clusters[level]),
        n_rated=judged.rated,
        mean_rating=round(judged.stars / judged.rated, 2) if judged.rated else None,
        n_judged=judged.selected + judged.rejected,
        n_selected=judged.selected,
        value=round(mean, 4),
        low=round(low, 4),
        high=round(high, 4),
        lift=round(mean - compared.baseline, 4) + 0.0,
        chance_best=figures.chance_best,
        regret=figures.regret,
        strength=figures.claim.strength,
        reason=figures.claim.reason,
        rated_share=figures.rated_share,
        pooled_rating=figures.pooled_rating,
        tier=tier,
        evidence=judged.best,
    )


def _contradicted(evidence: Evidence, compared: Comparison) -> str:
    levels, verdict = compared.levels, compared.verdict
    if verdict.status not in ("clear_leader", "likely_leader"):
        return ""
    pair = list(verdict.quoted)
    leader, rival = pair
    worth = float((compared.rates.effective_n[pair] / levels.tally.n[pair]).min())
    rows = levels.rows_of(leader), levels.rows_of(rival)
    return contradicted(evidence, rows, (name(levels.names[leader]), name(levels.names[rival])), worth)


def _unknown_company(evidence: Evidence, by: By, compared: Comparison) -> str:
    """Say when most images behind a parameter lack the checkpoint or the prompt: it may not carry over."""
    total = compared.n
    unknown = {
        what: evidence.images_without(what, compared.levels.known) for what in ("checkpoint", "prompt") if what != by
    }
    lacking = [what for what, number in unknown.items() if number * 2 > total]
    if not lacking:
        return ""
    least = min(unknown[what] for what in lacking)
    verb = "are" if len(lacking) > 1 else "is"
    return f" The {listed(lacking)} {verb} unknown for {least} of these {count(total, 'image')}."
