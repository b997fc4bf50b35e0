"""The order of levels for a prompt: words that clearly have an order of their own speak, the others do not dilute them.

Without such a word, all words of the prompt together move the order a little (statistics.md 3.8, order by 1/L). The
rate to expect is moved by what words and traits of the prompt do to all levels alike (prompt_text); it is averaged over
what is not known of rate and level, so that few images do not sound sure.
"""

from math import pi

import numpy as np
import numpy.typing as npt
from msgspec import Struct
from msgspec.structs import replace

from learning_core.stats.beta import Reals
from learning_core.stats.comparing import Difference, difference
from learning_core.stats.greatest import Best, best
from learning_core.stats.grouping import Counts
from learning_core.stats.logit import logistic, logit
from learning_core.stats.posterior import of_cells
from learning_core.stats.strength import LEAST_EFFECTIVE_N, MODERATE_PROBABILITY, STRONG_BAYES_FACTOR
from learning_core.stats.subject import Rates
from learning_core.stats.two_way import Fitted

_LEAST_STRENGTH = 0.5
_LEAST_APART = 1e-9


class Order(Struct, frozen=True, eq=False):
    """Scores of levels on the log-odds scale with their variances, and that of a difference before any image.

    `offset` is what all levels share, `shared` its variance; `doubt` is the variance over which rates are averaged, 0
    where the scores are those of rates that were. Effects are taken as independent.
    """

    score: Reals
    variance: Reals
    prior_variance: float
    offset: float
    shared: Reals
    doubt: Reals

    @property
    def rate(self) -> Reals:
        """The rates to expect: means over uncertain log-odds (MacKay 1992, evidence framework for classifiers)."""
        return logistic((self.offset + self.score) / np.sqrt(1.0 + pi * self.doubt / 8.0))

    @property
    def shapes(self) -> tuple[Reals, Reals]:
        """a and b of the Beta distributions of the rates."""
        rate = self.rate
        strength = np.maximum(1.0 / (rate * (1.0 - rate) * (self.variance + self.shared)) - 1.0, _LEAST_STRENGTH)
        return strength * rate, strength * (1.0 - rate)

    def compared(self, first: int, others: Counts) -> Difference:
        """Return the differences of the score of one level from those of others."""
        variance = self.variance[first] + self.variance[others]
        return difference(self.score[first] - self.score[others], variance, self.prior_variance)

    def best(self, levels: Counts) -> Best:
        """Return the chance of some levels, at least one, to be the best, and the leader's regret as a share."""
        rate = self.rate[levels]
        return best(rate, rate * (1.0 - rate) * np.sqrt(self.variance[levels]))


class Words(Struct, frozen=True, eq=False):
    """What words add to the order: a row a word, a column a level.

    `departure` is on the log-odds scale, `variance` its own, `effect` what the word does to all levels alike;
    `departs` tells which words clearly have an order of their own.
    """

    departure: Reals
    variance: Reals
    effect: Reals
    effect_variance: Reals
    departs: npt.NDArray[np.bool_]

    @property
    def some_depart(self) -> bool:
        """Whether any word has an order of its own."""
        return bool(self.departs.any())


def words_of(fitted: Fitted, keywords: Counts, levels: Counts) -> Words:
    """Return what keywords of the model, or UNSEEN ones, add to some of its levels."""
    shape = len(keywords), len(levels)
    keyword, level = np.repeat(keywords, len(levels)), np.tile(levels, len(keywords))
    cells = of_cells(fitted, keyword, level)
    slope = cells.mean * (1.0 - cells.mean)
    expected = cells.prior * (1.0 - cells.prior)
    usual = expected**2 * (fitted.level_variance_in_cells[level] + fitted.interaction.variance)
    found = difference(cells.mean - cells.prior, cells.sd**2, usual)
    surely = (found.probability >= MODERATE_PROBABILITY) | (found.probability <= 1.0 - MODERATE_PROBABILITY)
    clear = surely & (found.bayes_factor >= STRONG_BAYES_FACTOR) & (cells.effective_n >= LEAST_EFFECTIVE_N)
    departs: npt.NDArray[np.bool_] = np.logical_or.reduce(clear.reshape(shape), axis=1)
    return Words(
        (logit(cells.mean) - logit(cells.prior)).reshape(shape),
        ((cells.sd / slope) ** 2).reshape(shape),
        np.append(fitted.text.words, 0.0)[keywords],
        np.append(fitted.keyword_variance, fitted.keyword_prior_variance)[keywords],
        departs,
    )


def over_all_prompts(fitted: Fitted, levels: Counts) -> Order:
    """Return the order of some levels whatever the prompt."""
    return Order(
        fitted.effects.level[levels],
        fitted.level_variance[levels],
        2.0 * fitted.level_prior_variance,
        float(logit(fitted.effects.rate)),
        np.full(len(levels), fitted.rate_variance),
        _doubt(fitted)[levels],
    )


def weighed_anew(fitted: Fitted, levels: Counts, rates: Rates) -> Order:
    """Return that order by other weights of the images: `rates` are those of all of them (`of_everything`)."""
    usual = over_all_prompts(fitted, levels)
    return replace(usual, score=rates.place, variance=rates.place_sd**2)


def _doubt(fitted: Fitted) -> Reals:
    """Return the variance of each level's log-odds, as if all levels had the common rate.

    At its own rate the uncertainty of a level that always fails would draw its prediction far towards one half.
    """
    images = fitted.informed.level_n + fitted.effects.level_strength
    return 1.0 / (images * fitted.outcome_variance) + fitted.rate_variance


def within(fitted: Fitted, rates: Rates) -> Order:
    """Return the order of levels by their rates inside one group of images, which are drawn towards the model's."""
    slope = rates.place * (1.0 - rates.place)
    prior = 2.0 * (fitted.level_prior_variance + fitted.interaction.variance)
    variance = (rates.place_sd / slope) ** 2
    shared = np.maximum((rates.sd / slope) ** 2 - variance, 0.0)
    return Order(logit(rates.place), variance, prior, 0.0, shared, np.zeros(len(variance)))


def beside(order: Order, words: Words, fitted: Fitted, traits: Counts) -> Order:
    """Return an order at the rates that a prompt's words let expect, themselves not moved by them.

    `traits` are TRAITS of the prompt: it may have more words than count.
    """
    if not len(words.effect):
        return order
    offset = order.offset + fitted.text.of_words(words.effect) + fitted.text.of_traits(traits)
    return replace(order, offset=offset, shared=order.shared + float(words.effect_variance.mean()))


def for_prompt(order: Order, words: Words, fitted: Fitted, traits: Counts) -> Order:
    """Return an order moved by the words of a prompt, one at least: by those that depart clearly, or else by all.

    Of several that depart each speaks as loudly as it sets levels apart: what most prompts have departs a little, too.
    """
    apart = np.ptp(words.departure, axis=1) + _LEAST_APART
    loudness = words.departs * apart if words.some_depart else np.ones(len(words.departs))
    found = beside(order, words, fitted, traits)
    return replace(
        found,
        score=found.score + np.average(words.departure, axis=0, weights=loudness),
        # Both hold the uncertainty of the level itself, so they are not added up.
        variance=np.maximum(np.average(words.variance, axis=0, weights=loudness), found.variance),
        prior_variance=2.0 * (fitted.level_prior_variance + fitted.interaction.variance),
    )
