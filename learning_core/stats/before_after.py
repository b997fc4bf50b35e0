"""Before and after something that happened to a prompt: one difference a prompt, and what all of them say.

Prompts are the blocks of statistics.md 5. They are weighted by how many attempts they have on both sides, n_b·n_a. With
these weights a person's habit of stepping in after a bad attempt, or of stopping after a good one, does not bring about
a difference where there is none: n_b·S_a − n_a·S_b has expectation 0 for sums S up to such moments (optional stopping).
"""

from collections.abc import Sequence
from math import exp, fsum, log, sqrt

from msgspec import Struct

from learning_core.stats.strength import STRONG_BAYES_FACTOR
from learning_core.stats.student import student_quantile

FEWEST_PROMPTS = 6
_USUAL_PROMPTS = 3.0
"""How many prompts the usual spread of differences counts as."""

_LARGEST_LOG = 700.0


class Sides(Struct, frozen=True):
    """The attempts of one prompt: number and sum of the outcomes (0 to 1) before and after; both numbers above 0."""

    before_n: int
    before_sum: float
    after_n: int
    after_sum: float

    @classmethod
    def of(cls, before: Sequence[float], after: Sequence[float]) -> "Sides":
        """Return the sides of a prompt with these outcomes."""
        return cls(len(before), fsum(before), len(after), fsum(after))

    @property
    def weight(self) -> float:
        """The weight of the prompt."""
        return float(self.before_n * self.after_n)

    @property
    def difference(self) -> float:
        """The mean after less the mean before, −1 to 1."""
        return self.after_sum / self.after_n - self.before_sum / self.before_n


class Change(Struct, frozen=True):
    """The mean change of outcomes on a scale from 0 to 1, its 95 % interval and the evidence that there is one.

    `prompts` is how many prompts of equal weight it is worth, `bayes_factor` a change over none.
    """

    value: float
    low: float
    high: float
    prompts: float
    bayes_factor: float

    @property
    def direction(self) -> int:
        """1 or −1 for a change that may be claimed, else 0."""
        if self.prompts < FEWEST_PROMPTS or self.bayes_factor < STRONG_BAYES_FACTOR:
            return 0
        return 1 if self.value > 0 else -1


class Scale(Struct, frozen=True):
    """What is usual for an outcome: variance of a prompt's difference, and of a true change over all prompts."""

    usual_variance: float
    change_variance: float


PASSED = Scale(0.25, 2 * 0.15**2)
SCORE = Scale(4.0 / 3.0 / 16.0, 2 * 0.31**2 / 16.0)
"""Stars of statistics.md 5, 1 to 5, put on a scale from 0 to 1; passed or not spreads more."""


def change(sides: Sequence[Sides], scale: Scale) -> Change:
    """Return the weighted mean change over prompts, at least one, with interval and Bayes factor.

    For P = (Σw)²/Σw² prompts of equal weight: var = P·Σ(w_i/Σw)²(x_i − x̄)²/(1 − w_i/Σw), which allows for unequal
    weights (MacKinnon and White 1985, HC2), s² = ((P − 1)·var + 3·usual)/(P + 3), V = (s²/P)(P + 3)/(P + 1), the
    interval by Student's t with P + 2 degrees of freedom, and the Bayes factor √(V/(V + T))·exp(x̄²T/(2V(V + T)))
    of statistics.md 5 with T the variance of a true change. Sums do not depend on the order of the prompts.
    """
    weights = fsum(each.weight for each in sides)
    squares = fsum(each.weight**2 for each in sides)
    value = fsum(each.weight * each.difference for each in sides) / weights
    prompts = weights * weights / squares
    variance_of_mean = fsum(
        (each.weight * (each.difference - value)) ** 2 / (1.0 - each.weight / weights)
        for each in sides
        if each.weight < weights
    ) / (weights * weights)
    spread = (prompts - 1.0) * prompts * variance_of_mean + _USUAL_PROMPTS * scale.usual_variance
    variance = spread / (prompts * (prompts + 1.0))
    reach = student_quantile(int(prompts) + 2) * sqrt(variance)
    true = scale.change_variance
    strength = 0.5 * log(variance / (variance + true)) + value * value * true / (2.0 * variance * (variance + true))
    return Change(
        value=value,
        low=max(value - reach, -1.0),
        high=min(value + reach, 1.0),
        prompts=prompts,
        bayes_factor=exp(min(strength, _LARGEST_LOG)),
    )
