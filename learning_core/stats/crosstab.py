"""Cross tabulation of judged jobs: cells of two names with sums of counts, mergeable because they are only sums.

What a job is made of (the words of its prompt, the LoRAs of its set) comes as compressed sparse rows, as in sparse
matrices: the members of group g are `members[starts[g]:starts[g + 1]]`, each once.
"""

from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
from msgspec import Struct

Numbers = npt.NDArray[Any]

COUNTS = ("jobs", "rated", "liked", "stars", "selected", "rejected")
"""What is given of each job: 1, its images with stars, those with 4 or 5, the sum of the stars, and its picks."""

CELL_COUNTS = (*COUNTS, "prompts")
"""What a cell holds: the sums of COUNTS, and how many different clusters (prompts) are behind them."""

_EXACT_BITS = 53
"""`numpy.bincount` adds doubles, which hold every integer of so many bits."""

_Layout = list[list[tuple[int, int, int]]]
"""For each packed array the counts in it: (place in CELL_COUNTS, shift, mask)."""


class Sample(Struct, frozen=True):
    """Jobs, an array each of one value a job: group, name across (0 unknown), COUNTS, and cluster.

    Without clusters the group itself is the cluster. Jobs of which all counts are 0 are as if they were not there.
    """

    group: Numbers
    across: Numbers
    counts: tuple[Numbers, ...]
    cluster: Numbers | None = None


class Cells(Struct, frozen=True, eq=False):
    """A sparse table: cell k is (`across[k]`, `member[k]`), in this order, with `counts[k]` as in CELL_COUNTS."""

    across: Numbers
    member: Numbers
    counts: Numbers

    def __len__(self) -> int:
        return len(self.across)


class _Runs(Struct, frozen=True):
    """Neighbouring jobs that differ only in their counts added up, ordered by the name across."""

    group: Numbers
    across: Numbers
    cluster: Numbers | None
    counts: list[Numbers]


def table(sample: Sample, starts: Numbers, members: Numbers) -> Cells:
    """Return the sums over the jobs of every member of their group and every name across, without empty cells.

    Jobs of an unknown name, and of groups without members, are in no cell. Different clusters add up over two
    tables only when no cluster is in both.
    """
    runs = _runs(sample, len(starts) - 1)
    ends = np.flatnonzero(np.diff(runs.across, append=0)) + 1
    parts = [_empty()]
    first = 0
    for last in ends.tolist():
        parts.append(_column(runs, slice(first, last), starts, members))
        first = last
    return _joined(parts)


def added(cells: Cells, difference: Cells) -> Cells:
    """Return the sums of two tables, of which the second is small; cells that become empty are left out."""
    keys, new = _keys(cells), _keys(difference)
    place = np.searchsorted(keys, new)
    is_known = np.append(keys, -1)[place] == new
    fresh = np.flatnonzero(~is_known & difference.counts.any(axis=1))
    known, at = place[is_known], place[fresh]
    sums = cells.counts[known].astype(np.int64) + difference.counts[is_known]
    across = _inserted(cells.across, at, difference.across[fresh])
    member = _inserted(cells.member, at, difference.member[fresh])
    counts = _inserted(cells.counts, at, difference.counts[fresh])
    counts = counts.astype(np.result_type(counts, _narrow(sums)), copy=False)
    # Rows put in before them move the known ones.
    known = known + np.searchsorted(at, known, "right")
    counts[known] = sums
    gone = known[~sums.any(axis=1)]
    if not len(gone):
        return Cells(across, member, counts)
    return Cells(*(np.delete(each, gone, axis=0) for each in (across, member, counts)))


def _inserted(rows: Numbers, at: Numbers, new: Numbers) -> Numbers:
    """Return a copy with each of the new rows before the row that it names; faster than `numpy.insert` for few."""
    parts = np.split(rows, at)
    return np.concatenate([part for pair in zip(parts, new[:, np.newaxis], strict=False) for part in pair] + parts[-1:])


def changed(before: Cells, after: Cells) -> Cells:
    """Return what to add to a table when the jobs behind `before` became those behind `after`.

    Both must hold all jobs of every cluster that a changed job belongs to, or clusters are counted twice.
    """
    return added(after, Cells(before.across, before.member, -before.counts))


def _keys(cells: Cells) -> Numbers:
    return (cells.across.astype(np.int64) << 32) | cells.member


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


def _runs(sample: Sample, groups: int) -> _Runs:
    """The images of a batch stand side by side in the log: adding them up first leaves a quarter of the rows."""
    keys = [key for key in (sample.group, sample.across, sample.cluster) if key is not None]
    differs = np.zeros(len(sample.group), bool)
    differs[:1] = True
    for key in keys:
        differs[1:] |= key[1:] != key[:-1]
    first = np.flatnonzero(differs)
    packed, layout = _summed(sample.counts, first)
    group, across, *cluster = (key[first] for key in keys)
    kept = np.flatnonzero(np.logical_or.reduce(packed) & (across > 0) & (group >= 0) & (group < groups))
    order = kept[_order(across[kept])]
    group, across, *cluster = (each[order].astype(np.int64) for each in (group, across, *cluster))
    counts = _unpacked([each[order] for each in packed], layout)
    return _Runs(group, across, cluster[0] if cluster else None, counts)


def _summed(counts: Sequence[Numbers], first: Numbers) -> tuple[list[Numbers], _Layout]:
    """Return the sums of the counts from every `first` row to the next, packed."""
    longest = int(np.diff(first, append=len(counts[0])).max(initial=0))
    layout = _layout([longest * int(count.max(initial=0)) for count in counts])
    packed = [_pack(counts, each) for each in layout]
    return ([np.add.reduceat(each, first) for each in packed] if len(first) else packed), layout


def _pack(counts: Sequence[Numbers], layout: list[tuple[int, int, int]]) -> Numbers:
    _, shift, mask = layout[-1]
    kind = np.dtype(np.uint32 if shift + mask.bit_length() <= 32 else np.int64)
    packed = np.zeros(len(counts[0]), kind)
    for number, shift, _ in layout:
        packed += counts[number].astype(kind) << shift
    return packed


def _unpacked(packed: list[Numbers], layout: _Layout) -> list[Numbers]:
    return [(each >> shift) & mask for each, counts in zip(packed, layout, strict=True) for _, shift, mask in counts]


def _column(runs: _Runs, rows: slice, starts: Numbers, members: Numbers) -> Cells:
    """Return the cells of one name across, which all these `rows` have."""
    group = runs.group[rows]
    low = starts[group]
    lengths = starts[group + 1] - low
    place = np.repeat(low - np.cumsum(lengths) + lengths, lengths)
    place += np.arange(len(place))
    member = members[place].astype(np.int64)
    counts = [each[rows] for each in runs.counts]
    if runs.cluster is None:
        counts.append(_first_of_each(group, len(starts)))
    layout = _layout([int(count.sum()) for count in counts])
    packed = (_pack(counts, each).astype(np.float64) for each in layout)
    totals = [np.bincount(member, np.repeat(each, lengths)).astype(np.int64) for each in packed]
    filled = np.flatnonzero(np.logical_or.reduce(totals))
    sums = _unpacked([total[filled] for total in totals], layout)
    if runs.cluster is not None:
        sums.append(_clusters(member, np.repeat(runs.cluster[rows], lengths), len(totals[0]))[filled])
    across = np.full(len(filled), runs.across[rows.start], np.int32)
    return Cells(across, filled.astype(np.int32), _narrow(np.stack(sums, axis=1)))


def _narrow(counts: Numbers) -> Numbers:
    """Counts are kept in half the bytes where these suffice."""
    return counts.astype(np.int32) if np.abs(counts).max(initial=0) <= np.iinfo(np.int32).max else counts


def _order(numbers: Numbers) -> Numbers:
    """Return the rows by number, stably; numpy sorts 16 bits by radix, several times faster than more."""
    small = numbers.max(initial=0) < 2**16
    return np.argsort(numbers.astype(np.uint16) if small else numbers, kind="stable")


def _first_of_each(groups: Numbers, most: int) -> Numbers:
    """Return 1 at one place of every different group, which are numbers below `most`, and 0 elsewhere."""
    place = np.empty(most, np.int64)
    places = np.arange(len(groups))
    place[groups] = places
    found: Numbers = (place[groups] == places).astype(np.int64)
    return found


def _clusters(member: Numbers, cluster: Numbers, members: int) -> Numbers:
    """Return how many different clusters each member has; clusters are integers of any sign."""
    keys = (cluster - cluster.min(initial=0)) * members + member
    if keys.max(initial=0) < 2**32:
        # Half the bytes sort in less than half the time.
        keys = keys.astype(np.uint32)
    keys.sort()
    differs = np.ones(len(keys), bool)
    differs[1:] = keys[1:] != keys[:-1]
    return np.bincount(keys[differs] % max(members, 1), minlength=members)


def _joined(parts: Sequence[Cells]) -> Cells:
    return Cells(
        np.concatenate([part.across for part in parts]),
        np.concatenate([part.member for part in parts]),
        np.concatenate([part.counts for part in parts]),
    )


def _empty() -> Cells:
    return Cells(np.zeros(0, np.int32), np.zeros(0, np.int32), np.zeros((0, len(CELL_COUNTS)), np.int32))
