"""Rates of several groups, shrunk towards their common rate by how much the groups really differ.

Empirical Bayes with a Beta prior: group g with n images of which s came out well has the posterior
Beta(κ·b + s, κ·(1−b) + n − s), b the common rate, κ the prior's strength in images. How strong κ is, the data say:
every κ of a grid is weighted by its Beta-binomial likelihood under a weak log-normal prior around 15, and the
posteriors are mixed by these weights (statistics.md 3.6 and 3.7, with one factor). Images of one prompt are partly
the same evidence, so n and s are first reduced to effective numbers (3.2). Arrays hold one element a group.
"""

from dataclasses import dataclass
from math import erfc, fsum, sqrt

import numpy as np
import numpy.typing as npt

from learning_core.stats.beta import Reals, credible_interval, log_gamma

Counts = npt.NDArray[np.int64]

PRIOR_CORRELATION = 0.4
"""Correlation within a cluster that is assumed until the data say otherwise."""

_STRENGTHS = np.array([2.0 * 1000.0 ** (j / 24.0) for j in range(25)])[:, None]
_STRENGTH_PRIOR = -0.5 * (np.log(_STRENGTHS[:, 0] / 15.0) / 1.5) ** 2
_IMAGES_BEFORE = 6.0


@dataclass(frozen=True, slots=True)
class Estimates:
    """Shrunken rates: their posteriors Beta(a, b), and the effective numbers of images behind them."""

    effective_n: Reals
    a: Reals
    b: Reals

    @property
    def mean(self) -> Reals:
        """Posterior means."""
        return self.a / (self.a + self.b)

    @property
    def variance(self) -> Reals:
        """Posterior variances."""
        total = self.a + self.b
        return self.a * self.b / (total * total * (total + 1.0))

    def intervals(self) -> tuple[Reals, Reals]:
        """Return the lower and upper ends of the 95 % credible intervals."""
        return credible_interval(self.a, self.b)

    def take(self, groups: Counts) -> "Estimates":
        """Return the estimates of some groups, in the order given."""
        return Estimates(self.effective_n[groups], self.a[groups], self.b[groups])


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


def effective(n: Counts, s: Counts, q: Counts, correlation: float | Reals) -> tuple[Reals, Reals]:
    """Return n and s of groups reduced by the design effect 1 + (q/n − 1)·correlation, q = Σ n_g² over clusters."""
    images = np.maximum(n, 1)
    size = n / np.maximum(1.0, 1.0 + (q / images - 1.0) * correlation)
    return size, s * size / images


def strength_weights(n: Reals, s: Reals, rate: float) -> Reals:
    """Return how plausible each prior strength of the grid (25 from 2 to 2000 images) is, summing to 1."""
    n, s = n[n > 0], s[n > 0]
    a, b = _STRENGTHS * rate, _STRENGTHS * (1.0 - rate)
    # ln B(a + s, b + n − s) − ln B(a, b), with all ln Γ in one go; the last column of each is that of no image.
    none = np.zeros(1)
    successes, failures, images = (np.concatenate((column, none)) for column in (s, n - s, n))
    terms = log_gamma(np.stack((a + successes, b + failures, _STRENGTHS + images)))
    log_betas = terms[0] + terms[1] - terms[2]
    scores = (log_betas[:, :-1] - log_betas[:, -1:]).sum(axis=1) + _STRENGTH_PRIOR
    weights: Reals = np.exp(scores - scores.max())
    weights /= weights.sum()
    return weights


def shrink(n: Counts, s: Counts, q: Counts, rate: float, correlation: float) -> Estimates:
    """Return the estimates of groups, shrunk towards `rate`, with the uncertainty of `rate` itself included.

    A group has n images of which s came out well, and q = Σ n_g² over its clusters (prompts). `rate` is first pulled
    a little towards one half, as if by six images more (statistics.md 3.3): a few images that all came out well do
    not prove that all do.
    """
    size, good = effective(n, s, q, correlation)
    images = max(float(size.sum()), 1.0)
    kept = (0.5 * _IMAGES_BEFORE + images * rate) / (_IMAGES_BEFORE + images)
    weights = strength_weights(size, good, kept)
    # As many groups of equal size would tell the common rate as well as these do.
    equal_groups = images * images / max(float((size * size).sum()), 1.0)
    a, b = _posteriors(size, good, kept, images, equal_groups, weights)
    return Estimates(size, a, b)


def _posteriors(
    n: Reals, s: Reals, rate: float, images: float, equal_groups: float, weights: Reals
) -> tuple[Reals, Reals]:
    """Return a and b of the Betas with the moments of the mixtures over the prior's strengths."""
    spread = rate * (1.0 - rate)
    between = spread / (_STRENGTHS + 1.0)
    rate_variance = spread / images + between / equal_groups
    size = np.maximum(spread / (between + rate_variance) - 1.0, 0.5)
    total = size + n
    part = (size * rate + s) / total
    weights = weights[:, None]
    mean = (weights * part).sum(axis=0)
    second = (weights * (part * (1.0 - part) / (total + 1.0) + part * part)).sum(axis=0)
    variance = np.maximum(second - mean * mean, 1e-9)
    strength = np.maximum(mean * (1.0 - mean) / variance - 1.0, 0.5)
    return strength * mean, strength * (1.0 - mean)


def probability_greater(first: Estimates, second: Estimates) -> list[float]:
    """Return the probability, pair by pair, that the first rate is greater (normal approximation of the difference).

    Estimates of one group are set against each of the other.
    """
    spread = np.sqrt(first.variance + second.variance)
    return [0.5 * erfc(-score / sqrt(2.0)) for score in ((first.mean - second.mean) / spread).tolist()]
