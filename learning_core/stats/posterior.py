"""What the model says of single cells: means and spreads.

A cell's posterior is a mixture over the strengths of the interaction, given by its mean and variance (statistics.md
3.7).
"""

import numpy as np
from msgspec import Struct

from learning_core.stats.beta import Reals
from learning_core.stats.grouping import Counts
from learning_core.stats.interaction import STRENGTHS
from learning_core.stats.logit import logistic, logit
from learning_core.stats.two_way import Fitted

_LEAST_VARIANCE = 1e-9
_LEAST_STRENGTH = 0.5
_NO_WEIGHT = 1e-15
"""A strength of so little weight changes no digit: most are, of the many that are possible."""


class Cells(Struct, frozen=True, eq=False):
    """Rates of cells, one element each: before their own images (`prior`) and after, with their spread.

    They are for setting levels against each other inside one keyword, whose own uncertainty cancels.
    """

    effective_n: Reals
    prior: Reals
    mean: Reals
    sd: Reals


def of_cells(fitted: Fitted, keyword: Counts, level: Counts) -> Cells:
    """Return the posteriors of cells, given by keyword (or UNSEEN) and level."""
    size, n, s = _images(fitted, keyword, level)
    keyword_effect = np.append(fitted.effects.keyword, 0.0)[keyword]
    prior = logistic(logit(fitted.effects.rate) + fitted.effects.level[level] + keyword_effect)
    weights = fitted.interaction.weights[:, None]
    mean, sd = mixture(n, s, prior, fitted.level_variance_in_cells[level], fitted.level_covariance[level], weights)
    return Cells(size, prior, mean, sd)


def _images(fitted: Fitted, keyword: Counts, level: Counts) -> tuple[Reals, Reals, Reals]:
    """Return effective n of cells, then n and s with what stars tell, 0 where there are no images."""
    key = np.where(keyword < 0, -1, keyword * fitted.levels + level)
    place = np.searchsorted(fitted.cell_key, key)
    found = np.append(fitted.cell_key, -2)[place] == key
    numbers = fitted.numbers.cell_n, fitted.informed.cell_n, fitted.informed.cell_s
    size, n, s = (np.where(found, np.append(each, 0.0)[place], 0.0) for each in numbers)
    return size, n, s


def mixture(n: Reals, s: Reals, prior: Reals, variance: Reals, shared: Reals, weights: Reals) -> tuple[Reals, Reals]:
    """Return mean and standard deviation of rates after n effective images of which s came out well.

    They are mixed over the strengths of the interaction by their weights, a row each; `variance` is that of the
    prior's log-odds. A cell's images are among those that made its prior, and so are other images of their prompts:
    `shared` is the covariance of both on the log-odds. Where the cell's images have the weight w, 2 w (1 − w) times
    it comes to the variance of statistics.md 3.7; without it, intervals of well-filled cells cover 0.91 in simulation.
    Both may have a row for each of several questions about the same cells; so has what is found.
    """
    told = (weights.max(axis=1) > _NO_WEIGHT).nonzero()[0]
    weights = weights[told]
    spread = prior * (1.0 - prior)
    variance, shared = variance[..., None, :], shared[..., None, :]
    width = spread / (STRENGTHS[told, None] + 1.0) + spread * spread * variance
    strength = np.maximum(spread / width - 1.0, _LEAST_STRENGTH)
    total = strength + n
    mean = (strength * prior + s) / total
    twice = 2.0 * n * strength / (total * total) * (spread * spread * shared)
    middle = (weights * mean).sum(axis=-2)
    second = (weights * (mean * (1.0 - mean) / (total + 1.0) + twice + mean * mean)).sum(axis=-2)
    return middle, np.sqrt(np.maximum(second - middle * middle, _LEAST_VARIANCE))
