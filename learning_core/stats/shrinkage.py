"""Rates of several groups, shrunk towards their common rate by how much the groups really differ.

Empirical Bayes with a Beta prior: group g with n images of which s came out well has the posterior
Beta(κ·b + s, κ·(1−b) + n − s), b the common rate, κ the prior's strength in images. How strong κ is, the data say:
every κ of a grid is weighted by its Beta-binomial likelihood under a weak log-normal prior around 15, and the
posteriors are mixed by these weights (statistics.md 3.6 and 3.7, with one factor). Images of one prompt are partly
the same evidence, so n and s are first reduced to effective numbers (3.2).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from math import erfc, exp, log, sqrt

from learning_core.stats.beta import credible_interval, log_beta

PRIOR_CORRELATION = 0.4
"""Correlation within a cluster that is assumed until the data say otherwise."""

_STRENGTHS = [2.0 * 1000.0 ** (j / 24.0) for j in range(25)]
_LIKELY_STRENGTH = 15.0
_STRENGTH_SPREAD = 1.5
_IMAGES_BEFORE = 6.0


@dataclass(frozen=True, slots=True)
class Group:
    """Counts of one group: n images, s that came out well, q = Σ n_g² over its clusters (prompts)."""

    n: int
    s: int
    q: int


@dataclass(frozen=True, slots=True)
class Estimate:
    """A shrunken rate: its posterior Beta(a, b), and the effective number of images behind it."""

    effective_n: float
    a: float
    b: float

    @property
    def mean(self) -> float:
        """Posterior mean."""
        return self.a / (self.a + self.b)

    def interval(self) -> tuple[float, float]:
        """Return the 95 % credible interval."""
        return credible_interval(self.a, self.b)

    @property
    def variance(self) -> float:
        """Posterior variance."""
        total = self.a + self.b
        return self.a * self.b / (total * total * (total + 1.0))


def within_cluster_correlation(clusters: Sequence[tuple[int, int]]) -> float:
    """Return the correlation of outcomes within clusters, 0 to 0.98, from (n, s) of each cluster.

    One-way analysis of variance, pulled towards 0.4 while there are few repeated images (statistics.md 3.2, start).
    """
    groups = len(clusters)
    total = sum(n for n, _ in clusters)
    good = sum(s for _, s in clusters)
    if groups < 2 or total == groups:
        return PRIOR_CORRELATION
    between_sum = sum(s * s / n for n, s in clusters)
    between = (between_sum - good * good / total) / (groups - 1)
    within = (good - between_sum) / (total - groups)
    size = (total - sum(n * n for n, _ in clusters) / total) / (groups - 1)
    divisor = between + (size - 1.0) * within
    raw = min(max((between - within) / divisor, 0.0), 1.0) if divisor > 1e-12 else PRIOR_CORRELATION
    weight = (total - groups) / (total - groups + 20.0)
    return min(max(weight * raw + PRIOR_CORRELATION * (1.0 - weight), 0.0), 0.98)


def effective(group: Group, correlation: float) -> tuple[float, float]:
    """Return (n, s) reduced by the design effect 1 + (q/n − 1)·correlation."""
    if group.n == 0:
        return 0.0, 0.0
    size = group.n / max(1.0, 1.0 + (group.q / group.n - 1.0) * correlation)
    return size, group.s * size / group.n


def strength_weights(groups: Sequence[tuple[float, float]], rate: float) -> list[float]:
    """Return how plausible each prior strength of the grid (2 to 2000 images) is, summing to 1."""
    scores = []
    for strength in _STRENGTHS:
        a, b = strength * rate, strength * (1.0 - rate)
        fit = sum(log_beta(a + s, b + n - s) - log_beta(a, b) for n, s in groups if n > 0)
        scores.append(fit - 0.5 * (log(strength / _LIKELY_STRENGTH) / _STRENGTH_SPREAD) ** 2)
    top = max(scores)
    weights = [exp(score - top) for score in scores]
    total = sum(weights)
    return [weight / total for weight in weights]


def shrink(groups: Sequence[Group], rate: float, correlation: float) -> list[Estimate]:
    """Return the estimate of each group, shrunk towards `rate`, with the uncertainty of `rate` itself included.

    `rate` is first pulled a little towards one half, as if by six images more (statistics.md 3.3): a few images that
    all came out well do not prove that all do.
    """
    sizes = [effective(group, correlation) for group in groups]
    images = max(sum(n for n, _ in sizes), 1.0)
    kept = (0.5 * _IMAGES_BEFORE + images * rate) / (_IMAGES_BEFORE + images)
    weights = strength_weights(sizes, kept)
    # As many groups of equal size would tell the common rate as well as these do.
    equal_groups = images * images / max(sum(n * n for n, _ in sizes), 1.0)
    return [_posterior(n, s, kept, images, equal_groups, weights) for n, s in sizes]


def _posterior(
    n: float, s: float, rate: float, images: float, equal_groups: float, weights: Sequence[float]
) -> Estimate:
    spread = rate * (1.0 - rate)
    mean = second = 0.0
    for strength, weight in zip(_STRENGTHS, weights, strict=True):
        between = spread / (strength + 1.0)
        rate_variance = spread / images + between / equal_groups
        size = max(spread / (between + rate_variance) - 1.0, 0.5)
        a, b = size * rate + s, size * (1.0 - rate) + n - s
        part = a / (a + b)
        mean += weight * part
        second += weight * (part * (1.0 - part) / (a + b + 1.0) + part * part)
    variance = max(second - mean * mean, 1e-9)
    total = max(mean * (1.0 - mean) / variance - 1.0, 0.5)
    a, b = total * mean, total * (1.0 - mean)
    return Estimate(n, a, b)


def probability_greater(first: Estimate, second: Estimate) -> float:
    """Return the probability that the first rate is greater, by the normal approximation of the difference."""
    spread = sqrt(first.variance + second.variance)
    return 0.5 * erfc(-(first.mean - second.mean) / (spread * sqrt(2.0)))
