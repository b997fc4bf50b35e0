"""How many claims of a winner are wrong in simulated worlds, how many true differences are claimed, and by whom."""

from collections.abc import Callable, Iterator, Sequence

import numpy as np
from msgspec import Struct

from benchmarks.quality.answered import effective_images, of_cells
from benchmarks.quality.coverage import CONDITIONS, Condition, pairs_inside, two_proportions, wilson
from benchmarks.quality.targets import Figure, Target
from benchmarks.quality.worlds import World, two_way
from learning_core.stats.beta import Reals
from learning_core.stats.grouping import Counts
from learning_core.stats.strength import WEAK_PROBABILITY, Case, claim
from learning_core.stats.student import NORMAL_QUANTILE
from learning_core.stats.sufficient_statistics import SufficientStatistics, summarised
from learning_core.stats.two_way import Fitted, fit

SUBJECT = "simulated worlds: claims between checkpoints inside a keyword"
WRONG = {"strong": 0.005, "moderate": 0.05, "weak": 0.18}
"""The share of wrong claims of each strength that is allowed."""

WORTH_CLAIMING = 0.10
"""True differences above this are what power is counted over."""


class Tally(Struct):
    """Claims of one rule: how many, how many of them with the wrong sign, and how many of worthwhile differences."""

    made: int = 0
    wrong: int = 0
    found: int = 0
    worthwhile: int = 0

    def add(self, claimed: Reals, true: Reals) -> None:
        """Count pairs; `claimed` is the sign that is claimed, 0 for none, `true` the true difference."""
        large = np.abs(true) > WORTH_CLAIMING
        self.made += int((claimed != 0).sum())
        self.wrong += int((claimed * true < 0).sum())
        self.found += int((large & (claimed * true > 0)).sum())
        self.worthwhile += int(large.sum())

    @property
    def wrong_share(self) -> float:
        """Share of claims with the wrong sign."""
        return self.wrong / max(self.made, 1)

    @property
    def power(self) -> float:
        """Share of worthwhile differences that are claimed, with the right sign."""
        return self.found / max(self.worthwhile, 1)


Pairs = tuple[Counts, Counts]


def measure(worlds: int, seed: int, conditions: Sequence[Condition] = CONDITIONS) -> Iterator[Figure]:
    """Yield wrong shares and power of claims between checkpoints inside one keyword, over all conditions."""
    tallies: dict[str, Tally] = {}
    for condition in conditions:
        for number in range(worlds):
            key = [seed, number, round(condition.interaction * 10), condition.batch, condition.records]
            world = two_way(condition.design, np.random.default_rng(key))
            for rule, (claimed, true) in _claims(world).items():
                tallies.setdefault(rule, Tally()).add(claimed, true)
    for rule, tally in tallies.items():
        most = WRONG.get(rule.removeprefix("whatworks, "))
        target = None if most is None else Target(high=most)
        yield Figure(SUBJECT, f"wrong: {rule}", tally.wrong_share, target, of=tally.made)
    for rule, tally in tallies.items():
        name = f"differences above {WORTH_CLAIMING:g} that are claimed: {rule}"
        yield Figure(SUBJECT, name, tally.power, of=tally.worthwhile)


def _claims(world: World) -> dict[str, tuple[Reals, Reals]]:
    """Return the sign that each rule claims of each pair of cells of one keyword, and the true differences."""
    counts = summarised(world.judgements())
    pairs = pairs_inside(counts.cells.keyword)
    rates = world.truth.cells[counts.cells.keyword, counts.cells.level]
    true = rates[pairs[0]] - rates[pairs[1]]
    ours = our_claims(counts, pairs, fit(counts))
    rivals = {name: rule(counts.cells.n, counts.cells.s, pairs) for name, rule in RIVALS.items()}
    return {rule: (claimed, true) for rule, claimed in (ours | rivals).items()}


def our_claims(counts: SufficientStatistics, pairs: Pairs, fitted: Fitted) -> dict[str, Reals]:
    """Return the claims of each strength."""
    first, second = pairs
    found = of_cells(fitted, counts).compared(first, second)
    prompts = prompts_of_cells(counts)
    chance = np.maximum(found.probability, 1.0 - found.probability)
    size = effective_images(fitted, counts)[counts.cells.level]
    signs = {strength: np.zeros(len(first)) for strength in WRONG}
    for pair in np.flatnonzero(chance >= WEAK_PROBABILITY):
        both = [first[pair], second[pair]]
        case = Case(
            float(chance[pair]), float(found.bayes_factor[pair]), float(size[both].min()), int(prompts[both].min())
        )
        signs[claim(case).strength][pair] = np.sign(found.value[pair])
    return {f"whatworks, {strength}": sign for strength, sign in signs.items()}


def prompts_of_cells(counts: SufficientStatistics) -> Counts:
    """Return how many prompts each cell has."""
    clusters = counts.clusters
    place, keyword = counts.prompts.pairs(clusters.prompt)
    levels = len(counts.levels.n)
    key = counts.cells.keyword * levels + counts.cells.level
    return np.bincount(np.searchsorted(key, keyword * levels + clusters.level[place]), minlength=len(key))


def _as_coded(n: Counts, s: Counts, pairs: Pairs) -> Reals:
    """Imgen's rule: the higher rate wins, one half where fewer than three images were seen."""
    rate = np.where(n >= 3, s / n, 0.5)
    return np.sign(rate[pairs[0]] - rate[pairs[1]])


def _two_proportions(n: Counts, s: Counts, pairs: Pairs) -> Reals:
    value, error = two_proportions(n, s, *pairs)
    return np.where(np.abs(value) > NORMAL_QUANTILE * error, np.sign(value), 0.0)


def _wilson_apart(n: Counts, s: Counts, pairs: Pairs) -> Reals:
    low, high = wilson(n, s)
    first, second = pairs
    return np.where(low[first] > high[second], 1.0, np.where(low[second] > high[first], -1.0, 0.0))


RIVALS: dict[str, Callable[[Counts, Counts, Pairs], Reals]] = {
    "imgen as coded": _as_coded,
    "two proportions, z > 1.96": _two_proportions,
    "Wilson intervals apart": _wilson_apart,
}
