"""How many more images it would take to be sure of a difference, if it stays as it looks now."""

import numpy as np

from learning_core.stats.comparing import difference
from learning_core.stats.strength import STRONG_BAYES_FACTOR, STRONG_PROBABILITY

MOST = 100.0
"""More than so many times the images at hand are no sensible advice."""

_TIMES = 2.0 ** (np.arange(0.0, 8.0, 0.125))


def times_to_settle(value: float, standard_error: float, prior_variance: float) -> float | None:
    """Return how many times the effective images a difference needs to be strong; None for more than MOST times.

    The error falls with the square root of the images; `prior_variance` is that of the difference before any image.
    """
    sizes = _TIMES[_TIMES <= MOST]
    variance = standard_error**2 / sizes
    found = difference(np.full(len(sizes), abs(value)), variance, prior_variance)
    enough = (found.probability >= STRONG_PROBABILITY) & (found.bayes_factor >= STRONG_BAYES_FACTOR)
    return float(sizes[int(enough.argmax())]) if enough.any() else None
