"""The order of levels for a prompt: words that clearly have an order of their own speak, the others do not dilute them.

Without such a word, all words of the prompt together move the order a little (statistics.md 3.8, order by 1/L).
"""

from dataclasses import dataclass

import numpy as np

from learning_core.stats.beta import Reals
from learning_core.stats.comparing import Best, Difference, best, difference
from learning_core.stats.grouping import Counts
from learning_core.stats.logit import logistic, logit
from learning_core.stats.posterior import of_cells
from learning_core.stats.strength import LEAST_EFFECTIVE_N, MODERATE_PROBABILITY, STRONG_BAYES_FACTOR
from learning_core.stats.two_way import Fitted


@dataclass(frozen=True, slots=True, eq=False)
class Order:
    """Scores of levels on the log-odds scale with their variances, and that of a difference before any image.

    `offset` is what all levels share: σ(offset + score) is the rate to expect. Effects are taken as independent.
    """

    score: Reals
    variance: Reals
    prior_variance: float
    offset: float

    @property
    def rate(self) -> Reals:
        """The rates to expect."""
        return logistic(self.offset + self.score)

    def compared(self, first: int, others: Counts) -> Difference:
        """Return the differences of the score of one level from those of others."""
        variance = self.variance[first] + self.variance[others]
        return difference(self.score[first] - self.score[others], variance, self.prior_variance)

    def best(self, levels: Counts) -> Best:
        """Return the chance of some levels, at least one, to be the best of them, and the leader's regret as a share."""
        rate = self.rate[levels]
        return best(rate, rate * (1.0 - rate) * np.sqrt(self.variance[levels]))


@dataclass(frozen=True, slots=True, eq=False)
class Words:
    """What words add to the order: a row a word, a column a level.

    `departure` is on the log-odds scale, `variance` its own, `effect` what the word does to all levels alike;
    `departs` tells which words clearly have an order of their own.
    """

    departure: Reals
    variance: Reals
    effect: Reals
    departs: Counts

    @property
    def some_depart(self) -> bool:
        """Whether any word has an order of its own."""
        return bool(self.departs.any())


def words_of(fitted: Fitted, keywords: Counts) -> Words:
    """Return what keywords of the model, or UNSEEN ones, add."""
    levels = fitted.levels
    shape = len(keywords), levels
    cells = of_cells(fitted, np.repeat(keywords, levels), np.tile(np.arange(levels), len(keywords)))
    slope = cells.difference_mean * (1.0 - cells.difference_mean)
    own = np.tile(fitted.level_variance, len(keywords))
    expected = cells.prior * (1.0 - cells.prior)
    found = difference(
        cells.difference_mean - cells.prior, cells.difference_sd**2, expected**2 * (own + fitted.interaction.variance)
    )
    surely = (found.probability >= MODERATE_PROBABILITY) | (found.probability <= 1.0 - MODERATE_PROBABILITY)
    clear = surely & (found.bayes_factor >= STRONG_BAYES_FACTOR) & (cells.effective_n >= LEAST_EFFECTIVE_N)
    return Words(
        (logit(cells.difference_mean) - logit(cells.prior)).reshape(shape),
        ((cells.difference_sd / slope) ** 2).reshape(shape),
        np.append(fitted.effects.keyword, 0.0)[keywords],
        clear.reshape(shape).any(axis=1),
    )


def over_all_prompts(fitted: Fitted) -> Order:
    """Return the order of levels whatever the prompt."""
    return Order(
        fitted.effects.level,
        fitted.level_variance,
        2.0 * fitted.level_prior_variance,
        float(logit(np.array(fitted.effects.rate))),
    )


def for_words(fitted: Fitted, words: Words, before: Order) -> Order:
    """Return an order moved by the words of a prompt: by those that depart clearly, by all where none does."""
    count = len(words.effect)
    if not count:
        return before
    speaking = words.departs if words.some_depart else np.ones(count, bool)
    return Order(
        before.score + words.departure[speaking].mean(axis=0),
        np.maximum(words.variance[speaking].mean(axis=0), before.variance),
        2.0 * (fitted.level_prior_variance + fitted.interaction.variance),
        before.offset + float(words.effect.sum()) / count**0.5,
    )


def within(fitted: Fitted, place: Reals, place_sd: Reals) -> Order:
    """Return the order of levels by their rates inside one group of images, which the rates are drawn towards."""
    slope = place * (1.0 - place)
    prior = 2.0 * (fitted.level_prior_variance + fitted.interaction.variance)
    return Order(logit(place), (place_sd / slope) ** 2, prior, 0.0)
