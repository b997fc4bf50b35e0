"""Rates of levels among the images that a question selects, drawn towards what the library as a whole expects.

A subject stands in the two-way model like one more keyword: the common rate, the level's effect and the subject's own
make the prior of each rate, and the images decide how far it departs (statistics.md 3.4 to 3.7). Without a subject
the levels' own effects are estimated from the images, each level measured against the prompts it was used with.
"""

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from learning_core.stats.beta import Reals, credible_interval
from learning_core.stats.comparing import Difference, difference
from learning_core.stats.grouping import Counts
from learning_core.stats.logit import logistic, logit
from learning_core.stats.posterior import mixture
from learning_core.stats.shrinkage import effective
from learning_core.stats.two_way import Fitted

UNSEEN = -1
"""The number of a level that the fitted model does not know."""

_LEAST_STRENGTH = 0.5
_NO_IMAGES = 1e-9


@dataclass(frozen=True, slots=True, eq=False)
class Images:
    """Judged images of each level: n, s that came out well, q = Σ n_g² over prompts; `level` in the model or UNSEEN.

    `r` is Σ n_p² over the prompts of all levels together.
    """

    level: Counts
    n: Counts
    s: Counts
    q: Counts
    r: int


@dataclass(frozen=True, eq=False)
class Rates:
    """Rates of levels, one element each: expected without the images (`prior`) and estimated, and their spread.

    `place` and `place_sd` are for setting levels against each other, on a scale where what they share cancels;
    `unknown` is the variance of the place of each level before any image.
    """

    effective_n: Reals
    prior: Reals
    mean: Reals
    sd: Reals
    place: Reals
    place_sd: Reals
    unknown: Reals

    @cached_property
    def shapes(self) -> tuple[Reals, Reals]:
        """Return a and b of the Beta distributions with these means and spreads."""
        strength = np.maximum(self.mean * (1.0 - self.mean) / self.sd**2 - 1.0, _LEAST_STRENGTH)
        return strength * self.mean, strength * (1.0 - self.mean)

    def intervals(self, levels: Counts) -> tuple[Reals, Reals]:
        """Return the lower and upper ends of the 95 % credible intervals of some levels."""
        a, b = self.shapes
        return credible_interval(a[levels], b[levels])

    def compared(self, first: Counts, second: Counts) -> Difference:
        """Return the differences of the places of pairs of levels."""
        variance = self.place_sd[first] ** 2 + self.place_sd[second] ** 2
        return difference(self.place[first] - self.place[second], variance, self.unknown[first] + self.unknown[second])


def of_subject(fitted: Fitted, images: Images) -> Rates:
    """Return the rates of levels among the images of one subject."""
    correlations, effects, outcome = fitted.correlations, fitted.effects, fitted.outcome_variance
    size, good = effective(images.n, images.s, images.q, correlations.same_level)
    base = logit(effects.rate) + np.append(effects.level, 0.0)[images.level]
    own, unseen = _level_variances(fitted, images.level)
    n, s = _together(fitted, images)
    expected = float((size * logistic(base)).sum() / size.sum())
    strength = effects.keyword_strength
    subject = logit((s + strength * expected) / (n + strength)) - logit(expected)
    departures = fitted.interaction.variance * float((size * size).sum() / size.sum() ** 2)
    of_subject_variance = 1.0 / (strength * outcome + 1.0 / (1.0 / (n * outcome) + departures))
    prior = logistic(base + subject)
    weights = fitted.interaction.weights
    mean, sd = mixture(size, good, prior, own + of_subject_variance + fitted.rate_variance, weights)
    place, place_sd = mixture(size, good, prior, own, weights)
    slope = prior * (1.0 - prior)
    return Rates(size, prior, mean, sd, place, place_sd, slope**2 * (unseen + fitted.interaction.variance))


def of_everything(fitted: Fitted, images: Images, expected: Reals) -> Rates:
    """Return the rates of levels over all subjects; `expected` is the rate of each level's prompts without it."""
    correlations, effects, outcome = fitted.correlations, fitted.effects, fitted.outcome_variance
    size, good = effective(images.n, images.s, images.q, correlations.same_level)
    strength = effects.level_strength
    effect = logit((good + strength * expected) / (size + strength)) - logit(expected)
    departures = fitted.interaction.variance / fitted.equal_keywords
    departures = np.append(departures, fitted.interaction.variance)[images.level]
    seen = 1.0 / (np.maximum(size, _NO_IMAGES) * outcome) + departures
    variance = 1.0 / (strength * outcome + 1.0 / seen)
    mean = logistic(logit(effects.rate) + effect)
    sd = mean * (1.0 - mean) * np.sqrt(variance + fitted.rate_variance)
    unknown = np.full(len(size), 1.0 / (strength * outcome))
    prior = np.full(len(size), effects.rate)
    return Rates(size, prior, mean, sd, effect, np.sqrt(variance), unknown)


def _level_variances(fitted: Fitted, level: Counts) -> tuple[Reals, float]:
    """Return the variance of each level's effect, and that of one without images."""
    unseen = 1.0 / (fitted.effects.level_strength * fitted.outcome_variance)
    return np.append(fitted.level_variance, unseen)[level], unseen


def _together(fitted: Fitted, images: Images) -> tuple[float, float]:
    """Return effective n and s of all levels together (statistics.md 3.2, keyword)."""
    n, s, q = (int(each.sum()) for each in (images.n, images.s, images.q))
    correlations = fitted.correlations
    excess = ((q - n) * correlations.same_level + (images.r - q) * correlations.across) / n
    size = n / max(1.0, 1.0 + excess)
    return size, s * size / n
