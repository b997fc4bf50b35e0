"""Two variants set against each other block by block, a prompt each: when a plan has concluded (statistics.md 5)."""

from collections.abc import Sequence
from dataclasses import dataclass
from math import exp, fsum, sqrt

LEAST_BLOCKS = 6
CONCLUDED = 20.0
"""Bayes factor at which a plan has found a difference; looked at after every block, it is wrong in 3 % at most."""

_PRIOR_VARIANCE = 2 * 0.31**2
_PRIOR_BLOCKS = 3
_LARGEST_EXPONENT = 700.0


@dataclass(frozen=True, slots=True)
class Paired:
    """What differences of blocks amount to: their posterior mean and standard deviation, and the Bayes factor."""

    blocks: int
    mean: float
    sd: float
    bayes_factor: float

    @property
    def concluded(self) -> bool:
        """Whether there is a difference beyond doubt, whichever way it goes."""
        return self.blocks >= LEAST_BLOCKS and self.bayes_factor >= CONCLUDED


def paired(differences: Sequence[float]) -> Paired:
    """Return what the differences of two variants amount to, in stars, one of each block; there is at least one.

    The variance of one difference is pulled towards 4/3 by three blocks; true differences have the standard deviation
    .31·√2 beforehand (statistics.md 5, "Analysis, two variants").
    """
    n = len(differences)
    mean = fsum(differences) / n
    squares = fsum((each - mean) ** 2 for each in differences)
    own = (squares + 4.0) / (n + _PRIOR_BLOCKS)
    variance = own / n * (n + _PRIOR_BLOCKS) / (n + 1)
    total = variance + _PRIOR_VARIANCE
    exponent = mean * mean * _PRIOR_VARIANCE / (2.0 * variance * total)
    factor = sqrt(variance / total) * exp(min(exponent, _LARGEST_EXPONENT))
    return Paired(n, mean * _PRIOR_VARIANCE / total, sqrt(_PRIOR_VARIANCE * variance / total), factor)
