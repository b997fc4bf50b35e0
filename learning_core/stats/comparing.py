"""Levels set against each other: chances of being better and best, expected regret, and Bayes factors.

Normal approximations of the posteriors (statistics.md 3.9).
"""

from collections.abc import Sequence
from functools import cache
from math import erfc, sqrt

import numpy as np
from msgspec import Struct

from learning_core.stats.beta import Reals

_REACH = 6.0
_NODES_PER_SD = 2.5
"""Nodes in the narrowest standard deviation: so many make integrals nearly as exact as Φ is, to about 1e-8."""

_PLACES = np.arange(401.0)
"""More nodes than these are not taken, however narrow one of the quantities is."""
_SQRT_TWO_PI = 2.5066282746310002


class Difference(Struct, frozen=True, eq=False):
    """Differences of pairs: values, standard errors, P(first > second), and Bayes factors against no difference."""

    value: Reals
    standard_error: Reals
    probability: Reals
    bayes_factor: Reals

    def part(self, low: int, high: int) -> "Difference":
        """Return the differences of some pairs that stand together."""
        some = slice(low, high)
        return Difference(self.value[some], self.standard_error[some], self.probability[some], self.bayes_factor[some])

    def one(self, place: int) -> "Difference":
        """Return the difference of one pair alone."""
        return self.part(place, place + 1)


def normal_distribution(x: Reals) -> Reals:
    """Return Φ, the distribution function of the standard normal, of any array."""
    flat = [0.5 * erfc(-value / sqrt(2.0)) for value in np.asarray(x).ravel().tolist()]
    return np.array(flat, np.float64).reshape(np.shape(x))


def difference(value: Reals, variance: Reals, prior_variance: Reals | float) -> Difference:
    """Return what differences amount to, of which the prior expects 0 with `prior_variance`.

    The Bayes factor is the prior's density at 0 over that of the posterior (Savage and Dickey).
    """
    error = np.sqrt(variance)
    log_factor = 0.5 * np.log(variance / prior_variance) + value * value / (2.0 * variance)
    return Difference(value, error, normal_distribution(value / error), np.exp(np.minimum(log_factor, 700.0)))


class Best(Struct, frozen=True, eq=False):
    """The chance of each level to be the best, and by how much it is expected to fall short of the best.

    `expected_regret` is that of the leader of all levels.
    """

    probability: Reals
    expected_regret: float
    regret: Reals


def best(mean: Reals, sd: Reals, levels: Sequence[int] | None = None) -> Best:
    """Return which of independent normal quantities, one at least, is the greatest.

    The integral of its density times the chance that all others are below (statistics.md 3.9). Chances are those of
    some `levels`, by number, or of all.
    """
    chosen = np.arange(len(mean)) if levels is None else np.array(levels)
    if len(mean) == 1:
        return Best(np.ones(len(chosen)), 0.0, np.zeros(len(chosen)))
    z, high, step = _nodes(mean, sd)
    below = _quick_normal_distribution(z)
    all_below = np.multiply.reduce(below, axis=0)
    own = z[chosen]
    density = np.exp(-0.5 * own * own) / (sd[chosen, None] * _SQRT_TWO_PI)
    chances = _integrals(density * all_below / below[chosen], step)
    greatest = high - float(_integrals(all_below, step))
    regret = np.maximum(greatest - mean[chosen], 0.0)
    return Best(chances, max(greatest - float(mean.max()), 0.0), regret)


def _nodes(mean: Reals, sd: Reals) -> tuple[Reals, float, float]:
    """Return nodes for integrals over the greatest quantity on the scale of each, the last one, and their distance.

    They begin where one of the quantities is surely above, so that no chance to be below is nothing.
    """
    low, high = float((mean - _REACH * sd).max()), float((mean + _REACH * sd).max())
    nodes = min(int(_NODES_PER_SD * (high - low) / float(sd.min())) + 2, len(_PLACES))
    step = (high - low) / (nodes - 1)
    return ((low - mean) / sd)[:, None] + (step / sd)[:, None] * _PLACES[:nodes], high, step


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


def _integrals(values: Reals, step: float) -> Reals:
    """Return the integrals of functions, by the trapezoid rule over evenly spaced nodes along the last axis."""
    found: Reals = step * (np.add.reduce(values, axis=-1) - 0.5 * (values[..., 0] + values[..., -1]))
    return found
