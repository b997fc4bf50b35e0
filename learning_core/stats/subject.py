"""Rates of levels among the images that a question selects, drawn towards what the library as a whole expects.

A subject stands in the two-way model like one more keyword: the common rate, the level's effect and the subject's own
make the prior of each rate, and the images decide how far it departs (statistics.md 3.4 to 3.7). What the model
learned from these very images is taken out of the levels' effects first, so that nothing counts twice. Without a
subject the levels' own effects are estimated, each level measured against the prompts that it was used with.
"""

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from learning_core.stats.beta import Reals
from learning_core.stats.comparing import Best, Difference, best, difference
from learning_core.stats.effective_numbers import effective
from learning_core.stats.grouping import Counts
from learning_core.stats.logit import logistic, logit
from learning_core.stats.main_effects import effects_at
from learning_core.stats.posterior import mixture
from learning_core.stats.two_way import Fitted, variance_of_effects

_LEAST_STRENGTH = 0.5


@dataclass(frozen=True, slots=True, eq=False)
class Images:
    """Judged images of each level: n, s that came out well, and q = Σ n_g² over prompts.

    `level` is its number in the fitted model, or UNSEEN; `r` is Σ n_p² over the prompts of all levels together.
    """

    level: Counts
    n: Counts
    s: Counts
    q: Counts
    r: int


@dataclass(frozen=True, eq=False)
class Rates:
    """Rates of levels, one element each: expected without the images (`prior`), estimated, and their spread.

    `place` and `place_sd` are for setting levels against each other, on a scale where what they share cancels;
    `unknown` is the variance of the place of each level before any image, `departure` that of its distance from what
    the library expects.
    """

    effective_n: Reals
    prior: Reals
    mean: Reals
    sd: Reals
    place: Reals
    place_sd: Reals
    unknown: Reals
    departure: Reals

    @cached_property
    def shapes(self) -> tuple[Reals, Reals]:
        """Return a and b of the Beta distributions with these means and spreads."""
        strength = np.maximum(self.mean * (1.0 - self.mean) / self.sd**2 - 1.0, _LEAST_STRENGTH)
        return strength * self.mean, strength * (1.0 - self.mean)

    def compared(self, first: Counts, second: Counts) -> Difference:
        """Return the differences of the places of pairs of levels."""
        variance = self.place_sd[first] ** 2 + self.place_sd[second] ** 2
        return difference(self.place[first] - self.place[second], variance, self.unknown[first] + self.unknown[second])

    def departures(self) -> Difference:
        """Return how far each rate departs from what the library as a whole expects of it."""
        return difference(self.place - self.prior, self.place_sd**2, self.departure)

    def best(self) -> Best:
        """Return the chance of each level to be the best, and the expected regret of the leader, as a share."""
        return best(self.mean, self.sd)


def of_subject(fitted: Fitted, images: Images, known: Images) -> Rates:
    """Return the rates of levels among the images of one subject; the model was fitted to the `known` ones of them."""
    effects, same = fitted.effects, fitted.correlations.same_level
    size, good = effective(images.n, images.s, images.q, same)
    effect, own = _without(fitted, known)
    base = logit(effects.rate) + np.append(effect, 0.0)[images.level]
    own = np.append(own, fitted.level_prior_variance)[images.level]
    subject = _effect_of_subject(fitted, images, size, logistic(base))
    prior = logistic(base + subject.value)
    weights = fitted.interaction.weights
    whole = own + subject.variance + fitted.rate_variance
    mean, sd = mixture(size, good, prior, whole, np.full(len(size), subject.covariance), weights)
    place, place_sd = mixture(size, good, prior, own, np.zeros(len(size)), weights)
    slope = prior * (1.0 - prior)
    unknown = slope**2 * (fitted.level_prior_variance + fitted.interaction.variance)
    departure = slope**2 * (own + fitted.interaction.variance)
    return Rates(size, prior, mean, sd, place, place_sd, unknown, departure)


def of_everything(fitted: Fitted, images: Images, expected: Reals) -> Rates:
    """Return the rates of levels over all subjects; `expected` is the rate of each level's prompts without it."""
    size, good = effective(images.n, images.s, images.q, fitted.correlations.same_level)
    levels = fitted.effects.levels
    effect = effects_at(levels.strength, size, good, expected)
    departures = np.append(fitted.interaction.variance / fitted.equal_keywords, fitted.interaction.variance)
    variance = variance_of_effects(effect, expected, levels.weights, size, good, departures[images.level])
    # The chance that levels make no difference at all: the leader of many equal ones must not be overstated.
    mean = logistic(logit(fitted.effects.rate) + (1.0 - levels.none) * effect)
    sd = mean * (1.0 - mean) * np.sqrt(variance + fitted.rate_variance)
    unknown = np.full(len(size), fitted.level_prior_variance)
    prior = np.full(len(size), fitted.effects.rate)
    return Rates(size, prior, mean, sd, effect, np.sqrt(variance), unknown, unknown)


def _without(fitted: Fitted, known: Images) -> tuple[Reals, Reals]:
    """Return the effects of the model's levels, and their variances, as without these images."""
    levels, numbers = fitted.effects.levels, fitted.numbers
    size, good = effective(known.n, known.s, known.q, fitted.correlations.same_level)
    seen = known.level >= 0
    taken, taken_good = (np.bincount(known.level[seen], each[seen], fitted.levels) for each in (size, good))
    # Effective numbers do not simply add up: what is left may not fall below nothing.
    n = np.maximum(numbers.level_n - taken, 0.0)
    s = np.clip(numbers.level_s - taken_good, 0.0, n)
    value = effects_at(levels.strength, n, s, levels.expected)
    departures = fitted.interaction.variance / fitted.equal_keywords
    return value, variance_of_effects(value, levels.expected, levels.weights, n, s, departures)


@dataclass(frozen=True, slots=True)
class _Effect:
    """The subject's effect on the log-odds, its variance, and its covariance with the rates of its own images."""

    value: float
    variance: float
    covariance: float


def _effect_of_subject(fitted: Fitted, images: Images, size: Reals, rates: Reals) -> _Effect:
    """Return the effect of a subject, given its effective images of each level and the rates expected of them."""
    keywords, departures = fitted.effects.keywords, fitted.interaction.variance
    n, s = _together(fitted, images)
    expected = np.array([float((size * rates).sum() / size.sum())])
    one, good = np.array([n]), np.array([s])
    value = effects_at(keywords.strength, one, good, expected)
    unequal = np.array([departures * float((size * size).sum() / size.sum() ** 2)])
    variance = variance_of_effects(value, expected, keywords.weights, one, good, unequal)
    covariance = 1.0 / ((n + keywords.strength) * fitted.outcome_variance)
    return _Effect(float(value[0]), float(variance[0]), covariance)


def _together(fitted: Fitted, images: Images) -> tuple[float, float]:
    """Return effective n and s of all levels together (statistics.md 3.2, keyword)."""
    n, s, q = (int(each.sum()) for each in (images.n, images.s, images.q))
    correlations = fitted.correlations
    excess = ((q - n) * correlations.same_level + (images.r - q) * correlations.across) / n
    size = n / max(1.0, 1.0 + excess)
    return size, s * size / n
