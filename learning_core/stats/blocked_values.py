"""Values of one setting that were all tried in the same blocks: their effects, and which of them is the best."""

import numpy as np
from msgspec import Struct

from learning_core.stats.beta import Reals
from learning_core.stats.greatest import Best, best

_BLOCKS_BEFORE = 4.0
_USUAL_VARIANCE = 0.5
"""Variance of one image's rating inside a block: half that of a difference of two (statistics.md 5)."""


class Effects(Struct, frozen=True, eq=False):
    """Effects of values in rating points against the mean of their blocks, drawn towards none, and their errors."""

    mean: Reals
    sd: Reals

    def best(self) -> Best:
        """Return the chance of each value to be the best, and what taking the first of them is expected to lose."""
        return best(self.mean, self.sd)


def blocked_effects(ratings: Reals, prior_sd: float) -> Effects:
    """Return the effects of values (columns) in blocks (rows, at least one; all cells rated).

    The variance inside blocks is drawn towards the usual one as if by four blocks, and effects towards 0 by a normal
    prior. Rows are put in order first, so that theirs shows in no digit.
    """
    ratings = ratings[np.lexsort(ratings.T[::-1])]
    blocks, values = ratings.shape
    inside = ratings - ratings.mean(axis=1, keepdims=True)
    effect = inside.mean(axis=0)
    residual = inside - effect
    freedom = (blocks - 1) * (values - 1)
    spread = (float((residual * residual).sum()) + _BLOCKS_BEFORE * _USUAL_VARIANCE) / (freedom + _BLOCKS_BEFORE)
    error = spread / blocks
    kept = prior_sd**2 / (prior_sd**2 + error)
    return Effects(kept * effect, np.full(values, np.sqrt(kept * error)))
