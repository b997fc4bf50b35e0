"""The difference of two arms at equal values of something else: strata weighted as Mantel and Haenszel do.

A row is what one arm has of one prompt at one value of what is held equal: a job, or several. Time grows with the rows
alone. Neither their order nor the numbers of prompts and strata show in a digit, as long as outcomes lie within 8.
"""

from collections.abc import Callable
from math import frexp, fsum, inf, sqrt

import numpy as np
import numpy.typing as npt
from msgspec import Struct
from msgspec.structs import replace

from learning_core.stats.beta import Reals
from learning_core.stats.grouping import Counts, Numbers, distinct
from learning_core.stats.student import student_quantile

PROMPTS_IN_STRATUM = 2
"""A stratum with a single prompt in an arm would show no error of its own."""

_UNIT = 2.0**-48
"""What a prompt has to do with a difference is added up in these units, so that no order shows in the sum."""

_DIGITS = 52
"""Binary digits of a double, less one."""

_MOVED = 2.0**-38
"""Influences of both arms that cancel may leave less than this."""

Mask = npt.NDArray[np.bool_]


class Rows(Struct, frozen=True):
    """Rows of two arms: `arm` is 0 for A and 1 for B, `prompt` a number from 0, n ≥ 1 images with the outcomes s.

    Outcomes are whole numbers: how many images came out well, or the sum of their stars. Arrays of one length.
    """

    arm: Numbers
    prompt: Numbers
    n: Counts
    s: Counts

    @property
    def images(self) -> tuple[int, int]:
        """The images of A and of B."""
        of_b = int(self.arm @ self.n)
        return int(self.n.sum()) - of_b, of_b

    def take(self, rows: Counts) -> "Rows":
        """Return some of the rows."""
        return Rows(self.arm[rows], self.prompt[rows], self.n[rows], self.s[rows])


class Difference(Struct, frozen=True):
    """Outcome of A − outcome of B in the strata that count, with the variance of its error; all 0 where none does.

    `n` are the images of A and of B that it rests on, `prompts` the distinct ones of both, `fewest_prompts` those of
    the arm that has fewer, `covered` the part of either arm's images, the smaller one, and `strata` how many count.
    `blocks` is how many pairs of independent images, or how many prompts of equal weight, tell as much. `of_image` is
    the variance that independent images of A, and of B, with variance 1 would leave. `freedom` are the degrees of
    freedom of the variance; no difference exceeds `reach`.
    """

    value: float
    variance: float
    n: tuple[int, int]
    prompts: int
    fewest_prompts: int
    covered: float
    strata: int
    blocks: float
    of_image: tuple[float, float]
    freedom: int
    reach: float = inf

    @property
    def standard_error(self) -> float:
        """The standard error, in the unit of the outcomes."""
        return sqrt(self.variance)

    def interval(self) -> tuple[float, float]:
        """Return the ends of the 95 % confidence interval by Student's t."""
        width = student_quantile(self.freedom) * self.standard_error
        return max(self.value - width, -self.reach), min(self.value + width, self.reach)

    def no_surer_than(self, variance: float) -> "Difference":
        """Return the difference with at least this variance, to which all of its prompts contribute."""
        if self.variance >= variance:
            return self
        return replace(self, variance=variance, freedom=max(self.prompts - 1, 1))


_NOTHING = Difference(0.0, 0.0, (0, 0), 0, 0, 0.0, 0, 0.0, (0.0, 0.0), 1)


def everything(rows: Rows) -> Counts:
    """Return one stratum for all rows: the raw difference is the difference inside it."""
    return np.zeros(len(rows.n), np.int64)


def stratified(rows: Rows, stratum: Numbers, prompts_in_stratum: int = PROMPTS_IN_STRATUM) -> Difference:
    """Return the difference inside strata, weighted by ω = n_A n_B / (n_A + n_B) (statistics.md 3.10).

    Strata below 0, and those where an arm has fewer prompts than asked (1 or 2), do not count. The variance is that of
    the influences summed over prompts, times G / (G − 1) for the G prompts that have any; Student's t has G − 1
    degrees of freedom.
    """
    cells = _cells(rows, stratum, lambda known, cells: _enough_prompts(known, cells, prompts_in_stratum))
    if cells is None:
        return _NOTHING
    # Residuals as whole numbers first: a prompt that is exactly like its cell has none, whatever the rounding.
    n, s, cell, inside = cells.n, cells.s, cells.cell, cells.rows
    residual = inside.s * n[cell] - s[cell] * inside.n
    factor = np.where(np.arange(len(n)) % 2 == 0, 1.0, -1.0) * np.repeat(cells.omega, 2) / np.maximum(n * n, 1.0)
    span = int(inside.prompt.max()) + 1
    residual *= factor[cell]
    summed = _sums(inside.prompt, residual, span)
    moved = int(np.count_nonzero(np.abs(summed) > _MOVED))
    present = np.zeros((2, span), bool)
    counted = slice(None) if cells.counts.all() else np.repeat(cells.counts, 2)[cell]
    present[inside.arm[counted], inside.prompt[counted]] = True
    fewest = int(present.sum(axis=1).min())
    images = cells.pairs(n)[cells.counts].sum(axis=0)
    return cells.difference(
        variance=_sum_of_squares(summed) * max(moved, 2) / max(1, moved - 1),
        prompts=int(np.count_nonzero(present.any(axis=0))),
        fewest_prompts=fewest,
        blocks=2.0 / float((1.0 / images).sum()),
        freedom=max(1, (moved or fewest) - 1),
    )


def within_blocks(rows: Rows, block: Numbers) -> Difference:
    """Return the difference inside blocks, each of which is one prompt or a part of one, weighted as strata are.

    Where every stratum is a single prompt, its images show no error between prompts; the differences of blocks do. The
    variance is that of their deviations from the common one, summed by prompt, times G / (G − 1) for G prompts
    (statistics.md 5). Blocks below 0, and those of one arm, do not count.
    """
    cells = _cells(rows, block, lambda _, cells: np.ones(cells // 2, bool))
    if cells is None:
        return _NOTHING
    n, s = cells.pairs(cells.n), cells.pairs(cells.s)
    prompt = np.zeros(len(n), np.int64)
    prompt[cells.cell // 2] = cells.rows.prompt
    both = np.flatnonzero(cells.counts)
    prompts, place = distinct(prompt[both])
    omega = cells.omega[both]
    deviation = s[both, 0] / n[both, 0] - s[both, 1] / n[both, 1] - cells.value
    deviation *= omega
    weight, pull = (_sums(place, each, len(prompts)) for each in (omega, deviation))
    return cells.difference(
        variance=_sum_of_squares(pull) * len(prompts) / max(1, len(prompts) - 1),
        prompts=len(prompts),
        fewest_prompts=len(prompts),
        blocks=1.0 / _sum_of_squares(weight),
        freedom=max(1, len(prompts) - 1),
    )


class _Cells(Struct, frozen=True, eq=False):
    """Rows whose stratum is known, the cell (2·stratum + arm) of each, and n and s of each cell.

    `counts` tells which strata count, `omega` is their weight, `covered` the part of either arm in them.
    """

    rows: Rows
    cell: Counts
    n: Reals
    s: Reals
    counts: Mask
    omega: Reals
    value: float
    covered: float

    def pairs(self, numbers: Reals) -> Reals:
        """Return numbers of cells by stratum and arm."""
        return numbers.reshape(-1, 2)

    def difference(
        self, *, variance: float, prompts: int, fewest_prompts: int, blocks: float, freedom: int
    ) -> Difference:
        inside, omega = self.pairs(self.n)[self.counts], self.omega[self.counts]
        n, of_image = inside.sum(axis=0), omega[:, None] ** 2 / inside
        return Difference(
            value=self.value,
            variance=variance,
            n=(int(n[0]), int(n[1])),
            prompts=prompts,
            fewest_prompts=fewest_prompts,
            covered=self.covered,
            strata=len(inside),
            blocks=blocks,
            of_image=(fsum(of_image[:, 0].tolist()), fsum(of_image[:, 1].tolist())),
            freedom=freedom,
        )


def _cells(rows: Rows, stratum: Numbers, enough: Callable[["_Known", int], Mask]) -> _Cells | None:
    """Return the cells, given which strata have enough; None where none counts."""
    images = rows.images
    if len(stratum) and stratum.min() < 0:
        known = np.flatnonzero(stratum >= 0)
        rows, stratum = rows.take(known), stratum[known]
    strata, place = distinct(stratum)
    cell, cells = 2 * place + rows.arm, 2 * len(strata)
    n, s = (np.bincount(cell, each, cells).astype(np.float64) for each in (rows.n, rows.s))
    pair_n, pair_s = n.reshape(-1, 2), s.reshape(-1, 2)
    counts = (pair_n.min(axis=1) > 0) & enough(_Known(cell, rows.prompt), cells) if cells else np.zeros(0, bool)
    if not counts.any():
        return None
    omega = np.where(counts, pair_n[:, 0] * pair_n[:, 1] / np.maximum(pair_n.sum(axis=1), 1.0), 0.0)
    omega /= fsum(omega.tolist())
    share = pair_s / np.maximum(pair_n, 1.0)
    value = fsum((omega * (share[:, 0] - share[:, 1])).tolist())
    covered = float((pair_n[counts].sum(axis=0) / np.maximum(images, 1)).min())
    return _Cells(rows, cell, n, s, counts, omega, value, covered)


class _Known(Struct, frozen=True, eq=False):
    """The cell and the prompt of each row."""

    cell: Counts
    prompt: Numbers


def _enough_prompts(known: _Known, cells: int, asked: int) -> Mask:
    """Return which strata have, in both arms, one prompt or (for 2) at least two."""
    if asked < 2:
        return np.ones(cells // 2, bool)
    some = np.full(cells, -1, np.int64)
    some[known.cell] = known.prompt
    other = np.bincount(known.cell, known.prompt != some[known.cell], cells) > 0
    return np.asarray(other.reshape(-1, 2).all(axis=1))


def _sums(place: Numbers, numbers: Reals, places: int) -> Reals:
    """Return the sums of numbers by place, the same in any order; the numbers are overwritten."""
    numbers *= 1.0 / _UNIT
    found: Reals = np.bincount(place, np.rint(numbers, out=numbers), places).astype(np.float64, copy=False) * _UNIT
    return found


def _sum_of_squares(numbers: Reals) -> float:
    """Return the sum of squares, the same in any order and with any number of zeros between them."""
    squares = numbers * numbers
    # In a unit so large that all sums of them are whole numbers that a double holds.
    unit = 2.0 ** (frexp(float(squares.max()))[1] + int(np.count_nonzero(squares)).bit_length() - _DIGITS)
    return float(np.rint(squares / unit).sum()) * unit
