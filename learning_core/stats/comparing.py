"""Levels set against each other: chances of being better and best, expected regret, and Bayes factors.

Normal approximations of the posteriors (statistics.md 3.9).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from math import erfc, sqrt

import numpy as np

from learning_core.stats.beta import Reals

_NODES = 201
_REACH = 6.0
_SQRT_TWO_PI = 2.5066282746310002


@dataclass(frozen=True, slots=True, eq=False)
class Difference:
    """Differences of pairs: values, standard errors, P(first > second), and Bayes factors against no difference."""

    value: Reals
    standard_error: Reals
    probability: Reals
    bayes_factor: Reals

    def one(self, place: int) -> "Difference":
        """Return the difference of one pair alone."""
        some = slice(place, place + 1)
        return Difference(self.value[some], self.standard_error[some], self.probability[some], self.bayes_factor[some])


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


@dataclass(frozen=True, slots=True, eq=False)
class Best:
    """The chance of each level to be the best, and by how much it is expected to fall short of the best.

    `expected_regret` is that of the leader of all levels.
    """

    probability: Reals
    expected_regret: float
    regret: Reals


def best(mean: Reals, sd: Reals, levels: Sequence[int] | None = None) -> Best:
    """Return which of independent normal quantities is the greatest; there is at least one.

    Chances are those of some `levels`, by number, or of all: each is the integral of its density times the chance
    that all others are below (statistics.md 3.9).
    """
    wanted = range(len(mean)) if levels is None else levels
    if len(mean) == 1:
        return Best(np.ones(len(wanted)), 0.0, np.zeros(len(wanted)))
    # Where one of them is surely above, nothing is left to be integrated.
    low, high = float((mean - _REACH * sd).max()), float((mean + _REACH * sd).max())
    x = np.linspace(low, high, _NODES)
    z = (x[:, None] - mean) / sd
    below = _quick_normal_distribution(z)
    chances = np.array([_chance(below, z[:, level], sd[level], level, x) for level in wanted])
    greatest = float(x[-1]) - _integral(below.prod(axis=1), x)
    regret = np.maximum(greatest - mean[list(wanted)], 0.0)
    return Best(chances, max(greatest - float(mean.max()), 0.0), regret)


def _chance(below: Reals, z: Reals, sd: float, level: int, x: Reals) -> float:
    own = below[:, level].copy()
    below[:, level] = 1.0
    products = below.prod(axis=1)
    below[:, level] = own
    return _integral(np.exp(-0.5 * z * z) / (sd * _SQRT_TWO_PI) * products, x)


_STEPS = 256
_FARTHEST = 9.0
_GRID = np.arange(-_FARTHEST, _FARTHEST + 1.0 / _STEPS, 1.0 / _STEPS)
_DENSITY = np.exp(-0.5 * _GRID * _GRID) / _SQRT_TWO_PI


@cache
def _below_grid() -> Reals:
    return normal_distribution(_GRID)


def _quick_normal_distribution(x: Reals) -> Reals:
    """Return Φ to about 1e-9: the second-order expansion at the nearest of many points."""
    kept = np.clip(x, -_FARTHEST, _FARTHEST)
    place = np.rint((kept + _FARTHEST) * _STEPS).astype(np.int64)
    point = _GRID[place]
    away = kept - point
    found: Reals = _below_grid()[place] + _DENSITY[place] * away * (1.0 - 0.5 * point * away)
    return found


def _integral(values: Reals, x: Reals) -> float:
    """Return the integral by the trapezoid rule over evenly spaced nodes."""
    return float((x[1] - x[0]) * (values.sum() - 0.5 * (values[0] + values[-1])))
