"""How far cells of keyword and level depart from what their main effects say: usually very little.

The strength of the departures is not one number but a mixture, each strength weighted by how well it explains the
cells (statistics.md 3.5 and 3.6).
"""

from math import log, sqrt

import numpy as np
from msgspec import Struct

from learning_core.stats.beta import Reals
from learning_core.stats.effective_numbers import EffectiveNumbers
from learning_core.stats.logit import logistic, logit
from learning_core.stats.main_effects import MainEffects, log_likelihoods
from learning_core.stats.sufficient_statistics import SufficientStatistics

STRENGTHS: Reals = 2.0 * 1000.0 ** (np.arange(25) / 24.0)
"""Strengths of a cell's prior around its main effects, in images."""

_STRENGTH_PRIOR = -0.5 * ((np.log(STRENGTHS) - log(15.0)) / 1.5) ** 2


class Interaction(Struct, frozen=True, eq=False):
    """How plausible each of STRENGTHS is (sums to 1), and the variance of departures on the log-odds scale."""

    weights: Reals
    variance: float


def rate_variance(rate: float) -> float:
    """Return p(1 − p), at least 0.001: the variance of one outcome, and the slope of the logistic function."""
    return max(rate * (1.0 - rate), 0.001)


def interaction(counts: SufficientStatistics, numbers: EffectiveNumbers, effects: MainEffects) -> Interaction:
    """Return the strength of the interaction that the cells with images show.

    Main effects follow their own cells; departures are widened for that, by √2 at most.
    """
    cells = counts.cells
    used = numbers.cell_n > 0
    n, s = numbers.cell_n[used], numbers.cell_s[used]
    expected = logistic(logit(effects.rate) + effects.level[cells.level[used]] + effects.keyword[cells.keyword[used]])
    factor = widening(int((numbers.keyword_n > 0).sum()), int((numbers.level_n > 0).sum()))
    widened = np.clip(expected + factor * (s / n - expected), 0.0, 1.0)
    kept = np.clip(expected, 0.001, 0.999)
    score = log_likelihoods(n, n * widened, STRENGTHS[:, None], kept) + _STRENGTH_PRIOR
    weights = np.exp(score - score.max())
    weights /= weights.sum()
    variance = float((weights / (STRENGTHS + 1.0)).sum()) / rate_variance(effects.rate)
    return Interaction(weights, variance)


def widening(keywords: int, levels: int) -> float:
    """Return the factor for departures from effects that were estimated from a table of so many rows and columns."""
    if keywords <= 1 or levels <= 1:
        return 1.0
    return sqrt(min(2.0, keywords * levels / ((keywords - 1) * (levels - 1))))
