"""Levels set against each other in pairs: differences, chances of being better, and Bayes factors.

Normal approximations of the posteriors (statistics.md 3.9).
"""

from math import erfc, sqrt

import numpy as np
from msgspec import Struct

from learning_core.stats.beta import Reals


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
