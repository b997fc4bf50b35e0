"""The leading value of a plan against each other one: paired by prompt and seed, and safe for stars as mere ranks."""

from collections.abc import Sequence
from dataclasses import dataclass
from math import sqrt

import numpy as np

from learning_core.plans.rated_blocks import Blocks
from learning_core.stats.arm_differences import matched
from learning_core.stats.difference_scale import EQUIVALENT, POINTS, Weighed, weighed
from learning_core.stats.strength import MODERATE_PROBABILITY, STRONG_BAYES_FACTOR, WEAK_PROBABILITY, Strength
from learning_core.stats.student import NORMAL_QUANTILE

LEAST_BLOCKS = 6
"""Prompts before anything may be said (statistics.md 5)."""

MOST_BLOCKS = 60
"""Prompts after which what is still open stays so."""

MODERATE_BLOCKS = 10


@dataclass(frozen=True, slots=True)
class Compared:
    """One group of variants against another: the difference in stars, what it amounts to, and prompts won and lost."""

    weighed: Weighed
    effective_n: float
    prompts: int
    wins: int
    losses: int
    tries: int

    @property
    def is_better(self) -> bool:
        """Tell whether the first group is better by the stopping rule.

        The Bayes factor must be 20 for each difference that the plan looks at, as the leader was chosen among them;
        and more prompts must be won than lost, so that the claim stands on the order of the stars too.
        """
        enough = self.prompts >= LEAST_BLOCKS and self.weighed.bayes_factor >= STRONG_BAYES_FACTOR * self.tries
        return enough and self.weighed.mean > 0 and self.wins > self.losses

    @property
    def is_same(self) -> bool:
        """Tell whether both are practically the same by the stopping rule."""
        return self.prompts >= LEAST_BLOCKS and self.weighed.equivalence >= EQUIVALENT and not self.is_better

    @property
    def ends(self) -> tuple[float, float]:
        """The 95 % credible interval of the difference, in stars."""
        width = NORMAL_QUANTILE * self.weighed.sd
        return self.weighed.mean - width, self.weighed.mean + width

    @property
    def strength(self) -> Strength:
        """How sure the difference may sound (statistics.md 4, the row of paired plans)."""
        if self.is_better:
            return "strong"
        if self.weighed.probability >= MODERATE_PROBABILITY and self.prompts >= MODERATE_BLOCKS:
            return "moderate"
        return "weak" if self.weighed.probability >= WEAK_PROBABILITY and self.prompts >= LEAST_BLOCKS else "none"


def compare(blocks: Blocks, first: Sequence[int], second: Sequence[int], tries: int) -> Compared:
    """Return variants against others over the whole blocks, at least one; `tries` are the differences looked at."""
    rows, block = blocks.rows(first, second)
    found = matched(rows, block, POINTS)
    means = blocks.by_prompt()
    sides = means[:, list(first)].mean(axis=1) - means[:, list(second)].mean(axis=1)
    return Compared(
        weighed=weighed(found.value, found.variance, POINTS),
        effective_n=found.blocks,
        prompts=found.prompts,
        wins=int(np.count_nonzero(sides > _TIE)),
        losses=int(np.count_nonzero(sides < -_TIE)),
        tries=tries,
    )


_TIE = 1e-9


def detectable(prompts: int, sd: float) -> float:
    """Return the difference in stars that so many prompts find with 80 % power (statistics.md 5)."""
    return sd * sqrt(_POWER / prompts)


_POWER = 7.85
