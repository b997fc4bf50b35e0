"""Differences of rates at equal values of another setting, so that the setting cannot be what makes them."""

from collections.abc import Callable
from functools import cached_property, partial

import numpy as np
from msgspec import Struct

from learning_core.stats.beta import Reals
from learning_core.stats.grouping import Counts, Numbers, lengths, stable_order, starts, sums_of_runs

_TABLE = 1 << 20
"""Elements in one table of the first arm's witnesses, in their comparisons with several others."""


class Rows(Struct, frozen=True):
    """Jobs sorted by arm, then by witness: arm 0 is the one that is compared with each other, from 1 up.

    `stratum` is the value held equal, `witness` tells which rows are the same evidence, `n` are the images of a job,
    at least 1, and `s` how many of them came out well. Strata and witnesses are numbers from 0.
    """

    arm: Numbers
    stratum: Numbers
    witness: Numbers
    n: Counts
    s: Counts


class Differences(Struct, frozen=True, eq=False, dict=True):
    """Differences of shares, −1 to 1, the part of either arm that each rests on at least, and their standard errors.

    One element for each arm from 1 up; all are 0 where no stratum counts. `least_error` is the standard error of
    independent images, `seen_variance` gives what the witnesses show.
    """

    value: Reals
    covered: Reals
    least_error: Reals
    seen_variance: Callable[[], Reals]

    @cached_property
    def standard_error(self) -> Reals:
        """Return the standard errors; what the witnesses show takes longer to find than all the rest."""
        found: Reals = np.sqrt(np.maximum(self.seen_variance(), self.least_error**2))
        return found


class _Cells(Struct, frozen=True):
    """The rows of one arm in one stratum, taken together; `of_row` is the cell of each row."""

    of_row: Counts
    arm: Numbers
    stratum: Numbers
    n: Counts
    s: Counts
    witnesses: Counts


class _Pairs(Struct, frozen=True):
    """Cells of the first arm and of another (counted from 0) in one stratum that counts, with the stratum's weight."""

    other: Counts
    cell: Counts
    other_cell: Counts
    weight: Reals


def differences_within(rows: Rows, others: int) -> Differences:
    """Return rate(first) − rate(other), averaged over strata by how much each can tell (statistics.md 3.10).

    A stratum counts only with two witnesses or more in both arms. The error is that of the witnesses, widened where
    they are few, and never below that of independent images. There is at least one row.
    """
    total = np.maximum(_sums(rows.arm, rows.n, others + 1), 1.0)
    rows = _where_first(rows)
    if not len(rows.arm):
        nothing = np.zeros(others)
        return Differences(nothing, nothing, nothing, lambda: nothing)
    cells = _cells(rows)
    pairs = _pairs(cells, others)
    share = cells.s / cells.n
    cautious = (cells.s + 0.5) / (cells.n + 1.0)
    variance = cautious * (1.0 - cautious) / cells.n
    value = _sums(pairs.other, pairs.weight * (share[pairs.cell] - share[pairs.other_cell]), others)
    least = _sums(pairs.other, pairs.weight**2 * (variance[pairs.cell] + variance[pairs.other_cell]), others)
    seen = partial(_seen_variance, rows, cells, pairs, others)
    return Differences(value, _covered(cells, pairs, total), np.sqrt(least), seen)


def _where_first(rows: Rows) -> Rows:
    """Return the rows of strata of the first arm: no other stratum counts, and there are often many."""
    of_first = rows.stratum[: int(rows.arm.searchsorted(1))]
    has_first = np.zeros(int(rows.stratum.max()) + 1, bool)
    has_first[of_first] = True
    counts = has_first[rows.stratum]
    if counts.all():
        return rows
    kept = counts.nonzero()[0]
    return Rows(rows.arm[kept], rows.stratum[kept], rows.witness[kept], rows.n[kept], rows.s[kept])


def _cells(rows: Rows) -> _Cells:
    order = stable_order(rows.stratum)
    arm, stratum, witness = rows.arm[order], rows.stratum[order], rows.witness[order]
    first = starts(stratum, arm)
    of_row = np.empty(len(order), np.int64)
    of_row[order] = np.repeat(np.arange(len(first)), lengths(first, len(order)))
    new_witness = np.zeros(len(order), np.int64)
    new_witness[starts(stratum, arm, witness)] = 1
    return _Cells(
        of_row=of_row,
        arm=arm[first],
        stratum=stratum[first],
        n=sums_of_runs(rows.n[order], first),
        s=sums_of_runs(rows.s[order], first),
        witnesses=sums_of_runs(new_witness, first),
    )


def _pairs(cells: _Cells, others: int) -> _Pairs:
    # Cells are sorted by stratum, then by arm: the first arm's cell, if any, is the first of its stratum.
    first = starts(cells.stratum)
    partner = np.repeat(first, lengths(first, len(cells.stratum)))
    counts = (cells.arm > 0) & (cells.arm[partner] == 0)
    counts &= (cells.witnesses >= 2) & (cells.witnesses[partner] >= 2)
    other_cell = np.flatnonzero(counts)
    cell, other = partner[other_cell], cells.arm[other_cell].astype(np.int64) - 1
    n, other_n = cells.n[cell], cells.n[other_cell]
    weight = n * other_n / (n + other_n)
    weight /= _sums(other, weight, others)[other]
    return _Pairs(other, cell, other_cell, weight)


def _covered(cells: _Cells, pairs: _Pairs, total: Reals) -> Reals:
    """Return the part of either arm that counts, given the images of all arms."""
    others = len(total) - 1
    first = _sums(pairs.other, cells.n[pairs.cell], others) / total[0]
    other = _sums(pairs.other, cells.n[pairs.other_cell], others) / total[1:]
    covered: Reals = np.minimum(first, other)
    return covered


def _sums(place: Numbers, numbers: Counts | Reals, places: int) -> Reals:
    """Return the sum of the numbers of each place, taken in their order."""
    return np.bincount(place, numbers, places).astype(np.float64)


def _seen_variance(rows: Rows, cells: _Cells, pairs: _Pairs, others: int) -> Reals:
    """Return the variance of each difference as its witnesses show it: the sum of their squared influences."""
    few = np.sqrt(cells.witnesses / np.maximum(cells.witnesses - 1, 1)) / cells.n
    residual = few[cells.of_row] * (rows.s - (cells.s / cells.n)[cells.of_row] * rows.n)
    split = int(np.searchsorted(rows.arm, 1))
    weight = np.zeros(len(cells.n))
    weight[pairs.other_cell] = pairs.weight
    runs = starts(rows.arm[split:], rows.witness[split:])
    pull = np.add.reduceat((weight[cells.of_row] * residual)[split:], runs)
    other, witness = rows.arm[split:][runs].astype(np.int64) - 1, rows.witness[split:][runs]
    seen = _sums(other, pull * pull, others)
    # The first arm's cells by themselves: they pull at each difference with another weight.
    number = np.cumsum(cells.arm == 0) - 1
    weights = np.zeros((others, int(number[-1]) + 1))
    weights[pairs.other, number[pairs.cell]] = pairs.weight
    first = _first_witnesses(rows.witness[:split], number[cells.of_row[:split]], residual[:split])
    # A witness of both arms pulls at one difference from both sides: (x − y)² = x² + y² − 2xy.
    place = np.minimum(np.searchsorted(first.witness, witness), len(first.witness) - 1)
    shared = np.flatnonzero(first.witness[place] == witness)
    meetings = _Meetings(other[shared], place[shared], pull[shared])
    return seen + _pull_of_single(first, weights, meetings) + _pull_of_several(first, weights, meetings)


class _FirstWitnesses(Struct, frozen=True):
    """Witnesses of the first arm: where the residuals of each begin and how many, one for each of its cells."""

    witness: Numbers
    begin: Counts
    count: Counts
    cell: Counts
    residual: Reals


class _Meetings(Struct, frozen=True):
    """Witnesses of the first arm (by their place) that are witnesses of another arm too, and their pull there."""

    other: Counts
    place: Counts
    pull: Reals


def _first_witnesses(witness: Numbers, cell: Counts, residual: Reals) -> _FirstWitnesses:
    runs = starts(witness, cell)
    of_run = witness[runs]
    begin = starts(of_run)
    residuals = np.add.reduceat(residual, runs)
    return _FirstWitnesses(of_run[begin], begin, lengths(begin, len(runs)), cell[runs], residuals)


def _pull_of_single(first: _FirstWitnesses, weights: Reals, meetings: _Meetings) -> Reals:
    """Return what the witnesses of the first arm that stand in one cell add to each variance."""
    alone = first.count == 1
    cell, residual = first.cell[first.begin], first.residual[first.begin]
    squares = _sums(cell[alone], residual[alone] ** 2, weights.shape[1])
    met = np.flatnonzero(alone[meetings.place])
    other, place = meetings.other[met], meetings.place[met]
    both = weights[other, cell[place]] * residual[place] * meetings.pull[met]
    found: Reals = (weights * weights * squares).sum(axis=1) - 2.0 * _sums(other, both, len(weights))
    return found


def _pull_of_several(first: _FirstWitnesses, weights: Reals, meetings: _Meetings) -> Reals:
    """Return what the witnesses of the first arm that stand in several cells add to each variance."""
    several = first.count > 1
    found = np.zeros(len(weights))
    if not several.any():
        return found
    inside = np.repeat(several, first.count)
    cell, residual = first.cell[inside], first.residual[inside]
    count = first.count[several]
    begin, column = np.cumsum(count) - count, np.cumsum(several) - 1
    step = max(1, _TABLE // len(cell))
    for low in range(0, len(weights), step):
        pulls = np.add.reduceat(weights[low : low + step, cell] * residual, begin, axis=1)
        met = several[meetings.place] & (meetings.other >= low) & (meetings.other < low + step)
        other, place = meetings.other[met], meetings.place[met]
        both = pulls[other - low, column[place]] * meetings.pull[met]
        found[low : low + step] += (pulls * pulls).sum(axis=1)
        found -= 2.0 * _sums(other, both, len(weights))
    return found
