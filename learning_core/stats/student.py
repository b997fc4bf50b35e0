"""Quantiles of Student's t, for intervals of means whose variance is itself an estimate."""

from functools import lru_cache

import numpy as np

from learning_core.stats.beta import credible_interval

NORMAL_QUANTILE = 1.959963984540054
"""The 97.5 % quantile of the normal distribution, which Student's t comes to with many degrees of freedom."""


@lru_cache(maxsize=4096)
def student_quantile(freedom: int) -> float:
    """Return the 97.5 % quantile of Student's t with whole degrees of freedom from 1 up.

    t² / (t² + freedom) has the distribution Beta(1/2, freedom/2) (Abramowitz and Stegun 26.5.27).
    """
    _, high = credible_interval(np.array([0.5]), np.array([freedom / 2.0]), 0.9)
    return float(np.sqrt(freedom * high / (1.0 - high))[0])
