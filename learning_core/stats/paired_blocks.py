"""Two variants set against each other block by block: when a plan has concluded, safe for stars as mere ranks."""

from math import sqrt

import numpy as np
from msgspec import Struct

from learning_core.stats.arm_differences import matched
from learning_core.stats.beta import Reals
from learning_core.stats.difference_scale import EQUIVALENT, POINTS, Weighed, weighed
from learning_core.stats.grouping import Numbers, distinct
from learning_core.stats.stratified import Rows
from learning_core.stats.strength import MODERATE_PROBABILITY, STRONG_BAYES_FACTOR, WEAK_PROBABILITY, Strength
from learning_core.stats.student import NORMAL_QUANTILE

LEAST_BLOCKS = 6
"""Prompts before anything may be said (statistics.md 5)."""

MOST_BLOCKS = 60
"""Prompts after which what is still open stays so."""

MODERATE_BLOCKS = 10
_POWER = 7.85
_TIE = 1e-9


class Compared(Struct, frozen=True):
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


def compare(rows: Rows, block: Numbers, tries: int) -> Compared:
    """Return what arm A comes to against arm B, given their stars and the block of each row, a prompt or a part of one.

    `tries` are the differences that are looked at. Blocks of one arm do not count.
    """
    found = matched(rows, block, POINTS)
    sides = _sides(rows, block)
    return Compared(
        weighed=weighed(found.value, found.variance, POINTS),
        effective_n=found.blocks,
        prompts=found.prompts,
        wins=int(np.count_nonzero(sides > _TIE)),
        losses=int(np.count_nonzero(sides < -_TIE)),
        tries=tries,
    )


def _sides(rows: Rows, block: Numbers) -> Reals:
    """Return by how many stars A is ahead on each prompt: the mean over its blocks with both arms."""
    blocks, place = distinct(block)
    cell = 2 * place + rows.arm
    n, stars = (np.bincount(cell, each, 2 * len(blocks)).reshape(-1, 2) for each in (rows.n, rows.s))
    prompt = np.zeros(len(blocks), np.int64)
    prompt[place] = rows.prompt
    both = n.all(axis=1)
    means = stars[both] / n[both]
    _, of_prompt = distinct(prompt[both])
    ahead: Reals = np.bincount(of_prompt, means[:, 0] - means[:, 1]) / np.bincount(of_prompt)
    return ahead


def detectable(prompts: int, sd: float) -> float:
    """Return the difference in stars that so many prompts find with 80 % power (statistics.md 5)."""
    return sd * sqrt(_POWER / prompts)
