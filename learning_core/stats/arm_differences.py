"""Differences of two arms: of all their images, at equal values of something else, and within matched groups.

The figures of `stats.adjusted` (statistics.md 3.10) in time that grows with the rows alone, for arms of hundreds of
thousands of images; they are never surer than independent images would be. Outcomes are counts of good images or
sums of stars. Rows must come in an order that no log decides: it shows in the last digits.
"""

from dataclasses import dataclass
from math import fsum, sqrt
from typing import Literal

import numpy as np
import numpy.typing as npt

from learning_core.stats.adjusted import LEAST_COVERED, LEAST_PROMPTS, Rows
from learning_core.stats.beta import Reals
from learning_core.stats.difference_scale import Scale
from learning_core.stats.effective_numbers import effective, within_cluster_correlation
from learning_core.stats.grouping import Counts, Numbers, distinct
from learning_core.stats.student import student_quantile

_BEFORE = 3
_BLOCKS_BEFORE = 4.0

_CLEAR_ERRORS = 1.645
"""Standard errors by which a difference is clear of nothing, as likely as a moderate claim asks."""

_STAYED = 0.75
"""Part of a difference that is left at equal values where it is only less sure, not another one."""

Mask = npt.NDArray[np.bool_]


Stays = Literal["passed", "confounded", "unchecked"]


@dataclass(frozen=True, slots=True)
class Figure:
    """outcome of A − outcome of B with the variance of its error.

    `n` are the images of A and of B that it rests on, `prompts` the distinct ones of both, `fewest_prompts` those of
    the arm that has fewer, `covered` the part of either arm's images, the smaller one. `blocks` is how many pairs of
    independent images tell as much, `groups` in how many strata or matched groups both arms are.
    """

    value: float
    variance: float
    n: tuple[int, int]
    prompts: int
    fewest_prompts: int
    covered: float
    blocks: float
    groups: int
    reach: float

    def interval(self) -> tuple[float, float]:
        """Return the ends of the 95 % interval: Student's t with prompts − 1 degrees of freedom."""
        width = student_quantile(max(1, self.prompts - 1)) * sqrt(self.variance)
        return max(self.value - width, -self.reach), min(self.value + width, self.reach)


@dataclass(frozen=True, slots=True)
class Evenness:
    """What one image tells: its variance within an arm, and the effective images of A and of B."""

    image_variance: float
    effective_n: tuple[float, float]


def evenness(rows: Rows, good: Counts, squares: tuple[int, int], scale: Scale) -> Evenness:
    """Return what an image tells, given how many images of each row are good and Σ y² of each arm.

    Both arms have images.

    Images of one prompt and arm are partly the same evidence (statistics.md 3.2); the variance is pulled towards the
    scale's usual one as if by three images.
    """
    n, s = (np.bincount(rows.arm, each, 2).astype(np.int64) for each in (rows.n, rows.s))
    spread = fsum(squares[arm] - int(s[arm]) ** 2 / int(n[arm]) for arm in (0, 1))
    freedom = max(int(n.sum()) - 2, 0)
    variance = (max(spread, 0.0) + _BEFORE * scale.image_variance) / (freedom + _BEFORE)
    span = int(rows.prompt.max(initial=0)) + 1
    cluster = rows.arm * span + rows.prompt
    of_cluster = np.bincount(cluster, rows.n, 2 * span).astype(np.int64)
    used = np.flatnonzero(of_cluster)
    of_good = np.bincount(cluster, good, 2 * span).astype(np.int64)[used]
    size = of_cluster[used]
    correlation = within_cluster_correlation(size, of_good)
    q = np.bincount(used // span, size * size, 2).astype(np.int64)
    found, _ = effective(n, s, q, correlation)
    return Evenness(variance, (float(found[0]), float(found[1])))


def stratified(rows: Rows, stratum: Numbers, even: Evenness, scale: Scale, prompts_in_stratum: int = 2) -> Figure:
    """Return the difference within strata, weighted by n_A n_B / (n_A + n_B); strata below 0 do not count.

    Nor do those where an arm has fewer prompts than asked. The variance is that of the influences summed over
    prompts, and at least that of independent images.
    """
    images = np.bincount(rows.arm, rows.n, 2).astype(np.float64)
    if len(stratum) and stratum.min() < 0:
        known = np.flatnonzero(stratum >= 0)
        rows = Rows(rows.arm[known], rows.prompt[known], rows.n[known], rows.s[known])
        stratum = stratum[known]
    strata, place = distinct(stratum)
    cell = 2 * place + rows.arm
    cells = 2 * len(strata)
    n, s = (np.bincount(cell, each, cells).astype(np.float64) for each in (rows.n, rows.s))
    counts = (n.reshape(-1, 2).min(axis=1) > 0) & _enough_prompts(cell, rows.prompt, cells, prompts_in_stratum)
    if not counts.any():
        return Figure(0.0, scale.prior_variance, (0, 0), 0, 0, 0.0, 0.0, 0, scale.reach)
    pair_n, pair_s = n.reshape(-1, 2), s.reshape(-1, 2)
    omega = np.where(counts, pair_n[:, 0] * pair_n[:, 1] / np.maximum(pair_n.sum(axis=1), 1.0), 0.0)
    omega /= omega.sum()
    share = pair_s / np.maximum(pair_n, 1.0)
    value = float((omega * (share[:, 0] - share[:, 1])).sum())
    seen, prompts, fewest = _seen(rows, cell, n, s, omega, counts)
    inside = pair_n[counts].sum(axis=0)
    least = _least(omega[counts], pair_n[counts], images, even)
    return Figure(
        value,
        max(seen, least),
        (int(inside[0]), int(inside[1])),
        prompts,
        fewest,
        float((inside / np.maximum(images, 1)).min()),
        _blocks(inside, images, even),
        int(counts.sum()),
        scale.reach,
    )


def _enough_prompts(cell: Counts, prompt: Numbers, cells: int, asked: int) -> Mask:
    """Return which strata have, in both arms, one prompt or (for 2) at least two."""
    if asked < 2:
        return np.ones(cells // 2, bool)
    some = np.full(cells, -1, np.int64)
    some[cell] = prompt
    other = np.bincount(cell, prompt != some[cell], cells) > 0
    return np.asarray(other.reshape(-1, 2).all(axis=1))


def _seen(rows: Rows, cell: Counts, n: Reals, s: Reals, omega: Reals, counts: Mask) -> tuple[float, int, int]:
    """Return the variance seen between prompts, the distinct prompts, and those of the arm with fewer."""
    # Residuals as whole numbers first: a prompt that is exactly like its cell has none, whatever the rounding.
    residual = rows.s * n[cell] - s[cell] * rows.n
    arm = np.where(np.arange(len(n)) % 2 == 0, 1.0, -1.0)
    factor = arm * np.repeat(omega, 2) / np.maximum(n * n, 1.0)
    span = int(rows.prompt.max(initial=0)) + 1
    summed = np.bincount(rows.prompt, factor[cell] * residual, span)
    inside = np.repeat(counts, 2)[cell]
    present = np.zeros((2, span), bool)
    present[rows.arm[inside], rows.prompt[inside]] = True
    moved = int(np.count_nonzero(summed))
    variance = float((summed * summed).sum()) * max(moved, 2) / max(1, moved - 1)
    return variance, int(np.count_nonzero(present.any(axis=0))), int(present.sum(axis=1).min())


def _least(omega: Reals, n: Reals, images: Reals, even: Evenness) -> float:
    worth = [even.effective_n[arm] / max(float(images[arm]), 1.0) for arm in (0, 1)]
    each = sum(1.0 / (n[:, arm] * worth[arm]) for arm in (0, 1))
    return even.image_variance * float((omega * omega * each).sum())


def _blocks(inside: Reals, images: Reals, even: Evenness) -> float:
    size = [even.effective_n[arm] * float(inside[arm]) / max(float(images[arm]), 1.0) for arm in (0, 1)]
    return 2.0 / (1.0 / size[0] + 1.0 / size[1])


def matched(rows: Rows, group: Numbers, scale: Scale) -> Figure:
    """Return the mean difference within groups of rows that are matched, each of one prompt; below 0 matches nothing.

    Blocks are prompts, and the variance of their differences is pulled towards the scale's usual one as if by four
    (statistics.md 5, "Analysis, two variants", of which this is the case of unequal blocks).
    """
    images = np.bincount(rows.arm, rows.n, 2)
    known = np.flatnonzero(group >= 0)
    groups, place = distinct(group[known])
    cell = 2 * place + rows.arm[known]
    n, s = (np.bincount(cell, each[known], 2 * len(groups)).reshape(-1, 2) for each in (rows.n, rows.s))
    both = np.flatnonzero(n.min(axis=1) > 0) if len(groups) else groups
    if not len(both):
        return Figure(0.0, scale.prior_variance, (0, 0), 0, 0, 0.0, 0.0, 0, scale.reach)
    of_group = np.zeros(len(groups), np.int64)
    of_group[place] = rows.prompt[known]
    n, s, prompt = n[both], s[both], distinct(of_group[both])[1]
    omega = n[:, 0] * n[:, 1] / n.sum(axis=1)
    omega /= omega.sum()
    difference = s[:, 0] / n[:, 0] - s[:, 1] / n[:, 1]
    value = float((omega * difference).sum())
    weight, moved = (np.bincount(prompt, each) for each in (omega, omega * (difference - value)))
    prompts, blocks = len(weight), 1.0 / float((weight * weight).sum())
    seen = float((moved * moved).sum()) * prompts / max(prompts - 1, 1) * blocks
    spread = ((blocks - 1.0) * seen + _BLOCKS_BEFORE * scale.block_variance) / (blocks + _BLOCKS_BEFORE - 1.0)
    inside = n.sum(axis=0)
    return Figure(
        value,
        spread / blocks * (blocks + 3.0) / (blocks + 1.0),
        (int(inside[0]), int(inside[1])),
        prompts,
        prompts,
        float((inside / np.maximum(images, 1)).min()),
        blocks,
        len(both),
        scale.reach,
    )


def outcome(raw: Figure, adjusted: Figure, margin: float) -> Stays:
    """Return what became of a difference at equal values of a factor, by the rule of `stats.adjusted.check`.

    Two differences that are both below the margin are not told apart by their sign. And a difference that was clear
    must stay clear: in simulated worlds with a drift over time half of a bias passes the rule otherwise.
    """
    if adjusted.covered < LEAST_COVERED or adjusted.fewest_prompts < LEAST_PROMPTS:
        return "unchecked"
    low, high = raw.interval()
    alike = adjusted.value * raw.value > 0.0 or max(abs(adjusted.value), abs(raw.value)) < margin
    if not (alike and low <= adjusted.value <= high):
        return "confounded"
    if low <= 0.0 <= high or abs(adjusted.value) >= _CLEAR_ERRORS * sqrt(adjusted.variance):
        return "passed"
    return "unchecked" if abs(adjusted.value) >= _STAYED * abs(raw.value) else "confounded"
