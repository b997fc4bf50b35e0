"""What is believed of the values of a setting, what a comparison would teach, and what that is worth.

Effects are in stars and only their differences matter: every observation is taken against the mean of its own values,
which takes out what its prompts and its rater have in common (statistics.md 5, "Several values" and "Which next").
"""

import numpy as np
from msgspec import Struct

from learning_core.stats.beta import Reals
from learning_core.stats.comparing import normal_distribution
from learning_core.stats.grouping import Counts

_NODES = 401
_REACH = 5.0
_LEAST_SD = 1e-9
_NEIGHBOURS = 1.5
"""Distance, in places along an ordered setting, at which what is learned of one value still tells of another."""


class Belief(Struct, frozen=True, eq=False):
    """Normal belief about the effects of values: their means and covariance."""

    mean: Reals
    covariance: Reals

    @property
    def sd(self) -> Reals:
        """The standard deviation of each effect."""
        found: Reals = np.sqrt(np.maximum(np.diag(self.covariance), 0.0))
        return found


def prior_belief(values: int, sd: float, *, ordered: bool) -> Belief:
    """Return the belief before any image: no effect, give or take `sd`; neighbours of an ordered setting are alike."""
    place = np.arange(values)
    apart = (place[:, None] - place) / _NEIGHBOURS
    alike = np.exp(-0.5 * apart * apart) if ordered else np.eye(values)
    return Belief(np.zeros(values), sd * sd * alike)


def learned(belief: Belief, tested: Counts, means: Reals, variances: Reals) -> Belief:
    """Return the belief after the means of some values, at least two, were seen with independent errors."""
    gain, design = _gain(belief, tested, variances)
    centred = means - means.mean()
    mean = belief.mean + gain @ (centred - design @ belief.mean)
    covariance = belief.covariance - gain @ design @ belief.covariance
    return Belief(mean, (covariance + covariance.T) / 2.0)


def expected_gain(belief: Belief, tested: Counts, variances: Reals) -> float:
    """Return by how many stars the best value is expected to rise when these values are compared; at least 0.

    E[max] − max m, where the means after the comparison have the standard deviations √diag(K Σ Kᵀ).
    """
    gain, design = _gain(belief, tested, variances)
    moved = np.sqrt(np.maximum(np.diag(gain @ design @ belief.covariance), 0.0))
    return max(_expected_maximum(belief.mean, np.maximum(moved, _LEAST_SD)) - float(belief.mean.max()), 0.0)


def promising(belief: Belief, base: int, others: int) -> Counts:
    """Return the values worth comparing, ascending: the base and those with the highest mean + sd besides it."""
    promise = belief.mean + belief.sd
    order = sorted(
        (place for place in range(len(promise)) if place != base), key=lambda place: (-promise[place], place)
    )
    return np.array(sorted([base, *order[:others]]), np.int64)


def _gain(belief: Belief, tested: Counts, variances: Reals) -> tuple[Reals, Reals]:
    """Return K = C Hᵀ Σ⁺ and H = Π E, with Σ = H C Hᵀ + Π D Πᵀ."""
    count = len(tested)
    centring = np.eye(count) - 1.0 / count
    design = np.zeros((count, len(belief.mean)))
    design[np.arange(count), tested] = 1.0
    design = centring @ design
    seen = design @ belief.covariance @ design.T + centring @ np.diag(variances) @ centring.T
    return belief.covariance @ design.T @ np.linalg.pinv(seen, rcond=1e-10, hermitian=True), design


def _expected_maximum(mean: Reals, sd: Reals) -> float:
    low, high = float((mean - _REACH * sd).min()), float((mean + _REACH * sd).max())
    x = np.linspace(low, high, _NODES)
    below = normal_distribution((x[:, None] - mean) / sd).prod(axis=1)
    return high - float((x[1] - x[0]) * (below.sum() - 0.5 * (below[0] + below[-1])))
