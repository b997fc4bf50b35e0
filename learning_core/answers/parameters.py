"""What an answer says about each parameter: a sentence, and its best settings with figures and records."""

from collections.abc import Iterator, Sequence

import numpy as np
from msgspec import Struct

from learning_core.answers.answer import By, Parameter, Setting, Tier
from learning_core.answers.background import USUAL
from learning_core.answers.comparison import Comparer, Comparison
from learning_core.answers.evidence import Evidence, Judged
from learning_core.answers.extent import Extent, extents_of
from learning_core.answers.figures import Figures, figures_of, in_shown_order, pooled_stars
from learning_core.answers.other_kind import contradicted
from learning_core.answers.overall import Overall, departs
from learning_core.answers.provenance import provenance, tested, told
from learning_core.answers.sentences import Intervals, sentence, share, why
from learning_core.stats.beta import Reals, credible_interval
from learning_core.stats.comparing import Difference
from learning_core.stats.greatest import Best
from learning_core.stats.subject import best_of_each, compared_each, shapes_of
from learning_core.text.wording import count, listed, name

EVIDENCE_REFERENCES = 3


class Beside(Struct, frozen=True):
    """What is said beside a subject: its name in words, and what leads over all prompts."""

    subject: str
    overall: Overall


def weigh(
    comparer: Comparer,
    evidence: Evidence,
    parameters: Sequence[By],
    limit: int,
    beside: Beside | None = None,
    most: int | None = None,
) -> list[Parameter]:
    """Return what the evidence says about each parameter; `limit` settings of each are shown.

    With `beside`, what leads over all prompts is said where nothing leads for the subject. Where that would be more
    than `most` settings in all, `extents_of` makes it fewer.
    """
    compared = dict(zip(parameters, comparer.compare(parameters, USUAL), strict=True))
    leading = {by: _leading(by, each, beside) for by, each in compared.items()}
    found = {by: each for by, each in compared.items() if each is not None}
    stars = dict(zip(found, pooled_stars(evidence, list(found.values())), strict=True))
    found = {by: in_shown_order(each, stars[by], is_led=leading[by] is not None) for by, each in found.items()}
    extents = extents_of(list(found.values()), [leading[by] is not None for by in found], limit, most)
    looks = dict(zip(found, _looks(evidence, list(found.values()), extents), strict=True))
    answers = []
    for by in parameters:
        if by not in found:
            answers.append(_nothing(evidence, by))
            continue
        over_all = leading[by]
        own = _parameter(comparer, by, found[by], stars[by], looks[by], limit)
        answers.append(own if over_all is None or beside is None else _with_overall(own, over_all, beside))
    return answers


class _Look(Struct, frozen=True):
    """What is looked up for the `shown` levels of a parameter: intervals, chances, how far they lie behind, judgements.

    `intervals` are those of the levels that are quoted, too, `best` of the first level even if none is shown.
    """

    extent: Extent
    shown: list[int]
    intervals: Intervals
    best: Best
    behind: Difference
    judged: list[Judged]


def _looks(evidence: Evidence, found: list[Comparison], extents: list[Extent]) -> Iterator[_Look]:
    """Yield what is looked up for each parameter, all worked out at once."""
    first = [each.ranking[: max(1, extent.settings)] for each, extent in zip(found, extents, strict=True)]
    shown = [levels[: extent.settings] for levels, extent in zip(first, extents, strict=True)]
    rates = [each.rates for each in found]
    groups = [each.levels.rows_of(level) for each, levels in zip(found, shown, strict=True) for level in levels]
    judged = iter(evidence.judged(groups, EVIDENCE_REFERENCES))
    behind = compared_each(rates, [(levels[0], levels[1:]) for levels in first])
    several = zip(extents, shown, _intervals(found, shown), best_of_each(rates, first), behind, strict=True)
    for extent, levels, intervals, best, others in several:
        yield _Look(extent, levels, intervals, best, others, [next(judged) for _ in levels])


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


def _intervals(comparisons: list[Comparison], shown: list[list[int]]) -> Iterator[Intervals]:
    """Yield the intervals that each parameter shows or quotes, all computed at once."""
    if not comparisons:
        return
    wanted = [
        list(dict.fromkeys((*levels, *each.verdict.quoted))) for each, levels in zip(comparisons, shown, strict=True)
    ]
    chosen = [(each.rates, np.array(levels, np.int64)) for each, levels in zip(comparisons, wanted, strict=True)]
    mean = np.concatenate([rates.mean[levels] for rates, levels in chosen])
    sd = np.concatenate([rates.sd[levels] for rates, levels in chosen])
    low, high = credible_interval(*shapes_of(mean, sd))
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
    comparer: Comparer, by: By, compared: Comparison, stars: Reals | None, look: _Look, limit: int
) -> Parameter:
    breakdown, levels, shown = comparer.breakdown, compared.levels, look.shown
    evidence = breakdown.evidence
    origin = provenance(breakdown, by, levels.known)
    values = tested(evidence, levels, origin)
    made = comparer.made.of(by, [levels.names[level] for level in shown]) if shown else []
    figures = figures_of(compared, stars, shown, made, look.best, look.behind) if shown else []
    return Parameter(
        by=by,
        status=compared.verdict.status,
        strength=compared.verdict.claim.strength,
        sentence=sentence(by, compared, look.intervals, evidence.outcome)
        + _contradicted(evidence, compared)
        + _unknown_company(evidence, by, compared),
        why=[*(why(compared) if look.extent.says_why else []), *told(evidence, by, levels.known, origin, values)],
        tier=origin.tier,
        regret=round(min(float(look.best.regret[0]), 1.0), 4) if len(compared.ranking) > 1 else None,
        baseline=round(compared.baseline, 4),
        baseline_n=compared.n,
        unknown=compared.unknown,
        ranked=[
            _setting(compared, look, place, each, origin.tier_of(levels.rows_of(shown[place])))
            for place, each in enumerate(figures)
        ],
        shown=len(shown),
        total=len(compared.ranking),
        controlled=values[:limit],
    )


def _setting(compared: Comparison, look: _Look, place: int, figures: Figures, tier: Tier) -> Setting:
    level, judged, extent = look.shown[place], look.judged[place], look.extent
    tally, rates = compared.levels.tally, compared.rates
    mean = float(rates.mean[level])
    low, high = look.intervals[level]
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
        reason="" if extent.is_brief else figures.claim.reason,
        rated_share=figures.rated_share,
        pooled_rating=figures.pooled_rating,
        tier=tier,
        evidence=judged.best[:1] if extent.is_brief and place else judged.best,
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
