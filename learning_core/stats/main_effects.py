"""How much better or worse each level and each keyword does than the rest, on the log-odds scale, shrunk.

How far to shrink, the data say: the strength of the Beta prior is the most plausible one of a grid (statistics.md
3.3 and 3.4). Levels are measured against the keywords that they were used with, and the other way round.
"""

from math import log

import numpy as np
from msgspec import Struct
from msgspec.structs import replace

from learning_core.stats.beta import Reals, log_gamma
from learning_core.stats.effective_numbers import EffectiveNumbers
from learning_core.stats.grouping import Counts
from learning_core.stats.logit import logistic, logit
from learning_core.stats.sufficient_statistics import SufficientStatistics

STRENGTHS: Reals = np.exp(np.arange(41) * log(3000.0) / 40.0)
"""Strengths of the priors of levels and of keywords, in images."""

_LIKELY = -0.5 * ((np.log(STRENGTHS) - log(30.0)) / 1.5) ** 2
"""Log-normal prior around 30 by which effects are estimated: it leans to small ones, so no leader is overstated."""

_POSSIBLE = -0.5 * ((np.log(STRENGTHS) - log(10.0)) / 1.5) ** 2
"""The prior by which their uncertainty is: large effects, as real sets of ratings have, must not come as a surprise."""

_NO_EFFECT_BEFORE = 0.75
"""The chance, before any image, that all effects are none: most settings that are compared make no difference.

At even odds, the leader of forty equal levels would be reported 0.03 too high after 200 images.
"""


RATE_PARTS = 1 << 30
"""Expected rates are added up in these parts, as whole numbers: the order of images shows in no digit."""


class Effects(Struct, frozen=True, eq=False):
    """Effects of levels or of keywords (`value`, log-odds), by the most plausible prior strength (images).

    `expected` are the rates without the effect, `weights` how possible each of STRENGTHS is (sums to 1), `none` is the
    chance that there is no effect at all.
    """

    value: Reals
    strength: float
    expected: Reals
    weights: Reals
    none: float

    @property
    def cautious(self) -> "Effects":
        """The same for what is said of the levels themselves, not of their cells: the prior weighs twice.

        A few levels may look alike by chance. In the quarter of simulated libraries in which they do most, intervals
        cover 0.83 to 0.90 otherwise.
        """
        likely = self.weights * np.exp(_POSSIBLE)
        return replace(self, weights=likely / likely.sum())


class MainEffects(Struct, frozen=True, eq=False):
    """The common rate, and the effects of levels and keywords."""

    rate: float
    levels: Effects
    keywords: Effects

    @property
    def level(self) -> Reals:
        """Effects of levels on the log-odds."""
        return self.levels.value

    @property
    def keyword(self) -> Reals:
        """Effects of keywords on the log-odds."""
        return self.keywords.value

    @property
    def level_strength(self) -> float:
        """The most plausible strength of the levels' prior."""
        return self.levels.strength


def common_rate(counts: SufficientStatistics, total: float) -> float:
    """Return the rate of all images as if six more, half of them good, had been seen (statistics.md 3.3)."""
    return (3.0 + total * counts.s / max(counts.n, 1)) / (6.0 + total)


def main_effects(counts: SufficientStatistics, numbers: EffectiveNumbers, informed: EffectiveNumbers) -> MainEffects:
    """Return the effects of levels and keywords; those without images have none.

    `informed` are the numbers with what stars tell: they estimate the effects, the plain ones how far to shrink.
    """
    cells, keywords, levels = counts.cells, len(numbers.keyword_n), len(numbers.level_n)
    rate = common_rate(counts, numbers.total)
    plain_levels, plain_keywords = (numbers.level_n, numbers.level_s), (numbers.keyword_n, numbers.keyword_s)
    told_levels, told_keywords = (informed.level_n, informed.level_s), (informed.keyword_n, informed.keyword_s)
    first = _effects(plain_levels, told_levels, np.full(levels, rate))
    of_level = logistic(logit(first.expected) + first.value)
    cell_sums = np.bincount(cells.keyword, numbers.cell_n, keywords).astype(np.float64)
    expected = _mean(cells.keyword, numbers.cell_n * of_level[cells.level], cell_sums, rate)
    keyword = _effects(plain_keywords, told_keywords, expected)
    shares = np.bincount(cells.level, cells.share, levels).astype(np.float64)
    of_keyword = logistic(logit(rate) + keyword.value)
    expected = _mean(cells.level, cells.share * of_keyword[cells.keyword], shares, rate)
    level = _effects(plain_levels, told_levels, expected)
    of_level = logistic(logit(rate) + level.value)
    expected = _mean(cells.keyword, numbers.cell_n * of_level[cells.level], cell_sums, rate)
    return MainEffects(rate, level, _effects(plain_keywords, told_keywords, expected))


def expected_of_prompts(rate: float, effects: Reals, keywords: Counts, lengths: Counts) -> Counts:
    """Return the rate that is expected of each prompt, whatever the level, in RATE_PARTS: the mean over its keywords.

    `effects` are those of the keywords by number; `keywords` are the numbers of all prompts' keywords, one prompt after
    the other, `lengths` how many each prompt has.
    """
    parts = np.rint(logistic(logit(rate) + effects) * RATE_PARTS).astype(np.int64)
    ends = np.cumsum(lengths)
    so_far = np.append(0, np.cumsum(parts[keywords]))
    sums = so_far[ends] - so_far[ends - lengths]
    found: Counts = np.where(lengths > 0, sums // np.maximum(lengths, 1), round(rate * RATE_PARTS))
    return found


def _mean(place: Counts, products: Reals, sums: Reals, otherwise: float) -> Reals:
    total = np.bincount(place, products, len(sums))
    return np.where(sums > 0, total / np.where(sums > 0, sums, 1.0), otherwise)


def _effects(plain: tuple[Reals, Reals], informed: tuple[Reals, Reals], expected: Reals) -> Effects:
    """Return the effects that images, n and s of them good, show beside the expected rates.

    Strengths are weighted by the Beta-binomial likelihood of the plain counts under the two priors: what stars let
    expect is smoother than counts are.
    """
    n, s = plain
    used = n > 0
    kept = np.clip(expected[used], 0.001, 0.999)
    score = log_likelihoods(n[used], s[used], STRENGTHS[:, None], kept)
    none = _chance_of_none(score, n[used], s[used], kept)
    strength = float(STRENGTHS[int((score + _LIKELY).argmax())])
    score += _POSSIBLE
    weights = np.exp(score - score.max())
    return Effects(effects_at(strength, *informed, expected), strength, expected, weights / weights.sum(), none)


def _chance_of_none(score: Reals, n: Reals, s: Reals, expected: Reals) -> float:
    """Return the chance that s of n images come from the expected rates, by Bayes' rule (Jeffreys 1961, chapter 5).

    `score` is the log-likelihood under each of STRENGTHS, the alternatives.
    """
    prior = np.exp(_LIKELY)
    without = float((s * np.log(expected) + (n - s) * np.log(1.0 - expected)).sum())
    bayes_factor = float((prior / prior.sum() * np.exp(np.minimum(score - without, 700.0))).sum())
    return _NO_EFFECT_BEFORE / (_NO_EFFECT_BEFORE + (1.0 - _NO_EFFECT_BEFORE) * bayes_factor)


def effects_at(strength: Reals | float, n: Reals, s: Reals, expected: Reals) -> Reals:
    """Return the effects under a prior of the given strength."""
    return logit((s + strength * expected) / (n + strength)) - logit(expected)


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
