"""What the model says of single cells, and of levels over all keywords: means, spreads, credible intervals.

A cell's posterior is a mixture over the strengths of the interaction, given as the Beta distribution of the same
mean and variance (statistics.md 3.7).
"""

from dataclasses import dataclass

import numpy as np

from learning_core.stats.beta import Reals, credible_interval
from learning_core.stats.grouping import Counts
from learning_core.stats.interaction import STRENGTHS
from learning_core.stats.logit import logistic, logit
from learning_core.stats.two_way import Fitted

UNSEEN = -1
"""The number of a keyword that no judged prompt has."""

NORMAL_QUANTILE = 1.959963984540054

_LEAST_VARIANCE = 1e-9
_LEAST_STRENGTH = 0.5


@dataclass(frozen=True, slots=True, eq=False)
class Cells:
    """Rates of cells, one element each: before their own images (`prior`) and after.

    `difference_mean` and `difference_sd` are for setting levels against each other inside one keyword, whose own
    uncertainty cancels.
    """

    effective_n: Reals
    prior: Reals
    mean: Reals
    sd: Reals
    difference_mean: Reals
    difference_sd: Reals

    def intervals(self) -> tuple[Reals, Reals]:
        """Return the lower and upper ends of the 95 % credible intervals."""
        return _interval(self.mean, self.mean * (1.0 - self.mean) / self.sd**2 - 1.0)


@dataclass(frozen=True, slots=True, eq=False)
class Overall:
    """Levels over all keywords: their rates, with 95 % intervals, and their effects on the log-odds scale.

    `mean` is the rate given that levels differ; `reported` also allows for the chance that they do not, so that the
    leader of many equal levels is not overstated. The order of levels is the same in both.
    """

    effective_n: Reals
    mean: Reals
    reported: Reals
    low: Reals
    high: Reals
    effect: Reals
    variance: Reals


def of_cells(fitted: Fitted, keyword: Counts, level: Counts) -> Cells:
    """Return the posteriors of cells, given by keyword (or UNSEEN) and level."""
    n, s = _images(fitted, keyword, level)
    keyword_effect = np.append(fitted.effects.keyword, 0.0)[keyword]
    prior = logistic(logit(fitted.effects.rate) + fitted.effects.level[level] + keyword_effect)
    own = fitted.level_variance[level]
    whole = own + np.append(fitted.keyword_variance, fitted.keyword_prior_variance)[keyword] + fitted.rate_variance
    of_level = fitted.level_covariance[level]
    of_both = of_level + np.append(fitted.keyword_covariance, 0.0)[keyword]
    weights = fitted.interaction.weights[:, None]
    mean, sd = mixture(n, s, prior, whole, of_both, weights)
    return Cells(n, prior, mean, sd, *mixture(n, s, prior, own, of_level, weights))


def of_keyword(fitted: Fitted, keyword: int) -> Cells:
    """Return the posteriors of one keyword (or UNSEEN) with every level."""
    levels = np.arange(fitted.levels)
    return of_cells(fitted, np.full(len(levels), keyword), levels)


def overall(fitted: Fitted) -> Overall:
    """Return the levels over all keywords, with intervals of Beta distributions of the same mean and spread."""
    effect = fitted.effects.level
    mean = logistic(logit(fitted.effects.rate) + effect)
    strength = 1.0 / (mean * (1.0 - mean) * (fitted.level_variance + fitted.rate_variance)) - 1.0
    low, high = _interval(mean, strength)
    reported = logistic(logit(fitted.effects.rate) + (1.0 - fitted.effects.levels.none) * effect)
    return Overall(fitted.numbers.level_n, mean, reported, low, high, effect, fitted.level_variance)


def _interval(mean: Reals, strength: Reals) -> tuple[Reals, Reals]:
    kept = np.maximum(strength, _LEAST_STRENGTH)
    return credible_interval(kept * mean, kept * (1.0 - mean))


def _images(fitted: Fitted, keyword: Counts, level: Counts) -> tuple[Reals, Reals]:
    """Return effective n and s of cells, 0 where there are no images."""
    key = np.where(keyword < 0, -1, keyword * fitted.levels + level)
    place = np.searchsorted(fitted.cell_key, key)
    found = np.append(fitted.cell_key, -2)[place] == key
    n, s = (np.append(each, 0.0)[place] for each in (fitted.numbers.cell_n, fitted.numbers.cell_s))
    return np.where(found, n, 0.0), np.where(found, s, 0.0)


def mixture(n: Reals, s: Reals, prior: Reals, variance: Reals, shared: Reals, weights: Reals) -> tuple[Reals, Reals]:
    """Return mean and standard deviation of rates after n effective images of which s came out well.

    They are mixed over the strengths of the interaction by their weights, a row each; `variance` is that of the
    prior's log-odds. A cell's images are among those that made its prior, and so are other images of their prompts:
    `shared` is the covariance of both on the log-odds. Where the cell's images have the weight w, 2 w (1 − w) times
    it comes to the variance of statistics.md 3.7; without it, intervals of well-filled cells cover 0.91 in simulation.
    """
    spread = prior * (1.0 - prior)
    width = spread / (STRENGTHS[:, None] + 1.0) + spread * spread * variance
    strength = np.maximum(spread / width - 1.0, _LEAST_STRENGTH)
    total = strength + n
    mean = (strength * prior + s) / total
    twice = 2.0 * n * strength / (total * total) * (spread * spread * shared)
    middle = (weights * mean).sum(axis=0)
    second = (weights * (mean * (1.0 - mean) / (total + 1.0) + twice + mean * mean)).sum(axis=0)
    return middle, np.sqrt(np.maximum(second - middle * middle, _LEAST_VARIANCE))
