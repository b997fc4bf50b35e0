"""Which of two arms is better: the figures, what each rests on, and the verdict by the claim rule."""

from collections.abc import Sequence
from itertools import chain
from math import sqrt

import numpy as np
from msgspec import Struct
from msgspec.structs import replace

from learning_core.answers.arm_factors import SETTINGS, Causes
from learning_core.answers.arm_matching import Level
from learning_core.answers.entanglement import CLEAR_ERRORS
from learning_core.answers.settings_comparison import Check, ComparisonVerdict
from learning_core.answers.two_arms import JudgedRows
from learning_core.index.columns import Column
from learning_core.stats.adjusted import LEAST_COVERED, outcome
from learning_core.stats.arm_differences import Evenness, at_equal, at_equal_words
from learning_core.stats.difference_scale import (
    EQUIVALENT,
    SHARES,
    Weighed,
    blocks_to_settle,
)
from learning_core.stats.stratified import Difference, Rows
from learning_core.stats.strength import STRONG_BAYES_FACTOR, Case, Claim, Strength, claim
from learning_core.text.wording import listed

THIN_EFFECTIVE_N = 3.0
"""Below this in an arm there is nothing to compare."""

LEAST_BLOCKS = 6
"""Prompts with both arms from which matched images can carry a verdict (statistics.md 5, "Stop")."""

LEAST_MATCHED = 0.3
"""Part of either arm's images that must be matched for them to carry the verdict instead of all images."""

SAME_PROMPT, WORDS = "prompt", "prompt words"
_OFTEN = 3
_APART = 2.0
_SETTING_NAMES = {name.removesuffix("_set") for name in SETTINGS}


class Checked(Struct, frozen=True):
    """A difference at equal values of one factor; `figure` is None where no value of it has both arms."""

    factor: str
    outcome: Check
    figure: Difference | None
    covered: float

    @property
    def is_setting(self) -> bool:
        """Tell whether the factor is a setting, which a person can hold equal."""
        return self.factor in _SETTING_NAMES


class Verdict(Struct, frozen=True):
    """The verdict and what decided it; `objections` are the checks of the basis that failed, the worst first."""

    verdict: ComparisonVerdict
    leader: str
    claim: Claim
    level: Level
    objections: tuple[Checked, ...]
    blocks: int | None


def checks(judged: JudgedRows, level: Level, others: Causes, even: Evenness) -> list[Checked]:
    """Return the difference of a level at equal values of each factor, and at equal words of the prompts.

    Only images that the level rests on are looked at.
    """
    rows, inside = judged.rows, None
    if level.group is not None:
        inside = _inside(level.group, rows.arm)
        rows = rows.take(inside)
    found = []
    for factor in others.factors:
        stratum = factor.stratum if inside is None else factor.stratum[inside]
        adjusted = at_equal(rows, stratum, even, SHARES)
        found.append(_checked(factor.name, level.figure, adjusted, _together_with(rows, stratum)))
    if others.words is not None:
        found.append(_at_equal_words(level.figure, at_equal_words(rows, others.words, level.figure, even, SHARES)))
    return found


def _at_equal_words(raw: Difference, adjusted: Difference | None) -> Checked:
    """Return what became of a difference at equal words, None where they foretell the arm of every image.

    What the words make is itself only estimated, so the difference must be as clear there as in `ask`.
    """
    if adjusted is None:
        return Checked(WORDS, "always_together", None, 0.0)
    found = _checked(WORDS, raw, adjusted, None)
    unclear = found.outcome == "passed" and abs(adjusted.value) <= CLEAR_ERRORS * adjusted.standard_error
    return replace(found, outcome="inconclusive") if unclear else found


def _inside(group: Column, arm: Column) -> Column:
    """Return which rows are in a matched group that has both arms."""
    known = group >= 0
    of_arm = [np.bincount(group[known & (arm == each)], minlength=int(group.max()) + 1) > 0 for each in (0, 1)]
    both: Column = known & (of_arm[0] & of_arm[1])[np.where(known, group, 0)]
    return np.flatnonzero(both)


def _together_with(rows: Rows, stratum: Column) -> Check | None:
    """Return how a factor goes with the arms: always, mostly, or no more than would let it be checked.

    Values that hardly ever come twice go with nothing.
    """
    known = np.flatnonzero(stratum >= 0)
    cell = 2 * stratum[known] + rows.arm[known]
    span = 2 * (int(stratum.max(initial=0)) + 1)
    n, jobs = (np.bincount(cell, each, span).reshape(-1, 2) for each in (rows.n[known], None))
    of_arm = np.bincount(rows.arm, rows.n, 2)
    often = jobs.sum(axis=1) >= _OFTEN
    if (n[often].sum(axis=0) < LEAST_COVERED * of_arm).any():
        return None
    covered = float((n[(n > 0).all(axis=1)].sum(axis=0) / of_arm).min())
    return "always_together" if covered == 0.0 else "mostly_together" if covered < LEAST_COVERED else None


def _checked(name: str, raw: Difference, adjusted: Difference, together: Check | None) -> Checked:
    found = together or outcome(raw, adjusted, margin=SHARES.margin)
    return Checked(name, found, adjusted if adjusted.strata else None, adjusted.covered)


def with_same_prompt(found: list[Checked], ways: Sequence[Level]) -> list[Checked]:
    """Return the checks of all images with that of the prompt itself, where enough images share theirs.

    Where they are fewer, their difference must be another one beyond doubt to speak against that of all.
    """
    raw, same = ways[0].figure, next((level.figure for level in ways if level.basis == "same_prompt"), None)
    if same is None or same.prompts < LEAST_BLOCKS:
        return found
    if same.covered >= LEAST_COVERED:
        return [*found, _checked(SAME_PROMPT, raw, same, None)]
    apart = abs(same.value - raw.value) > _APART * sqrt(same.variance + raw.variance)
    return [*found, Checked(SAME_PROMPT, "confounded", same, same.covered)] if apart else found


_WORST: tuple[Check, ...] = ("always_together", "mostly_together", "confounded", "unchecked", "inconclusive")


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
    if worst == "mostly_together":
        return f"A and B were mostly varied together with {names}"
    if worst == "confounded":
        return f"at equal {names} the difference is another one"
    if worst == "unchecked":
        return f"too few images of A and B have equal {names} to rule that out"
    return f"at equal {names} the difference is not clear"


class Basics(Struct, frozen=True):
    """What bears on every claim: effective images and prompts of the arm with fewer, and uneven judging."""

    effective_n: float
    prompts: int
    uneven: str
    stars: Weighed | None


def chosen_level(ways: Sequence[Level]) -> Level:
    """Return the level that carries the verdict: the most strictly matched one that holds enough of both arms.

    Decided by sizes alone. To turn from one level to another by what they show makes false claims: in simulated
    worlds without a difference, looked at forty times, matched images of an eighth of all made half of them.
    """
    able = [
        level
        for level in ways
        if level.group is None or (level.figure.prompts >= LEAST_BLOCKS and level.figure.covered >= LEAST_MATCHED)
    ]
    return able[-1]


def judge(raw: Level, chosen: Level, against: tuple[Checked, ...], basics: Basics) -> Verdict:
    """Return the verdict on the chosen level, which fails the checks `against`; `raw` is that of all images."""
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
    leader = _leader(chosen.figure, raw.figure)
    verdict = _named(chosen, leader, free.strength, found.strength, against, basics)
    return Verdict(verdict, leader, found, chosen, against, blocks)


def _leader(figure: Difference, raw: Difference) -> str:
    value = figure.value or raw.value
    return "a" if value > 0 else "b" if value < 0 else ""


def _named(
    level: Level, leader: str, free: Strength, capped: Strength, against: tuple[Checked, ...], basics: Basics
) -> ComparisonVerdict:
    if basics.effective_n < THIN_EFFECTIVE_N or basics.prompts < 2:
        return "not_enough_evidence"
    sure = level.weighed.bayes_factor >= STRONG_BAYES_FACTOR
    if _entangled(against, free):
        return "entangled"
    # Only the Bayes factor survives looking again and again (statistics.md 1.4).
    if sure and capped in ("moderate", "strong"):
        return "a_better" if leader == "a" else "b_better"
    # Where no difference is claimed, none has to be clear at equal values of anything.
    other = [each for each in against if each.outcome != "inconclusive"]
    equal = level.weighed.equivalence >= EQUIVALENT and not basics.uneven and not other
    if equal and (basics.stars is None or basics.stars.equivalence >= EQUIVALENT):
        return "practically_equal"
    return "not_separable"


def _entangled(against: tuple[Checked, ...], free: Strength) -> bool:
    """Tell whether something else may be what makes the difference; what is not clear is only unsure."""
    worst = [each for each in against if each.outcome not in ("inconclusive", "unchecked")]
    if free in ("moderate", "strong"):
        return bool(worst)
    # More images of the same kind would never part the arms from a setting that always goes with them.
    return any(each.outcome == "always_together" and each.is_setting for each in worst)
