"""How likely images of a whole prompt are to come out well, by its words and its traits, whatever the level.

A word's own effect (main_effects) is that of all prompts that have it, and so of the other words that go with it:
right for a question about the word, but effects of several words are not to be added up. For a prompt, all words are
therefore estimated together, by ridge regression of what the levels leave unexplained of prompts (Hoerl and Kennard
1970): the mean of normal effects after the prompts. Before them its traits are looked at, such as its length.
"""

from math import exp, sqrt

import numpy as np
from msgspec import Struct

from learning_core.stats.beta import Reals
from learning_core.stats.effective_numbers import Correlations
from learning_core.stats.grouping import Counts
from learning_core.stats.ridge import PARTS, Design, ridge, sum_of_rows
from learning_core.stats.sufficient_statistics import TRAITS, Prompts, SufficientStatistics

USUAL_SLOPE = 1.0
"""Standard deviation of slopes over ln(1 + trait): twice as many words move the log-odds by up to 0.7."""

USUAL_WORDS = 0.7
"""Standard deviation of what all words of a prompt together do to the log-odds, in equal and independent parts."""

_NO_SLOPES_BEFORE = 0.5
"""The chance, before any image, that no trait makes a difference."""


class PromptText(Struct, frozen=True, eq=False):
    """Effects of keywords (`words`), slopes over ln(1 + trait), and the usual ln(1 + trait); log-odds."""

    words: Reals
    slopes: Reals
    usual: Reals

    def of_traits(self, traits: Counts) -> float:
        """Return what the traits of a prompt add to the log-odds."""
        return float(self.slopes @ (np.log1p(traits) - self.usual))

    def of_words(self, effects: Reals) -> float:
        """Return what keywords of a prompt add, given their effects; what each does is damped by √L as there are L."""
        return float(effects.sum()) / sqrt(max(len(effects), 1))


class _Seen(Struct, frozen=True, eq=False):
    """Prompts with images: their numbers, how far off they are on the log-odds, and how sure that is (1 / variance)."""

    prompt: Counts
    away: Reals
    weight: Reals


def prompt_text(
    counts: SufficientStatistics, correlations: Correlations, expected: Reals, outcome: float
) -> PromptText:
    """Return the effects, given the expected rate of each cluster without its words, and the variance of one outcome.

    Each prompt is worth its effective number of images.
    """
    seen = _seen(counts, correlations, expected, outcome)
    traits = np.log1p(counts.prompts.traits[seen.prompt])
    total = max(float(sum_of_rows(seen.weight)), 1.0 / PARTS)
    usual = sum_of_rows(seen.weight[:, None] * traits) / total
    slopes = _slopes(traits - usual, seen)
    left = seen.away - ((traits - usual) * slopes).sum(axis=1)
    return PromptText(_words(counts.prompts, len(counts.keyword_r), seen, left), slopes, usual)


def _seen(counts: SufficientStatistics, correlations: Correlations, expected: Reals, outcome: float) -> _Seen:
    clusters, places = counts.clusters, len(counts.prompts.lengths)
    n, q = (np.bincount(clusters.prompt, each, places) for each in (clusters.n, clusters.n**2))
    used = np.flatnonzero(n)
    residual = np.bincount(clusters.prompt, clusters.s - clusters.n * expected, places)[used]
    n, q = n[used], q[used]
    excess = ((q - n) * correlations.same_level + (n * n - q) * correlations.across) / n
    return _Seen(used, residual / n / outcome, outcome * n / np.maximum(1.0, 1.0 + excess))


def _slopes(traits: Reals, seen: _Seen) -> Reals:
    """Return the slopes over traits times the chance that there are any, by Bayes' rule (Jeffreys 1961, chapter 5)."""
    weighted = seen.weight[:, None] * traits
    moments = sum_of_rows(weighted[:, :, None] * traits[:, None, :])
    products = sum_of_rows(weighted * seen.away[:, None])
    variance = USUAL_SLOPE**2
    precision = moments + np.eye(len(TRAITS)) / variance
    slopes = np.linalg.solve(precision, products).astype(np.float64)
    log_bayes_factor = 0.5 * float(products @ slopes - np.linalg.slogdet(precision * variance)[1])
    none = _NO_SLOPES_BEFORE / (_NO_SLOPES_BEFORE + (1.0 - _NO_SLOPES_BEFORE) * exp(min(log_bayes_factor, 700.0)))
    return slopes * (1.0 - none)


def _words(prompts: Prompts, keywords: int, seen: _Seen, away: Reals) -> Reals:
    """Return the effects of keywords."""
    place, keyword = prompts.pairs(seen.prompt)
    share = USUAL_WORDS / np.sqrt(np.maximum(prompts.lengths[seen.prompt], 1))
    return USUAL_WORDS * ridge(Design(place, keyword, share, keywords), seen.weight, away)
