"""Cross tabulation of judged jobs: cells of two names with sums of counts, mergeable because they are only sums.

What a job is made of (the words of its prompt, the LoRAs of its set) comes as compressed sparse rows, as in sparse
matrices: the members of group g are `members[starts[g]:starts[g + 1]]`, each once.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

Numbers = npt.NDArray[Any]

COUNTS = ("jobs", "rated", "liked", "stars", "selected", "rejected")
"""What is given of each job: 1, its images with stars, those with 4 or 5, the sum of the stars, and its picks."""

CELL_COUNTS = (*COUNTS, "prompts")
"""What a cell holds: the sums of COUNTS, and how many different clusters (prompts) are behind them."""

_EXACT_BITS = 53
"""`numpy.bincount` adds doubles, which hold every integer of so many bits."""

_Layout = list[list[tuple[int, int, int]]]
"""For each packed array the counts in it: (place in CELL_COUNTS, shift, mask)."""


@dataclass(frozen=True, slots=True)
class Sample:
    """Judged jobs, an array each of one value a job: group, name across (0 unknown), COUNTS, and cluster.

    Without clusters the group itself is the cluster.
    """

    group: Numbers
    across: Numbers
    counts: tuple[Numbers, ...]
    cluster: Numbers | None = None


@dataclass(frozen=True, slots=True, eq=False)
class Cells:
    """A sparse table: cell k is (`across[k]`, `member[k]`), in this order, with `counts[k]` as in CELL_COUNTS."""

    across: Numbers
    member: Numbers
    counts: Numbers

    def __len__(self) -> int:
        return len(self.across)


@dataclass(frozen=True, slots=True)
class _Runs:
    """Neighbouring jobs that differ only in their counts added up, the counts packed, ordered by the name across."""

    group: Numbers
    across: Numbers
    cluster: Numbers | None
    packed: list[Numbers]


def table(sample: Sample, starts: Numbers, members: Numbers) -> Cells:
    """Return the sums over the jobs of every member of their group and every name across, without empty cells.

    Jobs of an unknown name, and of groups without members, are in no cell. Different clusters add up over two
    tables only when no cluster is in both.
    """
    layout = _layout([*(int(count.sum()) for count in sample.counts), len(sample.group)])
    runs = _runs(sample, layout, len(starts) - 1)
    ends = np.flatnonzero(np.diff(runs.across, append=0)) + 1
    parts = [_empty()]
    first = 0
    for last in ends.tolist():
        parts.append(_column(runs, slice(first, last), layout, starts, members))
        first = last
    return _joined(parts)


def added(tables: Sequence[Cells]) -> Cells:
    """Return one table with the sums of several; cells that become empty are left out."""
    every = _joined([_empty(), *tables])
    order = np.lexsort((every.member, every.across))
    across, member, counts = every.across[order], every.member[order], every.counts[order]
    first = np.flatnonzero((np.diff(across, prepend=-1) != 0) | (np.diff(member, prepend=-1) != 0))
    if len(first):
        counts = np.add.reduceat(counts, first, axis=0)
    left = counts.any(axis=1)
    return Cells(across[first][left], member[first][left], counts[left])


def changed(before: Cells, after: Cells) -> Cells:
    """Return what to add to a table when the jobs behind `before` became those behind `after`.

    Both must hold all jobs of every cluster that a changed job belongs to, or clusters are counted twice.
    """
    return added([after, Cells(before.across, before.member, -before.counts)])


def _layout(largest: Sequence[int]) -> _Layout:
    """Share the bits of doubles out among counts that add up to at most `largest`: every addition costs the same."""
    layout: _Layout = [[]]
    shift = 0
    for number, bits in enumerate(bound.bit_length() for bound in largest):
        if shift + bits > _EXACT_BITS:
            layout.append([])
            shift = 0
        layout[-1].append((number, shift, (1 << bits) - 1))
        shift += bits
    return layout


def _runs(sample: Sample, layout: _Layout, groups: int) -> _Runs:
    """The images of a batch stand side by side in the log: adding them up first leaves a quarter of the rows."""
    known = (sample.across > 0) & (sample.group >= 0) & (sample.group < groups)
    rows = slice(None) if known.all() else np.flatnonzero(known)
    keys = [key[rows] for key in (sample.group, sample.across, sample.cluster) if key is not None]
    differs = np.zeros(len(keys[0]), bool)
    differs[:1] = True
    for key in keys:
        differs[1:] |= key[1:] != key[:-1]
    first = np.flatnonzero(differs)
    order = _order(keys[1][first])
    packed = [_pack(sample.counts, each)[rows] for each in layout]
    if len(first):
        packed = [np.add.reduceat(each, first)[order] for each in packed]
    group, across, *cluster = (key[first[order]].astype(np.int64) for key in keys)
    return _Runs(group, across, cluster[0] if cluster else None, packed)


def _pack(counts: Sequence[Numbers], layout: list[tuple[int, int, int]]) -> Numbers:
    packed = np.zeros(len(counts[0]), np.int64)
    for number, shift, _ in layout:
        if number < len(counts):
            packed += counts[number].astype(np.int64) << shift
    return packed


def _column(runs: _Runs, rows: slice, layout: _Layout, starts: Numbers, members: Numbers) -> Cells:
    """Return the cells of one name across, which all these `rows` have."""
    group = runs.group[rows]
    low = starts[group]
    lengths = starts[group + 1] - low
    before = np.cumsum(lengths) - lengths
    member = members[np.arange(int(lengths.sum())) + np.repeat(low - before, lengths)]
    packed = [each[rows] for each in runs.packed]
    if runs.cluster is None:
        _, shift, _ = layout[-1][-1]
        packed[-1] = packed[-1] + (_first_of_each(group) << shift)
    totals = [np.bincount(member, np.repeat(each.astype(np.float64), lengths)).astype(np.int64) for each in packed]
    filled = np.flatnonzero(np.any(totals, axis=0))
    sums = [
        (total[filled] >> shift) & mask
        for total, counts in zip(totals, layout, strict=True)
        for _, shift, mask in counts
    ]
    if runs.cluster is not None:
        sums[-1] = _clusters(member, np.repeat(runs.cluster[rows], lengths), len(totals[0]))[filled]
    return Cells(np.full(len(filled), runs.across[rows.start]), filled, np.stack(sums, axis=1))


def _order(numbers: Numbers) -> Numbers:
    """Return the rows by number, stably; numpy sorts 16 bits by radix, several times faster than more."""
    small = numbers.max(initial=0) < 2**16
    return np.argsort(numbers.astype(np.uint16) if small else numbers, kind="stable")


def _first_of_each(keys: Numbers) -> Numbers:
    """Return 1 at one place of every different key and 0 elsewhere."""
    order = np.argsort(keys, kind="stable")
    found = np.zeros(len(keys), np.int64)
    found[order] = np.diff(keys[order], prepend=-1) != 0
    return found


def _clusters(member: Numbers, cluster: Numbers, members: int) -> Numbers:
    """Return how many different clusters each member has; clusters are integers of any sign."""
    keys = np.sort((cluster - cluster.min(initial=0)) * members + member)
    return np.bincount(keys[np.diff(keys, prepend=-1) != 0] % max(members, 1), minlength=members)


def _joined(parts: Sequence[Cells]) -> Cells:
    return Cells(
        np.concatenate([part.across for part in parts]),
        np.concatenate([part.member for part in parts]),
        np.concatenate([part.counts for part in parts]),
    )


def _empty() -> Cells:
    return Cells(np.zeros(0, np.int64), np.zeros(0, np.int64), np.zeros((0, len(CELL_COUNTS)), np.int64))
