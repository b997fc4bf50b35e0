"""Whether another parameter could be what makes one value of a parameter better than the others."""

from collections.abc import Callable, Iterable, Mapping
from statistics import NormalDist

import numpy as np
from msgspec import Struct
from msgspec.structs import replace

from learning_core.answers.answer import By
from learning_core.answers.breakdown import Breakdown, Levels
from learning_core.answers.evidence import Evidence
from learning_core.answers.words_together import is_ahead_at_equal_words
from learning_core.index.columns import Column
from learning_core.stats.beta import Reals
from learning_core.stats.strata import Rows, differences_within
from learning_core.text.wording import name

LEAST_COVERED = 0.5
"""Share of either group that must have its like in the other at equal values of a third parameter."""

_CIRCUMSTANCES = {"the time of making": "period", "the time of judging": "judged_period", "who judged": "rater"}
"""What else differs from image to image, and the column of the evidence that holds it."""

_OF_SELECTIONS = {"the size of the batches": "batch"}
"""What differs besides where images are selected: one taken of each batch is one in four or one in eight."""

ALL_WORDS = "what the prompts say"
"""Named where no single word, but all of them together could be behind a lead."""

CLEAR_ERRORS = 2.33
"""Standard errors by which the leader must still lead there: as sure as the probability that makes a leader."""

CLEAR_BUT_FOR = 0.01
"""The chance that an error exceeds so many standard errors."""


class _Arms(Struct, frozen=True):
    """The rows of the leader, arm 0, and of its rivals, from 1 by the number of their level; sorted by arm, cluster.

    A row of the leader is no row of a rival, whatever LoRAs they share; `sizes`, in jobs, count it for both. `weights`
    are the jobs of each row; `table` holds what is compared, every row in stratum 0.
    """

    rows: Column
    table: Rows
    weights: Column
    sizes: Column
    rivals: list[int]

    def at_equal(self, strata: Column) -> "_Arms":
        """Return those rows of which the value to be held equal is known."""
        whole, stratum = self.table, strata[self.rows]
        if stratum.all():
            return replace(self, table=replace(whole, stratum=stratum))
        known = stratum.nonzero()[0]
        table = Rows(whole.arm[known], stratum[known], whole.witness[known], whole.n[known], whole.s[known])
        return replace(self, rows=self.rows[known], table=table, weights=self.weights[known])


def entangled_with(
    breakdown: Breakdown,
    levels: Levels,
    leader: int,
    rivals: list[int],
    parameters: Iterable[By],
    uneven_words: Callable[[], Mapping[str, Column]],
    looks: int = 1,
) -> str:
    """Return what could be behind a lead: the first thing at equal values of which no lead is left, or nothing.

    `leader` and `rivals`, best first, are numbers of levels. A parameter is named with the value that the leader leans
    to; then come the times of making and judging, who judged, the size of batches that images were selected from, and
    words that one side's prompts have more often, with classes of the rows (from 1, 0 unknown) by whether they have
    the word, and at last all words together. Of as many `looks` any one would do for a claim.
    """
    arms = _arms(breakdown.evidence, levels, leader, rivals)
    for parameter in parameters:
        known = arms.at_equal(breakdown.strata(parameter))
        rival = _not_ahead(known)
        if rival is not None:
            rows, arm = known.rows, known.table.arm
            return f"{parameter} {name(_leaning(breakdown, parameter, rows[arm == 0], rows[arm == rival]))}".rstrip()
    circumstances = _CIRCUMSTANCES | (_OF_SELECTIONS if breakdown.evidence.outcome == "selected" else {})
    for what, column in circumstances.items():
        if _not_ahead(arms.at_equal(breakdown.evidence.column(column))):
            return what
    for word, classes in uneven_words().items():
        if _not_ahead(arms.at_equal(classes)):
            return f"prompts with {name(word)}"
    clear = CLEAR_ERRORS if looks == 1 else NormalDist().inv_cdf(1.0 - CLEAR_BUT_FOR / looks)
    stands = is_ahead_at_equal_words(breakdown.evidence, arms.rows, arms.table.arm, clear)
    return "" if stands else ALL_WORDS


def _arms(evidence: Evidence, levels: Levels, leader: int, rivals: list[int]) -> _Arms:
    number = np.zeros(len(levels.names), np.uint8 if len(rivals) < 255 else np.int64)
    number[sorted(rivals)] = np.arange(1, len(rivals) + 1)
    leading, arm = levels.rows_of(leader), number[levels.group]
    sizes = np.bincount(arm, evidence.weights[levels.rows], len(rivals) + 1)
    sizes[0] = evidence.weights[leading].sum()
    leads = np.zeros(len(evidence.weights), bool)
    leads[leading] = True
    others = np.flatnonzero(np.where(leads[levels.rows], 0, arm))
    rows = np.concatenate((leading, levels.rows[others]))
    table = Rows(
        arm=np.concatenate((np.zeros_like(arm, shape=len(leading)), arm[others])),
        stratum=np.zeros(len(rows), np.int64),
        witness=evidence.clusters[rows],
        n=evidence.images[rows],
        s=evidence.good[rows],
    )
    return _Arms(rows, table, evidence.weights[rows], sizes, rivals)


def _not_ahead(arms: _Arms) -> int | None:
    """Return the arm of the first rival that the leader is not surely ahead of at equal values.

    Jobs where the value is unknown cannot speak; when they are most of an arm, neither can the check.
    """
    unchecked = 2 * np.bincount(arms.table.arm, arms.weights, len(arms.sizes)) < arms.sizes
    if unchecked[0]:
        return None
    found = differences_within(arms.table, len(arms.rivals))
    covered, order = found.covered >= LEAST_COVERED, sorted(arms.rivals)

    def is_ahead(errors: Reals) -> list[bool]:
        ahead: list[bool] = (unchecked[1:] | covered & (found.value > CLEAR_ERRORS * errors)).tolist()
        return ahead

    # No error is smaller than the least one, which is known at once and often enough for the closest rival.
    closest = order.index(arms.rivals[0])
    if not is_ahead(found.least_error)[closest]:
        return 1 + closest
    ahead = dict(zip(order, is_ahead(found.standard_error), strict=True))
    first = next((rival for rival in arms.rivals if not ahead[rival]), None)
    return None if first is None else 1 + order.index(first)


def _leaning(breakdown: Breakdown, parameter: By, leader: Column, rival: Column) -> str:
    """Return the value of a parameter whose share of the leader's jobs exceeds that of the rival's most.

    Nothing where the parameter is known only from comparisons of whole models: these have no values of it to name.
    """
    levels, weights = breakdown.levels(parameter), breakdown.evidence.weights
    if levels is None:
        return ""
    shares = []
    for rows in (leader, rival):
        inside = np.zeros_like(weights)
        inside[rows] = weights[rows]
        shares.append(levels.totals(inside) / inside.sum())
    return levels.names[int(np.argmax(shares[0] - shares[1]))]
