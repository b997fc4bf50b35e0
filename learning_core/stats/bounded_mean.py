"""The mean of outcomes between 0 and 1, with an interval that knows that those of one prompt are partly the same."""

from collections import Counter
from collections.abc import Iterable, Sequence
from math import fsum, sqrt

from msgspec import Struct

from learning_core.stats.effective_numbers import USUAL_SAME_LEVEL
from learning_core.stats.student import student_quantile

_USUAL_VARIANCE = 1.0 / 12.0
"""That of an even spread from 0 to 1, which counts as three outcomes."""

_USUAL_OUTCOMES = 3.0


class BoundedMean(Struct, frozen=True):
    """Number of outcomes, how many independent ones they are worth, their mean, and its 95 % interval, 0 to 1."""

    n: int
    effective_n: float
    mean: float
    low: float
    high: float


def sum_of_squares(clusters: Iterable[int]) -> int:
    """Return Σ n_g² over clusters, given the cluster of each outcome."""
    return sum(size * size for size in Counter(clusters).values())


def bounded_mean(outcomes: Sequence[float], clusters: Sequence[int]) -> BoundedMean:
    """Return the mean of outcomes, at least one, each of a cluster (its prompt).

    n̂ = n / (1 + (Q/n − 1)ρ) with the usual correlation ρ (statistics.md 3.2), s² = ((n − 1)·var + 3/12)/(n + 2), and
    Student's t with n̂ + 2 degrees of freedom. Sums do not depend on the order.
    """
    n = len(outcomes)
    mean = fsum(outcomes) / n
    effective_n = n / max(1.0, 1.0 + (sum_of_squares(clusters) / n - 1.0) * USUAL_SAME_LEVEL)
    spread = fsum((each - mean) ** 2 for each in outcomes) + _USUAL_OUTCOMES * _USUAL_VARIANCE
    variance = spread / (n - 1.0 + _USUAL_OUTCOMES)
    reach = student_quantile(int(effective_n) + 2) * sqrt(variance / effective_n)
    return BoundedMean(n, effective_n, mean, max(mean - reach, 0.0), min(mean + reach, 1.0))
