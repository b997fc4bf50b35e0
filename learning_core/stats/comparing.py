"""Levels set against each other: chances of being better and best, expected regret, and Bayes factors.

Normal approximations of the posteriors (statistics.md 3.9).
"""

from collections.abc import Sequence
from functools import cache
from math import erfc, sqrt

import numpy as np
from msgspec import Struct

from learning_core.stats.beta import Reals

_PARTS = np.linspace(0.0, 1.0, 201)
_REACH = 6.0
_SQRT_TWO_PI = 2.5066282746310002


class Difference(Struct, frozen=True, eq=False):
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


class Best(Struct, frozen=True, eq=False):
    """The chance of each level to be the best, and by how much it is expected to fall short of the best.

    `expected_regret` is that of the leader of all levels.
    """

    probability: Reals
    expected_regret: float
    regret: Reals


class Field(Struct, frozen=True, eq=False):
    """Independent normal quantities, one at least, and the numbers of those whose chances are asked for."""

    mean: Reals
    sd: Reals
    levels: Sequence[int]


def best(mean: Reals, sd: Reals, levels: Sequence[int] | None = None) -> Best:
    """Return which of independent normal quantities is the greatest; there is at least one.

    Chances are those of some `levels`, by number, or of all.
    """
    return best_of_fields([Field(mean, sd, range(len(mean)) if levels is None else levels)])[0]


def best_of_fields(fields: Sequence[Field]) -> list[Best]:
    """Return which is the greatest in each field: the integral of its density times the chance that all others are
    below (statistics.md 3.9).

    Several fields are worked out at once: arrays of a few levels each cost more to begin with than to go through.
    """
    if not fields:
        return []
    mean, sd = (np.concatenate([getattr(each, name) for each in fields]) for name in ("mean", "sd"))
    sizes = [len(each.mean) for each in fields]
    first = np.cumsum([0, *sizes[:-1]])
    of_field = np.repeat(np.arange(len(fields)), sizes)
    # Where one of them is surely above, nothing is left to be integrated.
    low, high = (np.maximum.reduceat(mean + reach * sd, first) for reach in (-_REACH, _REACH))
    x = low[:, None] + (high - low)[:, None] * _PARTS
    z = (x[of_field] - mean[:, None]) / sd[:, None]
    below = _quick_normal_distribution(z)
    wanted = np.concatenate([start + np.array(each.levels) for start, each in zip(first, fields, strict=True)])
    own = below[wanted]
    below[wanted] = 1.0
    density = np.exp(-0.5 * z[wanted] ** 2) / (sd[wanted, None] * _SQRT_TWO_PI)
    rest = np.multiply.reduceat(below, first, axis=0)
    ends = np.cumsum([len(each.levels) for each in fields]).tolist()
    return [
        _best(each, x[place], rest[place], own[begin:end], density[begin:end])
        for place, (each, begin, end) in enumerate(zip(fields, [0, *ends], ends, strict=False))
    ]


def _best(field: Field, x: Reals, rest: Reals, own: Reals, density: Reals) -> Best:
    """Return one field's answer, given at the nodes `x` the chances that all `rest` and each of its own are below."""
    if len(field.mean) == 1:
        return Best(np.ones(len(own)), 0.0, np.zeros(len(own)))
    one = np.ones_like(x)[None]
    before = np.cumprod(np.concatenate((one, own)), axis=0)
    after = np.cumprod(np.concatenate((one, own[::-1])), axis=0)[::-1]
    chances = _integrals(density * rest * before[:-1] * after[1:], x)
    greatest = float(x[-1] - _integrals(rest * before[-1], x))
    regret = np.maximum(greatest - field.mean[list(field.levels)], 0.0)
    return Best(chances, max(greatest - float(field.mean.max()), 0.0), regret)


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


def _integrals(values: Reals, x: Reals) -> Reals:
    """Return the integrals of functions, by the trapezoid rule over evenly spaced nodes along the last axis."""
    found: Reals = (x[1] - x[0]) * (values.sum(axis=-1) - 0.5 * (values[..., 0] + values[..., -1]))
    return found
