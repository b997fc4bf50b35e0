"""How often 95 % intervals hold the truth in simulated worlds, ours beside those of raw counts."""

from collections.abc import Iterator, Sequence
from itertools import product

import numpy as np
from msgspec import Struct

from benchmarks.quality.answered import of_cells, over_everything
from benchmarks.quality.rules import OURS
from benchmarks.quality.targets import Figure, Target
from benchmarks.quality.worlds import Design, Flags, Truth, two_way
from learning_core.stats.beta import Reals, credible_interval
from learning_core.stats.grouping import Counts
from learning_core.stats.logit import logit
from learning_core.stats.student import NORMAL_QUANTILE
from learning_core.stats.subject import Rates
from learning_core.stats.sufficient_statistics import SufficientStatistics, summarised
from learning_core.stats.two_way import fit

INTERACTIONS = (0.0, 0.1, 0.3, 0.6)
BATCHES = (1, 4, 8)
SIZES = (200, 1_000, 5_000)

RATES, DIFFERENCES = "rates of keyword and checkpoint", "differences inside a keyword"
LEVEL_RATES, LEVEL_DIFFERENCES = "rates of checkpoints", "differences of checkpoints"
WILSON, TWO_PROPORTIONS = "Wilson", "two proportions"

Shares = dict[tuple[str, str], float]
"""Share of intervals that hold the truth, by what they are of and by rule."""


class Condition(Struct, frozen=True):
    """One kind of world."""

    interaction: float
    batch: int
    records: int

    @property
    def design(self) -> Design:
        """The design of its worlds."""
        return Design(self.records, self.batch, interaction=self.interaction)

    @property
    def text(self) -> str:
        """The condition in words."""
        return f"interaction {self.interaction:g}, batches of {self.batch}, {self.records} records"


SUBJECT = "simulated worlds: coverage of 95 % intervals"
MEAN, LOWEST = Target(0.94, 0.97), Target(low=0.92)

CONDITIONS = tuple(Condition(*each) for each in product(INTERACTIONS, BATCHES, SIZES))


def measure(worlds: int, seed: int, conditions: Sequence[Condition] = CONDITIONS) -> Iterator[Figure]:
    """Yield mean and lowest coverage over conditions, each from so many worlds, then our coverage of each."""
    found = {condition: of_condition(condition, worlds, seed) for condition in conditions}
    count = len(conditions) * worlds
    for what, rule in next(iter(found.values())):
        shares = [found[condition][what, rule] for condition in conditions]
        ours = rule == OURS.name
        yield Figure(SUBJECT, f"{what}, mean: {rule}", float(np.mean(shares)), MEAN if ours else None, of=count)
        yield Figure(SUBJECT, f"{what}, lowest: {rule}", min(shares), LOWEST if ours else None, of=count)
    for condition in conditions:
        yield Figure(SUBJECT, condition.text, found[condition][RATES, OURS.name], LOWEST, of=worlds)


def of_condition(condition: Condition, worlds: int, seed: int) -> Shares:
    """Return the shares over all worlds of a condition."""
    found: dict[tuple[str, str], list[float]] = {}
    for number in range(worlds):
        key = [seed, number, round(condition.interaction * 10), condition.batch, condition.records]
        world = two_way(condition.design, np.random.default_rng(key))
        for name, share in _shares(summarised(world.judgements()), world.truth).items():
            found.setdefault(name, []).append(share)
    return {name: float(np.mean(shares)) for name, shares in found.items()}


def _shares(counts: SufficientStatistics, truth: Truth) -> Shares:
    fitted = fit(counts)
    cells, levels = of_cells(fitted, counts), over_everything(fitted, counts)
    true = truth.cells[counts.cells.keyword, counts.cells.level]
    low, high = credible_interval(*cells.shapes)
    first, second = pairs_inside(counts.cells.keyword)
    n, s = counts.cells.n, counts.cells.s
    return {
        (RATES, OURS.name): _inside(low, true, high),
        (RATES, WILSON): _inside(*_around(true, *wilson(n, s))),
        (DIFFERENCES, OURS.name): _cell_differences(cells, true, first, second),
        (DIFFERENCES, TWO_PROPORTIONS): _raw_differences(n, s, true, first, second),
        (LEVEL_RATES, OURS.name): _inside(*_around(truth.levels, *credible_interval(*levels.shapes))),
        (LEVEL_DIFFERENCES, OURS.name): _level_differences(levels, truth),
    }


def pairs_inside(keyword: Counts) -> tuple[Counts, Counts]:
    """Return the places of all pairs of cells of one keyword."""
    first, second = np.triu_indices(len(keyword), 1)
    same = keyword[first] == keyword[second]
    return first[same], second[same]


def wilson(n: Counts, s: Counts) -> tuple[Reals, Reals]:
    """Return the ends of Wilson's 95 % intervals of raw rates."""
    square = NORMAL_QUANTILE**2
    middle = (s + square / 2.0) / (n + square)
    reach = NORMAL_QUANTILE * np.sqrt(s * (n - s) / n + square / 4.0) / (n + square)
    return middle - reach, middle + reach


def two_proportions(n: Counts, s: Counts, first: Counts, second: Counts) -> tuple[Reals, Reals]:
    """Return raw differences of rates and their standard errors, as if images were independent."""
    rate = s / n
    variance = rate * (1.0 - rate) / n
    return rate[first] - rate[second], np.sqrt(variance[first] + variance[second])


def _around(true: Reals, low: Reals, high: Reals) -> tuple[Reals, Reals, Reals]:
    return low, true, high


def _inside(low: Reals, true: Reals, high: Reals) -> float:
    inside: Flags = (low <= true) & (true <= high)
    return float(inside.mean())


def _cell_differences(cells: Rates, true: Reals, first: Counts, second: Counts) -> float:
    found = cells.compared(first, second)
    reach = NORMAL_QUANTILE * found.standard_error
    return _inside(found.value - reach, true[first] - true[second], found.value + reach)


def _raw_differences(n: Counts, s: Counts, true: Reals, first: Counts, second: Counts) -> float:
    value, error = two_proportions(n, s, first, second)
    reach = NORMAL_QUANTILE * error
    return _inside(value - reach, true[first] - true[second], value + reach)


def _level_differences(levels: Rates, truth: Truth) -> float:
    first, second = np.triu_indices(len(truth.levels), 1)
    effect = logit(truth.levels)
    found = levels.compared(first, second)
    reach = NORMAL_QUANTILE * found.standard_error
    return _inside(found.value - reach, effect[first] - effect[second], found.value + reach)
