"""How many independent images a number of images is worth: images of one prompt are partly the same evidence.

Two correlations of outcomes are estimated: of images of one prompt and level, and of images of one prompt with
different levels (statistics.md 3.2).
"""

from math import fsum

import numpy as np
from msgspec import Struct

from learning_core.stats.beta import Reals
from learning_core.stats.grouping import Counts
from learning_core.stats.star_scale import StarScale
from learning_core.stats.sufficient_statistics import SufficientStatistics

USUAL_SAME_LEVEL = 0.35
USUAL_ACROSS = 0.20
USUAL_PAIRS = 30.0
"""How many pairs of images the usual correlations count as."""

PRIOR_CORRELATION = 0.4
"""Correlation within a cluster that is assumed until the data say otherwise."""

_MOST = 0.98


class Correlations(Struct, frozen=True):
    """Correlation of images of one prompt and level, and of images of one prompt and different levels, 0 to 0.98."""

    same_level: float
    across: float


class EffectiveNumbers(Struct, frozen=True, eq=False):
    """Effective images n and successes s of cells, levels and keywords, and the effective images of all."""

    cell_n: Reals
    cell_s: Reals
    level_n: Reals
    level_s: Reals
    keyword_n: Reals
    keyword_s: Reals
    total: float


def within_cluster_correlation(n: Counts, s: Counts) -> float:
    """Return the correlation of outcomes within clusters, 0 to 0.98, from n > 0 and s of each cluster.

    One-way analysis of variance, pulled towards 0.4 while there are few repeated images (statistics.md 3.2, start).
    """
    groups, total, good = len(n), int(n.sum()), int(s.sum())
    if groups < 2 or total == groups:
        return PRIOR_CORRELATION
    # Clusters of one size are summed as integers first: the order of the clusters must not show in the last digit.
    squares = np.bincount(n, s * s)
    sizes = np.flatnonzero(squares)
    between_sum = fsum((squares[sizes] / sizes).tolist())
    between = (between_sum - good * good / total) / (groups - 1)
    within = (good - between_sum) / (total - groups)
    size = (total - int((n * n).sum()) / total) / (groups - 1)
    divisor = between + (size - 1.0) * within
    raw = min(max((between - within) / divisor, 0.0), 1.0) if divisor > 1e-12 else PRIOR_CORRELATION
    weight = (total - groups) / (total - groups + 20.0)
    return min(max(weight * raw + PRIOR_CORRELATION * (1.0 - weight), 0.0), 0.98)


def effective(
    n: Counts | Reals, s: Counts | Reals, q: Counts | Reals, correlation: float | Reals
) -> tuple[Reals, Reals]:
    """Return n and s of groups reduced by the design effect 1 + (q/n − 1)·correlation, q = Σ n_g² over clusters."""
    images = np.where(n > 0, n, 1)
    size = n / np.maximum(1.0, 1.0 + (q / images - 1.0) * correlation)
    return size, s * size / images


def starting_numbers(counts: SufficientStatistics) -> EffectiveNumbers:
    """Return effective numbers by correlations from analyses of variance over clusters and over prompts."""
    clusters, cells, levels = counts.clusters, counts.cells, counts.levels
    by_cluster = within_cluster_correlation(clusters.n, clusters.s)
    by_prompt = within_cluster_correlation(*_prompt_sums(counts))
    n, s, _ = _keyword_sums(counts)
    return EffectiveNumbers(
        *effective(cells.n, cells.s, cells.q, by_cluster),
        *effective(levels.n, levels.s, levels.q, by_cluster),
        *effective(n, s, counts.keyword_r, by_prompt),
        float(counts.n),
    )


def effective_numbers(counts: SufficientStatistics, correlations: Correlations) -> EffectiveNumbers:
    """Return effective numbers under the given correlations."""
    cells, levels = counts.cells, counts.levels
    same, across = correlations.same_level, correlations.across
    n, s, q = _keyword_sums(counts)
    excess = (q - n) * same + (counts.keyword_r - q) * across
    keyword_n = n / np.maximum(1.0, 1.0 + excess / np.maximum(n, 1))
    level_q, images = int(levels.q.sum()), max(counts.n, 1)
    of_all = ((level_q - counts.n) * same + (counts.r - level_q) * across) / images
    return EffectiveNumbers(
        *effective(cells.n, cells.s, cells.q, same),
        *effective(levels.n, levels.s, levels.q, same),
        keyword_n,
        s * keyword_n / np.maximum(n, 1),
        counts.n / max(1.0, 1.0 + of_all),
    )


def informed_numbers(counts: SufficientStatistics, numbers: EffectiveNumbers, scale: StarScale) -> EffectiveNumbers:
    """Return as how many images without stars the effective images count, and how many of these came out well."""
    cells, levels = counts.cells, counts.levels
    n, s, _ = _keyword_sums(counts)
    stars = np.bincount(cells.keyword, cells.stars, len(n)).astype(np.int64)
    return EffectiveNumbers(
        *scale.informed(numbers.cell_n, cells.n, cells.s, cells.stars),
        *scale.informed(numbers.level_n, levels.n, levels.s, levels.stars.total),
        *scale.informed(numbers.keyword_n, n, s, stars),
        numbers.total,
    )


def residual_correlations(counts: SufficientStatistics, expected: Reals) -> Correlations:
    """Return the correlations of what main effects leave unexplained; `expected` is the rate of each cluster.

    Moments of pairs of images, pulled towards usual values by as many pairs as USUAL_PAIRS.
    """
    clusters = counts.clusters
    n, s = clusters.n, clusters.s
    residual = s - n * expected
    own = s * (1.0 - expected) ** 2 + (n - s) * expected**2
    # Sums of doubles that are rounded once: prompts may be numbered in any order.
    variance = max(fsum(own.tolist()) / max(counts.n, 1), 0.001)
    pairs = int((n * (n - 1)).sum())
    prompts = len(counts.prompts.starts) - 1
    of_prompt = np.bincount(clusters.prompt, residual, prompts)
    across_pairs = counts.r - int((n * n).sum())
    same = fsum((residual * residual - own).tolist())
    across = fsum((of_prompt * of_prompt).tolist()) - fsum((residual * residual).tolist())
    return Correlations(
        _pulled(same, variance, pairs, USUAL_SAME_LEVEL), _pulled(across, variance, across_pairs, USUAL_ACROSS)
    )


def _pulled(products: float, variance: float, ordered_pairs: int, usual: float) -> float:
    pairs = ordered_pairs / 2.0
    raw = products / (variance * ordered_pairs) if ordered_pairs else usual
    return (pairs * min(max(raw, 0.0), _MOST) + USUAL_PAIRS * usual) / (pairs + USUAL_PAIRS)


def _prompt_sums(counts: SufficientStatistics) -> tuple[Counts, Counts]:
    clusters = counts.clusters
    n, s = (np.bincount(clusters.prompt, each).astype(np.int64) for each in (clusters.n, clusters.s))
    used = n > 0
    return n[used], s[used]


def _keyword_sums(counts: SufficientStatistics) -> tuple[Counts, Counts, Counts]:
    """Return n, s and Σ n_g² over clusters of each keyword."""
    cells, keywords = counts.cells, len(counts.keyword_r)
    n, s, q = (np.bincount(cells.keyword, each, keywords).astype(np.int64) for each in (cells.n, cells.s, cells.q))
    return n, s, q
