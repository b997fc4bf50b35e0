"""Whether a difference between two values stays at equal values of whatever else could explain it.

Two arms are compared, A and B: the records of two values of one parameter (statistics.md 3.10).
"""

from collections.abc import Mapping

import numpy as np
from msgspec import Struct

from learning_core.stats.check_outcome import CHECK_OUTCOMES, CheckOutcome
from learning_core.stats.grouping import Numbers
from learning_core.stats.stratified import Difference, Mask, Rows, everything, stratified

LEAST_COVERED = 0.5
"""Share of either arm's images that must have their like in the other arm."""

LEAST_PROMPTS = 5
"""Prompts that either arm must have there."""


class Check(Struct, frozen=True):
    """What became of a difference at equal values of one factor; `difference` is the adjusted one."""

    factor: str
    outcome: CheckOutcome
    difference: Difference


class Verdict(Struct, frozen=True):
    """The raw difference of two arms and one check for each factor that could explain it, in the order given."""

    raw: Difference
    checks: tuple[Check, ...]

    @property
    def outcome(self) -> CheckOutcome:
        """Return the outcome that speaks most against the difference, "passed" without any factor."""
        found = {check.outcome for check in self.checks}
        return next((outcome for outcome in CHECK_OUTCOMES if outcome in found), "passed")

    def factors(self, outcome: CheckOutcome) -> tuple[str, ...]:
        """Return the names of the factors with this outcome."""
        return tuple(check.factor for check in self.checks if check.outcome == outcome)


def check(rows: Rows, factors: Mapping[str, Numbers]) -> Verdict:
    """Return whether the difference of two arms stays at equal values of each factor, one factor at a time.

    A factor gives the stratum of each row, a number from 0, or −1 where its value is unknown: such rows match
    nothing.
    """
    raw = stratified(rows, everything(rows))
    checks = []
    for factor, stratum in factors.items():
        adjusted = stratified(rows, stratum)
        checks.append(Check(factor, outcome(raw, adjusted), adjusted))
    return Verdict(raw, tuple(checks))


def outcome(raw: Difference, adjusted: Difference, *, margin: float = 0.0, kept: float = 0.0) -> CheckOutcome:
    """Return what became of a difference at equal values of a factor.

    It is unchecked when too little of an arm has its like in the other. It passes when the interval of the adjusted
    difference excludes 0 on the side of the raw one. Else it is inconclusive if it keeps the sign and lies inside the
    raw interval, and confounded if not. (statistics.md 3.10 lets the inconclusive pass: of differences that steps or
    an easy keyword made it left a tenth standing, and it struck down half of the true ones.)

    Below `margin`, where differences do not matter, signs say nothing. Where a factor is known to hold only a part of
    what it stands for equal, `kept` of the raw difference must be left, or the rest of it could be made by the others.
    """
    if not is_covered(adjusted):
        return "unchecked"
    if abs(adjusted.value) < kept * abs(raw.value):
        return "confounded"
    low, high = adjusted.interval()
    if low * raw.value > 0.0 and high * raw.value > 0.0:
        return "passed"
    low, high = raw.interval()
    alike = adjusted.value * raw.value > 0.0 or max(abs(adjusted.value), abs(raw.value)) < margin
    return "inconclusive" if alike and low <= adjusted.value <= high else "confounded"


def is_covered(adjusted: Difference) -> bool:
    """Tell whether enough of both arms can be compared."""
    return adjusted.covered >= LEAST_COVERED and adjusted.fewest_prompts >= LEAST_PROMPTS


def most_uneven(rows: Rows, has: Mask) -> int:
    """Return the keyword whose share of the images differs most between the arms, the first of equals.

    `has` tells of each row (and at least one keyword, a column) whether its prompt has the keyword. Only what the
    arms do not share alike can explain their difference; the most frequent keyword, which statistics.md 3.10 checks,
    may be another one.
    """
    images = np.stack([(rows.n * (rows.arm == arm)) @ has for arm in (0, 1)])
    totals = np.bincount(rows.arm, rows.n, 2).astype(np.int64)
    # Shares over a common divisor, in whole numbers: equal ones are equal.
    return int(np.abs(images[0] * totals[1] - images[1] * totals[0]).argmax())
