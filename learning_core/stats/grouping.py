"""Rows put into groups, and counts of images by group and by cluster within a group."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Counts = npt.NDArray[np.int64]
Numbers = npt.NDArray[np.integer]

_SMALL = 1 << 16
"""Below this, numbers are sorted by radix and looked up in a table."""


@dataclass(frozen=True, slots=True)
class Tally:
    """Counts of each group: n images, s that came out well, q = Σ n_g² over its clusters, and how many clusters.

    `cluster_n` and `cluster_s` are n and s of each cluster of each group.
    """

    n: Counts
    s: Counts
    q: Counts
    clusters: Counts
    cluster_n: Counts
    cluster_s: Counts


def stable_order(numbers: Numbers) -> Counts:
    """Return the places of numbers from 0 in ascending order, equal ones as they stand."""
    if numbers.dtype.itemsize > 2 and numbers.max(initial=0) < _SMALL:
        numbers = numbers.astype(np.uint16)
    return np.argsort(numbers, kind="stable")


def distinct(numbers: Numbers) -> tuple[Counts, Counts]:
    """Return the different numbers (0 or more) in ascending order, and for each number its place among them."""
    span = int(numbers.max()) + 1 if len(numbers) else 0
    if span > _SMALL + 8 * len(numbers):
        values, places = np.unique(numbers, return_inverse=True)
        return values.astype(np.int64), places.astype(np.int64)
    present = np.zeros(span, bool)
    present[numbers] = True
    found = np.flatnonzero(present)
    place = np.zeros(span, np.int64)
    place[found] = np.arange(len(found))
    return found, place[numbers]


def starts(*keys: Numbers) -> Counts:
    """Return where runs of equal keys begin, given arrays of one length, at least 1."""
    change = np.ones(len(keys[0]), bool)
    np.not_equal(keys[0][1:], keys[0][:-1], out=change[1:])
    for key in keys[1:]:
        change[1:] |= key[1:] != key[:-1]
    return np.flatnonzero(change)


def tally(group: Numbers, cluster: Numbers, n: Counts, s: Counts) -> Tally:
    """Count rows that are sorted by group, then by cluster; at least one, no group without rows."""
    pairs = starts(group, cluster)
    cluster_n, cluster_s = np.add.reduceat(n, pairs), np.add.reduceat(s, pairs)
    groups = starts(group[pairs])
    return Tally(
        n=np.add.reduceat(cluster_n, groups),
        s=np.add.reduceat(cluster_s, groups),
        q=np.add.reduceat(cluster_n * cluster_n, groups),
        clusters=np.diff(groups, append=len(pairs)),
        cluster_n=cluster_n,
        cluster_s=cluster_s,
    )
