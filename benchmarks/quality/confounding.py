"""How often a difference that something else made is claimed, by raw counts, by the model, and after its check."""

from collections.abc import Iterator

import numpy as np
from msgspec import Struct

from benchmarks.quality.answered import over_everything
from benchmarks.quality.coverage import two_proportions
from benchmarks.quality.looks import TIME_PARTS, overall_case
from benchmarks.quality.misleading import SITUATIONS, MisleadingWorld, Situation, world
from benchmarks.quality.targets import Figure, Target
from learning_core.stats.adjusted import Verdict, check, most_uneven
from learning_core.stats.equal_parts import equal_parts
from learning_core.stats.grouping import Counts
from learning_core.stats.stratified import Rows
from learning_core.stats.strength import Strength, claim
from learning_core.stats.sufficient_statistics import summarised
from learning_core.stats.two_way import fit
from learning_core.stats.unrated import Arm, counted, unevenly_rated

MOST = Target(high=0.05)
ADVANTAGE = 0.8
"""A true difference in rating points, for which power is shown."""

RAW, MODEL, CHECKED = "raw z > 1.96", "whatworks without the check", "whatworks"
RULES = (RAW, MODEL, CHECKED)
NOT_SELECTED = 1

NO_DIFFERENCE = "misleading worlds: no difference, but one is claimed (moderate or strong)"
DIFFERENCE = f"misleading worlds: a difference of {ADVANTAGE:g} points is found"


class Claimed(Struct, frozen=True):
    """The sign that is claimed, 0 for none, by rule; and the strength after the check."""

    sign: dict[str, int]
    strength: Strength


def false_claims(worlds: int, seed: int) -> Iterator[Figure]:
    """Yield how often a difference is claimed where there is none, of each situation, from so many worlds."""
    for situation in SITUATIONS:
        found = [_claimed(situation, 0.0, seed, number) for number in range(worlds)]
        for rule in RULES:
            share = float(np.mean([each.sign[rule] != 0 for each in found]))
            target = MOST if rule == CHECKED else None
            yield Figure(NO_DIFFERENCE, f"{situation.name}: {rule}", share, target, of=worlds)
        weak = float(np.mean([each.strength == "weak" for each in found]))
        yield Figure(NO_DIFFERENCE, f"{situation.name}: {CHECKED}, weak", weak, of=worlds)


def power(worlds: int, seed: int) -> Iterator[Figure]:
    """Yield how often a true difference is found, of each situation, from so many worlds."""
    for situation in SITUATIONS:
        found = [_claimed(situation, ADVANTAGE, seed, number) for number in range(worlds)]
        for rule in RULES:
            signs = [each.sign[rule] for each in found]
            right, wrong = (float(np.mean([sign == way for sign in signs])) for way in (1, -1))
            name = f"{situation.name}: {rule}"
            yield Figure(DIFFERENCE, name, right, parts={"reversed": wrong} if wrong else None, of=worlds)


def _claimed(situation: Situation, advantage: float, seed: int, number: int) -> Claimed:
    key = [seed, number, SITUATIONS.index(situation), int(advantage > 0)]
    made = world(situation, advantage, np.random.default_rng(key))
    if len(set(made.level[made.judged].tolist())) < 2:
        return Claimed(dict.fromkeys(RULES, 0), "none")
    # Once a batch was judged, its unrated images count as not selected.
    chosen = np.flatnonzero(counted(made.batch, made.judged))
    rating = np.where(made.judged, made.rating, NOT_SELECTED)[chosen]
    counts = summarised(made.judgements(chosen, rating))
    fitted = fit(counts)
    difference = over_everything(fitted, counts).compared(np.array([0]), np.array([1]))
    sign = int(np.sign(difference.value[0]))
    unchecked = claim(overall_case(counts, fitted, difference))
    checked = claim(overall_case(counts, fitted, difference, objection(made, chosen, rating)))
    signs = {
        RAW: _raw(made),
        MODEL: sign * _sounds_sure(unchecked.strength),
        CHECKED: sign * _sounds_sure(checked.strength),
    }
    return Claimed(signs, checked.strength)


def _sounds_sure(strength: Strength) -> bool:
    return strength in ("moderate", "strong")


def objection(made: MisleadingWorld, chosen: Counts, rating: Counts) -> str:
    """Return what keeps a difference of the arms from being claimed, empty if nothing does."""
    good = (rating > 3).astype(np.int64)
    arms = [Arm(int((made.level == arm).sum()), int((made.judged & (made.level == arm)).sum()), 0) for arm in (0, 1)]
    if unevenly_rated(*arms):
        return "rated unevenly"
    verdict = _check(made, chosen, good)
    return "" if verdict.outcome == "passed" else verdict.outcome


def _check(made: MisleadingWorld, chosen: Counts, good: Counts) -> Verdict:
    rows = Rows(made.level[chosen], made.prompt[chosen], np.ones(len(chosen), np.int64), good)
    words = made.words[made.prompt[chosen]]
    keyword = words[:, most_uneven(rows, words)].astype(np.int64)
    return check(rows, {"steps": made.steps[chosen], "keyword": keyword, "time": equal_parts(chosen, TIME_PARTS)})


def _raw(made: MisleadingWorld) -> int:
    """Return the sign that two proportions claim of the judged images."""
    level, good = made.level[made.judged], made.rating[made.judged] > 3
    n = np.bincount(level, minlength=2)
    s = np.bincount(level, good, 2).astype(np.int64)
    value, error = two_proportions(n, s, np.array([0]), np.array([1]))
    return int(np.sign(value[0])) if abs(value[0]) > 1.96 * error[0] else 0
