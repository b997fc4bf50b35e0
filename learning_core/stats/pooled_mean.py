"""Mean ratings of levels drawn towards the mean of all, by how far levels differ (statistics.md 3.11, step 1)."""

import numpy as np

from learning_core.stats.beta import Reals

_MIDDLE = 3.0
_RATINGS_BEFORE = 3
_LEAST_VARIANCE = 0.05
_VARIANCE_OF_ONE = 1.5


def pooled_means(effective_n: Reals, mean: Reals, ratings: int, stars: int, squares: int) -> Reals:
    """Return the pooled mean of each level, in stars.

    `effective_n` and `mean` are those of the levels; `ratings`, `stars` and `squares` are number, sum and sum of
    squares of all ratings, one at least. The spread among levels is by the moments of DerSimonian and Laird, pulled
    towards an eighth of the variance of one rating.
    """
    usual = (stars + _RATINGS_BEFORE * _MIDDLE) / (ratings + _RATINGS_BEFORE)
    variance = _VARIANCE_OF_ONE
    if ratings > 1:
        variance = max((squares - stars * stars / ratings) / (ratings - 1), _LEAST_VARIANCE)
    departure = mean - usual
    spread = _spread(effective_n, departure, variance)
    found: Reals = usual + departure * (effective_n * spread / (effective_n * spread + variance))
    return found


def _spread(n: Reals, departure: Reals, variance: float) -> float:
    levels, total, small = len(n), float(n.sum()), variance / 8.0
    if levels < 2:
        return small
    excess = max(float((n * departure * departure).sum()) / variance - (levels - 1), 0.0)
    divisor = total - float((n * n).sum()) / total
    return float(np.divide(variance * excess, divisor) * levels + 2.0 * small) / (levels + 2)
