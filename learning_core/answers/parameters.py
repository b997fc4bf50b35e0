"""The evidence about one parameter: shrunken estimates, what leads, and how sure that is."""

from dataclasses import dataclass

import numpy as np

from learning_core.answers.answer import By, Parameter, Setting, Status, Tier
from learning_core.answers.evidence import Evidence, Level
from learning_core.index.columns import Column
from learning_core.stats.shrinkage import Estimate, probability_greater, shrink, within_cluster_correlation
from learning_core.stats.strata import difference_within
from learning_core.text.wording import count, listed, name, percent

ALL: tuple[By, ...] = ("checkpoint", "lora", "sampler", "scheduler", "steps", "cfg_scale", "size")

LEAD_PROBABILITY = 0.99
LEAD_EFFECTIVE_N = 10.0
LEAD_PROMPTS = 5
THIN_EFFECTIVE_N = 3.0
EVIDENCE_REFERENCES = 3
LEAST_COVERED = 0.5
"""Share of either group that must have its like in the other at equal values of a third parameter."""

CLEAR_ERRORS = 2.33
"""Standard errors by which the leader must still lead there: as sure as LEAD_PROBABILITY."""


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
        sentence = f"No judged image has a known {by}."
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
        key=lambda each: (
            -each.estimate.mean,
            -each.estimate.effective_n,
            -_stars(evidence, each.level),
            each.level.name,
        ),
    )
    status, sentence = _verdict(evidence, by, ranked, unknown)
    if status == "clear_leader":
        # Values on too few images to be compared may have a higher estimate, and must not push the leader away.
        leader = _solid(ranked)[0]
        ranked = [leader, *(each for each in ranked if each is not leader)]
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


def _stars(evidence: Evidence, level: Level) -> float:
    rated = int(evidence.column("rated")[level.rows].sum())
    return int(evidence.column("rating_sum")[level.rows].sum()) / rated if rated else 0.0


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


def _solid(ranked: list[_Ranked]) -> list[_Ranked]:
    return [each for each in ranked if each.estimate.effective_n >= THIN_EFFECTIVE_N]


def _verdict(evidence: Evidence, by: By, ranked: list[_Ranked], unknown: int) -> tuple[Status, str]:
    if len(ranked) == 1:
        return _single(by, ranked[0].level, unknown)
    solid = _solid(ranked)
    if len(solid) < 2:
        total = sum(each.level.group.n for each in ranked)
        return "too_thin", (
            f"Not enough evidence on {by}: {count(total, 'judged image')} over {len(ranked)} values; "
            "judge more images of at least two of them."
        )
    leader = solid[0]
    rivals = [each for each in solid[1:] if _is_rival(each)]
    figures = f"{_figures(leader)} against {_figures((rivals or solid[1:])[0])}"
    if not _leads(leader, rivals):
        return "not_separable", f"No clear winner in {by}: {figures}."
    if together := _entangled(evidence, by, leader, rivals):
        return "not_separable", f"{by} is entangled with {together}, so it is not the proven cause: {figures}."
    few = len(ranked) - 1 - len(rivals)
    apart = f"; {count(few, 'other value')} on too few images to compare" if few else ""
    return "clear_leader", (
        f"For {by}, {name(leader.level.name)} goes with the better images: {_share(leader)}, "
        f"with {name(rivals[0].level.name)} {_share(rivals[0])}{apart}."
    )


def _single(by: By, only: Level, unknown: int) -> tuple[Status, str]:
    n = only.group.n
    if unknown > n:
        return "too_thin", (
            f"Not enough evidence on {by}: it is known for only {n:,} of {count(n + unknown, 'judged image')}"
            f" ({name(only.name)})."
        )
    used = "the only judged image" if n == 1 else f"all {n:,} judged images"
    where = " for which it is known" if unknown else ""
    return "never_varied", (
        f"{by} was never varied: {used}{where} used {name(only.name)}, so nothing can be said about other values."
    )


def _figures(ranked: _Ranked) -> str:
    return f"{name(ranked.level.name)}, {_share(ranked)}"


def _share(ranked: _Ranked) -> str:
    low, high = ranked.estimate.interval()
    return (
        f"{percent(ranked.estimate.mean)} come out well ({percent(low)} to {percent(high)}, n {ranked.level.group.n})"
    )


def _leads(leader: _Ranked, rivals: list[_Ranked]) -> bool:
    """The leader must be surer than LEAD_PROBABILITY against each rival; there must be one."""
    return (
        _is_rival(leader)
        and bool(rivals)
        and all(probability_greater(leader.estimate, rival.estimate) >= LEAD_PROBABILITY for rival in rivals)
    )


def _is_rival(ranked: _Ranked) -> bool:
    """Tell whether a value rests on enough images, of enough separate prompts, to be compared."""
    return ranked.estimate.effective_n >= LEAD_EFFECTIVE_N and len(ranked.level.clusters) >= LEAD_PROMPTS


def _entangled(evidence: Evidence, by: By, leader: _Ranked, others: list[_Ranked]) -> str:
    """Return the other parameter, with the value that the leader leans to, at equal values of which no lead is left."""
    return next(
        (
            f"{parameter} {name(value)}"
            for parameter in ALL
            if parameter != by
            for other in others
            if (value := _leaning(evidence, parameter, leader.level.rows, other.level.rows))
        ),
        "",
    )


def _leaning(evidence: Evidence, parameter: By, leader: Column, other: Column) -> str:
    """Return the value of a parameter that could be behind the difference of two groups of rows, or nothing.

    Rows where the parameter is unknown cannot speak; when they are most of a group, neither can the check.
    """
    strata = evidence.strata(parameter)
    arms = [rows[strata[rows] > 0] for rows in (leader, np.setdiff1d(other, leader))]
    if any(len(known) * 2 < len(rows) for known, rows in zip(arms, (leader, other), strict=True)):
        return ""
    rows = np.concatenate(arms)
    first = np.arange(len(rows)) < len(arms[0])
    found = difference_within(first, strata[rows], evidence.clusters[rows], evidence.images[rows], evidence.good[rows])
    if found.covered >= LEAST_COVERED and found.value > CLEAR_ERRORS * found.standard_error:
        return ""
    levels = evidence.levels(parameter)[0]
    excess = [np.isin(arms[0], each.rows).mean() - np.isin(arms[1], each.rows).mean() for each in levels]
    return levels[int(np.argmax(excess))].name
