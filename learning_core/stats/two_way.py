"""The two-way empirical-Bayes model of keyword and level, fitted to counts alone (statistics.md 3.2 to 3.6)."""

import numpy as np
from msgspec import Struct

from learning_core.stats.beta import Reals
from learning_core.stats.effective_numbers import (
    Correlations,
    EffectiveNumbers,
    effective_numbers,
    informed_numbers,
    residual_correlations,
    starting_numbers,
)
from learning_core.stats.grouping import Counts
from learning_core.stats.interaction import Interaction, interaction, rate_variance
from learning_core.stats.logit import logistic, logit
from learning_core.stats.main_effects import STRENGTHS, Effects, MainEffects, main_effects
from learning_core.stats.prompt_text import PromptText, prompt_text
from learning_core.stats.star_scale import StarScale, star_scale
from learning_core.stats.sufficient_statistics import SufficientStatistics

FORMULAS = 4
"""Raise it whenever the same counts would be fitted otherwise: models that were kept are then fitted anew."""

_NO_IMAGES = 1e-9


class Fitted(Struct, frozen=True, eq=False):
    """A fitted model; variances are on the log-odds scale, those of the prior are before a level's own images.

    `cell_key` is keyword × levels + level of each cell with images, ascending. A cell's images are among those of its
    level: `level_covariance` is that of its own log-odds with what its level expects of it.
    `level_variance` is that of a level over all prompts, `level_variance_in_cells` the same as a part of that of its
    cells, which are mixed over strengths of their own anyway.
    `informed` are `numbers` with what `stars` tell: effects and rates are estimated by them.
    `uneven_mix` is the variance of a level's log-odds that comes of its mix of keywords not being that of all images.
    """

    correlations: Correlations
    numbers: EffectiveNumbers
    informed: EffectiveNumbers
    effects: MainEffects
    interaction: Interaction
    cell_key: Counts
    level_variance: Reals
    level_variance_in_cells: Reals
    keyword_variance: Reals
    rate_variance: float
    level_prior_variance: float
    keyword_prior_variance: float
    level_covariance: Reals
    text: PromptText
    uneven_mix: Reals
    stars: StarScale

    @property
    def levels(self) -> int:
        """How many levels the factor has."""
        return len(self.level_variance)

    @property
    def keywords(self) -> int:
        """How many keywords there are."""
        return len(self.keyword_variance)

    @property
    def outcome_variance(self) -> float:
        """p(1 − p) of the common rate, at least 0.001."""
        return rate_variance(self.effects.rate)


def fit(counts: SufficientStatistics) -> Fitted:
    """Fit the model; counts without any image give the prior."""
    start = starting_numbers(counts)
    first = main_effects(counts, start, start)
    correlations = residual_correlations(counts, cluster_rates(counts, first))
    stars = star_scale(counts)
    numbers = effective_numbers(counts, correlations)
    informed = informed_numbers(counts, numbers, stars)
    effects = main_effects(counts, numbers, informed)
    departures = interaction(counts, numbers, effects)
    cells, outcome = counts.cells, rate_variance(effects.rate)
    levels, keywords = len(numbers.level_n), len(numbers.keyword_n)
    equal_levels = _equal_parts(cells.keyword, numbers.cell_n, keywords)
    keyword_variance = effect_variance(
        effects.keywords, informed.keyword_n, informed.keyword_s, departures.variance / equal_levels
    )
    uneven_mix = _uneven_mix(counts, departures.variance + keyword_variance)
    of_rate = 1.0 / (max(numbers.total, 1.0) * outcome)
    without_words = logistic(logit(effects.rate) + effects.level)[counts.clusters.level]
    return Fitted(
        correlations,
        numbers,
        informed,
        effects,
        departures,
        cells.keyword * levels + cells.level,
        effect_variance(effects.levels.cautious, informed.level_n, informed.level_s, uneven_mix),
        effect_variance(effects.levels, informed.level_n, informed.level_s, uneven_mix),
        keyword_variance,
        of_rate,
        _prior_variance(effects.levels, outcome),
        _prior_variance(effects.keywords, outcome),
        # As in any table that is fitted by rows and columns: row + column − whole.
        np.maximum(_covariance(effects.levels, informed.level_n, outcome) - of_rate, 0.0),
        prompt_text(counts, correlations, without_words, outcome),
        uneven_mix,
        stars,
    )


def cluster_rates(counts: SufficientStatistics, effects: MainEffects) -> Reals:
    """Return the rate that main effects expect of each cluster; effects of L keywords are damped by √L (3.2)."""
    prompts = counts.prompts
    lengths = prompts.lengths
    prompt = np.repeat(np.arange(len(lengths)), lengths)
    sums = np.bincount(prompt, effects.keyword[prompts.keywords], len(lengths))
    of_words = sums / np.sqrt(np.maximum(lengths, 1))
    clusters = counts.clusters
    return logistic(logit(effects.rate) + effects.level[clusters.level] + of_words[clusters.prompt])


def _equal_parts(place: Counts, n: Reals, places: int) -> Reals:
    """Return for each place how many parts of equal size would be as telling as its parts are; 1 without any."""
    total, squares = np.bincount(place, n, places), np.bincount(place, n * n, places)
    return np.where(squares > 0, total * total / np.where(squares > 0, squares, 1.0), 1.0)


def _uneven_mix(counts: SufficientStatistics, of_keyword: Reals) -> Reals:
    """Return Σ_k (f_mk − f_k)² v_k for each level m: f are shares of images with a keyword, v variances of keywords.

    What a level's images show is its effect over their own prompts, while it is wanted over those of all images.
    """
    cells, levels = counts.cells, counts.levels
    usual = np.bincount(cells.keyword, cells.n, len(of_keyword)) / max(counts.n, 1)
    own = cells.n / np.maximum(levels.n, 1)[cells.level]
    beyond = of_keyword[cells.keyword] * own * (own - 2.0 * usual[cells.keyword])
    of_all = float((of_keyword * usual * usual).sum())
    found: Reals = np.maximum(of_all + np.bincount(cells.level, beyond, len(levels.n)), 0.0)
    return found


def effect_variance(effects: Effects, n: Reals, s: Reals, departures: Reals) -> Reals:
    """Return the posterior variance of effects on the log-odds scale; see `variance_of_effects`."""
    return variance_of_effects(effects.value, effects.expected, effects.weights[:, None], n, s, departures)


def variance_of_effects(value: Reals, expected: Reals, weights: Reals, n: Reals, s: Reals, departures: Reals) -> Reals:
    """Return the posterior variance of effects, given as estimated from s of n images beside expected rates.

    Prior and data are two sources of information, as in statistics.md 3.7; but an image tells of the log-odds what it
    does at the rate of its own level (not at the common rate), and the prior's strength is not taken as certain:
    `weights` tell how possible each of STRENGTHS is, a row each, for all effects alike or a column for each.
    """
    strength = STRENGTHS[:, None]
    rate = (s + strength * expected) / (n + strength)
    outcome = np.maximum(rate * (1.0 - rate), 0.001)
    seen = 1.0 / (np.where(n > 0, n, _NO_IMAGES) * outcome) + departures
    variance = 1.0 / (strength * outcome + 1.0 / seen)
    away = logit(rate) - (logit(expected) + value)
    found: Reals = (weights * (variance + away * away)).sum(axis=0)
    return found


def _covariance(effects: Effects, n: Reals, outcome: float) -> Reals:
    """Return the covariance of effects with a part of their images: that of a mean with itself, but for shrinking."""
    return 1.0 / ((n + effects.strength) * outcome)


def _prior_variance(effects: Effects, outcome: float) -> float:
    """Return the variance of effects before their own images."""
    return float((effects.weights / STRENGTHS).sum()) / outcome
