"""How many more images it would take to be sure of a difference, if it stays as it looks now."""

from bisect import bisect_left
from math import log, sqrt

from learning_core.stats.strength import STRONG_BAYES_FACTOR

MOST = 100.0
"""More than so many times the images at hand are no sensible advice."""

_TIMES = [2.0 ** (eighths / 8.0) for eighths in range(54)]
_STRONG_ERRORS = 2.3263478740408408
"""Standard errors from 0 at which the probability of a difference is STRONG_PROBABILITY."""


def times_to_settle(value: float, standard_error: float, prior_variance: float) -> float | None:
    """Return how many times the effective images a difference needs to be strong; None for more than MOST times.

    The error falls with the square root of the images; `prior_variance` is that of the difference before any image.
    Both what a strong claim needs (`comparing.difference`) grow with the images, once the first of them is there.
    """
    variance = standard_error**2

    def is_strong(times: float) -> bool:
        errors = abs(value) * sqrt(times / variance)
        log_factor = 0.5 * (log(variance / (times * prior_variance)) + errors * errors)
        return errors >= _STRONG_ERRORS and log_factor >= log(STRONG_BAYES_FACTOR)

    place = bisect_left(_TIMES, x=True, key=is_strong)
    return _TIMES[place] if place < len(_TIMES) else None
