"""The evidence about one parameter: shrunken estimates, what leads, and how sure that is."""

from dataclasses import dataclass

import numpy as np

from learning_core.answers.answer import By, Parameter, Setting, Status, Tier
from learning_core.answers.evidence import Evidence, Level
from learning_core.answers.wording import count, listed, name, percent
from learning_core.index.columns import Column
from learning_core.stats.shrinkage import Estimate, probability_greater, shrink, within_cluster_correlation

ALL: tuple[By, ...] = ("checkpoint", "lora", "sampler", "scheduler", "steps", "cfg_scale", "size")

LEAD_PROBABILITY = 0.99
LEAD_EFFECTIVE_N = 10.0
LEAD_PROMPTS = 5
THIN_EFFECTIVE_N = 3.0
EVIDENCE_REFERENCES = 3
ENTANGLED_SHARE = 0.9


@dataclass(frozen=True, slots=True)
class _Ranked:
    level: Level
    estimate: Estimate


def weigh(evidence: Evidence, by: By, limit: int) -> Parameter:
    """Return what the evidence says about one parameter; `limit` settings are shown."""
    levels, known = evidence.levels(by)
    tier = evidence.tier(by, known)
    unknown = int(evidence.images.sum() - evidence.images[known].sum())
    if not levels:
        sentence = f"{by}: nothing judged has a known {by}."
        return Parameter(
            by=by, status="no_evidence", sentence=sentence, tier=tier, baseline=None, baseline_n=0,
            unknown=unknown, ranked=[], shown=0, total=0,
        )  # fmt: skip
    n = int(evidence.images[known].sum())
    baseline = int(evidence.good[known].sum()) / n
    correlation = within_cluster_correlation([cluster for level in levels for cluster in level.clusters])
    estimates = shrink([level.group for level in levels], baseline, correlation)
    ranked = sorted(
        (_Ranked(level, estimate) for level, estimate in zip(levels, estimates, strict=True)),
        key=lambda each: (-each.estimate.mean, -each.estimate.effective_n, each.level.name),
    )
    status, sentence = _verdict(evidence, by, ranked)
    sentence += _unknown_company(evidence, by, known)
    settings = [_setting(evidence, each, baseline, tier) for each in ranked[:limit]]
    return Parameter(
        by=by, status=status, sentence=sentence, tier=tier, baseline=round(baseline, 4), baseline_n=n,
        unknown=unknown, ranked=settings, shown=len(settings), total=len(ranked),
    )  # fmt: skip


def _unknown_company(evidence: Evidence, by: By, known: Column) -> str:
    """Say when most images behind a parameter lack the checkpoint or the prompt: it may not carry over."""
    images = evidence.images[known]
    total = int(images.sum())
    unknown = {
        what: int(images[evidence.column(what)[known] == 0].sum()) for what in ("checkpoint", "prompt") if what != by
    }
    lacking = [what for what, number in unknown.items() if number * 2 > total]
    if not lacking:
        return ""
    least = min(unknown[what] for what in lacking)
    verb = "are" if len(lacking) > 1 else "is"
    return f" The {listed(lacking)} {verb} unknown for {least} of these {count(total, 'image')}."


def _setting(evidence: Evidence, ranked: _Ranked, baseline: float, tier: Tier) -> Setting:
    level, estimate = ranked.level, ranked.estimate
    rated = int(evidence.column("rated")[level.rows].sum())
    stars = int(evidence.column("rating_sum")[level.rows].sum())
    selected = int(evidence.column("selected")[level.rows].sum())
    rejected = int(evidence.column("rejected")[level.rows].sum())
    low, high = estimate.interval()
    return Setting(
        setting=level.name,
        n=level.group.n,
        good=level.group.s,
        effective_n=round(estimate.effective_n, 1),
        prompts=len(level.clusters),
        n_rated=rated,
        mean_rating=round(stars / rated, 2) if rated else None,
        n_judged=selected + rejected,
        n_selected=selected,
        value=round(estimate.mean, 4),
        low=round(low, 4),
        high=round(high, 4),
        lift=round(estimate.mean - baseline, 4) + 0.0,
        tier=tier,
        evidence=evidence.best(level.rows, EVIDENCE_REFERENCES),
    )


def _verdict(evidence: Evidence, by: By, ranked: list[_Ranked]) -> tuple[Status, str]:
    if len(ranked) == 1:
        only = ranked[0].level
        return "never_varied", (
            f"{by} was never varied: all {count(only.group.n, 'judged image')} used {name(only.name)}, "
            "so nothing can be said about other values."
        )
    solid = [each for each in ranked if each.estimate.effective_n >= THIN_EFFECTIVE_N]
    if len(solid) < 2:
        total = sum(each.level.group.n for each in ranked)
        return "too_thin", (
            f"Not enough evidence on {by}: {count(total, 'judged image')} over {len(ranked)} values; "
            "judge more images of at least two of them."
        )
    leader, second = solid[0], solid[1]
    figures = f"{_figures(leader)} against {_figures(second)}"
    if not _leads(leader, solid[1:]):
        return "not_separable", f"No clear winner in {by}: {figures}."
    if together := _entangled(evidence, by, leader.level.rows, solid[1:]):
        return "not_separable", f"{by} is entangled with {together}, so it is not the proven cause: {figures}."
    return "clear_leader", f"Best {by}: {figures}."


def _figures(ranked: _Ranked) -> str:
    low, high = ranked.estimate.interval()
    return (
        f"{name(ranked.level.name)}, {percent(ranked.estimate.mean)} come out well "
        f"({percent(low)} to {percent(high)}, n {ranked.level.group.n})"
    )


def _leads(leader: _Ranked, others: list[_Ranked]) -> bool:
    """The leader must be surer than LEAD_PROBABILITY against each other value, on enough separate prompts."""
    return all(
        min(leader.estimate.effective_n, other.estimate.effective_n) >= LEAD_EFFECTIVE_N
        and min(len(leader.level.clusters), len(other.level.clusters)) >= LEAD_PROMPTS
        and probability_greater(leader.estimate, other.estimate) >= LEAD_PROBABILITY
        for other in others
    )


def _entangled(evidence: Evidence, by: By, rows: Column, others: list[_Ranked]) -> str:
    """Return the other parameter value that nearly all images of the leader share and nearly none of the rest."""
    rest = np.unique(np.concatenate([other.level.rows for other in others]))
    rest = np.setdiff1d(rest, rows)
    for parameter in ALL:
        if parameter == by:
            continue
        for level in evidence.levels(parameter)[0]:
            inside = np.isin(rows, level.rows).mean() if len(rows) else 0.0
            outside = np.isin(rest, level.rows).mean() if len(rest) else 1.0
            if inside >= ENTANGLED_SHARE and outside <= 1.0 - ENTANGLED_SHARE:
                return f"{parameter} {name(level.name)}"
    return ""
