"""Rates and orders of levels for prompts of several keywords.

Each keyword's effect and interaction is damped by √L for the rate, the interactions by L for the order: words of
one prompt say partly the same (statistics.md 3.8). Two things are added to that: the effect of the prompt's length,
and the uncertainty of rate and level, over which the rate is averaged, so that few images do not sound sure.
"""

from dataclasses import dataclass
from math import pi

import numpy as np

from learning_core.stats.beta import Reals
from learning_core.stats.comparing import Difference, difference
from learning_core.stats.grouping import Counts
from learning_core.stats.logit import logistic, logit
from learning_core.stats.posterior import of_cells
from learning_core.stats.sufficient_statistics import Prompts
from learning_core.stats.two_way import Fitted


@dataclass(frozen=True, slots=True, eq=False)
class Prediction:
    """Of each prompt (a row) and level (a column): rates, the score to order levels by, and its variance.

    `rate` is what to expect, `plain_rate` the same as of statistics.md 3.8, by effects taken as certain, without the
    prompt's length.

    Scores are on the log-odds scale and mean something only beside those of the same prompt; `prior_variance` is
    that of the difference of two scores before any image.
    """

    rate: Reals
    plain_rate: Reals
    score: Reals
    variance: Reals
    prior_variance: float

    def compared(self, prompt: int, first: Counts, second: Counts) -> Difference:
        """Return the differences of scores of pairs of levels for one prompt."""
        score, variance = self.score[prompt], self.variance[prompt]
        return difference(score[first] - score[second], variance[first] + variance[second], self.prior_variance)


def predict(fitted: Fitted, prompts: Prompts) -> Prediction:
    """Return predictions for prompts, whose keywords may be UNSEEN."""
    lengths, levels = prompts.lengths, fitted.levels
    prompt = np.repeat(np.arange(len(lengths)), lengths)
    keyword, place = np.unique(prompts.keywords, return_inverse=True)
    size = len(keyword)
    cells = of_cells(fitted, np.repeat(keyword, levels), np.tile(np.arange(levels), size))
    departure = (logit(cells.mean) - logit(cells.prior)).reshape(size, levels)
    effect = departure + np.append(fitted.effects.keyword, 0.0)[keyword][:, None]
    order = (logit(cells.difference_mean) - logit(cells.prior)).reshape(size, levels)
    slope = cells.difference_mean * (1.0 - cells.difference_mean)
    variance = ((cells.difference_sd / slope) ** 2).reshape(size, levels)
    effects, orders, variances = (_sums(prompt, each[place], len(lengths)) for each in (effect, order, variance))
    count = np.maximum(lengths, 1)[:, None]
    level = fitted.effects.level
    plain = logit(fitted.effects.rate) + level + effects / np.sqrt(count)
    return Prediction(
        _averaged(plain + fitted.length.effects(lengths)[:, None], _uncertainty(fitted)),
        logistic(plain),
        level + orders / count,
        np.where(lengths[:, None] > 0, variances / count, fitted.level_variance),
        2.0 * (fitted.level_prior_variance + fitted.interaction.variance),
    )


def _uncertainty(fitted: Fitted) -> Reals:
    """Return the variance of each level's log-odds, as if all levels had the common rate.

    At its own rate the uncertainty of a level that always fails would draw its prediction far towards one half.
    """
    images = fitted.numbers.level_n + fitted.effects.level_strength
    return 1.0 / (images * fitted.outcome_variance) + fitted.rate_variance


def _averaged(log_odds: Reals, variance: Reals) -> Reals:
    """Return the mean of rates whose log-odds are uncertain (MacKay 1992, evidence framework for classifiers)."""
    return logistic(log_odds / np.sqrt(1.0 + pi * variance / 8.0))


def _sums(place: Counts, rows: Reals, places: int) -> Reals:
    total = np.zeros((places, rows.shape[1]))
    np.add.at(total, place, rows)
    return total
