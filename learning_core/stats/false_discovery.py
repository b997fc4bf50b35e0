"""Many tests at once: p-values adjusted so that few of what is named is named by chance, and intervals to match."""

import math
from statistics import NormalDist

import numpy as np

from learning_core.stats.beta import Reals


def two_sided(z: Reals) -> Reals:
    """Return the probability that a standard normal number is farther from 0 than each z; exact far out."""
    return np.array([math.erfc(abs(each) / math.sqrt(2.0)) for each in z.tolist()], np.float64)


def benjamini_hochberg(p: Reals) -> Reals:
    """Return adjusted p-values: naming all of at most q keeps the expected share of false names at q or below.

    Benjamini and Hochberg (1995): of m values, the i-th smallest times m / i, and no more than those of larger ones.
    """
    m = len(p)
    order = np.argsort(p, kind="stable")
    scaled = p[order] * m / np.arange(1, m + 1)
    adjusted = np.empty(m)
    adjusted[order] = np.minimum(np.minimum.accumulate(scaled[::-1])[::-1], 1.0)
    return adjusted


def selected_quantile(named: int, tested: int, rate: float) -> float:
    """Return the standard errors to either side of an estimate that was picked as one of `named` out of `tested`.

    Intervals of picked estimates at the usual width cover too rarely. Benjamini and Yekutieli (2005): at the level
    1 - rate * named / tested the expected share of those that miss is at most `rate` (0 to 1, exclusive).
    """
    return NormalDist().inv_cdf(1.0 - rate * max(named, 1) / (2.0 * tested))
