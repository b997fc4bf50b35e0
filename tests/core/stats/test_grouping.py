"""Rows put into groups and counted."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from learning_core.stats.grouping import distinct, lengths, stable_order, starts, sums_of_runs, tally

numbers = st.lists(st.one_of(st.integers(0, 300), st.integers(0, 2**40)), max_size=60)


@given(numbers)
def test_the_order_is_stable_however_large_the_numbers(values: list[int]) -> None:
    order = stable_order(np.array(values, np.int64))
    assert order.tolist() == sorted(range(len(values)), key=values.__getitem__)


@given(numbers)
def test_distinct_numbers_ascend_and_each_number_knows_its_place(values: list[int]) -> None:
    found, places = distinct(np.array(values, np.int64))
    assert found.tolist() == sorted(set(values))
    assert found[places].tolist() == values


@pytest.mark.parametrize("kind", [np.uint8, np.uint16, np.uint32, np.int64])
def test_narrow_columns_are_ordered_and_told_apart_as_wide_ones(kind: type[np.integer]) -> None:
    values = np.array([200, 3, 0, 200, 255], kind)
    assert stable_order(values).tolist() == [2, 1, 0, 3, 4]
    assert distinct(values)[0].tolist() == [0, 3, 200, 255]


def test_runs_begin_where_any_key_changes() -> None:
    first = starts(np.array([1, 1, 1, 2, 2]), np.array([5, 5, 6, 6, 6]))
    assert first.tolist() == [0, 2, 3]
    assert lengths(first, 5).tolist() == [2, 1, 2]


@given(st.lists(st.lists(st.integers(0, 2**40), min_size=1, max_size=5), min_size=1, max_size=20))
def test_whole_numbers_are_summed_over_runs(runs: list[list[int]]) -> None:
    first = np.cumsum([0, *map(len, runs[:-1])])
    assert sums_of_runs(np.concatenate([np.array(each) for each in runs]), first).tolist() == list(map(sum, runs))


def test_images_are_counted_by_group_and_by_cluster_within_a_group() -> None:
    group, cluster = np.array([0, 0, 0, 1]), np.array([4, 4, 9, 4])
    found = tally(group, cluster, np.array([2, 1, 5, 7]), np.array([1, 1, 0, 7]))
    assert (found.n.tolist(), found.s.tolist(), found.q.tolist()) == ([8, 7], [2, 7], [9 + 25, 49])
    assert found.clusters.tolist() == [2, 1]
