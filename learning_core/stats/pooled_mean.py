"""Mean ratings of levels drawn towards the mean of all, by how far levels differ (statistics.md 3.11, step 1)."""

from collections.abc import Sequence
from itertools import accumulate

import numpy as np
from msgspec import Struct

from learning_core.stats.beta import Reals
from learning_core.stats.grouping import Counts

_MIDDLE = 3.0
_RATINGS_BEFORE = 3
_LEAST_VARIANCE = 0.05
_VARIANCE_OF_ONE = 1.5


class Starred(Struct, frozen=True, eq=False):
    """The effective n and the mean stars of a parameter's levels, and number, sum and sum of squares of all ratings."""

    effective_n: Reals
    mean: Reals
    ratings: int
    stars: int
    squares: int


def pooled_means(parameters: Sequence[Starred]) -> list[Reals]:
    """Return the pooled mean of each level of each parameter, in stars.

    The spread among levels is by the moments of DerSimonian and Laird, pulled towards an eighth of the variance of one
    rating. All parameters are worked out at once: arrays of a few levels each cost more to begin with than to go
    through.
    """
    if not parameters:
        return []
    sizes = [len(each.mean) for each in parameters]
    first = np.array(list(accumulate(sizes[:-1], initial=0)))
    of_each = np.repeat(np.arange(len(sizes)), sizes)
    n, mean = (np.concatenate([getattr(each, of) for each in parameters]) for of in ("effective_n", "mean"))
    ratings, stars, squares = np.array([(each.ratings, each.stars, each.squares) for each in parameters]).T
    usual = (stars + _RATINGS_BEFORE * _MIDDLE) / (ratings + _RATINGS_BEFORE)
    seen = (squares - stars * stars / ratings) / np.maximum(ratings - 1, 1)
    variance = np.where(ratings > 1, np.maximum(seen, _LEAST_VARIANCE), _VARIANCE_OF_ONE)
    departure = mean - usual[of_each]
    told = n * _spread(n, departure, variance, first, np.array(sizes))[of_each]
    found = usual[of_each] + departure * (told / (told + variance[of_each]))
    return np.split(found, first[1:])


def _spread(n: Reals, departure: Reals, variance: Reals, first: Counts, levels: Counts) -> Reals:
    """Return the variance of the means of each parameter's levels, which begin at `first`."""
    total, squares, moments = (np.add.reduceat(each, first) for each in (n, n * n, n * departure * departure))
    excess = np.maximum(moments / variance - (levels - 1), 0.0)
    divisor = np.where(levels > 1, total - squares / total, 1.0)
    small = variance / 8.0
    return np.where(levels > 1, (variance * excess / divisor * levels + 2.0 * small) / (levels + 2), small)
