"""Levels set against each other: chances of being better and best, expected regret, and Bayes factors.

Normal approximations of the posteriors (statistics.md 3.9).
"""

from dataclasses import dataclass
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
    """The chance of each level to be the best, and by how much the leader is expected to fall short of the best."""

    probability: Reals
    expected_regret: float


def best(mean: Reals, sd: Reals) -> Best:
    """Return which of independent normal quantities is the greatest; there is at least one."""
    if len(mean) == 1:
        return Best(np.ones(1), 0.0)
    x = np.linspace((mean - _REACH * sd).min(), (mean + _REACH * sd).max(), _NODES)
    z = (x[:, None] - mean) / sd
    below = _quick_normal_distribution(z)
    density = np.exp(-0.5 * z * z) / (sd * _SQRT_TWO_PI)
    chance = _integral(density * _products_of_others(below), x)
    every = below.prod(axis=1)
    return Best(chance / chance.sum(), max(float(x[-1] - _integral(every, x) - mean.max()), 0.0))


_STEPS = 256
_FARTHEST = 9.0
_GRID = np.arange(-_FARTHEST, _FARTHEST + 1.0 / _STEPS, 1.0 / _STEPS)
_DENSITY = np.exp(-0.5 * _GRID * _GRID) / _SQRT_TWO_PI
_BELOW = normal_distribution(_GRID)


def _quick_normal_distribution(x: Reals) -> Reals:
    """Return Φ to about 1e-9: the second-order expansion at the nearest of many points."""
    kept = np.clip(x, -_FARTHEST, _FARTHEST)
    place = np.rint((kept + _FARTHEST) * _STEPS).astype(np.int64)
    point = _GRID[place]
    away = kept - point
    found: Reals = _BELOW[place] + _DENSITY[place] * away * (1.0 - 0.5 * point * away)
    return found


def _products_of_others(below: Reals) -> Reals:
    """Return for each column the product of all other columns."""
    ahead, behind = np.ones_like(below), np.ones_like(below)
    ahead[:, 1:] = np.cumprod(below[:, :-1], axis=1)
    behind[:, :-1] = np.cumprod(below[:, :0:-1], axis=1)[:, ::-1]
    return ahead * behind


def _integral(values: Reals, x: Reals) -> Reals:
    """Return the trapezoid rule down the rows, whose nodes are evenly spaced."""
    step = x[1] - x[0]
    found: Reals = step * (values.sum(axis=0) - 0.5 * (values[0] + values[-1]))
    return found
