"""What stars tell beyond good or not: an image of 5 speaks more for its settings than one of 4, a 1 more against.

Counting only whether images came out well loses a quarter of what their stars say of a shift, or a little more (of a
normal quantity cut in the middle, 1 − 2/π). The share of a group with few images is therefore drawn towards what its
mean stars let expect, by the regression of outcomes on stars inside levels, as in the regression estimator of survey
sampling (Cochran 1977, Sampling Techniques, chapter 7). With more images its own share takes over, for groups also
differ in how their stars are spread.
"""

import numpy as np
from msgspec import Struct

from learning_core.stats.beta import Reals
from learning_core.stats.difference_scale import POINTS, SHARE_PER_POINT, SHARES
from learning_core.stats.grouping import Counts
from learning_core.stats.logit import logistic, logit
from learning_core.stats.sufficient_statistics import STAR_PARTS, SufficientStatistics

_IMAGES_BEFORE = 20.0
"""As many images the usual spread of stars counts as: that of public sets of ratings."""

_USUAL_DEPARTURE = 0.15**2
_LEVELS_BEFORE = 3.0
"""How far levels of equal stars usually differ on the log-odds (a variance), and as many levels that counts as."""

_MOST_TOLD = 0.99


class StarScale(Struct, frozen=True, eq=False):
    """How stars go with the outcome; floats, or arrays with an element for each group.

    `rate` and `mean` are the share of good images and the mean stars of all, `slope` the log-odds that go with one
    star, `lost` the share of an outcome's variance that its stars do not explain, 0 where stars tell nothing more.
    From `own` images on, a group's own share counts more than what its stars let expect.
    """

    rate: Reals | float
    mean: Reals | float
    slope: Reals | float
    lost: Reals | float
    own: Reals | float

    def informed(self, size: Reals, n: Counts | Reals, s: Counts | Reals, stars: Counts | Reals) -> tuple[Reals, Reals]:
        """Return how many images without stars n images are worth, and how many of these came out well.

        `size` are effective images, `stars` sums; n and s are raw counts.
        """
        images = np.maximum(n, 1)
        expected = logistic(logit(self.rate) + self.slope * (stars / images - self.mean))
        by_stars = self.own / (self.own + images)
        share = (1.0 - by_stars) * s / images + by_stars * expected
        told = self.lost / images - self.lost / (images + self.own)
        worth = size / (1.0 - size * told)
        return worth, worth * share


NO_STARS = StarScale(0.5, 0.0, 0.0, 0.0, 0.0)
"""Of outcomes without stars."""


def star_scale(counts: SufficientStatistics) -> StarScale:
    """Return how stars go with the outcome among images of the same level."""
    levels = counts.levels
    n, s, stars = (each.astype(np.float64) for each in (levels.n, levels.s, levels.stars.total))
    if not stars.any():
        return NO_STARS
    images = np.maximum(n, 1.0)
    inside = counts.n - np.count_nonzero(n) + _IMAGES_BEFORE
    products = levels.stars.squares, levels.stars.good, levels.stars.good_squares
    means = stars * stars / images, s * stars / images, s * s / images
    usual = POINTS.image_variance, SHARE_PER_POINT * POINTS.image_variance, SHARES.image_variance
    of_stars, of_both, of_outcome = (
        (max(int(product.sum()) / STAR_PARTS - float(mean.sum()), 0.0) + _IMAGES_BEFORE * before) / inside
        for product, mean, before in zip(products, means, usual, strict=True)
    )
    lost = 1.0 - min(of_both * of_both / (of_stars * of_outcome), _MOST_TOLD)
    rate, mean = (counts.s + 3.0) / (counts.n + 6.0), float(stars.sum()) / counts.n
    spread = rate * (1.0 - rate)
    slope = of_both / (of_stars * of_outcome)
    own = lost / (spread * _departure(n, s, logit(rate) + slope * (stars / images - mean), rate, lost / spread))
    return StarScale(rate, mean, slope, lost, own)


def _departure(n: Reals, s: Reals, expected: Reals, rate: float, chance: float) -> float:
    """Return the variance of levels' log-odds around what their stars let expect; `chance` is that of one image."""
    used = n > 0
    n, s, expected = n[used], s[used], logistic(expected[used])
    away = logit((s + rate) / (n + 1.0)) - logit((n * expected + rate) / (n + 1.0))
    found = max(float((n * away * away - chance).sum()) / float(n.sum()), 0.0)
    return (len(n) * found + _LEVELS_BEFORE * _USUAL_DEPARTURE) / (len(n) + _LEVELS_BEFORE)
