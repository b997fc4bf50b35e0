"""Which of several levels is the best: the chance of each, and the regret of taking another one.

Normal approximations of the posteriors (statistics.md 3.9).
"""

from collections.abc import Sequence
from functools import cache
from itertools import accumulate, pairwise
from typing import NamedTuple

import numpy as np
from msgspec import Struct

from learning_core.ranges import ranges
from learning_core.stats.beta import Reals
from learning_core.stats.comparing import normal_distribution
from learning_core.stats.grouping import Counts

_REACH = 6.0
_NODES_PER_SD = 2.5
"""Nodes in the narrowest standard deviation: so many make integrals nearly as exact as Φ is, to about 1e-8."""

_NODES = np.array([64, 128, 256, 401])
"""Sets take one of these numbers, and no more, however narrow one of the quantities is."""

_PLACES = np.arange(float(_NODES[-1]))
_SQRT_TWO_PI = 2.5066282746310002


class Best(Struct, frozen=True, eq=False):
    """The chance of each level to be the best, and by how much it is expected to fall short of the best.

    `expected_regret` is that of the leader of all levels.
    """

    probability: Reals
    expected_regret: float
    regret: Reals


def best(mean: Reals, sd: Reals, levels: Sequence[int] | None = None) -> Best:
    """Return which of independent normal quantities is the greatest, as `best_of_several`; of all levels by default."""
    return best_of_several([mean], [sd], [range(len(mean)) if levels is None else levels])[0]


def best_of_several(means: Sequence[Reals], spreads: Sequence[Reals], levels: Sequence[Sequence[int]]) -> list[Best]:
    """Return which is the greatest in each of several sets of independent normal quantities, one at least.

    The integral of its density times the chance that all others are below (statistics.md 3.9). `spreads` are standard
    deviations; chances are those of some `levels` of each set, by number. All sets are worked out at once: arrays of a
    few levels each cost more to begin with than to go through.
    """
    if not means:
        return []
    sets = _Sets.of(means, spreads)
    counts = [len(each) for each in levels]
    of_set = np.repeat(np.arange(len(means)), counts)
    level = sets.first[of_set] + np.array([place for each in levels for place in each], np.int64)
    chance, greatest = np.ones(len(level)), sets.highest.copy()
    for nodes in sorted(set(sets.nodes.tolist())):
        alike = np.flatnonzero(sets.nodes == nodes)
        inside = np.flatnonzero(sets.nodes[of_set] == nodes)
        greatest[alike], chance[inside] = _integrated(sets, alike, nodes, level[inside], of_set[inside])
    alone = sets.sizes == 1
    greatest[alone], chance[alone[of_set]] = sets.highest[alone], 1.0
    regret = np.maximum(greatest[of_set] - sets.mean[level], 0.0)
    least = np.maximum(greatest - sets.highest, 0.0).tolist()
    ends = pairwise(accumulate(counts, initial=0))
    return [Best(chance[low:high], each, regret[low:high]) for each, (low, high) in zip(least, ends, strict=True)]


class _Sets(NamedTuple):
    """Sets of quantities one after the other: where each begins, how many it has, and its highest mean.

    The greatest is looked for from `low` to `high`, at so many nodes.
    """

    mean: Reals
    sd: Reals
    first: Counts
    sizes: Counts
    highest: Reals
    low: Reals
    high: Reals
    nodes: Counts

    @classmethod
    def of(cls, means: Sequence[Reals], spreads: Sequence[Reals]) -> "_Sets":
        """Return the sets, whose nodes begin where one is surely above, so that no chance to be below is nothing."""
        mean, sd = np.concatenate(means), np.concatenate(spreads)
        sizes = np.array([len(each) for each in means])
        first = sizes.cumsum() - sizes
        reach = _REACH * sd
        low, high = np.maximum.reduceat(mean - reach, first), np.maximum.reduceat(mean + reach, first)
        wanted = _NODES_PER_SD * (high - low) / np.minimum.reduceat(sd, first) + 2.0
        nodes = _NODES[_NODES[:-1].searchsorted(wanted)]
        return cls(mean, sd, first, sizes, np.maximum.reduceat(mean, first), low, high, nodes)


def _integrated(sets: _Sets, alike: Counts, nodes: int, level: Counts, of_set: Counts) -> tuple[Reals, Reals]:
    """Return what the greatest is expected to be in sets that take as many nodes, and the chance of some levels."""
    sizes, step = sets.sizes[alike], (sets.high - sets.low)[alike] / (nodes - 1)
    rows, own = ranges(sets.first[alike], sizes), np.repeat(np.arange(len(alike)), sizes)
    mean, sd = sets.mean[rows], sets.sd[rows]
    z = ((sets.low[alike][own] - mean) / sd)[:, None] + (step[own] / sd)[:, None] * _PLACES[:nodes]
    below = _quick_normal_distribution(z)
    all_below = np.multiply.reduceat(below, sizes.cumsum() - sizes, axis=0)
    greatest = sets.high[alike] - _integrals(all_below, step)
    row, place = rows.searchsorted(level), alike.searchsorted(of_set)
    density = np.exp(-0.5 * z[row] ** 2) / (sd[row, None] * _SQRT_TWO_PI)
    return greatest, _integrals(density * all_below[place] / below[row], step[place])


_STEPS = 256
_FARTHEST = 9.0
_GRID = np.arange(-_FARTHEST, _FARTHEST + 1.0 / _STEPS, 1.0 / _STEPS)
_DENSITY = np.exp(-0.5 * _GRID * _GRID) / _SQRT_TWO_PI


@cache
def _below_grid() -> Reals:
    return normal_distribution(_GRID)


def _quick_normal_distribution(x: Reals) -> Reals:
    """Return Φ to about 1e-9: the second-order expansion at the nearest of many points."""
    kept = np.minimum(np.maximum(x, -_FARTHEST), _FARTHEST)
    place = (kept * _STEPS + (_FARTHEST * _STEPS + 0.5)).astype(np.int64)
    point = _GRID[place]
    away = kept - point
    found: Reals = _below_grid()[place] + _DENSITY[place] * away * (1.0 - 0.5 * point * away)
    return found


def _integrals(values: Reals, step: Reals) -> Reals:
    """Return the integral of each row, a function at evenly spaced nodes, by the trapezoid rule."""
    found: Reals = step * (np.add.reduce(values, axis=1) - 0.5 * (values[:, 0] + values[:, -1]))
    return found
