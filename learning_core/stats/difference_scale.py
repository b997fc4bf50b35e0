"""What a difference of two arms amounts to on its scale: how likely it is one, and how likely it matters.

Conjugate normal analysis (statistics.md 5): the prior expects no difference, give or take what real settings
differ by.
"""

from math import ceil, exp, sqrt

import numpy as np
from msgspec import Struct

from learning_core.stats.comparing import normal_distribution
from learning_core.stats.strength import STRONG_BAYES_FACTOR

SHARE_PER_POINT = 0.35
"""Share of images rated 4 or 5 that goes with one point of mean rating: .34, .36 and .38 in three public sets.

The normal distribution says the same: a shift of one point in ratings with a standard deviation of 1.15 moves the
share above a threshold near the middle by .399 / 1.15 = .347.
"""

EQUIVALENT = 0.9
"""Probability of a difference within the margin from which two arms count as practically equal."""

_POWER = 7.85
_MARGIN_POINTS = 0.2
SETTING_SPREAD_POINTS = 0.31
"""Standard deviation of what settings such as checkpoints differ by, in stars (statistics.md 5)."""
_LARGEST_EXPONENT = 700.0
_MOST_BLOCKS = 1_000_000


class Scale(Struct, frozen=True):
    """A scale of outcomes.

    Differences below `margin` do not matter; `prior_variance` is that of a difference before any image,
    `block_variance` that of the difference of two images of one prompt, `image_variance` that of one image;
    `reach` is the largest possible difference.
    """

    margin: float
    prior_variance: float
    block_variance: float
    image_variance: float
    reach: float


POINTS = Scale(_MARGIN_POINTS, 2.0 * SETTING_SPREAD_POINTS**2, 1.0, 1.33, 4.0)
SHARES = Scale(
    _MARGIN_POINTS * SHARE_PER_POINT,
    2.0 * (SETTING_SPREAD_POINTS * SHARE_PER_POINT) ** 2,
    # Two images of one prompt, half of all good, correlated by .2: 2 · .25 · (1 − .2).
    0.4,
    0.25,
    1.0,
)


class Weighed(Struct, frozen=True):
    """A difference after the prior: mean and sd, and what follows from them.

    `probability` is that of its sign (.5 to 1), `bayes_factor` speaks for a difference against none, `equivalence`
    is the probability that it is within the scale's margin.
    """

    mean: float
    sd: float
    probability: float
    bayes_factor: float
    equivalence: float


def weighed(value: float, variance: float, scale: Scale) -> Weighed:
    """Return what a seen difference with the variance of its error amounts to."""
    prior = scale.prior_variance
    total = prior + variance
    mean, sd = value * prior / total, sqrt(prior * variance / total)
    exponent = value * value * prior / (2.0 * variance * total)
    factor = sqrt(variance / total) * exp(min(exponent, _LARGEST_EXPONENT))
    ends = np.array([abs(mean) / sd, (scale.margin - mean) / sd, (-scale.margin - mean) / sd])
    probability, high, low = normal_distribution(ends).tolist()
    return Weighed(mean, sd, probability, factor, high - low)


def blocks_to_settle(value: float, variance: float, blocks: float, scale: Scale) -> int | None:
    """Return how many blocks in all would settle a difference that stays as it was seen over `blocks` blocks.

    A block is a prompt with an image of either arm. At least 7.85 sd² / δ² of them (80 % power, statistics.md 5),
    δ the difference or, if larger, the margin; and as many as a Bayes factor of 20 or practical equivalence takes.
    None where that is more than a million.
    """
    of_one = variance * blocks
    least = max(ceil(_POWER * of_one / max(abs(value), scale.margin) ** 2), ceil(blocks) + 1)
    low, high = least, least
    while not _settled(value, of_one / high, scale):
        low, high = high, 2 * high
        if high > 2 * _MOST_BLOCKS:
            return None
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (low, middle) if _settled(value, of_one / middle, scale) else (middle, high)
    return high if high <= _MOST_BLOCKS else None


def _settled(value: float, variance: float, scale: Scale) -> bool:
    found = weighed(value, variance, scale)
    return found.bayes_factor >= STRONG_BAYES_FACTOR or found.equivalence >= EQUIVALENT
