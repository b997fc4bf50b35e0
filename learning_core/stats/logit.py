"""The logistic function and its inverse over arrays."""

import numpy as np

from learning_core.stats.beta import Reals

_LEAST = 1e-4


def logit(rate: Reals | float) -> Reals:
    """Return ln(x / (1 − x)) of rates, which are first kept within 0.0001 and 0.9999."""
    kept = np.minimum(np.maximum(rate, _LEAST), 1.0 - _LEAST)
    found: Reals = np.log(kept / (1.0 - kept))
    return found


def logistic(log_odds: Reals | float) -> Reals:
    """Return 1 / (1 + e^−x)."""
    found: Reals = 1.0 / (1.0 + np.exp(-np.asarray(log_odds)))
    return found
