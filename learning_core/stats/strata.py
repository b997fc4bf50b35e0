"""The difference of two rates at equal values of another setting, so that the setting cannot be what makes it."""

from dataclasses import dataclass
from math import sqrt

import numpy as np
import numpy.typing as npt

Counts = npt.NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Difference:
    """A difference of shares, −1 to 1, its standard error, and the part of either group that it rests on at least."""

    value: float
    standard_error: float
    covered: float


NOTHING = Difference(0.0, 0.0, 0.0)


def difference_within(
    first: npt.NDArray[np.bool_], stratum: Counts, cluster: Counts, n: Counts, s: Counts
) -> Difference:
    """Return rate(first) − rate(others), averaged over strata by how much each can tell (statistics.md 3.10).

    A row a job: `first` tells its group, `stratum` the value held equal, `cluster` which rows are one witness, `n` its
    images and `s` how many of them came out well. A stratum counts only with two witnesses or more in both groups.
    The error is that of the witnesses, widened where they are few, and never below that of independent images.
    """
    if not len(first):
        return NOTHING
    group = np.where(first, 0, 1)
    _, place = np.unique(stratum, return_inverse=True)
    cell = 2 * place + group
    cells = 2 * (int(place.max()) + 1)
    size, good = np.bincount(cell, n, cells), np.bincount(cell, s, cells)
    pairs = np.unique(np.column_stack((cell, cluster)), axis=0)
    witnesses = np.bincount(pairs[:, 0], minlength=cells)
    counts = (witnesses.reshape(-1, 2) >= 2).all(axis=1)
    total = size.reshape(-1, 2).sum(axis=0)
    if not counts.any() or not total.all():
        return NOTHING
    halves = size.reshape(-1, 2)
    weight = np.where(counts, halves[:, 0] * halves[:, 1] / halves.sum(axis=1), 0.0)
    weight /= weight.sum()
    size = np.maximum(size, 1.0)
    share = good / size
    value = float((weight * (share[0::2] - share[1::2])).sum())
    few = np.sqrt(witnesses / np.maximum(witnesses - 1, 1))
    pull = weight[place] * np.where(first, 1.0, -1.0) * few[cell] * (s - share[cell] * n) / size[cell]
    _, witness = np.unique(cluster, return_inverse=True)
    seen = float((np.bincount(witness, pull) ** 2).sum())
    cautious = (good + 0.5) / (size + 1.0)
    least = float((np.repeat(weight, 2) ** 2 * cautious * (1.0 - cautious) / size).sum())
    covered = (halves[counts].sum(axis=0) / total).min()
    return Difference(value, sqrt(max(seen, least)), float(covered))
