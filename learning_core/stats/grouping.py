"""Rows put into groups, and counts of images by group and by cluster within a group."""

import numpy as np
import numpy.typing as npt
from msgspec import Struct

Counts = npt.NDArray[np.int64]
Numbers = npt.NDArray[np.integer]

_TABLE = 1 << 16
"""Up to this, or as many as there are, numbers are looked up in a table rather than sorted."""


class Tally(Struct, frozen=True):
    """Counts of each group: n images, s that came out well, q = Σ n_g² over its clusters, and how many clusters.

    `first` tells where the rows of each group begin.
    """

    n: Counts
    s: Counts
    q: Counts
    clusters: Counts
    first: Counts

    def part(self, low: int, high: int) -> "Tally":
        """Return the counts of some groups that stand together, as if there were no others."""
        some = slice(low, high)
        first = self.first[some] - self.first[low]
        return Tally(self.n[some], self.s[some], self.q[some], self.clusters[some], first)


def stable_order(numbers: Numbers) -> Counts:
    """Return the places of numbers from 0 in ascending order, equal ones as they stand: a radix sort."""
    bits = int(numbers.max()).bit_length() if len(numbers) else 0
    order = np.argsort(numbers.astype(np.uint8 if bits <= 8 else np.uint16), kind="stable")
    for shift in range(16, bits, 16):
        digits = (numbers[order] >> shift).astype(np.uint16)
        order = order[np.argsort(digits, kind="stable")]
    return order


def distinct(numbers: Numbers) -> tuple[Counts, Counts]:
    """Return the different numbers (0 or more) in ascending order, and for each number its place among them."""
    span = int(numbers.max()) + 1 if len(numbers) else 0
    if span > _TABLE + len(numbers):
        order = stable_order(numbers)
        ascending = numbers[order]
        first = starts(ascending)
        places = np.empty(len(numbers), np.int64)
        places[order] = np.repeat(np.arange(len(first)), lengths(first, len(numbers)))
        return ascending[first].astype(np.int64), places
    present = np.zeros(span, bool)
    present[numbers] = True
    found = present.nonzero()[0]
    place = np.empty(span, np.int64)
    place[found] = np.arange(len(found))
    return found, place[numbers]


def starts(*keys: Numbers) -> Counts:
    """Return where runs of equal keys begin, given arrays of one length, at least 1."""
    change = np.ones(len(keys[0]), bool)
    np.not_equal(keys[0][1:], keys[0][:-1], out=change[1:])
    for key in keys[1:]:
        change[1:] |= key[1:] != key[:-1]
    return change.nonzero()[0]


def tally(group: Numbers, cluster: Numbers, n: Counts, s: Counts) -> Tally:
    """Count rows that are sorted by group, then by cluster; at least one, no group without rows."""
    pairs = starts(group, cluster)
    # Both numbers in one sum, as no library holds 2**31 images.
    of_pairs = sums_of_runs(n << 32 | s, pairs)
    groups = starts(group[pairs])
    both, pair_n = np.add.reduceat(of_pairs, groups), of_pairs >> 32
    return Tally(
        n=both >> 32,
        s=both & 0xFFFFFFFF,
        q=np.add.reduceat(pair_n * pair_n, groups),
        clusters=lengths(groups, len(pairs)),
        first=pairs[groups],
    )


def sums_of_runs(numbers: Counts, first: Counts) -> Counts:
    """Return the sums of whole numbers over runs that begin at `first`; for short runs faster than `np.add.reduceat`.

    There is at least one run.
    """
    so_far = numbers.cumsum()
    before = np.zeros(len(first) + 1, np.int64)
    before[1:-1] = so_far[first[1:] - 1]
    before[-1] = so_far[-1]
    found: Counts = before[1:] - before[:-1]
    return found


def lengths(first: Counts, total: int) -> Counts:
    """Return how long runs are, given where they begin and where the last one ends."""
    found = np.empty_like(first)
    np.subtract(first[1:], first[:-1], out=found[:-1])
    found[-1:] = total - first[-1:]
    return found
