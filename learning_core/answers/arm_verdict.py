"""Which of two arms is better: the figures, what each rests on, and the verdict by the claim rule."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import chain

import numpy as np

from learning_core.answers.arm_factors import Factor, other_settings
from learning_core.answers.settings_comparison import Basis, Check, ComparisonVerdict
from learning_core.answers.two_arms import JudgedRows, Question, numbered
from learning_core.index.columns import Column
from learning_core.index.snapshot import Snapshot
from learning_core.stats.adjusted import LEAST_COVERED, LEAST_PROMPTS
from learning_core.stats.arm_differences import Evenness, Figure, matched, outcome, stratified
from learning_core.stats.difference_scale import (
    EQUIVALENT,
    POINTS,
    SHARES,
    Scale,
    Weighed,
    blocks_to_settle,
    weighed,
)
from learning_core.stats.strength import STRONG_BAYES_FACTOR, Case, Claim, Strength, claim
from learning_core.text.wording import listed

THIN_EFFECTIVE_N = 3.0
"""Below this in an arm there is nothing to compare."""

LEAST_BLOCKS = 6
"""Prompts with both arms from which matched images can carry a verdict (statistics.md 5, "Stop")."""

SAME_PROMPT = "the prompt"
_HASHES = 20


@dataclass(frozen=True, slots=True)
class Checked:
    """A difference at equal values of one factor; `figure` is None where no value of it has both arms."""

    factor: str
    outcome: Check
    figure: Figure | None
    covered: float


@dataclass(frozen=True, slots=True)
class Level:
    """One way to set the arms against each other, with the groups in which rows are matched (None: all rows)."""

    basis: Basis
    figure: Figure
    weighed: Weighed
    group: Column | None


@dataclass(frozen=True, slots=True)
class Verdict:
    """The verdict and what decided it; `objections` are the checks of the basis that failed, the worst first."""

    verdict: ComparisonVerdict
    leader: str
    claim: Claim
    unbridled: Strength
    level: Level
    objections: tuple[Checked, ...]
    blocks: int | None


def levels(snapshot: Snapshot, judged: JudgedRows, question: Question, even: Evenness) -> list[Level]:
    """Return the ways to compare, from all images to the most strictly matched; those without a match are left out."""
    rows = judged.rows
    every = stratified(rows, np.zeros(len(rows.n), np.int64), even, SHARES, 1)
    found = [_level("all_images", every, None)]
    prompt = np.where(_known_prompts(snapshot, judged), rows.prompt, -1)
    seeded, identical = _seeded(snapshot, judged, question)
    groups: tuple[tuple[Basis, Column], ...] = (
        ("same_prompt", prompt), ("same_prompt_and_seed", seeded), ("all_else_equal", identical)
    )  # fmt: skip
    for basis, group in groups:
        figure = matched(rows, group, SHARES)
        if figure.groups:
            found.append(_level(basis, figure, group))
    return found


def _level(basis: Basis, figure: Figure, group: Column | None) -> Level:
    return Level(basis, figure, weighed(figure.value, figure.variance, SHARES), group)


def _known_prompts(snapshot: Snapshot, judged: JudgedRows) -> Column:
    known: Column = snapshot.column("prompt")[judged.ordinals] > 0
    return known


def _seeded(snapshot: Snapshot, judged: JudgedRows, question: Question) -> tuple[Column, Column]:
    """Return the groups of rows of one prompt and seed, and of those that are alike in all else, −1 for none."""
    nothing = np.full(len(judged.ordinals), -1, np.int64)
    seeds = snapshot.column("seed")[judged.ordinals]
    arm = judged.rows.arm
    candidates = np.flatnonzero((seeds > 0) & _known_prompts(snapshot, judged))
    # Few seeds come in both arms: a small table of their hashes rules most others out before anything is sorted.
    hashes = (seeds[candidates] * np.uint64(0x9E3779B97F4A7C15)) >> np.uint64(64 - _HASHES)
    present = np.zeros((2, 1 << _HASHES), bool)
    present[arm[candidates], hashes] = True
    candidates = candidates[present.all(axis=0)[hashes]]
    if not len(candidates):
        return nothing, nothing
    parts = [judged.rows.prompt[candidates], np.unique(seeds[candidates], return_inverse=True)[1]]
    seeded, identical = nothing.copy(), nothing.copy()
    seeded[candidates] = _together(parts)
    ordinals = judged.ordinals[candidates]
    parts += [snapshot.column(name)[ordinals].astype(np.int64) for name in other_settings(question)]
    identical[candidates] = _together(parts)
    return seeded, identical


def _together(columns: Sequence[Column]) -> Column:
    """Return numbers, in the order of the rows, that are equal where all columns are."""
    found = np.zeros(len(columns[0]), np.int64)
    for column in columns:
        codes = numbered(column.astype(np.int64))
        found = numbered(found * (int(codes.max(initial=0)) + 1) + codes)
    return found


def checks(judged: JudgedRows, level: Level, others: Sequence[Factor], even: Evenness) -> list[Checked]:
    """Return the difference of a level at equal values of each factor."""
    found = []
    for factor in others:
        if level.group is None:
            adjusted = stratified(judged.rows, factor.stratum, even, SHARES)
        else:
            span = int(factor.stratum.max(initial=0)) + 1
            both = np.where((level.group >= 0) & (factor.stratum >= 0), level.group * span + factor.stratum, -1)
            adjusted = matched(judged.rows, _compact(both), SHARES)
            if level.figure.covered > 0:
                part = min(new / old for new, old in zip(adjusted.n, level.figure.n, strict=True))
                adjusted = replace(adjusted, covered=part)
        found.append(_checked(factor.name, level.figure, adjusted))
    return found


def _compact(group: Column) -> Column:
    known = group >= 0
    found = np.full(len(group), -1, np.int64)
    found[known] = numbered(np.unique(group[known], return_inverse=True)[1])
    return found


def _checked(name: str, raw: Figure, adjusted: Figure) -> Checked:
    if not adjusted.groups:
        return Checked(name, "always_together", None, 0.0)
    return Checked(name, outcome(raw, adjusted, SHARES.margin), adjusted, adjusted.covered)


def with_same_prompt(found: list[Checked], ways: Sequence[Level]) -> list[Checked]:
    """Return the checks of all images with that of the prompt itself, where enough images share theirs."""
    raw, same = ways[0], next((level for level in ways if level.basis == "same_prompt"), None)
    if same is None or same.figure.covered < LEAST_COVERED or same.figure.prompts < LEAST_PROMPTS:
        return found
    return [*found, _checked(SAME_PROMPT, raw.figure, same.figure)]


_WORST: tuple[Check, ...] = ("always_together", "confounded", "unchecked")


def objections(found: Sequence[Checked]) -> tuple[Checked, ...]:
    """Return the checks that a claim did not pass, the worst first."""
    return tuple(chain.from_iterable((each for each in found if each.outcome == kind) for kind in _WORST))


def objection(failed: Sequence[Checked]) -> str:
    """Return in words why other causes are not ruled out, empty if they are."""
    if not failed:
        return ""
    worst = failed[0].outcome
    names = listed([each.factor for each in failed if each.outcome == worst])
    if worst == "always_together":
        return f"A and B were always varied together with {names}"
    if worst == "confounded":
        return f"at equal {names} the difference is another one"
    return f"too few images of A and B have equal {names} to rule that out"


@dataclass(frozen=True, slots=True)
class Basics:
    """What bears on every claim: effective images and prompts of the arm with fewer, and uneven judging."""

    effective_n: float
    prompts: int
    uneven: str
    stars: Weighed | None


def judge(ways: Sequence[Level], failed: dict[Basis, tuple[Checked, ...]], chosen: Level, basics: Basics) -> Verdict:
    """Return the verdict on the chosen level, whose failed checks are known."""
    against = failed[chosen.basis]
    said = objection(against) or basics.uneven
    case = Case(
        chosen.weighed.probability,
        chosen.weighed.bayes_factor,
        basics.effective_n,
        chosen.figure.fewest_prompts,
        objection=said,
    )
    free, found = claim(replace(case, objection="")), claim(case)
    blocks = blocks_to_settle(chosen.figure.value, chosen.figure.variance, chosen.figure.blocks, SHARES)
    leader = _leader(chosen.figure, ways[0].figure)
    verdict = _named(chosen, leader, free.strength, found.strength, against, basics)
    return Verdict(verdict, leader, found, free.strength, chosen, against, blocks)


def _leader(figure: Figure, raw: Figure) -> str:
    value = figure.value or raw.value
    return "a" if value > 0 else "b" if value < 0 else ""


def _named(
    level: Level, leader: str, free: Strength, capped: Strength, against: tuple[Checked, ...], basics: Basics
) -> ComparisonVerdict:
    if basics.effective_n < THIN_EFFECTIVE_N or basics.prompts < 2:
        return "not_enough_evidence"
    sure = level.weighed.bayes_factor >= STRONG_BAYES_FACTOR
    if against and (against[0].outcome == "always_together" or free in ("moderate", "strong")):
        return "entangled"
    # Only the Bayes factor survives looking again and again (statistics.md 1.4).
    if sure and capped in ("moderate", "strong"):
        return "a_better" if leader == "a" else "b_better"
    equal = level.weighed.equivalence >= EQUIVALENT and not basics.uneven and not against
    if equal and (basics.stars is None or basics.stars.equivalence >= EQUIVALENT):
        return "practically_equal"
    return "not_separable"


def scale_of_stars() -> Scale:
    """Return the scale of mean ratings."""
    return POINTS
