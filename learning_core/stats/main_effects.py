"""How much better or worse each level and each keyword does than the rest, on the log-odds scale, shrunk.

How far to shrink, the data say: the strength of the Beta prior is the most plausible one of a grid (statistics.md
3.3 and 3.4). Levels are measured against the keywords that they were used with, and the other way round.
"""

from dataclasses import dataclass
from math import log

import numpy as np

from learning_core.stats.beta import Reals, log_gamma
from learning_core.stats.effective_numbers import EffectiveNumbers
from learning_core.stats.grouping import Counts
from learning_core.stats.logit import logistic, logit
from learning_core.stats.sufficient_statistics import SufficientStatistics

_STRENGTHS = np.exp(np.arange(41) * log(3000.0) / 40.0)[:, None]
_STRENGTH_PRIOR = -0.5 * ((np.log(_STRENGTHS[:, 0]) - log(30.0)) / 1.5) ** 2


@dataclass(frozen=True, slots=True, eq=False)
class MainEffects:
    """The common rate, the effects of levels and keywords (log-odds), and the strengths of their priors (images)."""

    rate: float
    level: Reals
    keyword: Reals
    level_strength: float
    keyword_strength: float


def common_rate(counts: SufficientStatistics, total: float) -> float:
    """Return the rate of all images as if six more, half of them good, had been seen (statistics.md 3.3)."""
    return (3.0 + total * counts.s / max(counts.n, 1)) / (6.0 + total)


def main_effects(counts: SufficientStatistics, numbers: EffectiveNumbers) -> MainEffects:
    """Return the effects of levels and keywords; those without images have none."""
    cells, keywords, levels = counts.cells, len(numbers.keyword_n), len(numbers.level_n)
    rate = common_rate(counts, numbers.total)
    everywhere = np.full(levels, rate)
    of_level = _shrunken(numbers.level_n, numbers.level_s, everywhere)[0]
    cell_sums = np.bincount(cells.keyword, numbers.cell_n, keywords).astype(np.float64)
    expected = _mean(cells.keyword, numbers.cell_n * of_level[cells.level], cell_sums, rate)
    keyword = _effects(numbers.keyword_n, numbers.keyword_s, expected)[0]
    shares = np.bincount(cells.level, cells.share, levels).astype(np.float64)
    of_keyword = logistic(logit(rate) + keyword)
    of_others = _mean(cells.level, cells.share * of_keyword[cells.keyword], shares, rate)
    level, level_strength = _effects(numbers.level_n, numbers.level_s, of_others)
    of_level = logistic(logit(rate) + level)
    expected = _mean(cells.keyword, numbers.cell_n * of_level[cells.level], cell_sums, rate)
    keyword, keyword_strength = _effects(numbers.keyword_n, numbers.keyword_s, expected)
    return MainEffects(rate, level, keyword, level_strength, keyword_strength)


def _mean(place: Counts, products: Reals, sums: Reals, otherwise: float) -> Reals:
    total = np.bincount(place, products, len(sums))
    return np.where(sums > 0, total / np.where(sums > 0, sums, 1.0), otherwise)


def _effects(n: Reals, s: Reals, expected: Reals) -> tuple[Reals, float]:
    shrunken, strength = _shrunken(n, s, expected)
    return logit(shrunken) - logit(expected), strength


def _shrunken(n: Reals, s: Reals, expected: Reals) -> tuple[Reals, float]:
    strength = prior_strength(n, s, expected)
    return (s + strength * expected) / (n + strength), strength


def prior_strength(n: Reals, s: Reals, expected: Reals) -> float:
    """Return the strength of the grid (41 from 1 to 3000 images) that explains the spread of the rates best.

    The Beta-binomial likelihood of s of n around the expected rates, under a weak log-normal prior around 30.
    """
    used = n > 0
    score = log_likelihoods(n[used], s[used], _STRENGTHS, np.clip(expected[used], 0.001, 0.999)) + _STRENGTH_PRIOR
    return float(_STRENGTHS[int(score.argmax()), 0])


def log_likelihoods(n: Reals, s: Reals, strengths: Reals, expected: Reals) -> Reals:
    """Return, for each strength κ (a column), Σ ln of the Beta-binomial chance of s of n under Beta(κe, κ(1 − e))."""
    score = np.zeros(len(strengths))
    # In pieces that stay in the processor's cache.
    for low in range(0, len(n), _PIECE):
        part = slice(low, low + _PIECE)
        a, b = strengths * expected[part], strengths * (1.0 - expected[part])
        good, bad = log_gamma(s[part] + a) - log_gamma(a), log_gamma(n[part] - s[part] + b) - log_gamma(b)
        all_images = log_gamma(strengths) - log_gamma(strengths + n[part])
        score += (good + bad + all_images).sum(axis=1)
    return score


_PIECE = 1 << 10
