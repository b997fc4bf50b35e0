"""How sure a change between two periods is: its interval, its Bayes factor, and the claim that they carry."""

import numpy as np
from msgspec import Struct
from msgspec.structs import replace

from learning_core.stats.adjusted import LEAST_PROMPTS
from learning_core.stats.comparing import difference as compared
from learning_core.stats.stratified import Difference
from learning_core.stats.strength import Case, Claim, claim
from learning_core.stats.student import NORMAL_QUANTILE, student_quantile

PRIOR_SHARE = 0.05
"""Variance of a period's level as a share of that of single outcomes, before anything is known: that of checkpoints
in GenAI-Bench (statistics.md 1)."""


class Arm(Struct, frozen=True):
    """What one period has: images, their effective number, different prompts, mean outcome, variance of the mean.

    `least_variance` is the smallest variance that a mean of so many effective images may be said to have.
    """

    n: int
    effective_n: float
    prompts: int
    mean: float
    least_variance: float


class Appraisal(Struct, frozen=True):
    """A change, P(it has this sign), its Bayes factor against none, and the claim.

    `difference` has the error that the change is appraised with.
    """

    difference: Difference
    probability: float
    bayes_factor: float
    claim: Claim

    @property
    def value(self) -> float:
        """The change itself."""
        return self.difference.value

    @property
    def low(self) -> float:
        """The lower end of its 95 % interval."""
        return self.difference.interval()[0]

    @property
    def high(self) -> float:
        """The upper end of its 95 % interval."""
        return self.difference.interval()[1]


class Outcomes(Struct, frozen=True):
    """What single outcomes are like: their variance, above 0, and by how much two of them can differ at most."""

    variance: float
    span: float


def appraised(difference: Difference, after: Arm, before: Arm, outcomes: Outcomes) -> Appraisal:
    """Return what a difference after − before amounts to.

    The error is that of prompts, widened where they are few (Student's t), and never below that of the effective
    images. As for a paired plan (statistics.md 5), a normal prior around no change makes P and the Bayes factor.
    """
    difference = difference.no_surer_than(after.least_variance + before.least_variance)
    variance = difference.variance * (student_quantile(difference.freedom) / NORMAL_QUANTILE) ** 2
    prior = 2.0 * PRIOR_SHARE * outcomes.variance
    kept = prior / (prior + variance)
    posterior = compared(np.array([difference.value * kept]), np.array([variance * kept]), prior)
    chance = float(posterior.probability[0])
    probability, factor = max(chance, 1.0 - chance), float(posterior.bayes_factor[0])
    effective_n = min(after.effective_n, before.effective_n)
    if difference.fewest_prompts < LEAST_PROMPTS:
        sure = Claim("none", f"one side rests on {difference.fewest_prompts} prompts, fewer than {LEAST_PROMPTS}")
    else:
        sure = claim(Case(probability, factor, effective_n, difference.fewest_prompts))
    return Appraisal(replace(difference, reach=outcomes.span), probability, factor, sure)
