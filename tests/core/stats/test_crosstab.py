"""Tables by sums: equal to counting one by one, and mergeable."""

from collections import defaultdict
from typing import Any

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from learning_core.stats.crosstab import CELL_COUNTS, Cells, Sample, added, changed, table

GROUPS = [[], [0, 1], [1], [0, 2, 3], [3]]
STARTS = np.concatenate([[0], np.cumsum([len(each) for each in GROUPS])])
MEMBERS = np.array([member for each in GROUPS for member in each], np.int32)

COUNT = st.integers(0, 3)
JOB = st.tuples(st.integers(0, 6), st.integers(0, 3), st.tuples(COUNT, COUNT, COUNT, COUNT, COUNT), st.integers(-2, 3))
Job = tuple[int, int, tuple[int, ...], int]


def sample(jobs: list[Job], *, clusters: bool = False) -> Sample:
    counts = np.array([(1, *counts) for _, _, counts, _ in jobs], np.int64).reshape(-1, 6)
    return Sample(
        np.array([group for group, *_ in jobs], np.int32),
        np.array([across for _, across, *_ in jobs], np.uint16),
        tuple(counts.T),
        np.array([cluster for *_, cluster in jobs], np.int64) if clusters else None,
    )


def tabulated(jobs: list[Job], *, clusters: bool = False) -> Cells:
    return table(sample(jobs, clusters=clusters), STARTS, MEMBERS)


def as_dict(cells: Cells) -> dict[tuple[int, int], list[int]]:
    keys = list(zip(cells.across.tolist(), cells.member.tolist(), strict=True))
    assert keys == sorted(set(keys))
    return dict(zip(keys, cells.counts.tolist(), strict=True))


def one_by_one(jobs: list[Job], *, clusters: bool = False) -> dict[tuple[int, int], list[int]]:
    sums: dict[tuple[int, int], Any] = defaultdict(lambda: [0] * 6)
    seen = defaultdict(set)
    for group, across, counts, cluster in jobs:
        for member in GROUPS[group] if across and group < len(GROUPS) else ():
            sums[across, member] = [a + b for a, b in zip(sums[across, member], (1, *counts), strict=True)]
            seen[across, member].add(cluster if clusters else group)
    return {key: [*counts, len(seen[key])] for key, counts in sums.items()}


@given(st.lists(JOB, max_size=30), st.booleans())
def test_a_table_equals_counting_one_by_one(jobs: list[Job], clusters: bool) -> None:
    assert as_dict(tabulated(jobs, clusters=clusters)) == one_by_one(jobs, clusters=clusters)


@given(st.lists(JOB, max_size=20), st.lists(JOB, max_size=20))
def test_what_changed_added_to_the_table_before_gives_the_table_after(before: list[Job], after: list[Job]) -> None:
    touched = {0, 2, 4}
    rest = [job for job in before if job[0] not in touched]
    old = [job for job in before if job[0] in touched]
    new = [job for job in after if job[0] in touched]
    difference = changed(tabulated(old), tabulated(new))
    assert as_dict(added(tabulated(rest + old), difference)) == as_dict(tabulated(rest + new))


def test_nothing_changed_is_an_empty_difference() -> None:
    jobs: list[Job] = [(1, 2, (1, 1, 5, 0, 0), 0)]
    assert len(changed(tabulated(jobs), tabulated(jobs))) == 0
    assert len(added(tabulated([]), tabulated([]))) == len(tabulated([])) == 0


def test_sums_too_large_to_share_a_double_stay_exact() -> None:
    jobs: list[Job] = [(1, 1, (2**28 + 1, 2**27 + 1, 2**50 + 1, 1, 2**28 + 1), 0)] * 7
    assert as_dict(tabulated(jobs))[1, 0] == [7, *(7 * count for count in jobs[0][2]), 1]
    assert len(CELL_COUNTS) == 7


def test_sums_that_outgrow_the_bytes_of_a_table_stay_exact() -> None:
    jobs: list[Job] = [(1, 1, (1, 1, 2**30, 0, 0), 0)]
    doubled = added(tabulated(jobs), changed(tabulated([]), tabulated(jobs)))
    assert as_dict(added(doubled, doubled))[1, 0] == [4, 4, 4, 2**32, 0, 0, 4]
    less = changed(added(doubled, doubled), tabulated(jobs))
    assert as_dict(less)[1, 0] == [-3, -3, -3, -3 * 2**30, 0, 0, -3]
