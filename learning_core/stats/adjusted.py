"""Whether a difference between two values stays at equal values of whatever else could explain it.

Two arms are compared, A and B: the records of two values of one parameter. A row is what one arm has of one prompt
at one value of the other factors. The raw difference is the same figure with all rows in one stratum
(statistics.md 3.10).
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

import numpy as np
import numpy.typing as npt

from learning_core.stats.beta import Reals
from learning_core.stats.grouping import Counts, Numbers, distinct
from learning_core.stats.student import student_quantile

LEAST_COVERED = 0.5
"""Share of either arm's images that must have their like in the other arm."""

LEAST_PROMPTS = 5
"""Prompts that either arm must have there."""

PROMPTS_IN_STRATUM = 2
"""A stratum with a single prompt in an arm would show no error of its own."""

Outcome = Literal["confounded", "inconclusive", "unchecked", "passed"]
OUTCOMES: tuple[Outcome, ...] = ("confounded", "inconclusive", "unchecked", "passed")
"""From what speaks most against a difference to what does not."""


@dataclass(frozen=True, slots=True)
class Rows:
    """Rows of two arms: `arm` is 0 for A and 1 for B, `prompt` numbers from 0, n ≥ 1 images of which s came out well.

    Arrays of one length; rows of one prompt, arm and stratum may stand apart or together.
    """

    arm: Numbers
    prompt: Numbers
    n: Counts
    s: Counts


@dataclass(frozen=True, slots=True)
class Difference:
    """Rate of A − rate of B within strata, −1 to 1, and its standard error over prompts.

    `prompts` are those whose outcome moves the difference; `covered` is the part of either arm's images, the smaller
    one, in strata that count, and `fewest_prompts` the prompts of the arm that has fewer there.
    """

    value: float
    standard_error: float
    prompts: int
    covered: float
    fewest_prompts: int

    def interval(self) -> tuple[float, float]:
        """Return the ends of the 95 % confidence interval, Student's t with prompts − 1 degrees of freedom."""
        reach = student_quantile(max(1, self.prompts - 1)) * self.standard_error
        return self.value - reach, self.value + reach


@dataclass(frozen=True, slots=True)
class Check:
    """What became of a difference at equal values of one factor; `difference` is the adjusted one."""

    factor: str
    outcome: Outcome
    difference: Difference


@dataclass(frozen=True, slots=True)
class Verdict:
    """The raw difference of two arms and one check for each factor that could explain it, in the order given."""

    raw: Difference
    checks: tuple[Check, ...]

    @property
    def outcome(self) -> Outcome:
        """Return the outcome that speaks most against the difference, "passed" without any factor."""
        found = {check.outcome for check in self.checks}
        return next((outcome for outcome in OUTCOMES if outcome in found), "passed")

    def factors(self, outcome: Outcome) -> tuple[str, ...]:
        """Return the names of the factors with this outcome."""
        return tuple(check.factor for check in self.checks if check.outcome == outcome)


def check(rows: Rows, factors: Mapping[str, Numbers]) -> Verdict:
    """Return whether the difference of two arms stays at equal values of each factor, one factor at a time.

    A factor gives the stratum of each row, a number from 0, or −1 where its value is unknown: such rows match
    nothing. It passes when the adjusted difference has the sign of the raw one and its own interval excludes 0. Else
    it is inconclusive if it keeps the sign and lies inside the raw interval, and confounded if not. (statistics.md
    3.10 lets the inconclusive pass: of differences that steps or an easy keyword made it left a tenth standing, and
    it struck down half of the true ones.) It is unchecked when the strata with both arms hold less than
    LEAST_COVERED of an arm, or fewer prompts of an arm than LEAST_PROMPTS.
    """
    raw = stratified_difference(rows, np.zeros(len(rows.n), np.int64), PROMPTS_IN_STRATUM)
    checks = []
    for factor, stratum in factors.items():
        adjusted = stratified_difference(rows, stratum, PROMPTS_IN_STRATUM)
        checks.append(Check(factor, _outcome(raw, adjusted), adjusted))
    return Verdict(raw, tuple(checks))


def _outcome(raw: Difference, adjusted: Difference) -> Outcome:
    if adjusted.covered < LEAST_COVERED or adjusted.fewest_prompts < LEAST_PROMPTS:
        return "unchecked"
    low, high = adjusted.interval()
    if low * raw.value > 0.0 and high * raw.value > 0.0:
        return "passed"
    low, high = raw.interval()
    stays = adjusted.value * raw.value > 0.0 and low <= adjusted.value <= high
    return "inconclusive" if stays else "confounded"


def stratified_difference(rows: Rows, stratum: Numbers, prompts_in_stratum: int = 1) -> Difference:
    """Return the difference of two arms, averaged over strata with the weights n_A n_B / (n_A + n_B).

    Mantel and Haenszel's weights; the variance is that of the influences summed over prompts, times G / (G − 1) for
    G prompts (statistics.md 3.10). Strata below 0, and those where an arm has fewer prompts than asked, do not
    count; without any, all figures are 0.
    """
    pieces = _pieces(rows, stratum)
    n, s, prompts = (table.reshape(-1, 2) for table in pieces.cells())
    counts = prompts.min(axis=1) >= prompts_in_stratum
    if not counts.any():
        return Difference(0.0, 0.0, 0, 0.0, 0)
    omega = np.where(counts, n[:, 0] * n[:, 1] / np.maximum(n.sum(axis=1), 1), 0.0)
    omega /= omega.sum()
    share = s / np.maximum(n, 1)
    value = float((omega * (share[:, 0] - share[:, 1])).sum())
    inside = pieces.take(np.flatnonzero(counts[pieces.cell // 2]))
    error, moved = _error(inside, n.ravel(), s.ravel(), omega)
    images = np.bincount(rows.arm, rows.n, 2)
    covered = (n[counts].sum(axis=0) / np.maximum(images, 1)).min()
    fewest = min(len(distinct(inside.prompt[inside.cell % 2 == arm])[0]) for arm in (0, 1))
    return Difference(value, error, moved, float(covered), fewest)


@dataclass(frozen=True, slots=True)
class _Pieces:
    """What each cell (2·stratum + arm, strata numbered without gaps) has of each prompt, by cell, then prompt.

    Counted in whole numbers and in this order, so that the order of the rows shows in no digit.
    """

    cell: Counts
    prompt: Counts
    n: Counts
    s: Counts
    strata: int

    def cells(self) -> tuple[Counts, Counts, Counts]:
        """Return n, s and prompts of each cell."""
        n, s, prompts = (np.bincount(self.cell, column, 2 * self.strata) for column in (self.n, self.s, None))
        return n.astype(np.int64), s.astype(np.int64), prompts

    def take(self, chosen: Counts) -> "_Pieces":
        return _Pieces(self.cell[chosen], self.prompt[chosen], self.n[chosen], self.s[chosen], self.strata)


def _pieces(rows: Rows, stratum: Numbers) -> _Pieces:
    known = np.flatnonzero(stratum >= 0)
    strata, place = distinct(stratum[known])
    cell = 2 * place + rows.arm[known]
    span = int(rows.prompt.max(initial=0)) + 1
    key, piece = distinct(cell * span + rows.prompt[known])
    n, s = (np.bincount(piece, column[known], len(key)).astype(np.int64) for column in (rows.n, rows.s))
    return _Pieces(key // span, key % span, n, s, len(strata))


def _error(pieces: _Pieces, n: Counts, s: Counts, omega: Reals) -> tuple[float, int]:
    """Return the standard error from the prompts' influences, and how many prompts have one."""
    cell = pieces.cell
    # Residuals as whole numbers first: a prompt that is exactly like its cell has none, whatever the rounding.
    residual = pieces.s * n[cell] - s[cell] * pieces.n
    influence = (1 - 2 * (cell % 2)) * omega[cell // 2] * residual / (n[cell] * n[cell])
    prompts, place = distinct(pieces.prompt)
    summed = np.bincount(place, influence, len(prompts))
    # Influences of both arms may cancel, but for rounding.
    moved = int((np.abs(summed) > 1e-9 * np.bincount(place, np.abs(influence), len(prompts))).sum())
    variance = float((summed * summed).sum()) * max(moved, 2) / max(1, moved - 1)
    return variance**0.5, moved


def most_uneven(rows: Rows, has: npt.NDArray[np.bool_]) -> int:
    """Return the keyword whose share of the images differs most between the arms, the first of equals.

    `has` tells of each row (and at least one keyword, a column) whether its prompt has the keyword. Only what the
    arms do not share alike can explain their difference; the most frequent keyword, which statistics.md 3.10 checks,
    may be another one.
    """
    images = np.stack([(rows.n * (rows.arm == arm)) @ has for arm in (0, 1)])
    totals = np.bincount(rows.arm, rows.n, 2).astype(np.int64)
    # Shares over a common divisor, in whole numbers: equal ones are equal.
    return int(np.abs(images[0] * totals[1] - images[1] * totals[0]).argmax())
